#include "check/retry_after.h"

#include <string.h>
#include <time.h>

enum { SECONDS_MAX = 1000000000, US_PER_SECOND = 1000000 };

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

int64_t retry_after_read(const struct headers *headers, int64_t now_wall_us)
{
	const char *text = headers_find(headers, "retry-after");
	int64_t us, now;

	if (!text)
		return 0;
	if (read_seconds(text, &us))
		return us;
	if (!read_date(text, &us))
		return 0;
	if (!read_date(headers_find(headers, "date"), &now))
		now = now_wall_us;
	return us > now ? us - now : 0;
}
