/* janus-sim: the stand-in Janus by itself. */
#include "base/memory.h"
#include "base/text.h"
#include "sim/options.h"
#include "sim/sim.h"

#include <assert.h>
#include <errno.h>
#include <event2/event.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EXIT_USAGE = 2, EXIT_BROKEN = 3, DEFAULT_PORT = 8000 };

static const char usage[] =
	"usage: janus-sim [--port BASE] [--fault NAME[=DURATION][@CHECKS]]... [--story]\n"
	"                 [--latency DURATION] [--pace DURATION] [--tls [--tls-ca FILE]]\n"
	"       janus-sim --list-faults | --help | --version\n";

static const char more[] =
	"\n"
	"It prints a line for each service, then \"ready\". While it runs, on every port:\n"
	"\n"
	"  curl -d '{\"set\": [\"gap=3s@gateway-*\"]}' http://127.0.0.1:8000/_sim/faults\n"
	"  curl http://127.0.0.1:8000/_sim/faults\n"
	"      what is on, and what there is\n"
	"  curl http://127.0.0.1:8000/_sim/journal\n"
	"      what was served, as JSON lines; \"sent\": when each event was given to the\n"
	"      kernel\n"
	"  curl -X POST http://127.0.0.1:8000/_sim/reset\n"
	"      all well again, all forgotten\n"
	"\n"
	"The control port is the one that no fault closes.\n"
	"\n"
	"Examples:\n"
	"  janus-sim --fault cli-down\n"
	"  janus-sim --port 0 --fault slow-first-token=6s@gateway-stream --fault gzip\n"
	"\n"
	"Exit status: 0 ended by a signal, 2 usage error, 3 a port is taken, FILE can't\n"
	"be written\n";

enum { HELP_COLUMN = 20, FAULT_COLUMN = 28, COLUMNS = 80 };

static void print_help(void)
{
	printf("%s\nThe stand-in Janus: five services on loopback, healthy unless told "
	       "otherwise.\n\n",
		usage);
	for (const struct sim_option *row = sim_option_rows; row->name; row++) {
		int at = printf("  --%s %s", row->name, row->argument ? row->argument : "");
		for (const char *line = row->help; *line; at = 0) {
			int n = (int)strcspn(line, "\n");
			printf("%*s%.*s\n", HELP_COLUMN - at, "", n, line);
			line += n + (line[n] == '\n');
		}
	}
	fputs(more, stdout);
}

/* Wrapped, below its own column. */
static void print_words(const char *text)
{
	size_t column = FAULT_COLUMN;
	for (const char *gap = ""; *text; gap = " ") {
		size_t n = strcspn(text, " ");
		if (column + strlen(gap) + n > COLUMNS) {
			printf("\n%*s", FAULT_COLUMN, "");
			column = FAULT_COLUMN;
			gap = "";
		}
		printf("%s%.*s", gap, (int)n, text);
		column += strlen(gap) + n;
		text += n + (text[n] == ' ');
	}
	puts("");
}

static void print_fault(const struct sim_fault *fault)
{
	char name[64], span[TEXT_DURATION_MAX];
	snprintf(name, sizeof(name), "%s%s%s", fault->name, fault->span_us ? "=" : "",
		fault->span_us ? text_duration(fault->span_us, span) : "");
	printf("  %-*s", FAULT_COLUMN - 2, name);
	print_words(fault->help);
}

static void list_faults(void)
{
	size_t n = sim_faults(NULL, 0);
	struct sim_fault *faults = mem_alloc(n * sizeof(*faults));
	sim_faults(faults, n);
	puts("NAME[=DURATION]: the duration is the one without.");
	for (size_t i = 0; i < n; i++) {
		if (i == 0 || strcmp(faults[i].group, faults[i - 1].group) != 0)
			printf("\n%s\n", faults[i].group);
		print_fault(&faults[i]);
	}
	free(faults);
}

static bool read_port(const char *text, int *port)
{
	char *end;
	errno = 0;
	long value = strtol(text, &end, 10);
	if (errno || end == text || *end || value < 0 || value > 65535 - SIM_SERVICES)
		return false;
	*port = (int)value;
	return true;
}

static bool complain(const char *what)
{
	fprintf(stderr, "janus-sim: %s\n%s", what, usage);
	return false;
}

static bool read_time(const char *name, int64_t *us)
{
	if (text_parse_duration(str_of(optarg), us))
		return true;
	fprintf(stderr, "janus-sim: %s takes a duration, such as 10ms, not \"%s\"\n", name, optarg);
	return false;
}

struct settings {
	struct sim_options sim;
	const char *faults[SIM_FAULTS_MAX];
	const char *ca_file;
};

