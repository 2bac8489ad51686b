#include "cli.h"

#include "base/text.h"
#include "cli_options.h"
#include "tty.h"

#include <assert.h>
#include <getopt.h>

enum { OPTION_NUMBER_BASE = 256 }; /* getopt's value of row i: above every letter */

/* The options of getopt, made from the table. */
static void fill_getopt(struct option *options, char *letters)
{
	*letters++ = '+'; /* no reordering: what is no option is an error anyway */
	*letters++ = ':';
	for (size_t i = 0; i < cli_n_options; i++) {
		const struct cli_option *row = &cli_options[i];
		options[i] = (struct option){
			.name = row->name,
			.has_arg = row->argument ? required_argument : no_argument,
			.val = OPTION_NUMBER_BASE + (int)i,
		};
		if (row->letter)
			*letters++ = row->letter;
	}
	options[cli_n_options] = (struct option){.name = NULL};
	*letters = '\0';
}

static const struct cli_option *row_of(int value)
{
	if (value >= OPTION_NUMBER_BASE)
		return &cli_options[value - OPTION_NUMBER_BASE];
	for (size_t i = 0; i < cli_n_options; i++)
		if (cli_options[i].letter && cli_options[i].letter == value)
			return &cli_options[i];
	return NULL;
}

static struct str name_of(const char *word)
{
	return (struct str){word + 2, strcspn(word + 2, "=")};
}

static const struct cli_option *find_row(struct str name)
{
	for (size_t i = 0; i < cli_n_options; i++)
		if (str_eq(name, str_of(cli_options[i].name)))
			return &cli_options[i];
	return NULL;
}

/* The option that was perhaps meant: one that begins so, or one that is spelt nearly so. */
static const char *meant(struct str name)
{
	const char *names[CLI_OPTIONS_MAX + 1] = {NULL};
	char word[64];
	for (size_t i = 0; i < cli_n_options; i++) {
		names[i] = cli_options[i].name;
		if (name.n >= 2 && str_starts(str_of(names[i]), name, false))
			return names[i];
	}
	if (name.n >= sizeof(word))
		return NULL;
	memcpy(word, name.p, name.n);
	word[name.n] = '\0';
	return text_nearest(word, names);
}

static bool refuse_unknown(const char *word, struct error *error)
{
	if (strncmp(word, "--", 2) != 0)
		return error_set(error, "there is no option %s", word);
	struct str name = name_of(word);
	const struct cli_option *row = find_row(name);
	if (row && !row->argument)
		return error_set(error, "--%s takes no value", row->name);
	const char *near = meant(name);
	if (near)
		return error_set(error, "there is no option --%.*s; did you mean --%s?",
			STR_ARG(name), near);
	return error_set(error, "there is no option --%.*s", STR_ARG(name));
}

static bool refuse_argument(const char *word, struct error *error)
{
	if (str_ends(str_of(word), STR(".yaml"), true) || str_ends(str_of(word), STR(".yml"), true))
		return error_set(error, "unexpected \"%s\"; a check file is given by --config %s",
			word, word);
	return error_set(error, "unexpected \"%s\"", word);
}

static bool take(struct cli *cli, const struct cli_option *row, const char *value, bool *seen,
	struct error *error)
{
	if (row->once && *seen)
		return error_set(error, "--%s is given twice%s%s", row->name,
			row->twice ? "; " : "", row->twice ? row->twice : "");
	*seen = true;
	if (row->argument && !*value)
		return error_set(error, "--%s needs a value: %s", row->name, row->argument);
	if (row->take)
		return row->take(cli, value, error) || error_wrap(error, "--%s", row->name);
	char *member = (char *)cli + row->member;
	if (row->argument)
		memcpy(member, &value, sizeof(value));
	else
		*(bool *)member = true;
	return true;
}

static bool parse_options(struct cli *cli, bool *seen, int argc, char **argv, struct error *error)
{
	struct option options[CLI_OPTIONS_MAX + 1];
	char letters[CLI_OPTIONS_MAX + 3];
	fill_getopt(options, letters);
	opterr = 0;
	optind = 0; /* start afresh, tests parse more than once */
	int at = 1;
	for (int c; (c = getopt_long(argc, argv, letters, options, NULL)) != -1; at = optind) {
		const struct cli_option *row = c == '?' ? NULL : row_of(c == ':' ? optopt : c);
		const char *word = argv[at];
		/* getopt takes abbreviations, which the next option of the same beginning would break */
		bool abbreviated = row && strncmp(word, "--", 2) == 0 &&
				   !str_eq(name_of(word), str_of(row->name));
		if (!row || abbreviated)
			return refuse_unknown(word, error);
		if (c == ':')
			return error_set(error, "--%s needs a value: %s", row->name, row->argument);
		if (!take(cli, row, optarg, &seen[row - cli_options], error))
			return false;
	}
	return optind == argc || refuse_argument(argv[optind], error);
}

