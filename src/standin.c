#include "standin.h"

#include "base/memory.h"

#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STANDIN_URL_MAX = 64, STANDIN_CA_MAX = 8192 };

/* What the child tells of each sim when it serves, or why it can't. */
struct announcement {
	bool ok;
	char urls[SIM_SERVICES][STANDIN_URL_MAX];
	char ca[STANDIN_CA_MAX]; /* "": none */
	struct error error;
};

struct standin {
	pid_t pid;
	struct announcement *said; /* of each sim */
	size_t n;
	struct service_override services[SIM_SERVICES];
	size_t n_services;
};

/* "control" is no service of anybody's. */
static bool is_watched(const char *service)
{
	return strcmp(service, "control") != 0;
}

/* Ctrl-C reaches the whole process group: the parent decides when we end. */
static void follow_parent(pid_t parent)
{
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_DFL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(0);
}

static bool open_sim(
	struct event_base *base, const struct sim_options *options, struct announcement *say)
{
	*say = (struct announcement){.ok = false};
	struct sim *sim = base ? sim_new(base, options, &say->error) : NULL;
	if (!base)
		error_set(&say->error, "no event loop");
	const char *const *services = sim_services();
	for (size_t i = 0; sim && services[i]; i++)
		snprintf(say->urls[i], STANDIN_URL_MAX, "%s", sim_url(sim, services[i]));
	if (sim && options->tls)
		snprintf(say->ca, STANDIN_CA_MAX, "%s", sim_ca(sim));
	say->ok = sim != NULL;
	return say->ok;
}

static bool tell(int out, const struct announcement *say)
{
	size_t told = 0;
	while (told < sizeof(*say)) {
		ssize_t n = write(out, (const char *)say + told, sizeof(*say) - told);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		told += (size_t)n;
	}
	return true;
}

static _Noreturn void serve(int out, const struct sim_options *sims, size_t n, pid_t parent)
{
	static struct announcement say;
	bool ok = true;
	follow_parent(parent);
	struct event_config *config = event_config_new();
	event_config_set_flag(config, EVENT_BASE_FLAG_PRECISE_TIMER);
	struct event_base *base = event_base_new_with_config(config);
	event_config_free(config);
	for (size_t i = 0; ok && i < n; i++) {
		ok = open_sim(base, &sims[i], &say);
		ok &= tell(out, &say);
	}
	close(out);
	if (ok)
		event_base_dispatch(base);
	_exit(0);
}

static bool hear(int in, struct announcement *said)
{
	size_t got = 0;
	while (got < sizeof(*said)) {
		ssize_t n = read(in, (char *)said + got, sizeof(*said) - got);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		got += (size_t)n;
	}
	return true;
}

static bool hear_all(int in, struct standin *standin, struct error *error)
{
	for (size_t i = 0; i < standin->n; i++) {
		struct announcement *said = &standin->said[i];
		if (!hear(in, said))
			return error_set(error, "it ended at once");
		if (!said->ok)
			return error_set(error, "%s", said->error.text);
	}
	return true;
}

static bool start(struct standin *standin, const struct sim_options *sims, struct error *error)
{
	int ends[2];
	if (pipe(ends) != 0)
		return error_set(error, "%s", strerror(errno));
	pid_t parent = getpid();
	fflush(NULL);
	standin->pid = fork();
	if (standin->pid == 0) {
		close(ends[0]);
		serve(ends[1], sims, standin->n, parent);
	}
	close(ends[1]);
	bool ok = standin->pid > 0 ? hear_all(ends[0], standin, error)
				   : error_set(error, "%s", strerror(errno));
	close(ends[0]);
	return ok;
}

static void note_services(struct standin *standin)
{
	const char *const *services = sim_services();
	for (size_t i = 0; services[i]; i++)
		if (is_watched(services[i]))
			standin->services[standin->n_services++] =
				(struct service_override){.service = services[i],
					.url = standin->said[0].urls[i],
					.optional = true};
}

struct standin *standin_start(const struct sim_options *sims, size_t n, struct error *error)
{
	struct standin *standin = MEM_NEW(struct standin);
	standin->said = mem_alloc(n * sizeof(*standin->said));
	standin->n = n;
	if (!start(standin, sims, error)) {
		error_wrap(error, "the stand-in can't be started");
		standin_stop(standin);
		return NULL;
	}
	note_services(standin);
	return standin;
}

void standin_stop(struct standin *standin)
{
	if (!standin)
		return;
	if (standin->pid > 0) {
		kill(standin->pid, SIGTERM);
		while (waitpid(standin->pid, NULL, 0) < 0 && errno == EINTR)
			continue;
	}
	free(standin->said);
	free(standin);
}

const char *standin_url(const struct standin *standin, size_t sim, const char *service)
{
	const char *const *services = sim_services();
	for (size_t i = 0; services[i]; i++)
		if (is_watched(services[i]) && strcmp(services[i], service) == 0)
			return standin->said[sim].urls[i];
	return NULL;
}

const char *standin_ca(const struct standin *standin, size_t sim)
{
	return standin->said[sim].ca;
}

const struct service_override *standin_services(const struct standin *standin, size_t *n)
{
	*n = standin->n_services;
	return standin->services;
}
