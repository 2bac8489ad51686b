#include "serve/exposition.h"

#include "base/clock.h"
#include "base/utf8.h"

#include <math.h>

enum {
	NUMBER_MAX = 32, /* bytes of any number, and the end of its line */
	SIGNS_MAX = 64, /* what stands between the parts of a line, and a bound */
};

static const struct str none = {0};

/* Hundreds of thousands of these make a scrape: each line finds its room at once, and no printf. */
static char *put(char *at, struct str text)
{
	if (text.n)
		memcpy(at, text.p, text.n);
	return at + text.n;
}

static size_t digits(uint64_t value)
{
	size_t n = 1;
	for (; value >= 10000; value /= 10000)
		n += 4;
	return n + (value >= 10) + (value >= 100) + (value >= 1000);
}

/* So many digits of it. */
static char *put_digits(char *at, uint64_t value, size_t n)
{
	static const char pairs[] = "00010203040506070809101112131415161718192021222324"
				    "25262728293031323334353637383940414243444546474849"
				    "50515253545556575859606162636465666768697071727374"
				    "75767778798081828384858687888990919293949596979899";
	size_t left = n;
	for (; left >= 2; left -= 2, value /= 100)
		memcpy(at + left - 2, pairs + value % 100 * 2, 2);
	if (left)
		*at = (char)('0' + value % 10);
	return at + n;
}

static char *put_number(char *at, uint64_t value)
{
	return put_digits(at, value, digits(value));
}

static char *put_seconds(char *at, int64_t us)
{
	uint64_t size = us < 0 ? -(uint64_t)us : (uint64_t)us;
	if (us < 0)
		*at++ = '-';
	at = put_number(at, size / (uint64_t)US_PER_S);
	uint64_t rest = size % (uint64_t)US_PER_S;
	if (!rest)
		return at;
	*at++ = '.';
	at = put_digits(at, rest, 6);
	while (at[-1] == '0')
		at--;
	return at;
}

static char *put_labels(char *at, struct str labels, struct str more)
{
	if (!labels.n && !more.n)
		return at;
	*at++ = '{';
	at = put(at, labels);
	if (labels.n && more.n)
		*at++ = ',';
	at = put(at, more);
	*at++ = '}';
	return at;
}

void expo_text(struct expo *expo, struct str text)
{
	expo->counted += expo->out ? 0 : text.n;
	if (expo->out)
		buf_putstr(expo->out, text);
}

void expo_family(struct expo *expo, struct str name, const char *type, const char *help)
{
	struct str total = STR("_total");
	if (expo->format == EXPO_OPENMETRICS && str_ends(name, total, false))
		name.n -= total.n;
	const struct str parts[] = {STR("# HELP "), name, STR(" "), str_of(help), STR("\n# TYPE "),
		name, STR(" "), str_of(type), STR("\n")};
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		expo_text(expo, parts[i]);
}

/* `name{labels,more} ` */
static size_t head_length(struct str name, struct str labels, struct str more)
{
	bool both = labels.n && more.n, any = labels.n || more.n;
	return name.n + labels.n + more.n + both + (any ? 2 : 0) + 1;
}

/* Room for a line whose head is written; NULL: there is none. */
static char *begin(struct buf *out, struct str name, struct str labels, struct str more)
{
	char *at = buf_room(out, name.n + labels.n + more.n + SIGNS_MAX + NUMBER_MAX);
	if (!at)
		return NULL;
	at = put_labels(put(at, name), labels, more);
	*at++ = ' ';
	return at;
}

static void end(struct buf *out, char *at)
{
	*at++ = '\n';
	buf_wrote(out, at);
}

void expo_count(
	struct expo *expo, struct str name, struct str labels, struct str more, uint64_t value)
{
	if (!expo->out) {
		expo->counted += head_length(name, labels, more) + digits(value) + 1;
		return;
	}
	char *at = begin(expo->out, name, labels, more);
	if (at)
		end(expo->out, put_number(at, value));
}

void expo_seconds(
	struct expo *expo, struct str name, struct str labels, struct str more, int64_t us)
{
	if (!expo->out) {
		char scratch[NUMBER_MAX];
		size_t n = (size_t)(put_seconds(scratch, us) - scratch);
		expo->counted += head_length(name, labels, more) + n + 1;
		return;
	}
	char *at = begin(expo->out, name, labels, more);
	if (at)
		end(expo->out, put_seconds(at, us));
}