static bool settle_action(struct cli *cli, struct error *error)
{
	const char *first = NULL;
	const struct {
		bool given;
		enum cli_action action;
		const char *name;
	} actions[] = {
		{cli->run_once, CLI_RUN_ONCE, "--run-once"},
		{cli->self_test, CLI_SELF_TEST, "--self-test"},
		{cli->list, CLI_LIST, "--list"},
		{cli->check_config, CLI_CHECK_CONFIG, "--check-config"},
		{cli->explain, CLI_EXPLAIN, "--explain"},
		{cli->print_schema, CLI_PRINT_SCHEMA, "--print-schema"},
		{cli->print_config, CLI_PRINT_CONFIG, "--print-config"},
		{cli->doctor, CLI_DOCTOR, "--doctor"},
		{cli->backup != NULL, CLI_BACKUP, "--backup"},
		{cli->alert_test != NULL, CLI_ALERT_TEST, "--alert-test"},
	};
	cli->action = CLI_DAEMON;
	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
		if (!actions[i].given)
			continue;
		if (first)
			return error_set(
				error, "%s and %s: only one at a time", first, actions[i].name);
		first = actions[i].name;
		cli->action = actions[i].action;
	}
	return true;
}

static const char *action_words(enum cli_action action)
{
	switch (action) {
	case CLI_DAEMON: return "the daemon; it needs --run-once";
	case CLI_RUN_ONCE: return "--run-once, which opens no port and no database";
	case CLI_SELF_TEST: return "--self-test, which brings its own services";
	case CLI_LIST: return "--list";
	case CLI_CHECK_CONFIG: return "--check-config";
	case CLI_EXPLAIN: return "--explain";
	case CLI_PRINT_SCHEMA: return "--print-schema";
	case CLI_PRINT_CONFIG: return "--print-config";
	case CLI_DOCTOR: return "--doctor";
	case CLI_BACKUP: return "--backup";
	case CLI_ALERT_TEST: return "--alert-test";
	case CLI_VERSION:
	case CLI_HELP: break;
	}
	return "this";
}

static bool find_contradiction(const struct cli *cli, const bool *seen, struct error *error)
{
	for (size_t i = 0; i < cli_n_options; i++) {
		const struct cli_option *row = &cli_options[i];
		if (!seen[i] || row->with & CLI_WITH(cli->action))
			continue;
		if (row->with == CLI_WITH(CLI_SELF_TEST))
			return error_set(error, "--%s goes with --self-test only", row->name);
		return error_set(
			error, "--%s does not go with %s", row->name, action_words(cli->action));
	}
	if (cli->quiet && cli->verbose)
		return error_set(error, "--quiet and --verbose: only one at a time");
	return true;
}

bool cli_parse(struct cli *cli, int argc, char **argv, struct error *error)
{
	bool seen[CLI_OPTIONS_MAX] = {false};
	*cli = (struct cli){.retries = -1};
	arena_init(&cli->arena);
	if (!parse_options(cli, seen, argc, argv, error))
		return false;
	if (cli->help || cli->version) {
		cli->action = cli->help ? CLI_HELP : CLI_VERSION;
		return true;
	}
	return settle_action(cli, error) && find_contradiction(cli, seen, error);
}

void cli_fini(struct cli *cli)
{
	arena_fini(&cli->arena);
}

static bool is_overridden(const struct cli *cli, const char *service)
{
	for (size_t i = 0; i < cli->n_overrides; i++)
		if (strcmp(cli->overrides[i].service, service) == 0)
			return true;
	return false;
}

void cli_add_services(struct cli *cli, const struct service_override *services, size_t n)
{
	assert(n <= CLI_MORE_SERVICES_MAX);
	for (size_t i = 0; i < n; i++)
		if (!is_overridden(cli, services[i].service))
			cli->overrides[cli->n_overrides++] = services[i];
}

struct config_source cli_source(const struct cli *cli)
{
	return (struct config_source){
		.path = cli->config,
		.mode = cli->mode,
		.listen = cli->listen,
		.database = cli->database,
		.overrides = cli->overrides,
		.n_overrides = cli->n_overrides,
		.color = tty_color(stderr, cli->color) && cli->log_format != LOG_JSON,
	};
}
