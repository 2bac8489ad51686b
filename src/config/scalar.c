#include "config/scalar.h"

#include "base/clock.h"
#include "base/text.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { NUMBER_CHARS_MAX = 64, PORT_MAX = 65535 };

static bool one_of(struct str text, const char *const *words)
{
	for (; *words; words++)
		if (str_eq(text, str_of(*words)))
			return true;
	return false;
}

static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static size_t digits(struct str text, size_t at)
{
	size_t n = 0;
	while (at + n < text.n && digit(text.p[at + n]))
		n++;
	return n;
}

static size_t sign(struct str text)
{
	return text.n && (text.p[0] == '-' || text.p[0] == '+') ? 1 : 0;
}

/* 0o17 or 0x1f; *base and *from say where its digits begin. */
static bool based(struct str text, int *base, size_t *from)
{
	if (text.n < 3 || text.p[0] != '0' || (text.p[1] != 'o' && text.p[1] != 'x'))
		return false;
	*base = text.p[1] == 'o' ? 8 : 16;
	*from = 2;
	for (size_t i = 2; i < text.n; i++)
		if (!(*base == 8 ? text.p[i] >= '0' && text.p[i] <= '7'
				 : isxdigit((unsigned char)text.p[i])))
			return false;
	return true;
}

static bool is_int(struct str text)
{
	size_t at = sign(text);
	int base;
	return (at < text.n && digits(text, at) == text.n - at) || based(text, &base, &at);
}

/* [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)? */
static bool is_float(struct str text)
{
	size_t at = sign(text);
	size_t whole = digits(text, at);
	size_t part = 0;
	at += whole;
	if (at < text.n && text.p[at] == '.') {
		part = digits(text, ++at);
		at += part;
	}
	if (whole + part == 0)
		return false;
	if (at < text.n && (text.p[at] == 'e' || text.p[at] == 'E')) {
		at++;
		at += sign(str_from(text, at));
		size_t power = digits(text, at);
		if (power == 0)
			return false;
		at += power;
	}
	return at == text.n;
}

static bool is_special(struct str text)
{
	static const char *const words[] = {".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN", NULL};
	return one_of(text, words) || (sign(text) && one_of(str_from(text, 1), words) &&
					      text.p[2] != 'n' && text.p[2] != 'N');
}

enum scalar_type scalar_type(struct str text)
{
	static const char *const nulls[] = {"", "~", "null", "Null", "NULL", NULL};
	bool yes;
	if (one_of(text, nulls))
		return SCALAR_NULL;
	if (scalar_bool(text, &yes))
		return SCALAR_BOOL;
	if (is_int(text))
		return SCALAR_INT;
	if (is_float(text) || is_special(text))
		return SCALAR_FLOAT;
	return SCALAR_TEXT;
}

bool scalar_bool(struct str text, bool *value)
{
	static const char *const yes[] = {"true", "True", "TRUE", NULL};
	static const char *const no[] = {"false", "False", "FALSE", NULL};
	*value = one_of(text, yes);
	return *value || one_of(text, no);
}

static bool copy(struct str text, char out[NUMBER_CHARS_MAX])
{
	if (text.n >= NUMBER_CHARS_MAX)
		return false;
	if (text.n)
		memcpy(out, text.p, text.n);
	out[text.n] = '\0';
	return true;
}

bool scalar_int(struct str text, int64_t *value)
{
	char number[NUMBER_CHARS_MAX];
	int base = 10;
	size_t from = 0;
	if (!is_int(text) || !copy(text, number))
		return false;
	based(text, &base, &from);
	errno = 0;
	*value = strtoll(number + from, NULL, base);
	return errno == 0;
}

bool scalar_number(struct str text, double *value)
{
	char number[NUMBER_CHARS_MAX];
	int64_t whole;
	if (scalar_int(text, &whole)) {
		*value = (double)whole;
		return true;
	}
	if (!(is_float(text) || is_int(text)) || !copy(text, number))
		return false;
	*value = strtod(number, NULL);
	return isfinite(*value);
}

bool scalar_json_number(struct str text, struct buf *out)
{
	int64_t value;
	int base;
	size_t at;
	if (based(text, &base, &at))
		return scalar_int(text, &value) && buf_printf(out, "%lld", (long long)value);
	if (is_special(text))
		return false;
	at = sign(text);
	if (at && text.p[0] == '-')
		buf_putc(out, '-');
	while (at + 1 < text.n && text.p[at] == '0' && digit(text.p[at + 1]))
		at++; /* JSON has no leading zeros, */
	if (text.p[at] == '.')
		buf_putc(out, '0'); /* no bare point, */
	for (; at < text.n; at++) {
		buf_putc(out, text.p[at]);
		if (text.p[at] == '.' && digits(text, at + 1) == 0)
			buf_putc(out, '0'); /* and digits behind it */
	}
	return true;
}

