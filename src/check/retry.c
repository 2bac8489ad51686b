#include "check/retry.h"

#include <time.h>

enum { SECONDS_MAX = 1000000000, US_PER_SECOND = 1000000 };

int64_t retry_backoff_us(const struct retry_policy *policy, unsigned attempt)
{
	int64_t pause = policy->backoff_us, most = RETRY_GROWTH_MAX_US;

	if (pause > most)
		return pause;
	while (--attempt > 0 && pause > 0 && pause < most)
		pause *= 2;
	return pause < most ? pause : most;
}

/* "Thu, 26 Nov 2026 19:00:30 GMT" (RFC 9110, 5.6.7; its obsolete forms are not read). */
static bool read_date(const char *text, int64_t *us)
{
	struct tm tm = {0};
	const char *end = text ? strptime(text, "%a, %d %b %Y %H:%M:%S GMT", &tm) : NULL;

	if (!end || *end)
		return false;
	*us = (int64_t)timegm(&tm) * US_PER_SECOND;
	return true;
}

static bool read_seconds(const char *text, int64_t *us)
{
	size_t n = strspn(text, "0123456789");
	int64_t seconds = 0;

	if (n == 0 || text[n])
		return false;
	for (; *text; text++)
		if (seconds < SECONDS_MAX)
			seconds = 10 * seconds + (*text - '0');
	*us = seconds * US_PER_SECOND;
	return true;
}

int64_t retry_after_us(const struct observation *seen)
{
	const char *text = headers_find(&seen->headers, "retry-after");
	int64_t us, now;

	if (!text || (seen->http_status != 429 && seen->http_status != 503))
		return 0;
	if (read_seconds(text, &us))
		return us;
	if (!read_date(text, &us))
		return 0;
	if (!read_date(headers_find(&seen->headers, "date"), &now))
		now = seen->wall_us + (seen->ended_us - seen->started_us);
	return us > now ? us - now : 0;
}
