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

/* Down again and again: it must have been well for a while. */
static bool is_held(const struct health *h, uint32_t now_s)
{
	uint32_t hold_s = h->relapses ? (uint32_t)HEALTH_HOLD_S << (h->relapses - 1) : 0;

	if (hold_s > HEALTH_RELAPSE_S)
		hold_s = HEALTH_RELAPSE_S;
	return now_s - h->mark_s < hold_s;
}

static enum health_state next_state(
	const struct health_policy *policy, const struct health *h, bool pass, uint32_t now_s)
{
	unsigned fails = count_recent(h, policy->down_after.n, false);
	unsigned passes = count_recent(h, policy->up_after.n, true);

	switch (h->state) {
	case HEALTH_DOWN:
		if (passes < policy->up_after.k || h->flapping || is_held(h, now_s))
			return HEALTH_DOWN;
		return when_alive(h->latest);
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

/* How many of the last n results differ from the one before. */
static unsigned count_flips(const struct health *health, unsigned n)
{
	unsigned count = 0;

	for (unsigned i = 0; i + 1 < n && i + 1 < health->seen; i++)
		count += (health->recent >> i & 1) != (health->recent >> (i + 1) & 1);
	return count;
}

static bool by_results(const struct health *h)
{
	const uint64_t all = (UINT64_C(1) << HEALTH_CALM) - 1;
	bool calm = h->seen >= HEALTH_CALM && (h->recent & all) == all;

	return !calm && (h->flapping || count_flips(h, HEALTH_FLIPS_WINDOW) >= HEALTH_FLIPS);
}

/* It goes down, or comes up. Results from before don't count towards the next turn. */
static void turn(struct health *h, uint32_t now_s)
{
	bool soon = h->mark_s && now_s - h->mark_s < HEALTH_RELAPSE_S;

	if (h->state == HEALTH_DOWN && !soon)
		h->relapses = 0;
	else if (h->state == HEALTH_DOWN && h->relapses < HEALTH_RELAPSES_MAX)
		h->relapses++;
	h->mark_s = now_s;
	h->known = 0;
}

/* A service that has woken up since does not sleep again so soon. */
static bool may_sleep_again(
	const struct health_policy *policy, const struct health *h, uint32_t now_s)
{
	uint32_t awake_s =
		policy->cold_for_s > HEALTH_AWAKE_S ? policy->cold_for_s : HEALTH_AWAKE_S;

	return h->good_s >= h->cold_s && now_s - h->cold_s >= awake_s;
}

/* Notes since when it is cold, and whether that may still be a service that wakes up. */
static bool is_waking(
	const struct health_policy *policy, struct health *h, bool cold, uint32_t now_s)
{
	if (!cold)
		return false;
	if (!h->cold_s || h->cold_s > now_s || may_sleep_again(policy, h, now_s))
		h->cold_s = now_s;
	return h->state != HEALTH_DOWN && now_s - h->cold_s < policy->cold_for_s;
}

static uint8_t count_passes(const struct health *h, bool pass, bool known_issue)
{
	uint8_t wanted = health_fixed_at(*h);

	if (!known_issue)
		return 0;
	if (!pass)
		return h->passes == wanted ? HEALTH_FIXED_BEFORE : h->passes & HEALTH_FIXED_BEFORE;
	return h->passes < wanted ? (uint8_t)(h->passes + 1) : wanted;
}

struct health health_next(
	const struct health_policy *policy, struct health before, struct health_result latest)
{
	struct health after = before;
	bool pass = latest.outcome == OUTCOME_PASS || latest.outcome == OUTCOME_WARN;
	uint32_t now_s = (uint32_t)(latest.at_wall_us / 1000000);

	if (latest.outcome == OUTCOME_SKIP)
		return before;
	after.latest = latest.outcome;
	if (pass)
		after.good_s = now_s;
	after.passes = count_passes(&before, pass, latest.known_issue);
	after.waits = is_waking(policy, &after, latest.cold, now_s);
	if (after.waits)
		return after;
	after.recent = before.recent << 1 | pass;
	if (after.known < HEALTH_WINDOW_MAX)
		after.known++;
	if (after.seen < HEALTH_WINDOW_MAX)
		after.seen++;
	if (after.mark_s > now_s) /* the clock was set back */
		after.mark_s = now_s;
	if (before.state == HEALTH_DOWN && !pass)
		after.mark_s = now_s;
	after.flapping = by_results(&after);
	after.state = next_state(policy, &after, pass, now_s);
	if ((after.state == HEALTH_DOWN) != (before.state == HEALTH_DOWN))
		turn(&after, now_s);
	return after;
}

struct health health_unwatched(struct health health)
{
	health.state = HEALTH_UNKNOWN;
	health.known = 0;
	health.flapping = false;
	return health;
}

bool health_flaps(struct health health)
{
	return health.flapping || (health.state == HEALTH_DOWN && health.relapses > 1);
}