bool scalar_keep(struct str text, int64_t *us)
{
	*us = 0;
	return str_eq(text, STR("forever")) || text_parse_duration(text, us);
}

bool scalar_percent(struct str text, double *part)
{
	char rounded[NUMBER_CHARS_MAX];

	if (text.n < 2 || text.p[text.n - 1] != '%')
		return false;
	if (!scalar_number((struct str){text.p, text.n - 1}, part))
		return false;
	snprintf(rounded, sizeof(rounded), "%.15g", *part / 100); /* 99.9 / 100 is not 0.999 */
	*part = strtod(rounded, NULL);
	return *part > 0 && *part < 1;
}

bool scalar_rule(struct str text, struct health_rule *rule)
{
	int64_t k, n;
	ptrdiff_t of = str_find(text, STR(" of "), false);
	struct str first = of < 0 ? text : (struct str){text.p, (size_t)of};
	struct str second = of < 0 ? text : str_from(text, (size_t)of + 4);
	if (!scalar_int(str_trim(first), &k) || !scalar_int(str_trim(second), &n))
		return false;
	if (k < 1 || k > n || n > HEALTH_WINDOW_MAX)
		return false;
	*rule = (struct health_rule){(uint8_t)k, (uint8_t)n};
	return true;
}

/* So many digits as a number, and the byte behind them. */
static bool take(struct str *text, size_t n, char behind, int *value)
{
	if (digits(*text, 0) < n)
		return false;
	*value = 0;
	for (size_t i = 0; i < n; i++)
		*value = *value * 10 + (text->p[i] - '0');
	*text = str_from(*text, n);
	if (behind == '\0')
		return true;
	if (text->n == 0 || text->p[0] != behind)
		return false;
	*text = str_from(*text, 1);
	return true;
}

static bool take_date(struct str *text, struct tm *tm)
{
	int year, month, day;
	if (!take(text, 4, '-', &year) || !take(text, 2, '-', &month) || !take(text, 2, 0, &day))
		return false;
	*tm = (struct tm){.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day};
	struct tm same = *tm;
	timegm(&same); /* 02-30 becomes 03-02 */
	return year >= 1970 && same.tm_mon == tm->tm_mon && same.tm_mday == tm->tm_mday;
}

bool scalar_date(struct str text, int64_t *us)
{
	struct tm tm;
	if (!take_date(&text, &tm) || text.n)
		return false;
	*us = (int64_t)timegm(&tm) * US_PER_S;
	return true;
}

static bool take_offset(struct str text, int *minutes)
{
	int hours, rest;
	*minutes = 0;
	if (str_eq(text, STR("Z")))
		return true;
	bool west = text.n && text.p[0] == '-';
	if (!sign(text))
		return false;
	text = str_from(text, 1);
	if (!take(&text, 2, ':', &hours) || !take(&text, 2, 0, &rest) || text.n || hours > 23 ||
		rest > 59)
		return false;
	*minutes = (west ? -1 : 1) * (hours * 60 + rest);
	return true;
}

bool scalar_time(struct str text, int64_t *us)
{
	struct tm tm;
	int offset;
	if (!take_date(&text, &tm) || text.n == 0 || (text.p[0] != 'T' && text.p[0] != ' '))
		return false;
	text = str_from(text, 1);
	if (!take(&text, 2, ':', &tm.tm_hour) || !take(&text, 2, ':', &tm.tm_min) ||
		!take(&text, 2, 0, &tm.tm_sec))
		return false;
	if (tm.tm_hour > 23 || tm.tm_min > 59 || tm.tm_sec > 60 || !take_offset(text, &offset))
		return false;
	*us = ((int64_t)timegm(&tm) - (int64_t)offset * 60) * US_PER_S;
	return true;
}

bool scalar_clock(struct str text, int64_t *us)
{
	int hour, minute;
	if (!take(&text, 2, ':', &hour) || !take(&text, 2, 0, &minute))
		return false;
	*us = (int64_t)(hour * 60 + minute) * 60 * US_PER_S;
	return text.n == 0 && hour < 24 && minute < 60;
}

bool scalar_status(struct str text, struct status_class *status)
{
	if (text.n != 3 || text.p[0] < '1' || text.p[0] > '5')
		return false;
	int first = text.p[0] - '0';
	if (str_ieq(str_from(text, 1), STR("xx"))) {
		*status = (struct status_class){
			(uint16_t)(first * 100), (uint16_t)(first * 100 + 99)};
		return true;
	}
	if (digits(text, 0) != 3)
		return false;
	int code = first * 100 + (text.p[1] - '0') * 10 + (text.p[2] - '0');
	*status = (struct status_class){(uint16_t)code, (uint16_t)code};
	return true;
}

