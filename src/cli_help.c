#include "cli_options.h"

enum { HELP_COLUMN = 28 };

const char *const cli_group_titles[] = {
	[GROUP_ACTION] = "What to do (without any of these: watch, as a daemon)",
	[GROUP_CONFIG] = "Configuration",
	[GROUP_SELECTION] =
		"Selection, of --run-once, --self-test and --list (all that are given must hold)",
	[GROUP_RUN] = "Running once",
	[GROUP_OUTPUT] = "Output",
};

static const char usage[] =
	"Outrider watches LLM services: it sends the requests that a YAML file describes, judges\n"
	"the answers, streams token by token, and tells you.\n"
	"\n"
	"Usage:\n"
	"  outrider [--config FILE|DIR] [OPTION...]       watch all the time, serve a status page\n"
	"  outrider --run-once [SELECTION] [OPTION...]    run the checks once, for a terminal or "
	"CI\n"
	"  outrider --self-test [SELECTION] [OPTION...]   prove that each check can fail\n"
	"  outrider --demo [--run-once]                   have a look, with nothing set up\n";

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
	"  outrider --run-once --check 'gateway-*' --service gateway=http://127.0.0.1:9000\n"
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
	"  1    at least one check failed (see --fail-on), or a self-test has a gap\n"
	"  2    the command line or the configuration is wrong\n"
	"  3    the program itself could not work: a port, a database, a report\n"
	"  130  interrupted; what was finished is reported\n";

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
	for (const char *help = row->help; *help; at = 0) {
		int n = (int)strcspn(help, "\n");
		fprintf(out, "%*s%.*s\n", HELP_COLUMN - at, "", n, help);
		help += n + (help[n] == '\n');
	}
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
