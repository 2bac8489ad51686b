/* watch/health.h - turns a series of verdicts into a state. Pure values: no ownership, any thread. */
#ifndef OUTRIDER_WATCH_HEALTH_H
#define OUTRIDER_WATCH_HEALTH_H

#include "check/outcome.h"

#include <stdbool.h>
#include <stdint.h>

#define HEALTH_STATES(X)                                                                           \
	X(UNKNOWN, "unknown")                                                                      \
	X(UP, "up")                                                                                \
	X(DEGRADED, "degraded")                                                                    \
	X(DOWN, "down")                                                                            \
	X(MAINTENANCE, "maintenance")

enum health_state {
#define X(id, name) HEALTH_##id,
	HEALTH_STATES(X)
#undef X
		HEALTH_COUNT
};

const char *health_name(enum health_state state);

enum { HEALTH_WINDOW_MAX = 64 };

/* "k of n": k of the last n results (fewer than n so far count as they are). A plain number k is
 * "k of k": k in a row. */
struct health_rule {
	uint8_t k, n;
};

struct health_policy {
	struct health_rule down_after; /* failures */
	struct health_rule up_after; /* passes or warns; asked only when down */
	uint32_t cold_for_s; /* a service that sleeps may take so long to wake up */
};

/* down_after 2 of 3, up_after 2 */
#define HEALTH_POLICY_DEFAULT ((struct health_policy){{2, 3}, {2, 2}, 0})

/* Flapping. What is down and flaps stays down, so that its incident stays open and nobody is told of
 * every turn. It flaps when HEALTH_FLIPS of its last HEALTH_FLIPS_WINDOW results differ from the one
 * before, until its last HEALTH_CALM results passed. What comes and goes more slowly relapses: it goes
 * down within HEALTH_RELAPSE_S of coming up. After one relapse it comes up only when nothing has failed
 * for HEALTH_HOLD_S, and with each further one in a row for twice as long, up to HEALTH_RELAPSE_S. So
 * whatever it does, it is told of ten times at most before it is calm. */
enum {
	HEALTH_FLIPS_WINDOW = 20,
	HEALTH_FLIPS = 10,
	HEALTH_CALM = 8,
	HEALTH_RELAPSE_S = 900,
	HEALTH_RELAPSES_MAX = 8,
	HEALTH_HOLD_S = 10,
};

/* What woke up and answered is not taken for asleep again so soon: hosts give a service about so long without
 * visitors. So what fails now and then with such answers counts, but for cold_for of each such time. */
enum { HEALTH_AWAKE_S = 900 };

/* Passes in a row, of a known issue. One that was fixed and failed again comes and goes: it takes many more. */
enum {
	HEALTH_FIXED_AFTER = 3,
	HEALTH_FIXED_AGAIN_AFTER = 100,
	HEALTH_FIXED_BEFORE = 128, /* beside their number */
};

struct health {
	uint64_t recent; /* newest in bit 0; 1 = pass or warn */
	uint32_t
		mark_s; /* wall time: when down, of the newest failure; else of coming up; 0: none */
	uint32_t good_s; /* wall time of the newest pass or warn; 0: never */
	uint32_t
		cold_s; /* wall time of the first cold result since it began to wake up; 0: never */
	enum health_state state : 8; /* in a byte: each check has several of this */
	enum outcome latest : 8; /* of the last result that was no skip */
	uint8_t known; /* how many bits of recent count towards the next turn */
	uint8_t seen; /* how many of them are results */
	uint8_t relapses; /* in a row */
	bool flapping; /* by its results */
	bool waits; /* the latest result was cold, and counts for nothing so far */
	uint8_t passes; /* in a row, as a known issue, as many as health_fixed_at at most */
};

struct health_result {
	enum outcome outcome;
	bool cold; /* a failure: the service is about to wake up */
	bool known_issue; /* its check is one */
	int64_t at_wall_us; /* when it was there */
};

/* A skip changes nothing. A warn counts as a pass for up and down, and as degraded for the state.
 * From unknown, the first pass is up (or degraded); a failure stays unknown until the rule says
 * down. What is not down and cold counts neither as one nor the other, for cold_for_s from the first
 * such result; what answered since, and is cold again within HEALTH_AWAKE_S of that one, counts. */
struct health health_next(
	const struct health_policy *policy, struct health before, struct health_result latest);

/* Of a check that is not watched any more: neither up nor down, and what comes later begins anew. */
struct health health_unwatched(struct health health);

/* What passes is when the known issue is fixed, to all appearances. */
static inline uint8_t health_fixed_at(struct health health)
{
	return health.passes & HEALTH_FIXED_BEFORE ? HEALTH_FIXED_BEFORE | HEALTH_FIXED_AGAIN_AFTER
						   : HEALTH_FIXED_AFTER;
}

/* It is, with just this result. */
static inline bool health_is_fixed(struct health before, struct health after)
{
	return after.passes == health_fixed_at(after) && before.passes != after.passes;
}

/* Whether it is held down, or was, more than once: worth saying beside the state. */
bool health_flaps(struct health health);

#endif
