#include "watch/recheck.h"

bool recheck_undecided(const struct watch_policy *policy, struct health health)
{
	unsigned n = policy->health.down_after.n;

	if (health.state == HEALTH_DOWN)
		return false;
	if (health.waits)
		return true;
	for (unsigned i = 0; i + 1 < n && i < health.known; i++)
		if (!(health.recent >> i & 1))
			return true;
	return false;
}

int64_t recheck_at(const struct watch_policy *policy, struct health health, unsigned asked,
	int64_t now_us, int64_t duration_us, int64_t next_us)
{
	int64_t at = now_us + policy->recheck_us;

	if (!policy->recheck_us || !recheck_undecided(policy, health) ||
		(!health.waits && asked + 1 >= policy->health.down_after.n))
		return INT64_MAX;
	return next_us == INT64_MAX || at > next_us - duration_us ? INT64_MAX : at;
}
