#include "serve/words.h"

#include "base/clock.h"
#include "base/text.h"

#include <inttypes.h>
#include <time.h>

#define NBSP "\xc2\xa0"

enum {
	KEY_DIGITS = 16,
	INERT_GROWTH = 4, /* a byte becomes up to four */
	TIME_CHARS = 19, /* without what is less than a second */
};

const char *words_latency(struct arena *arena, int64_t us)
{
	if (us < 0)
		return "";
	double s = (double)us / (double)US_PER_S;
	if (us < 10 * US_PER_MS)
		return arena_printf(arena, "%.1f" NBSP "ms", s * 1000);
	if (us < 999500)
		return arena_printf(arena, "%.0f" NBSP "ms", s * 1000);
	if (us < 9995000)
		return arena_printf(arena, "%.2f" NBSP "s", s);
	if (us < 60 * US_PER_S)
		return arena_printf(arena, "%.1f" NBSP "s", s);
	return words_elapsed(arena, us);
}

const char *words_elapsed(struct arena *arena, int64_t us)
{
	char text[TEXT_ELAPSED_MAX];
	return arena_strdup(arena, text_elapsed(us, NBSP, text));
}

const char *words_percent(struct arena *arena, double share)
{
	if (!(share >= 0))
		return "";
	if (share >= 1)
		return "100" NBSP "%";
	int hundredths = (int)(share * 10000 + 1e-6); /* 0.57 is a little less than that */
	if (hundredths > 9999)
		hundredths = 9999;
	return arena_printf(arena, "%d.%02d" NBSP "%%", hundredths / 100, hundredths % 100);
}

const char *words_reason(enum reason reason)
{
	switch (reason) {
	case REASON_NONE: return "";
	case REASON_EXPECTATION: return "not as expected";
	case REASON_TIMEOUT: return "timed out";
	case REASON_IDLE_TIMEOUT: return "fell silent";
	case REASON_DNS: return "the name was not found";
	case REASON_CONNECT: return "no connection";
	case REASON_TLS: return "TLS failed";
	case REASON_RESET: return "the connection was reset";
	case REASON_PROTOCOL: return "not HTTP as it should be";
	case REASON_TRUNCATED: return "cut off";
	case REASON_TOO_LARGE: return "too large";
	case REASON_MALFORMED: return "malformed";
	case REASON_ERROR_EVENT: return "an error inside the stream";
	case REASON_MASKED: return "masked: an error that looks like an answer";
	case REASON_COLD: return "the service was asleep";
	case REASON_ENV: return "something it needs is not set";
	case REASON_BUDGET: return "its budget of the day is spent";
	case REASON_CANCELLED: return "cancelled";
	case REASON_INTERNAL: return "our own fault";
	case REASON_COUNT: break;
	}
	return "";
}

const char *words_inert(struct arena *arena, const char *text, size_t max)
{
	struct buf inert = BUF_INIT(max * INERT_GROWTH + INERT_GROWTH);
	text_inert(&inert, str_of(text), max);
	const char *copy = arena_strndup(arena, buf_str(&inert));
	buf_fini(&inert);
	return copy;
}

const char *words_lines(struct arena *arena, const char *text, size_t max)
{
	struct buf lines = BUF_INIT(max * INERT_GROWTH + INERT_GROWTH);
	struct str rest = {text, strnlen(text, max)};
	bool cut = text[rest.n] != '\0';
	while (rest.n) {
		const char *end = memchr(rest.p, '\n', rest.n);
		struct str line = {rest.p, end ? (size_t)(end - rest.p) : rest.n};
		text_inert(&lines, line, line.n);
		if (end)
			buf_putc(&lines, '\n');
		rest = str_from(rest, line.n + 1);
	}
	if (cut)
		buf_puts(&lines, "\xe2\x80\xa6");
	const char *copy = arena_strndup(arena, buf_str(&lines));
	buf_fini(&lines);
	return copy;
}

