/* base/drift.h - whether the wall clock was set while nobody looked. Pure; microseconds. */
#ifndef OUTRIDER_BASE_DRIFT_H
#define OUTRIDER_BASE_DRIFT_H

#include <stdint.h>

enum { DRIFT_JUMP_US = 3000000 }; /* less is the work of whoever keeps the clock right */

struct drift {
	int64_t offset_us; /* of the wall clock from the monotonic one, as last seen */
};

/* Both clocks, read together. By how much the wall clock jumped since the look before: 0, or at least
 * DRIFT_JUMP_US forward or back. The monotonic clock stands still while a machine sleeps, so waking up is
 * a jump forward as well. */
int64_t drift_look(struct drift *drift, int64_t wall_us, int64_t mono_us);

#endif