int scalar_choice(struct str word, const char *choices)
{
	for (int i = 0; *choices; i++) {
		size_t n = strcspn(choices, " ");
		if (str_eq(word, (struct str){choices, n}))
			return i;
		choices += n;
		choices += *choices == ' ';
	}
	return -1;
}

static bool made_of(struct str text, const char *others)
{
	for (size_t i = 0; i < text.n; i++)
		if (!letter(text.p[i]) && !digit(text.p[i]) &&
			(!text.p[i] || !strchr(others, text.p[i])))
			return false;
	return text.n > 0;
}

bool scalar_is_name(struct str text)
{
	return made_of(text, "_.-") && (letter(text.p[0]) || digit(text.p[0]));
}

bool scalar_is_tag(struct str text)
{
	return made_of(text, "_.-");
}

bool scalar_is_variable(struct str text)
{
	return made_of(text, "_") && !digit(text.p[0]);
}

bool scalar_is_header(struct str text)
{
	return made_of(text, "!#$%&'*+-.^_`|~");
}

/* A port in digits, or none at all. */
static bool is_port(struct str text)
{
	int64_t port;
	return digits(text, 0) == text.n && scalar_int(text, &port) && port <= PORT_MAX;
}

static bool is_host(struct str text)
{
	if (text.n > 2 && text.p[0] == '[' && text.p[text.n - 1] == ']')
		return made_of((struct str){text.p + 1, text.n - 2}, ":.%-_");
	return made_of(text, ".-_");
}

/* Splits HOST:PORT at the colon of the port. */
static bool split_port(struct str text, struct str *host, struct str *port)
{
	size_t at = text.n;
	while (at > 0 && text.p[at - 1] != ':' && text.p[at - 1] != ']')
		at--;
	bool found = at > 0 && text.p[at - 1] == ':';
	*host = found ? (struct str){text.p, at - 1} : text;
	*port = found ? str_from(text, at) : (struct str){NULL, 0};
	return found;
}

bool scalar_is_address(struct str text)
{
	struct str host, port;
	return split_port(text, &host, &port) && is_port(port) && (host.n == 0 || is_host(host));
}

static bool printable(struct str text)
{
	for (size_t i = 0; i < text.n; i++)
		if ((unsigned char)text.p[i] <= ' ' || (unsigned char)text.p[i] >= 0x7f)
			return false;
	return true;
}

const char *scalar_url_fault(struct str text, struct str *secret)
{
	struct str host, port;
	*secret = (struct str){NULL, 0};
	bool tls = str_starts(text, STR("https://"), true);
	if (!tls && !str_starts(text, STR("http://"), true))
		return "a URL begins with http:// or https://";
	if (!printable(text) || str_find(text, STR("{{"), false) >= 0)
		return "a URL holds no blanks, no {{...}} and only ASCII";
	if (memchr(text.p, '?', text.n) || memchr(text.p, '#', text.n))
		return "a service's URL has no query and no fragment";
	struct str rest = str_from(text, tls ? 8 : 7);
	size_t n = 0;
	while (n < rest.n && rest.p[n] != '/')
		n++;
	rest.n = n;
	const char *at = rest.n ? memrchr(rest.p, '@', rest.n) : NULL;
	if (at) {
		const char *colon = memchr(rest.p, ':', (size_t)(at - rest.p));
		if (colon)
			*secret = (struct str){colon + 1, (size_t)(at - colon - 1)};
		rest = str_from(rest, (size_t)(at - rest.p) + 1);
	}
	bool has_port = split_port(rest, &host, &port);
	if (host.n == 0)
		return "the URL has no host";
	if (!is_host(host))
		return "the URL's host is no name and no address";
	return has_port && !is_port(port) ? "the URL's port is no number up to 65535" : NULL;
}

const char *scalar_target_fault(struct str text, size_t *at)
{
	*at = 0;
	if (str_starts(text, STR("http:"), true) || str_starts(text, STR("https:"), true))
		return "a path begins with /: scheme and host stand in the service's url";
	if (text.n == 0 || text.p[0] != '/')
		return "a path begins with /";
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];
		ptrdiff_t close = str_starts(str_from(text, i), STR("{{"), false)
					  ? str_find(str_from(text, i), STR("}}"), false)
					  : -1;
		if (close >= 0) { /* what stands in a variable is percent-encoded */
			i += (size_t)close + 1;
			continue;
		}
		*at = i;
		if (c == '#')
			return "a path has no fragment (#)";
		if (c <= ' ' || c >= 0x7f)
			return "a path holds no blanks and only ASCII: percent-encode the rest";
	}
	return NULL;
}
