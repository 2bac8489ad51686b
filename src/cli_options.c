#include "cli_options.h"

#include "base/text.h"

#include <stdlib.h>

#define DAEMON CLI_WITH(CLI_DAEMON)
#define ONCE CLI_WITH(CLI_RUN_ONCE)
#define SELF CLI_WITH(CLI_SELF_TEST)
#define LIST CLI_WITH(CLI_LIST)
#define CHECK CLI_WITH(CLI_CHECK_CONFIG)
#define EXPLAIN CLI_WITH(CLI_EXPLAIN)
#define SCHEMA CLI_WITH(CLI_PRINT_SCHEMA)
#define PRINT CLI_WITH(CLI_PRINT_CONFIG)
#define DOCTOR CLI_WITH(CLI_DOCTOR)
#define BACKUP CLI_WITH(CLI_BACKUP)
#define ALERT_TEST CLI_WITH(CLI_ALERT_TEST)
#define READS /* a configuration */                                                                \
	(DAEMON | ONCE | SELF | LIST | CHECK | EXPLAIN | PRINT | DOCTOR | BACKUP | ALERT_TEST)
#define ALL (READS | SCHEMA)

static bool take_number(const char *text, unsigned long min, unsigned long max,
	unsigned long *number, struct error *error)
{
	char *end;
	*number = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || *number < min || *number > max)
		return error_set(
			error, "expected a number from %lu to %lu, got \"%s\"", min, max, text);
	return true;
}

static bool take_jobs(struct cli *cli, const char *value, struct error *error)
{
	unsigned long number;
	if (!take_number(value, 1, CLI_JOBS_MAX, &number, error))
		return false;
	cli->jobs = (unsigned)number;
	return true;
}

static bool take_retries(struct cli *cli, const char *value, struct error *error)
{
	unsigned long number;
	if (!take_number(value, 0, CLI_RETRIES_MAX, &number, error))
		return false;
	cli->retries = (int)number;
	return true;
}

static bool take_wait(struct cli *cli, const char *value, struct error *error)
{
	return text_parse_duration(str_of(value), &cli->wait_us) ||
	       error_set(error, "expected a duration such as 30s or 2m, got \"%s\"", value);
}

/* The place of value among names (NULL-terminated). */
static bool take_choice(
	const char *const *names, const char *value, size_t *choice, struct error *error)
{
	for (*choice = 0; names[*choice]; ++*choice)
		if (strcmp(names[*choice], value) == 0)
			return true;
	const char *near = text_nearest(value, names);
	if (near)
		return error_set(error, "there is no \"%s\"; did you mean \"%s\"?", value, near);
	struct buf known = BUF_INIT(ERROR_TEXT_MAX);
	for (size_t i = 0; names[i]; i++)
		buf_printf(&known, "%s%s", i ? ", " : "", names[i]);
	error_set(error, "there is no \"%s\"; one of %s", value, buf_text(&known));
	buf_fini(&known);
	return false;
}

static bool take_color(struct cli *cli, const char *value, struct error *error)
{
	static const char *const names[] = {"auto", "always", "never", NULL};
	size_t choice;
	if (!take_choice(names, value, &choice, error))
		return false;
	cli->color = (enum color_mode)choice;
	return true;
}

static bool take_fail_on(struct cli *cli, const char *value, struct error *error)
{
	static const char *const names[] = {"fail", "warn", "skip", NULL};
	size_t choice;
	if (!take_choice(names, value, &choice, error))
		return false;
	cli->fail_on = (enum fail_on)choice;
	return true;
}

static bool take_log_format(struct cli *cli, const char *value, struct error *error)
{
	static const char *const names[] = {"text", "json", NULL};
	size_t choice;
	if (!take_choice(names, value, &choice, error))
		return false;
	cli->log_given = true;
	cli->log_format = choice ? LOG_JSON : LOG_TEXT;
	return true;
}

static bool take_check(struct cli *cli, const char *value, struct error *error)
{
	if (cli->selection.n_ids == SELECTION_MAX)
		return error_set(error, "more than %d", SELECTION_MAX);
	cli->selection.ids[cli->selection.n_ids++] = value;
	return true;
}

static bool take_explain(struct cli *cli, const char *value, struct error *error)
{
	cli->explain = true;
	return take_check(cli, value, error);
}

static bool take_service_only(struct cli *cli, const char *value, struct error *error)
{
	if (cli->selection.n_services == SELECTION_MAX)
		return error_set(error, "more than %d", SELECTION_MAX);
	cli->selection.services[cli->selection.n_services++] = value;
	return true;
}