void expo_infinity(struct expo *expo, struct str name, struct str labels, struct str more)
{
	struct str infinity = STR("+Inf");
	if (!expo->out) {
		expo->counted += head_length(name, labels, more) + infinity.n + 1;
		return;
	}
	char *at = begin(expo->out, name, labels, more);
	if (at)
		end(expo->out, put(at, infinity));
}

void expo_real(struct expo *expo, struct str name, struct str labels, struct str more, double value)
{
	expo_seconds(expo, name, labels, more, llround(value * (double)US_PER_S));
}

/* `le="BOUND"}`; OpenMetrics, "Canonical Numbers": a whole one has a point all the same. */
static char *put_bound(char *at, enum expo_format format, int64_t upper_us)
{
	at = put_seconds(put(at, STR("le=\"")), upper_us);
	if (format == EXPO_OPENMETRICS && upper_us % US_PER_S == 0)
		at = put(at, STR(".0"));
	return put(at, STR("\"} "));
}

/* Thousands of histograms have the same. */
static void write_bounds(struct expo *expo, const struct histogram_bounds *bounds)
{
	if (expo->bounds == bounds)
		return;
	expo->bounds = bounds;
	for (size_t i = 0; i <= bounds->n; i++) {
		struct expo_bound *bound = &expo->written[i];
		const char *at = i < bounds->n
					 ? put_bound(bound->text, expo->format, bounds->upper_us[i])
					 : put(bound->text, STR("le=\"+Inf\"} "));
		bound->n = (size_t)(at - bound->text);
	}
}

static void count_buckets(
	struct expo *expo, struct str name, struct str labels, const struct histogram *histogram)
{
	uint64_t below = 0;
	size_t prefix = name.n + strlen("_bucket{") + labels.n + (labels.n > 0);
	for (size_t i = 0; i <= histogram->bounds->n; i++) {
		below += histogram->counts[i];
		expo->counted += prefix + expo->written[i].n + digits(below) + 1;
	}
}

/* Each line begins as the first one does. */
static void put_buckets(
	struct expo *expo, struct str name, struct str labels, const struct histogram *histogram)
{
	size_t n = histogram->bounds->n;
	uint64_t below = 0;
	char *at = buf_room(
		expo->out, (n + 1) * (name.n + labels.n + SIGNS_MAX + EXPO_BOUND_MAX + NUMBER_MAX));
	if (!at)
		return;
	struct str prefix = {at, 0};
	at = put(put(put(at, name), STR("_bucket{")), labels);
	if (labels.n)
		*at++ = ',';
	prefix.n = (size_t)(at - prefix.p);
	for (size_t i = 0; i <= n; i++) {
		below += histogram->counts[i];
		if (i > 0)
			at = put(at, prefix);
		memcpy(at, expo->written[i].text,
			EXPO_BOUND_MAX); /* faster than no more than it has */
		at = put_number(at + expo->written[i].n, below);
		*at++ = '\n';
	}
	buf_wrote(expo->out, at);
}

static struct str suffixed(char *out, struct str name, struct str suffix)
{
	put(put(out, name), suffix);
	return (struct str){out, name.n + suffix.n};
}

void expo_histogram(
	struct expo *expo, struct str name, struct str labels, const struct histogram *histogram)
{
	char text[EXPO_NAME_MAX];
	write_bounds(expo, histogram->bounds);
	if (expo->out)
		put_buckets(expo, name, labels, histogram);
	else
		count_buckets(expo, name, labels, histogram);
	expo_seconds(expo, suffixed(text, name, STR("_sum")), labels, none, histogram->sum_us);
	expo_count(expo, suffixed(text, name, STR("_count")), labels, none, histogram->count);
}

void expo_end(struct expo *expo)
{
	if (expo->format == EXPO_OPENMETRICS)
		expo_text(expo, STR("# EOF\n"));
}

/* How much of it stands as it is: most labels, whole. */
static size_t plain_length(struct str text)
{
	size_t n = 0;
	while (n < text.n && text.p[n] >= ' ' && text.p[n] <= '~' && text.p[n] != '"' &&
		text.p[n] != '\\')
		n++;
	return n;
}

void expo_label(struct buf *out, const char *name, const char *value)
{
	if (out->n)
		buf_putc(out, ',');
	buf_puts(out, name);
	buf_puts(out, "=\"");
	struct str rest = str_of(value);
	size_t plain = plain_length(rest);
	buf_put(out, rest.p, plain);
	rest = str_from(rest, plain);
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
