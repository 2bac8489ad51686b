#include "base/text.h"

#include "base/clock.h"
#include "base/utf8.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum {
	TEXT_DECIMALS_MAX = 6,
	TEXT_WORD_MAX = 64, /* longer words have no neighbours */
	TEXT_NEAR_MAX = 2,
	TEXT_STACKED_MAX = 4, /* marks that may pile up on a character */
};

#define US_PER_MINUTE (60 * US_PER_S)
#define US_PER_HOUR (60 * US_PER_MINUTE)
#define US_PER_DAY (24 * US_PER_HOUR)
#define DURATION_MAX_US (400 * US_PER_DAY)

static const struct unit {
	const char *name;
	int64_t us;
} units[] = {
	{"us", 1},
	{"ms", US_PER_MS},
	{"s", US_PER_S},
	{"m", US_PER_MINUTE},
	{"h", US_PER_HOUR},
	{"d", US_PER_DAY},
	{"w", 7 * US_PER_DAY},
};

const char *text_time(int64_t wall_us, char out[TEXT_TIME_MAX])
{
	time_t seconds = (time_t)(wall_us / US_PER_S);
	int64_t rest = wall_us % US_PER_S;
	if (rest < 0) {
		rest += US_PER_S;
		seconds--;
	}
	struct tm tm;
	if (!gmtime_r(&seconds, &tm))
		tm = (struct tm){.tm_mday = 1, .tm_year = 70};
	size_t n = strftime(out, TEXT_TIME_MAX, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(out + n, TEXT_TIME_MAX - n, ".%03dZ", (int)(rest / US_PER_MS));
	return out;
}

/* value/1000 with its unit, without needless zeros. */
static void put_thousandths(
	char out[TEXT_DURATION_MAX], const char *sign, uint64_t value, const char *unit)
{
	unsigned rest = (unsigned)(value % 1000);
	char part[] = {'.', (char)('0' + rest / 100), (char)('0' + rest / 10 % 10),
		(char)('0' + rest % 10), '\0'};
	size_t n = 4;
	while (n > 1 && part[n - 1] == '0')
		n--;
	part[n > 1 ? n : 0] = '\0';
	snprintf(out, TEXT_DURATION_MAX, "%s%llu%s%s", sign, (unsigned long long)(value / 1000),
		part, unit);
}

const char *text_elapsed(int64_t us, const char *blank, char out[TEXT_ELAPSED_MAX])
{
	static const struct {
		const char *name;
		int64_t s;
	} steps[] = {{"d", 86400}, {"h", 3600}, {"min", 60}, {"s", 1}};
	int64_t s = us > 0 ? us / US_PER_S : 0;
	size_t i = 0;
	while (i < 3 && s < steps[i].s)
		i++;
	int64_t whole = s / steps[i].s;
	int64_t rest = i < 3 ? s % steps[i].s / steps[i + 1].s : 0;
	if (rest == 0 || (i == 2 && whole >= 10)) /* nobody counts the seconds of an hour */
		snprintf(out, TEXT_ELAPSED_MAX, "%" PRId64 "%s%s", whole, blank, steps[i].name);
	else
		snprintf(out, TEXT_ELAPSED_MAX, "%" PRId64 "%s%s%s%" PRId64 "%s%s", whole, blank,
			steps[i].name, blank, rest, blank, steps[i + 1].name);
	return out;
}

const char *text_rate(double rate, char out[TEXT_RATE_MAX])
{
	snprintf(out, TEXT_RATE_MAX, rate < 1000 ? "%.4g" : rate < 1e15 ? "%.0f" : "%.3g", rate);
	return out;
}

const char *text_duration(int64_t us, char out[TEXT_DURATION_MAX])
{
	const char *sign = us < 0 ? "-" : "";
	uint64_t size = us < 0 ? -(uint64_t)us : (uint64_t)us;
	if (size == 0)
		snprintf(out, TEXT_DURATION_MAX, "0s");
	else if (size < (uint64_t)US_PER_MS)
		snprintf(out, TEXT_DURATION_MAX, "%s%dus", sign, (int)size);
	else if (size < (uint64_t)US_PER_S)
		put_thousandths(out, sign, size, "ms");
	if (size < (uint64_t)US_PER_S)
		return out;
	uint64_t ms = (size + 500) / 1000;
	static const struct unit whole[] = {
		{"d", US_PER_DAY / 1000}, {"h", US_PER_HOUR / 1000}, {"m", US_PER_MINUTE / 1000}};
	for (size_t i = 0; i < sizeof(whole) / sizeof(whole[0]); i++) {
		uint64_t unit_ms = (uint64_t)whole[i].us;
		if (ms % unit_ms)
			continue;
		snprintf(out, TEXT_DURATION_MAX, "%s%llu%s", sign,
			(unsigned long long)(ms / unit_ms), whole[i].name);
		return out;
	}
	put_thousandths(out, sign, ms, "s");
	return out;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static const struct unit *unit_of(struct str name)
{
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (str_eq(name, str_of(units[i].name)))
			return &units[i];
	return NULL;
}

bool text_parse_duration(struct str text, int64_t *us)
{
	size_t at = 0;
	int64_t whole = 0;
	for (; at < text.n && is_digit(text.p[at]); at++) {
		whole = whole * 10 + (text.p[at] - '0');
		if (whole > DURATION_MAX_US)
			return false;
	}
	if (at == 0)
		return false;
	int64_t part = 0;
	int64_t scale = 1;
	if (at < text.n && text.p[at] == '.') {
		size_t start = ++at;
		for (; at < text.n && is_digit(text.p[at]); at++) {
			if (at - start == TEXT_DECIMALS_MAX)
				return false;
			part = part * 10 + (text.p[at] - '0');
			scale *= 10;
		}
		if (at == start)
			return false;
	}
	const struct unit *unit = unit_of(str_from(text, at));
	if (!unit || whole > DURATION_MAX_US / unit->us || part * unit->us % scale != 0)
		return false;
	int64_t sum = whole * unit->us + part * unit->us / scale;
	if (sum > DURATION_MAX_US)
		return false;
	*us = sum;
	return true;
}

/* Characters that move, hide or reorder what stands around them. */
static bool is_deceptive(uint32_t code)
{
	static const struct {
		uint32_t first;
		uint32_t last;
	} ranges[] = {
		{0x0080, 0x009f}, /* C1 controls */
		{0x00ad, 0x00ad}, /* soft hyphen */
		{0x061c, 0x061c}, /* Arabic letter mark */
		{0x180e, 0x180e}, /* Mongolian vowel separator */
		{0x200b, 0x200f}, /* zero width, direction marks */
		{0x2028, 0x202e}, /* line separators, bidi embeddings */
		{0x2060, 0x206f}, /* invisible operators, bidi isolates */
		{0xfeff, 0xfeff}, /* byte order mark */
		{0xfff9, 0xfffb}, /* interlinear annotations */
		{0xfffe, 0xffff}, /* no characters: a document of XML has none (XML 1.0, 2.2) */
		{0xe0000, 0xe007f}, /* tags */
	};
	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (code >= ranges[i].first && code <= ranges[i].last)
			return true;
	return false;
}

static void put_code(struct buf *out, uint32_t code)
{
	buf_printf(out, "\\u{%04X}", (unsigned)code);
}

static void put_inert(struct buf *out, struct utf8_char c, const char *bytes)
{
	static const char digits[] = "0123456789abcdef";
	if (!c.ok)
		buf_puts(out, "\xef\xbf\xbd");
	else if (c.code == '\n')
		buf_puts(out, "\\n");
	else if (c.code < 0x20 || c.code == 0x7f)
		buf_put(out, (char[]){'\\', 'x', digits[c.code >> 4], digits[c.code & 15]}, 4);
	else if (c.code >= 0x80 && is_deceptive(c.code))
		put_code(out, c.code);
	else
		buf_put(out, bytes, c.n);
}

/* How many bytes from the first on are printable ASCII. */
static size_t plain_length(struct str text)
{
	size_t n = 0;
	while (n < text.n && text.p[n] >= ' ' && text.p[n] < 0x7f)
		n++;
	return n;
}

void text_inert(struct buf *out, struct str foreign, size_t max)
{
	size_t at = plain_length((struct str){foreign.p, foreign.n < max ? foreign.n : max});
	if (at)
		buf_put(out, foreign.p, at);
	size_t stacked = 0;
	while (at < foreign.n) {
		struct utf8_char c = utf8_next(str_from(foreign, at));
		if (c.n > max - at)
			break;
		stacked = utf8_stacks(c.code) ? stacked + 1 : 0;
		if (stacked > TEXT_STACKED_MAX)
			put_code(out, c.code);
		else
			put_inert(out, c, foreign.p + at);
		at += c.n;
	}
	if (at < foreign.n)
		buf_puts(out, "\xe2\x80\xa6");
}

static size_t step(const char *text)
{
	return utf8_next((struct str){text, strnlen(text, 4)}).n;
}

bool text_glob(const char *pattern, const char *text)
{
	const char *star = NULL;
	const char *resume = NULL;
	while (*text) {
		if (*pattern == '*') {
			star = ++pattern;
			resume = text;
		} else if (*pattern == '?') {
			pattern++;
			text += step(text);
		} else if (*pattern == *text) {
			pattern++;
			text++;
		} else if (star) {
			pattern = star;
			resume += step(resume);
			text = resume;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}

static size_t min(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Optimal string alignment: insert, delete, replace, swap neighbours. */
static size_t distance(struct str a, struct str b)
{
	size_t rows[3][TEXT_WORD_MAX + 1];
	size_t *before = rows[0];
	size_t *last = rows[1];
	size_t *row = rows[2];
	for (size_t j = 0; j <= b.n; j++)
		last[j] = before[j] = j;
	for (size_t i = 1; i <= a.n; i++) {
		row[0] = i;
		for (size_t j = 1; j <= b.n; j++) {
			bool same = a.p[i - 1] == b.p[j - 1];
			row[j] = min(min(last[j], row[j - 1]) + 1, last[j - 1] + !same);
			if (i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] && a.p[i - 2] == b.p[j - 1])
				row[j] = min(row[j], before[j - 2] + 1);
		}
		size_t *oldest = before;
		before = last;
		last = row;
		row = oldest;
	}
	return last[b.n];
}

const char *text_nearest(const char *word, const char *const *names)
{
	struct str wanted = str_of(word);
	const char *best = NULL;
	size_t least = TEXT_NEAR_MAX + 1;
	if (wanted.n > TEXT_WORD_MAX)
		return NULL;
	for (; *names; names++) {
		struct str name = str_of(*names);
		if (name.n > TEXT_WORD_MAX)
			continue;
		size_t d = distance(wanted, name);
		if (d < least && 2 * d < wanted.n) {
			least = d;
			best = *names;
		}
	}
	return best;
}
