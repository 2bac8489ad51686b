#include "check/retry.h"

#include "check/retry_after.h"

int64_t retry_backoff_us(const struct retry_policy *policy, unsigned attempt)
{
	int64_t pause = policy->backoff_us, most = RETRY_GROWTH_MAX_US;

	if (pause > most)
		return pause;
	while (--attempt > 0 && pause > 0 && pause < most)
		pause *= 2;
	return pause < most ? pause : most;
}

int64_t retry_after_us(const struct observation *seen)
{
	if (seen->http_status != 429 && seen->http_status != 503)
		return 0;
	return retry_after_read(
		&seen->headers, seen->wall_us + (seen->ended_us - seen->started_us));
}
