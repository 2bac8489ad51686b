#include "cli_options.h"

enum { HELP_COLUMN = 28, HELP_WIDTH = 80 };

const char *const cli_group_titles[] = {
	[GROUP_ACTION] = "What to do (without any of these: watch, as a daemon)",
	[GROUP_CONFIG] = "Configuration",
	[GROUP_SELECTION] =
		"Selection, of --run-once, --self-test and --list (all that are given must hold)",
	[GROUP_RUN] = "Running once",
	[GROUP_OUTPUT] = "Output",
};

static const char usage[] =
	"Outrider watches LLM services: it sends the requests that a YAML file describes,\n"
	"judges the answers, streams token by token, and tells you what broke.\n"
	"\n"
	"Usage:\n"
	"  outrider [--config FILE|DIR] [OPTION...]     watch, and serve a status page\n"
	"  outrider --run-once [SELECTION] [OPTION...]  run the checks once, as in CI\n"
	"  outrider --demo [--run-once]                 have a look, with nothing set up\n";

static const char examples[] =
	"\n"
	"Examples:\n"
	"  outrider --demo --run-once\n"
	"      the built-in suite against the built-in stand-in\n"
	"  outrider --run-once --mode deployed --tag 'not slow' --json report.json\n"
	"      the quick checks against the deployed services, with a report for programs\n"
	"  outrider --run-once --rerun-failed report.json\n"
	"      again what failed there\n"
	"  outrider --run-once --junit report.xml --github\n"
	"      in a job of GitHub Actions: annotations, a summary, a file for other tools\n"
	"  outrider --run-once --check 'memory-*' --service memory=http://localhost:9000\n"
	"      one service, somewhere else\n"
	"  outrider --run-once --wait 60s --fail-fast --config checks.yaml\n"
	"      in CI, right after the services were started\n"
	"  outrider --self-test --config checks.yaml\n"
	"      which of your checks would notice what; 1 when one can't fail\n"
	"\n"
	"Three lines make a check file:\n"
	"  services: {api: {url: \"http://localhost:8000\"}}\n"
	"  checks:\n"
	"    - {id: api-health, service: api, get: /health}\n"
	"\n"
	"Exit status:\n"
	"  0    every check passed, warned, was skipped, or is a known issue\n"
	"  1    at least one check failed (see --fail-on), a self-test has a gap, or a\n"
	"       test alert was not delivered\n"
	"  2    the command line or the configuration is wrong\n"
	"  3    the program itself could not work: a port, a database, a report\n"
	"  130  interrupted; what was finished is reported\n";

/* From HELP_COLUMN on, wrapped; the line is at column at already. */
static void print_words(FILE *out, int at, const char *words)
{
	while (*words) {
		int n = (int)strcspn(words, " \n");
		if (at > HELP_COLUMN && at + 1 + n > HELP_WIDTH) {
			fputc('\n', out);
			at = 0;
		}
		at += at > HELP_COLUMN ? fprintf(out, " %.*s", n, words)
				       : fprintf(out, "%*s%.*s", HELP_COLUMN - at, "", n, words);
		words += n + (words[n] != '\0');
	}
	fputc('\n', out);
}

static void print_option(FILE *out, const struct cli_option *row)
{
	char letter[8] = "    ";
	if (row->letter)
		snprintf(letter, sizeof(letter), "-%c, ", row->letter);
	int at = fprintf(out, "  %s--%s%s%s", letter, row->name, row->argument ? " " : "",
		row->argument ? row->argument : "");
	if (at >= HELP_COLUMN) { /* too long: the help begins on the next line */
		fputc('\n', out);
		at = 0;
	}
	print_words(out, at, row->help);
}

void cli_help(FILE *out)
{
	fputs(usage, out);
	for (enum cli_group group = GROUP_ACTION; group < GROUP_COUNT; group++) {
		fprintf(out, "\n%s:\n", cli_group_titles[group]);
		for (size_t i = 0; i < cli_n_options; i++)
			if (cli_options[i].group == group)
				print_option(out, &cli_options[i]);
	}
	fputs(examples, out);
}
