/* base/pulse.h - whether threads make progress: each counts its turns, somebody wakes them and looks from
 * time to time. Values in, values out; monotonic microseconds. */
#ifndef OUTRIDER_BASE_PULSE_H
#define OUTRIDER_BASE_PULSE_H

#include <stdint.h>

struct pulse {
	uint64_t turns; /* as last seen; */
	int64_t moved_us; /* and when they had last moved */
};

/* A look at a thread that has made so many turns by now: how long it has made none. */
int64_t pulse_look(struct pulse *pulse, uint64_t turns, int64_t now_us);
/* Nobody could look for a while, because the process or the machine stood still: it begins anew. */
void pulse_restart(struct pulse *pulse, int64_t now_us);

#endif
