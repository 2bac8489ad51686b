/* Reads the command line and hands over. */
#include "alert_test.h"
#include "backup.h"
#include "cli.h"
#include "daemon/daemon.h"
#include "doctor/doctor.h"
#include "inspect/explain.h"
#include "inspect/inspect.h"
#include "once.h"
#include "output.h"
#include "say.h"
#include "selftest/selftest.h"
#include "standin.h"

#include <signal.h>

enum { DEMO_LATENCY_US = 8000, DEMO_PACE_US = 60000 };

static int run_daemon(const struct cli *cli)
{
	enum log_level level = cli->quiet ? LOG_WARN : cli->verbose ? LOG_DEBUG : LOG_INFO;
	return daemon_run(&(struct daemon_options){
		.source = cli_source(cli),
		.log = {.level = level, .format = cli->log_format},
		.log_given = cli->log_given || cli->quiet || cli->verbose,
		.demo = cli->demo,
	});
}

static int dispatch(const struct cli *cli)
{
	switch (cli->action) {
	case CLI_DAEMON: return run_daemon(cli);
	case CLI_RUN_ONCE: return once_run(cli);
	case CLI_SELF_TEST: return selftest_run(cli);
	case CLI_LIST: return inspect_list(cli);
	case CLI_CHECK_CONFIG: return inspect_check_config(cli);
	case CLI_EXPLAIN: return explain_run(cli);
	case CLI_PRINT_SCHEMA: return inspect_print_schema();
	case CLI_PRINT_CONFIG: return inspect_print_config(cli);
	case CLI_DOCTOR: return doctor_run(cli);
	case CLI_BACKUP: return backup_run(cli);
	case CLI_ALERT_TEST: return alert_test_run(cli);
	case CLI_VERSION: printf("outrider %s\n", OUTRIDER_VERSION); return EXIT_OK;
	case CLI_HELP: cli_help(stdout); return EXIT_OK;
	}
	return EXIT_BROKEN;
}

static int run(struct cli *cli)
{
	struct error error = {""};
	size_t n;
	if (!cli->demo)
		return dispatch(cli);
	/* the child logs as we shall */
	log_configure((struct log_options){.level = LOG_INFO, .format = cli->log_format});
	struct sim_options sim = {.story = cli->action == CLI_DAEMON};
	if (sim.story) { /* as over a network */
		sim.latency_us = DEMO_LATENCY_US;
		sim.pace_us = DEMO_PACE_US;
	}
	struct standin *standin = standin_start(&sim, 1, &error);
	if (!standin) {
		say_error(error.text);
		return EXIT_BROKEN;
	}
	const struct service_override *services = standin_services(standin, &n);
	cli_add_services(cli, services, n);
	int status = dispatch(cli);
	standin_stop(standin);
	return status;
}

/* What is wrong may stand in front of the option that says how it is to be said. */
static bool wants_json(char **argv)
{
	for (; *argv; argv++)
		if (strcmp(*argv, "--log-format=json") == 0 ||
			(strcmp(*argv, "--log-format") == 0 && argv[1] &&
				strcmp(argv[1], "json") == 0))
			return true;
	return false;
}

static void refuse(char **argv, const struct error *error)
{
	if (wants_json(argv))
		log_configure((struct log_options){.level = LOG_INFO, .format = LOG_JSON});
	say_error(error->text);
	if (log_format() == LOG_TEXT)
		fputs("Try: outrider --help\n", stderr);
}

int main(int argc, char **argv)
{
	struct cli cli;
	struct error error = {""};
	int status = EXIT_USAGE;
	output_guard();
	signal(SIGPIPE, SIG_IGN);
	if (cli_parse(&cli, argc, argv, &error))
		status = run(&cli);
	else
		refuse(argv, &error);
	log_settle(true);
	if (!output_flush() && status != EXIT_INTERRUPTED)
		status = EXIT_BROKEN;
	cli_fini(&cli);
	return status;
}
