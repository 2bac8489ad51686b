#include "screen.h"

#include "reports.h"
#include "rerun.h"

#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { WIDTH_DEFAULT = 80 /* of a terminal that does not say */ };

static unsigned width_of(FILE *out)
{
	struct winsize size;
	if (!isatty(fileno(out)))
		return 0;
	if (ioctl(fileno(out), TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
		return WIDTH_DEFAULT;
	return size.ws_col;
}

static struct terminal_options options_of(
	const struct screen *screen, const struct check *const *checks, size_t n_checks)
{
	const struct cli *cli = screen->cli;
	const char *term = getenv("TERM");
	const char *no_color = getenv("NO_COLOR");
	bool able = isatty(fileno(screen->out)) && (!term || strcmp(term, "dumb") != 0);
	struct terminal_options options = {.live = able && !cli->quiet,
		.quiet = cli->quiet,
		.verbose = cli->verbose,
		.width = width_of(screen->out)};
	switch (cli->color) {
	case COLOR_AUTO: options.color = able && !(no_color && *no_color); break;
	case COLOR_ALWAYS: options.color = true; break;
	case COLOR_NEVER: break;
	}
	for (size_t i = 0; i < n_checks; i++)
		if (strlen(checks[i]->id) > options.id_width)
			options.id_width = (unsigned)strlen(checks[i]->id);
	return options;
}

void screen_open(struct screen *screen, const struct cli *cli, const struct check *const *checks,
	size_t n_checks)
{
	*screen = (struct screen){.cli = cli, .out = reports_on_stdout(cli) ? stderr : stdout};
	struct terminal_options options = options_of(screen, checks, n_checks);
	screen->live = options.live;
	screen->terminal = terminal_new(screen->out, options, n_checks);
	if (!cli->github)
		return;
	screen->github = github_new();
	github_fold(&screen->github, n_checks, screen->out);
}

void screen_close(struct screen *screen)
{
	if (screen->terminal)
		terminal_free(screen->terminal);
}

void screen_started(struct screen *screen, const struct check *check)
{
	terminal_started(screen->terminal, check);
}

void screen_finished(struct screen *screen, const struct record *record)
{
	terminal_finished(screen->terminal, record);
}

void screen_tick(struct screen *screen, int64_t elapsed_us)
{
	terminal_tick(screen->terminal, elapsed_us, width_of(screen->out));
}

void screen_pause(struct screen *screen)
{
	terminal_pause(screen->terminal);
}

void screen_summary(struct screen *screen, const struct report *report)
{
	if (screen->cli->github)
		github_unfold(&screen->github, screen->out);
	if (report->n_records == 0)
		fprintf(screen->out, "nothing to run again: no selected check failed in %s\n",
			rerun_source(screen->cli->rerun_failed));
	else
		terminal_summary(screen->terminal, report);
	if (screen->cli->github)
		github_annotate(&screen->github, report, screen->out);
}

bool screen_is_deaf(const struct screen *screen)
{
	return ferror(screen->out);
}