static bool take_fault(struct cli *cli, const char *value, struct error *error)
{
	if (cli->n_faults == CLI_FAULTS_MAX)
		return error_set(error, "more than %d", CLI_FAULTS_MAX);
	cli->faults[cli->n_faults++] = value;
	return true;
}

static bool take_tag(struct cli *cli, const char *value, struct error *error)
{
	cli->selection.tags = tag_expression_parse(&cli->arena, value, error);
	return cli->selection.tags != NULL;
}

static bool take_service(struct cli *cli, const char *value, struct error *error)
{
	const char *equals = strchr(value, '=');
	if (!equals || equals == value)
		return error_set(error, "expected NAME=URL, got \"%s\"", value);
	if (cli->n_overrides == CLI_OVERRIDES_MAX)
		return error_set(error, "more than %d", CLI_OVERRIDES_MAX);
	struct str url = str_of(equals + 1);
	if (!str_starts(url, STR("http://"), true) && !str_starts(url, STR("https://"), true))
		return error_set(error, "a URL begins with http:// or https://, not \"%s\"", url.p);
	cli->overrides[cli->n_overrides++] = (struct service_override){
		.service =
			arena_strndup(&cli->arena, (struct str){value, (size_t)(equals - value)}),
		.url = url.p,
	};
	return true;
}

#define MEMBER(name) .member = offsetof(struct cli, name)

