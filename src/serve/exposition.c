#include "serve/exposition.h"

#include "base/clock.h"
#include "base/utf8.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

enum { NUMBER_MAX = 24 };

void expo_family(struct buf *out, const char *name, const char *type, const char *help)
{
	buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

void expo_sample(struct buf *out, const char *name, struct str labels, const char *more)
{
	buf_puts(out, name);
	bool has_more = more && *more;
	if (labels.n || has_more) {
		buf_putc(out, '{');
		buf_putstr(out, labels);
		if (labels.n && has_more)
			buf_putc(out, ',');
		if (has_more)
			buf_puts(out, more);
		buf_putc(out, '}');
	}
	buf_putc(out, ' ');
}

/* Thousands of these make a scrape: no printf. */
static void put_number(struct buf *out, uint64_t value, size_t digits_min)
{
	char text[NUMBER_MAX];
	size_t at = sizeof(text);
	do {
		text[--at] = (char)('0' + value % 10);
		value /= 10;
	} while (value || sizeof(text) - at < digits_min);
	buf_put(out, text + at, sizeof(text) - at);
}

void expo_count(struct buf *out, uint64_t value)
{
	put_number(out, value, 1);
	buf_putc(out, '\n');
}

void expo_signed(struct buf *out, int64_t value)
{
	if (value < 0)
		buf_putc(out, '-');
	expo_count(out, value < 0 ? -(uint64_t)value : (uint64_t)value);
}

static void put_seconds(struct buf *out, int64_t us)
{
	uint64_t size = us < 0 ? -(uint64_t)us : (uint64_t)us;
	if (us < 0)
		buf_putc(out, '-');
	put_number(out, size / (uint64_t)US_PER_S, 1);
	uint64_t rest = size % (uint64_t)US_PER_S;
	if (!rest)
		return;
	size_t digits = 6;
	for (; rest % 10 == 0; rest /= 10)
		digits--;
	buf_putc(out, '.');
	put_number(out, rest, digits);
}

void expo_seconds(struct buf *out, int64_t us)
{
	put_seconds(out, us);
	buf_putc(out, '\n');
}

void expo_real(struct buf *out, double value)
{
	expo_seconds(out, llround(value * (double)US_PER_S));
}

static void put_bucket(struct buf *out, const char *name, struct str labels)
{
	buf_puts(out, name);
	buf_puts(out, "_bucket{");
	buf_putstr(out, labels);
	buf_puts(out, labels.n ? ",le=\"" : "le=\"");
}

static void put_suffixed(struct buf *out, const char *name, const char *suffix, struct str labels)
{
	buf_puts(out, name);
	expo_sample(out, suffix, labels, NULL);
}

void expo_histogram(
	struct buf *out, const char *name, struct str labels, const struct histogram *histogram)
{
	uint64_t below = 0;
	for (size_t i = 0; i < histogram->bounds->n; i++) {
		below += histogram->counts[i];
		put_bucket(out, name, labels);
		put_seconds(out, histogram->bounds->upper_us[i]);
		buf_puts(out, "\"} ");
		expo_count(out, below);
	}
	put_bucket(out, name, labels);
	buf_puts(out, "+Inf\"} ");
	expo_count(out, histogram->count);
	put_suffixed(out, name, "_sum", labels);
	expo_seconds(out, histogram->sum_us);
	put_suffixed(out, name, "_count", labels);
	expo_count(out, histogram->count);
}

void expo_label(struct buf *out, const char *name, const char *value)
{
	if (out->n)
		buf_putc(out, ',');
	buf_puts(out, name);
	buf_puts(out, "=\"");
	struct str rest = str_of(value);
	while (rest.n) {
		struct utf8_char c = utf8_next(rest);
		if (!c.ok)
			buf_puts(out, "\xef\xbf\xbd");
		else if (c.code == '\n')
			buf_puts(out, "\\n");
		else if (c.code == '"' || c.code == '\\')
			buf_put(out, (const char[]){'\\', (char)c.code}, 2);
		else
			buf_put(out, rest.p, c.n);
		rest = str_from(rest, c.n);
	}
	buf_putc(out, '"');
}
