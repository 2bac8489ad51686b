/* store/sweep.h - visits every check once in a period, evenly over time, so that work that is due for
 * all of them never comes at once. A value; monotonic time comes in. */
#ifndef OUTRIDER_STORE_SWEEP_H
#define OUTRIDER_STORE_SWEEP_H

#include <stddef.h>
#include <stdint.h>

struct sweep {
	int64_t period_us;
	int64_t least_us; /* between two visits: what is due meanwhile is visited together */
	int64_t next_us; /* of the next check's turn; 0: not begun */
	int64_t looked_us;
	uint32_t at; /* the check visited last, from 1 */
};

/* When it has something to visit among the checks 1 to n; INT64_MAX: never. */
int64_t sweep_due(const struct sweep *sweep, uint32_t n);
/* Those whose turn has come, at most max. After a pause it goes on from where it was. */
size_t sweep_take(struct sweep *sweep, uint32_t n, int64_t now_us, uint32_t *numbers, size_t max);

#endif
