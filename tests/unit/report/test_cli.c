#include "cli.c"
#include "cli_help.c"
#include "cli_options.c"
#include "tty.c"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { ARGS_MAX = 40 };

/* Parses a command line that is split at blanks; a "+" stands for a blank inside an argument. */
static bool parse(struct cli *cli, const char *line, struct error *error)
{
	static char text[512];
	char *argv[ARGS_MAX + 1] = {text};
	int argc = 0;
	snprintf(text, sizeof(text), "outrider %s", line);
	for (char *word = strtok(text, " "); word && argc < ARGS_MAX; word = strtok(NULL, " "))
		argv[argc++] = word;
	argv[argc] = NULL;
	for (int i = 0; i < argc; i++)
		for (char *c = argv[i]; *c; c++)
			*c = *c == '+' ? ' ' : *c;
	*error = (struct error){""};
	return cli_parse(cli, argc, argv, error);
}

static const char *refused(const char *line)
{
	static struct error error;
	struct cli cli;
	if (parse(&cli, line, &error))
		fail_msg("accepted: %s", line);
	cli_fini(&cli);
	return error.text;
}

static struct cli accepted(const char *line)
{
	struct error error;
	struct cli cli;
	if (!parse(&cli, line, &error))
		fail_msg("%s: %s", line, error.text);
	return cli;
}

static void test_nothing_is_the_daemon(void **state)
{
	(void)state;
	struct cli cli = accepted("");
	assert_int_equal(cli.action, CLI_DAEMON);
	assert_null(cli.config);
	assert_int_equal(cli.retries, -1);
	cli_fini(&cli);
}

static void test_everything_of_a_single_run(void **state)
{
	(void)state;
	struct cli cli = accepted("--run-once --config a.yaml --mode=deployed --check x --check y*"
				  " --tag not+slow --service-only gateway --jobs 4 --retries 0"
				  " --fail-on skip --fail-fast --wait 1.5s");
	assert_int_equal(cli.action, CLI_RUN_ONCE);
	assert_string_equal(cli.config, "a.yaml");
	assert_string_equal(cli.mode, "deployed");
	assert_int_equal(cli.selection.n_ids, 2);
	assert_string_equal(cli.selection.ids[1], "y*");
	assert_non_null(cli.selection.tags);
	assert_string_equal(cli.selection.services[0], "gateway");
	assert_int_equal(cli.jobs, 4);
	assert_int_equal(cli.retries, 0);
	assert_int_equal(cli.fail_on, FAIL_ON_SKIP);
	assert_true(cli.fail_fast);
	assert_int_equal(cli.wait_us, 1500000);
	cli_fini(&cli);
	cli = accepted("--run-once --junit a --tap b --markdown c --github --rerun-failed -");
	assert_string_equal(cli.junit, "a");
	assert_string_equal(cli.tap, "b");
	assert_string_equal(cli.markdown, "c");
	assert_true(cli.github);
	assert_string_equal(cli.rerun_failed, "-");
	cli_fini(&cli);
	cli = accepted("--run-once --json - -q --color never --log-format json"
		       " --service gateway=http://127.0.0.1:1/a=b --mode a --mode b");
	assert_string_equal(cli.json, "-");
	assert_true(cli.quiet);
	assert_int_equal(cli.color, COLOR_NEVER);
	assert_int_equal(cli.log_format, LOG_JSON);
	assert_string_equal(cli.overrides[0].service, "gateway");
	assert_string_equal(cli.overrides[0].url, "http://127.0.0.1:1/a=b");
	assert_string_equal(cli.mode, "b");
	cli_fini(&cli);
}

static void test_other_actions(void **state)
{
	(void)state;
	static const struct {
		const char *line;
		enum cli_action action;
	} rows[] = {
		{"--list --tag slow", CLI_LIST},
		{"--check-config --config x --listen :0", CLI_CHECK_CONFIG},
		{"--self-test --check x --fault gap --fault no-* --jobs 9 --json -", CLI_SELF_TEST},
		{"--backup copy.db --database x.db", CLI_BACKUP},
		{"--demo", CLI_DAEMON},
		{"--demo --run-once", CLI_RUN_ONCE},
		{"--listen [::1]:0 --database x.db --quiet", CLI_DAEMON},
		{"-h --json x", CLI_HELP},
		{"--run-once --list --help", CLI_HELP},
		{"-V", CLI_VERSION},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct cli cli = accepted(rows[i].line);
		assert_int_equal(cli.action, rows[i].action);
		cli_fini(&cli);
	}
}

