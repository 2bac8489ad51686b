/* proof/clocks.h - limits of time, shortened so that a proof need not wait for minutes. Pure. */
#ifndef OUTRIDER_PROOF_CLOCKS_H
#define OUTRIDER_PROOF_CLOCKS_H

#include "check/plan.h"

/* Which limits, and to what. */
struct clocks {
	int64_t kept_us; /* a limit up to this stays as it is */
	int64_t max_us; /* none is longer afterwards */
};

/* A limit that is shortened; of two different limits the longer one stays the longer. */
int64_t clocks_short(struct clocks clocks, int64_t limit_us);

/* A copy of the check, in the arena, without retries, whose limits are shortened: the timeout and the
 * idle timeout by `ends`, the largest value of every duration that is expected by `expected`.
 * *changed: whether one was. */
struct check clocks_shorten(struct arena *arena, const struct check *check, struct clocks ends,
	struct clocks expected, bool *changed);

/* The smallest of these limits, those of a warning too. */
int64_t clocks_smallest(const struct check *check);
/* The largest duration that is expected, that of a warning too; 0: none. */
int64_t clocks_largest_expected(const struct check *check);

#endif
