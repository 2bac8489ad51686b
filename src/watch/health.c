#include "watch/health.h"

static const char *const state_names[] = {
#define X(id, name) [HEALTH_##id] = name,
	HEALTH_STATES(X)
#undef X
};

const char *health_name(enum health_state state)
{
	return state_names[state];
}

/* How many of the last n results were passes (or failures). */
static unsigned count_recent(const struct health *health, unsigned n, bool passes)
{
	unsigned count = 0;

	for (unsigned i = 0; i < n && i < health->known; i++)
		count += ((health->recent >> i & 1) != 0) == passes;
	return count;
}

static enum health_state when_alive(enum outcome latest)
{
	return latest == OUTCOME_WARN ? HEALTH_DEGRADED : HEALTH_UP;
}

static enum health_state next_state(
	const struct health_policy *policy, const struct health *h, bool pass)
{
	unsigned fails = count_recent(h, policy->down_after.n, false);
	unsigned passes = count_recent(h, policy->up_after.n, true);

	switch (h->state) {
	case HEALTH_DOWN: return passes >= policy->up_after.k ? when_alive(h->latest) : HEALTH_DOWN;
	case HEALTH_UNKNOWN:
	case HEALTH_UP:
	case HEALTH_DEGRADED:
	case HEALTH_MAINTENANCE:
	case HEALTH_COUNT: break;
	}
	if (fails >= policy->down_after.k)
		return HEALTH_DOWN;
	return pass ? when_alive(h->latest) : h->state;
}

struct health health_next(
	const struct health_policy *policy, struct health before, enum outcome latest)
{
	struct health after = before;
	bool pass = latest == OUTCOME_PASS || latest == OUTCOME_WARN;

	if (latest == OUTCOME_SKIP)
		return before;
	after.latest = latest;
	after.recent = before.recent << 1 | pass;
	if (after.known < HEALTH_WINDOW_MAX)
		after.known++;
	after.state = next_state(policy, &after, pass);
	/* Results from before a turn don't count towards the next one. */
	if ((after.state == HEALTH_DOWN) != (before.state == HEALTH_DOWN))
		after.known = 0;
	return after;
}
