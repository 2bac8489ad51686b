#include "screen.h"

#include "base/clock.h"
#include "reports.h"
#include "rerun.h"
#include "tty.h"

static struct terminal_options options_of(
	const struct screen *screen, const struct check *const *checks, size_t n_checks)
{
	const struct cli *cli = screen->cli;
	struct terminal_options options = {.live = tty_live(screen->out) && !cli->quiet,
		.color = tty_color(screen->out, cli->color),
		.quiet = cli->quiet,
		.verbose = cli->verbose,
		.width = tty_width(screen->out)};
	for (size_t i = 0; i < n_checks; i++)
		if (strlen(checks[i]->id) > options.id_width)
			options.id_width = (unsigned)strlen(checks[i]->id);
	return options;
}

void screen_open(struct screen *screen, const struct cli *cli, const struct check *const *checks,
	size_t n_checks)
{
	*screen = (struct screen){
		.cli = cli,
		.out = reports_on_stdout(cli) ? stderr : stdout,
		.opened_us = clock_mono_us(),
	};
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

/* Somebody may have moved the terminal's edge. */
static void look(struct screen *screen)
{
	terminal_now(screen->terminal, clock_mono_us() - screen->opened_us, tty_width(screen->out));
}

void screen_started(struct screen *screen, const struct check *check)
{
	look(screen);
	terminal_started(screen->terminal, check);
}

void screen_finished(struct screen *screen, const struct record *record)
{
	look(screen);
	terminal_finished(screen->terminal, record);
}

void screen_tick(struct screen *screen)
{
	look(screen);
	terminal_tick(screen->terminal);
}

void screen_pause(struct screen *screen)
{
	look(screen);
	terminal_pause(screen->terminal);
}

void screen_summary(struct screen *screen, const struct report *report)
{
	if (screen->cli->github)
		github_unfold(&screen->github, screen->out);
	if (report_summarize(report).total == 0)
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
