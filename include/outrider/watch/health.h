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
};

/* down_after 2 of 3, up_after 2 */
#define HEALTH_POLICY_DEFAULT ((struct health_policy){{2, 3}, {2, 2}})

struct health {
	enum health_state state;
	uint64_t recent; /* newest in bit 0; 1 = pass or warn */
	uint8_t known; /* how many bits of recent count */
	enum outcome latest; /* of the last result that was no skip */
};

/* A skip changes nothing. A warn counts as a pass for up and down, and as degraded for the state.
 * From unknown, the first pass is up (or degraded); a failure stays unknown until the rule says
 * down. */
struct health health_next(
	const struct health_policy *policy, struct health before, enum outcome latest);

#endif
