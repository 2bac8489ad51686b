/* report/live.h - the line at the bottom that shows how far a run is: redrawn in place, taken away
 * when somebody else writes. Owned by the terminal. */
#ifndef OUTRIDER_REPORT_LIVE_H
#define OUTRIDER_REPORT_LIVE_H

#include "check/plan.h"

#include <stdio.h>

enum { LIVE_RUNNING_MAX = 64 /* named ones; far more than fit */ };

struct live_run {
	const struct check *check;
	int64_t since_us; /* of the same clock as now_us */
};

struct live {
	FILE *out;
	bool wanted, color;
	unsigned width; /* of the terminal, now */
	int64_t now_us; /* since the run began */
	size_t total, done, failed;
	struct live_run running[LIVE_RUNNING_MAX]; /* the longest first */
	size_t n_running;
	size_t unnamed; /* running beyond those */
	size_t drawn; /* cells of the line that stands there; 0: none does */
};

void live_started(struct live *live, const struct check *check);
void live_ended(struct live *live, const struct check *check, bool failed);

void live_draw(struct live *live);
void live_erase(struct live *live);

#endif
