/* base/clock.h - the one door to the system's clocks. Monotonic time for durations and timers,
 * wall time for display and storage only. Microseconds. Any thread. */
#ifndef OUTRIDER_BASE_CLOCK_H
#define OUTRIDER_BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

#define US_PER_MS INT64_C(1000)
#define US_PER_S INT64_C(1000000)

int64_t clock_mono_us(void); /* CLOCK_MONOTONIC */
int64_t clock_wall_us(void); /* since 1970, UTC */
/* This boot of the machine, seen from its own time namespace: within it monotonic time means the same to every
 * process; 0: not known. */
int64_t clock_boot(void);
/* How far the system's local time is ahead of UTC at a wall time. ctx is not used. */
int64_t clock_ahead_us(void *ctx, int64_t wall_us);
/* Takes the system's zone as it is set now. */
void clock_read_zone(void);
int64_t clock_cpu_us(void); /* processor time of this thread; for budgets */

#endif
