/* cli.h - what the command line asks for. Made once in main, constant afterwards; owned by main. */
#ifndef OUTRIDER_CLI_H
#define OUTRIDER_CLI_H

#include "base/log.h"
#include "check/selection.h"
#include "config/config.h"

#include <stdio.h>

/* The exit status, as --help lists it. */
enum {
	EXIT_OK = 0,
	EXIT_FAILED = 1, /* a check */
	EXIT_USAGE = 2, /* or the configuration */
	EXIT_BROKEN = 3, /* the program itself could not work */
	EXIT_INTERRUPTED = 130,
};

enum cli_action {
	CLI_DAEMON,
	CLI_RUN_ONCE,
	CLI_SELF_TEST,
	CLI_LIST,
	CLI_CHECK_CONFIG,
	CLI_EXPLAIN,
	CLI_PRINT_SCHEMA,
	CLI_PRINT_CONFIG,
	CLI_DOCTOR,
	CLI_BACKUP,
	CLI_ALERT_TEST,
	CLI_VERSION,
	CLI_HELP,
};

enum color_mode { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

/* Each one fails on what the ones before it fail on, too. */
enum fail_on { FAIL_ON_FAIL, FAIL_ON_WARN, FAIL_ON_SKIP };

enum {
	CLI_OVERRIDES_MAX = 64, /* on the command line */
	CLI_MORE_SERVICES_MAX = 8,
	CLI_JOBS_MAX = 1000,
	CLI_RETRIES_MAX = 100,
	CLI_JOBS_DEFAULT = 8, /* of a single run */
	CLI_FAULTS_MAX = 256,
};

struct cli {
	struct arena arena;
	enum cli_action action;
	bool run_once, self_test, demo, check_config, list, version, help;
	bool explain, print_schema, print_config, doctor;
	const char *config, *mode, *listen, *database;
	const char *backup; /* a file; NULL: none */
	const char *alert_test; /* a channel; NULL: none */
	struct service_override overrides[CLI_OVERRIDES_MAX + CLI_MORE_SERVICES_MAX];
	size_t n_overrides;
	struct selection selection;
	const char *json, *junit, *tap, *markdown; /* files; "-": standard output; NULL: none */
	bool github;
	const char *rerun_failed; /* a JSON report; "-": standard input; NULL: none */
	const char *faults[CLI_FAULTS_MAX]; /* of a self-test: names or globs; none: all */
	size_t n_faults;
	unsigned jobs; /* 0: the action's own number */
	int retries; /* -1: as the checks say */
	enum fail_on fail_on;
	bool fail_fast;
	int64_t wait_us; /* 0: don't */
	bool quiet, verbose;
	enum color_mode color;
	enum log_format log_format;
	bool log_given;
};

/* False with an error that says what to write instead, where one can know; cli_fini is due either
 * way. argv is borrowed. */
bool cli_parse(struct cli *cli, int argc, char **argv, struct error *error) MUST_CHECK;
void cli_fini(struct cli *cli);

/* Adds URLs that hold where the command line names none; borrowed. */
void cli_add_services(struct cli *cli, const struct service_override *services, size_t n);

/* What to load. Borrows from cli. */
struct config_source cli_source(const struct cli *cli);

void cli_help(FILE *out);

#endif