static bool read_fault(struct settings *settings)
{
	struct error error;
	if (settings->sim.n_faults == SIM_FAULTS_MAX)
		return complain("too many faults");
	if (!sim_fault_valid(optarg, &error)) {
		fprintf(stderr, "janus-sim: %s\n", error.text);
		return false;
	}
	settings->faults[settings->sim.n_faults++] = optarg;
	return true;
}

static bool read_setting(int option, struct settings *settings)
{
	switch (option) {
	case 'p':
		return read_port(optarg, &settings->sim.base_port) ||
		       complain("--port takes a number from 0 to 65529");
	case 'f': return read_fault(settings);
	case 'a': return read_time("--latency", &settings->sim.latency_us);
	case 'e': return read_time("--pace", &settings->sim.pace_us);
	case 's': settings->sim.story = true; return true;
	case 't': settings->sim.tls = true; return true;
	case 'c': settings->ca_file = optarg; return true;
	default: fputs(usage, stderr); return false;
	}
}

enum outcome { GO_ON, ALL_DONE, WRONG };

static void fill_getopt(struct option names[SIM_OPTIONS_MAX])
{
	size_t n = 0;
	for (const struct sim_option *row = sim_option_rows; row->name; row++, n++) {
		assert(n + 1 < SIM_OPTIONS_MAX);
		names[n] = (struct option){.name = row->name,
			.has_arg = row->argument ? required_argument : no_argument,
			.val = row->value};
	}
	names[n] = (struct option){.name = NULL};
}

static enum outcome read_settings(int argc, char **argv, struct settings *settings)
{
	struct option names[SIM_OPTIONS_MAX];
	fill_getopt(names);
	int c;
	while ((c = getopt_long(argc, argv, "", names, NULL)) != -1) {
		switch (c) {
		case 'l': list_faults(); return ALL_DONE;
		case 'h': print_help(); return ALL_DONE;
		case 'v': puts("janus-sim " OUTRIDER_VERSION); return ALL_DONE;
		default:
			if (!read_setting(c, settings))
				return WRONG;
		}
	}
	if (optind < argc)
		return complain("no arguments, please") ? GO_ON : WRONG;
	if (settings->ca_file && !settings->sim.tls)
		return complain("--tls-ca goes with --tls") ? GO_ON : WRONG;
	return GO_ON;
}

static void on_signal(evutil_socket_t signal, short what, void *base)
{
	(void)signal;
	(void)what;
	event_base_loopbreak(base);
}

static struct event_base *new_base(void)
{
	struct event_config *config = event_config_new();
	if (!config)
		mem_exhausted();
	event_config_set_flag(config, EVENT_BASE_FLAG_PRECISE_TIMER);
	struct event_base *base = event_base_new_with_config(config);
	event_config_free(config);
	if (!base)
		mem_exhausted();
	return base;
}

static void announce(const struct sim *sim)
{
	const char *const *names = sim_services();
	for (size_t i = 0; names[i]; i++)
		printf("%s %s\n", names[i], sim_url(sim, names[i]));
	puts("ready");
	fflush(stdout);
}

static bool write_ca(const char *file, const char *pem)
{
	FILE *out = fopen(file, "w");
	bool written = out && fputs(pem, out) >= 0;
	if (out && fclose(out) != 0)
		written = false;
	if (!written)
		fprintf(stderr, "janus-sim: %s: %s\n", file, strerror(errno));
	return written;
}

static int run(const struct settings *settings)
{
	struct error error;
	struct event_base *base = new_base();
	struct event *term = evsignal_new(base, SIGTERM, on_signal, base);
	struct event *interrupt = evsignal_new(base, SIGINT, on_signal, base);
	if (!term || !interrupt)
		mem_exhausted();
	event_add(term, NULL);
	event_add(interrupt, NULL);
	struct sim *sim = sim_new(base, &settings->sim, &error);
	if (!sim)
		fprintf(stderr, "janus-sim: %s\n", error.text);
	bool ready = sim && (!settings->ca_file || write_ca(settings->ca_file, sim_ca(sim)));
	if (ready) {
		announce(sim);
		event_base_dispatch(base);
	}
	sim_free(sim);
	event_free(term);
	event_free(interrupt);
	event_base_free(base);
	return ready ? 0 : EXIT_BROKEN;
}

int main(int argc, char **argv)
{
	struct settings settings = {.sim = {.base_port = DEFAULT_PORT}};
	settings.sim.faults = settings.faults;
	signal(SIGPIPE, SIG_IGN);
	switch (read_settings(argc, argv, &settings)) {
	case ALL_DONE: return fflush(stdout) == 0 ? 0 : EXIT_BROKEN;
	case WRONG: return EXIT_USAGE;
	case GO_ON: break;
	}
	return run(&settings);
}
