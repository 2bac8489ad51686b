/* screen.h - what people see of a single run: on standard output, or on standard error when a
 * report takes that; folded and annotated for GitHub when asked for. Main thread. */
#ifndef OUTRIDER_SCREEN_H
#define OUTRIDER_SCREEN_H

#include "cli.h"
#include "report/github.h"
#include "report/report.h"

struct screen {
	const struct cli *cli;
	FILE *out;
	struct terminal *terminal;
	struct github github;
	bool live; /* wants a tick now and then */
	int64_t opened_us;
};

void screen_open(struct screen *screen, const struct cli *cli, const struct check *const *checks,
	size_t n_checks);
void screen_close(struct screen *screen);

void screen_started(struct screen *screen, const struct check *check);
void screen_finished(struct screen *screen, const struct record *record);
void screen_tick(struct screen *screen);
/* Somebody else writes a line. */
void screen_pause(struct screen *screen);
void screen_summary(struct screen *screen, const struct report *report);

/* Nobody reads it any more, or there is no room. */
bool screen_is_deaf(const struct screen *screen);

#endif