static void test_unknown_options(void **state)
{
	(void)state;
	assert_string_equal(
		refused("--run-onec"), "there is no option --run-onec; did you mean --run-once?");
	assert_string_equal(refused("--run"), "there is no option --run; did you mean --run-once?");
	assert_string_equal(
		refused("--jobz=3 --run-once"), "there is no option --jobz; did you mean --jobs?");
	assert_string_equal(refused("-x"), "there is no option -x");
	assert_string_equal(refused("--demo=yes"), "--demo takes no value");
	assert_string_equal(refused("--run-once yes"), "unexpected \"yes\"");
	assert_string_equal(refused("checks.yaml"),
		"unexpected \"checks.yaml\"; a check file is given by --config checks.yaml");
}

static void test_bad_values(void **state)
{
	(void)state;
	assert_string_equal(refused("--run-once --jobs"), "--jobs needs a value: N");
	assert_string_equal(refused("--config="), "--config needs a value: FILE|DIR");
	assert_string_equal(refused("--run-once --jobs 0"),
		"--jobs: expected a number from 1 to 1000, got \"0\"");
	assert_string_equal(refused("--run-once --jobs -1"),
		"--jobs: expected a number from 1 to 1000, got \"-1\"");
	assert_string_equal(refused("--run-once --retries 1x"),
		"--retries: expected a number from 0 to 100, got \"1x\"");
	assert_string_equal(refused("--run-once --retries 99999999999999999999999"),
		"--retries: expected a number from 0 to 100, got \"99999999999999999999999\"");
	assert_string_equal(refused("--run-once --wait 30"),
		"--wait: expected a duration such as 30s or 2m, got \"30\"");
	assert_string_equal(refused("--run-once --fail-on warm"),
		"--fail-on: there is no \"warm\"; did you mean \"warn\"?");
	assert_string_equal(refused("--color sometimes"),
		"--color: there is no \"sometimes\"; one of auto, always, never");
	assert_string_equal(
		refused("--service gateway"), "--service: expected NAME=URL, got \"gateway\"");
	assert_string_equal(refused("--service gateway=localhost:80"),
		"--service: a URL begins with http:// or https://, not \"localhost:80\"");
	assert_string_equal(refused("--list --tag slow+and"),
		"--tag: column 9: expected a tag, \"not\" or \"(\", found the end");
}

static void test_contradictions(void **state)
{
	(void)state;
	assert_string_equal(refused("--run-once --listen :80"),
		"--listen does not go with --run-once, which opens no port and no database");
	assert_string_equal(
		refused("--json x"), "--json does not go with the daemon; it needs --run-once");
	assert_string_equal(refused("--demo --check x"),
		"--check does not go with the daemon; it needs --run-once");
	assert_string_equal(
		refused("--run-once --list"), "--run-once and --list: only one at a time");
	assert_string_equal(
		refused("--run-once --fault gap"), "--fault goes with --self-test only");
	assert_string_equal(refused("--self-test --service a=http://b"),
		"--service does not go with --self-test, which brings its own services");
	assert_string_equal(
		refused("--list --check-config"), "--list and --check-config: only one at a time");
	assert_string_equal(refused("--list --demo"), "--demo does not go with --list");
	assert_string_equal(
		refused("--run-once -q -v"), "--quiet and --verbose: only one at a time");
	assert_string_equal(refused("--list --tag a --tag b"),
		"--tag is given twice; join them by \"and\" or \"or\"");
	assert_string_equal(refused("--run-once --json a --json b"), "--json is given twice");
}

static void test_the_help_names_every_option_in_80_columns(void **state)
{
	(void)state;
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	cli_help(out);
	fclose(out);
	for (size_t i = 0; i < cli_n_options; i++) {
		char head[64];
		snprintf(head, sizeof(head), "--%s", cli_options[i].name);
		assert_non_null(strstr(text, head));
	}
	for (const char *line = text; *line; line += strcspn(line, "\n") + 1)
		assert_true(strcspn(line, "\n") <= 80);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_is_the_daemon),
		cmocka_unit_test(test_everything_of_a_single_run),
		cmocka_unit_test(test_other_actions),
		cmocka_unit_test(test_unknown_options),
		cmocka_unit_test(test_bad_values),
		cmocka_unit_test(test_contradictions),
		cmocka_unit_test(test_the_help_names_every_option_in_80_columns),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
