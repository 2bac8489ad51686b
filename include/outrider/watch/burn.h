/* watch/burn.h - when it is told that an error budget is spent too fast, and that it no longer is: for each
 * pace of slo.h one at a time, and not what was told already. Given what holds and when, it never looks at
 * a clock. Wall microseconds. Pure values: no ownership, any thread. */
#ifndef OUTRIDER_WATCH_BURN_H
#define OUTRIDER_WATCH_BURN_H

#include "watch/slo.h"

/* It is over when the rule has not held for half of its long span, so that what comes and goes about the
 * limit is told once. */
enum { BURN_CALM_PART = 2 };

struct burn {
	int64_t since_us; /* 0: not told of */
	int64_t held_us; /* when its rule held last; 0: never */
};

struct burns {
	struct burn paces[SLO_PACE_COUNT];
};

/* What is known of a check now. */
struct burn_news {
	uint8_t paces; /* rules that hold, a bit each */
	bool told; /* its incident is open, and was told: that says it all */
	bool quiet; /* nothing begins: a maintenance window */
	int64_t up_us; /* when it came up last; 0: never */
	int64_t now_us;
};

/* That an error budget is spent too fast was told of a check, or that it no longer is. */
struct burn_note {
	bool any;
	enum slo_pace pace;
	int64_t since_us; /* 0: it is over */
	uint64_t key; /* of its alerts */
};

enum burn_turn { BURN_STAYS, BURN_BEGINS, BURN_ENDS };

/* A pace begins when its rule holds, unless that is of what was told already: an incident that is open, or was
 * within its short span; a faster pace that burns, or held within that. What burns goes on through an incident. */
struct burns burns_next(
	struct burns before, struct burn_news news, enum burn_turn turns[SLO_PACE_COUNT]);

#endif