const struct cli_option cli_options[] = {
	{"run-once", 0, GROUP_ACTION, .with = ONCE, MEMBER(run_once),
		.help = "run every check once, report, and exit"},
	{"self-test", 0, GROUP_ACTION, .with = SELF, MEMBER(self_test),
		.help = "prove that each check can fail: run them against a stand-in\n"
			"that breaks in every way it knows; nothing leaves this machine"},
	{"demo", 0, GROUP_ACTION, .with = DAEMON | ONCE, MEMBER(demo),
		.help = "on a stand-in of the services that comes with the program:\n"
			"nothing else is needed, nobody is alerted, nothing leaves this\n"
			"machine unless --service says so"},
	{"check-config", 0, GROUP_ACTION, .with = CHECK, MEMBER(check_config),
		.help = "read the configuration and say what is wrong with it"},
	{"list", 0, GROUP_ACTION, .with = LIST, MEMBER(list), .help = "list the checks"},
	{"explain", 0, GROUP_ACTION, .with = EXPLAIN, .argument = "ID|GLOB", .take = take_explain,
		.help = "show a check as it would run, and where each value comes\n"
			"from; may be repeated"},
	{"doctor", 0, GROUP_ACTION, .with = DOCTOR, MEMBER(doctor),
		.help = "look at this machine: clock, DNS, services, disk, port"},
	{"backup", 0, GROUP_ACTION, true, BACKUP, "FILE", MEMBER(backup),
		.help = "copy the database while the daemon goes on writing to it;\n"
			"FILE must not exist"},
	{"alert-test", 0, GROUP_ACTION, true, ALERT_TEST, "CHANNEL", MEMBER(alert_test),
		.help = "send a message that says it is a test through a channel of the\n"
			"configuration, and say what became of it"},
	{"print-config", 0, GROUP_ACTION, .with = PRINT, MEMBER(print_config),
		.help = "print the configuration with all defaults, as YAML"},
	{"print-schema", 0, GROUP_ACTION, .with = SCHEMA, MEMBER(print_schema),
		.help = "print the JSON Schema of check files, for editors"},
	{"version", 'V', GROUP_ACTION, .with = ALL, MEMBER(version), .help = "print the version"},
	{"help", 'h', GROUP_ACTION, .with = ALL, MEMBER(help), .help = "print this text"},

	{"config", 0, GROUP_CONFIG, true, READS, "FILE|DIR",
		.twice = "a folder can hold many files",
		.help = "the checks: a YAML file, or a folder of them\n"
			"(default: the built-in suite, for Janus)",
		MEMBER(config)},
	{"mode", 0, GROUP_CONFIG, .with = READS, .argument = "NAME", MEMBER(mode),
		.help = "which of each service's URLs is used, such as local"},
	{"service", 0, GROUP_CONFIG, .with = READS & ~SELF, .argument = "NAME=URL",
		.take = take_service, .help = "use this URL for a service; may be repeated"},
	{"listen", 0, GROUP_CONFIG, .with = DAEMON | CHECK | PRINT | DOCTOR, .argument = "ADDR",
		MEMBER(listen),
		.help = "where the daemon serves its page: 127.0.0.1:8080, [::1]:0"},
	{"database", 0, GROUP_CONFIG, .argument = "FILE",
		.with = DAEMON | CHECK | PRINT | DOCTOR | BACKUP, MEMBER(database),
		.help = "where the daemon keeps its results"},

	{"check", 0, GROUP_SELECTION, .with = ONCE | SELF | LIST, .argument = "ID|GLOB",
		.take = take_check,
		.help = "checks by id: gateway-health, 'memory-*'; may be repeated"},
	{"tag", 0, GROUP_SELECTION, true, ONCE | SELF | LIST, "EXPR", .take = take_tag,
		.twice = "join them by \"and\" or \"or\"",
		.help = "checks by tag: streaming, 'not slow',\n"
			"'(streaming or chat) and not slow'"},
	{"service-only", 0, GROUP_SELECTION, .with = ONCE | SELF | LIST, .argument = "NAME",
		.take = take_service_only, .help = "checks of one service; may be repeated"},
	{"fault", 0, GROUP_SELECTION, .with = SELF, .argument = "NAME|GLOB", .take = take_fault,
		.help = "of --self-test: these faults and variants only; may be\n"
			"repeated (janus-sim --list-faults names them)"},
	{"rerun-failed", 0, GROUP_SELECTION, true, ONCE | LIST, "REPORT", MEMBER(rerun_failed),
		.help = "what failed (see --fail-on), or was cancelled, in a\n"
			"report of --json; - is standard input"},

	{"jobs", 0, GROUP_RUN, .with = ONCE | SELF, .argument = "N", .take = take_jobs,
		.help = "checks at the same time (default: 8; of --self-test: 256);\n"
			"a service's own max_in_flight holds as well, but there"},
	{"retries", 0, GROUP_RUN, .with = ONCE | EXPLAIN, .argument = "N", .take = take_retries,
		.help = "try a failing check again up to N times"},
	{"wait", 0, GROUP_RUN, .with = ONCE, .argument = "DURATION", .take = take_wait,
		.help = "first wait until the services accept connections,\n"
			"at most so long: 30s, 2m"},
	{"fail-fast", 0, GROUP_RUN, .with = ONCE, MEMBER(fail_fast),
		.help = "stop at the first failure"},
	{"fail-on", 0, GROUP_RUN, .with = ONCE, .argument = "fail|warn|skip", .take = take_fail_on,
		.help = "what makes the exit status 1 (default: fail); warn means\n"
			"warnings too, skip means warnings and skipped checks too"},

	{"json", 0, GROUP_OUTPUT, true, ONCE | SELF, "FILE", MEMBER(json),
		.help = "write a JSON report; - is standard output"},
	{"junit", 0, GROUP_OUTPUT, true, ONCE, "FILE", MEMBER(junit),
		.help = "the same as JUnit XML, named as pytest names its tests"},
	{"tap", 0, GROUP_OUTPUT, true, ONCE, "FILE", MEMBER(tap), .help = "the same as TAP"},
	{"markdown", 0, GROUP_OUTPUT, true, ONCE, "FILE", MEMBER(markdown),
		.help = "a summary to read, in Markdown"},
	{"github", 0, GROUP_OUTPUT, .with = ONCE, MEMBER(github),
		.help = "annotations for GitHub Actions; the Markdown goes to\n"
			"GITHUB_STEP_SUMMARY, when that is set"},
	{"quiet", 'q', GROUP_OUTPUT, .with = DAEMON | ONCE | SELF, MEMBER(quiet),
		.help = "only failures and the counts"},
	{"verbose", 'v', GROUP_OUTPUT, .with = DAEMON | ONCE | SELF, MEMBER(verbose),
		.help = "every expectation with what was found"},
	{"color", 0, GROUP_OUTPUT, .with = ALL, .argument = "auto|always|never", .take = take_color,
		.help = "colours (default: auto, on a terminal; NO_COLOR is honoured)"},
	{"log-format", 0, GROUP_OUTPUT, .with = ALL, .argument = "text|json",
		.take = take_log_format, .help = "how log lines on standard error look"},
};

const size_t cli_n_options = sizeof(cli_options) / sizeof(cli_options[0]);

_Static_assert(sizeof(cli_options) / sizeof(cli_options[0]) <= CLI_OPTIONS_MAX,
	"CLI_OPTIONS_MAX is too small");
