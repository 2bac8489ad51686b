#include "standin.h"

#include "base/memory.h"
#include "sim/sim.h"

#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STANDIN_URL_MAX = 64 };

/* What the child tells when it serves, or why it can't. */
struct announcement {
	bool ok;
	char urls[SIM_SERVICES][STANDIN_URL_MAX];
	struct error error;
};

struct standin {
	pid_t pid;
	struct announcement said;
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

static struct sim *open_sim(struct event_base *base, bool story, struct announcement *say)
{
	struct sim_options options = {.story = story};
	struct sim *sim = base ? sim_new(base, &options, &say->error) : NULL;
	if (!base)
		error_set(&say->error, "no event loop");
	const char *const *services = sim_services();
	for (size_t i = 0; sim && services[i]; i++)
		snprintf(say->urls[i], STANDIN_URL_MAX, "%s", sim_url(sim, services[i]));
	say->ok = sim != NULL;
	return sim;
}

static _Noreturn void serve(int out, bool story, pid_t parent)
{
	struct announcement say = {.ok = false};
	follow_parent(parent);
	struct event_base *base = event_base_new();
	struct sim *sim = open_sim(base, story, &say);
	bool told = write(out, &say, sizeof(say)) == (ssize_t)sizeof(say);
	close(out);
	if (sim && told)
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

static bool start(struct standin *standin, bool story, struct error *error)
{
	int ends[2];
	if (pipe(ends) != 0)
		return error_set(error, "%s", strerror(errno));
	pid_t parent = getpid();
	fflush(NULL);
	standin->pid = fork();
	if (standin->pid == 0) {
		close(ends[0]);
		serve(ends[1], story, parent);
	}
	close(ends[1]);
	bool heard = standin->pid > 0 && hear(ends[0], &standin->said);
	close(ends[0]);
	if (standin->pid < 0)
		return error_set(error, "%s", strerror(errno));
	if (!heard)
		return error_set(error, "it ended at once");
	return standin->said.ok || error_set(error, "%s", standin->said.error.text);
}

struct standin *standin_start(bool story, struct error *error)
{
	struct standin *standin = MEM_NEW(struct standin);
	if (!start(standin, story, error)) {
		error_wrap(error, "the stand-in can't be started");
		standin_stop(standin);
		return NULL;
	}
	const char *const *services = sim_services();
	for (size_t i = 0; services[i]; i++)
		if (is_watched(services[i]))
			standin->services[standin->n_services++] =
				(struct service_override){.service = services[i],
					.url = standin->said.urls[i],
					.optional = true};
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
	free(standin);
}

const struct service_override *standin_services(const struct standin *standin, size_t *n)
{
	*n = standin->n_services;
	return standin->services;
}