const char *words_key(struct arena *arena, uint64_t key)
{
	return arena_printf(arena, "%016" PRIx64, key);
}

bool words_parse_hex(const char *text, uint64_t *key)
{
	uint64_t value = 0;
	size_t n = 0;
	for (; text[n]; n++) {
		const char *digits = "0123456789abcdef";
		char c = text[n] >= 'A' && text[n] <= 'F' ? (char)(text[n] + 32) : text[n];
		const char *at = strchr(digits, c);
		if (!at || n == KEY_DIGITS)
			return false;
		value = value << 4 | (uint64_t)(at - digits);
	}
	*key = value;
	return n > 0;
}

bool words_parse_decimal(const char *text, uint64_t *number)
{
	uint64_t value = 0;
	size_t n = 0;
	for (; text[n] >= '0' && text[n] <= '9'; n++) {
		uint64_t digit = (uint64_t)(text[n] - '0');
		if (value > (UINT64_MAX - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	*number = value;
	return n > 0 && !text[n];
}

bool words_parse_key(const char *text, uint64_t *key)
{
	if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
		return words_parse_hex(text + 2, key);
	if (strlen(text) == KEY_DIGITS && words_parse_hex(text, key))
		return true;
	return words_parse_decimal(text, key);
}

/* ".123", of which microseconds count; an empty one is 0. */
static bool take_fraction(const char **at, int64_t *us)
{
	int64_t unit = US_PER_S / 10;
	*us = 0;
	if (**at != '.')
		return true;
	const char *first = ++*at;
	for (; **at >= '0' && **at <= '9'; ++*at, unit /= 10)
		*us += (**at - '0') * unit;
	return *at > first;
}

static bool take_pair(const char *at, int max, int64_t *number)
{
	if (at[0] < '0' || at[0] > '9' || at[1] < '0' || at[1] > '9')
		return false;
	*number = (at[0] - '0') * 10 + at[1] - '0';
	return *number <= max;
}

/* "Z" or "+01:00" and nothing behind; by how much it is ahead of UTC. */
static bool read_offset(const char *at, int64_t *ahead_us)
{
	int64_t hours = 0, minutes = 0;
	*ahead_us = 0;
	if (*at == 'Z' || *at == 'z')
		return !at[1];
	if ((*at != '+' && *at != '-') || !take_pair(at + 1, 23, &hours) || at[3] != ':' ||
		!take_pair(at + 4, 59, &minutes) || at[6])
		return false;
	*ahead_us = (*at == '-' ? -1 : 1) * (hours * 60 + minutes) * 60 * US_PER_S;
	return true;
}

bool words_parse_moment(const char *text, int64_t *wall_us)
{
	enum { MINUTES = 16 };
	char whole[] = "0000-00-00T00:00:00Z";
	int64_t seconds = 0, fraction_us = 0, ahead_us = 0;
	if (strnlen(text, MINUTES) < MINUTES)
		return false;
	memcpy(whole, text, MINUTES);
	if (whole[10] == 't' || whole[10] == ' ')
		whole[10] = 'T';
	const char *at = text + MINUTES;
	if (!words_parse_time(whole, wall_us))
		return false;
	if (!*at)
		return true;
	if (*at != ':' || !take_pair(at + 1, 60, &seconds))
		return false;
	at += 3;
	if (!take_fraction(&at, &fraction_us) || (*at && !read_offset(at, &ahead_us)))
		return false;
	*wall_us += seconds * US_PER_S + fraction_us - ahead_us;
	return true;
}

/* It must read back as it was written. */
bool words_parse_time(const char *text, int64_t *wall_us)
{
	struct tm tm = {0};
	char again[TEXT_TIME_MAX];
	const char *end = strptime(text, "%Y-%m-%dT%H:%M:%SZ", &tm);
	if (!end || *end || end - text != TIME_CHARS + 1)
		return false;
	*wall_us = (int64_t)timegm(&tm) * US_PER_S;
	return strncmp(text_time(*wall_us, again), text, TIME_CHARS) == 0;
}
