/* watch/recheck.h - after a failure a check is asked again soon, until its health rule has decided: a rule
 * `k of n` may ask for n - 1 extra runs, then the interval is its own again. While it is down there are
 * none, so whatever fails costs these few and nothing more. What is cold is asked again until it has woken up, or
 * counts as a failure. Pure values: no ownership, any thread. */
#ifndef OUTRIDER_WATCH_RECHECK_H
#define OUTRIDER_WATCH_RECHECK_H

#include "watch/policy.h"

/* Whether what failed last may still take it down: no more than n - 1 results ago, and it is not; or is cold. */
bool recheck_undecided(const struct watch_policy *policy, struct health health);

/* When the next extra run is due behind a result that was there at now_us; INT64_MAX: it is not worth one.
 * asked: how many there were since it was decided last, those of a cold one aside. One as long as this run must be over before the
 * regular slot at next_us. */
int64_t recheck_at(const struct watch_policy *policy, struct health health, unsigned asked,
	int64_t now_us, int64_t duration_us, int64_t next_us);

#endif
