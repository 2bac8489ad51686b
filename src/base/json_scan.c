#include "base/json_scan.h"

#include "base/json.h"
#include "base/utf8.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum want {
	WANT_VALUE,
	WANT_ITEM_OR_END, /* after [ */
	WANT_NAME,
	WANT_NAME_OR_END, /* after { */
	WANT_MORE, /* a comma or the closing bracket */
	WANT_NOTHING,
};

struct scan {
	struct str text;
	size_t at;
	size_t depth;
	size_t values;
	char open[JSON_DEPTH_MAX]; /* the brackets around this place */
	struct json_marks marks;
	struct error *error;
};

static bool fail_at(struct scan *s, size_t at, const char *why)
{
	return error_set(s->error, "at byte %zu: %s", at, why);
}

static bool fail(struct scan *s, const char *why)
{
	return fail_at(s, s->at, why);
}

/* The byte here, or -1 at the end. */
static int peek(const struct scan *s)
{
	return s->at < s->text.n ? (unsigned char)s->text.p[s->at] : -1;
}

static bool is_digit(int c)
{
	return c >= '0' && c <= '9';
}

static void skip_space(struct scan *s)
{
	for (; s->at < s->text.n; s->at++) {
		char c = s->text.p[s->at];
		if (c != ' ' && c != '\n' && c != '\r' && c != '\t')
			return;
	}
}

static bool digits(struct scan *s, const char *why)
{
	if (!is_digit(peek(s)))
		return fail(s, why);
	while (is_digit(peek(s)))
		s->at++;
	return true;
}

bool json_is_large(struct str number)
{
	size_t n = 0;
	if (number.n <= DBL_DIG || number.n > JSON_LITERAL_MAX)
		return false;
	for (size_t i = number.p[0] == '-'; i < number.n && is_digit(number.p[i]); i++)
		n++;
	return n > DBL_DIG && n + (number.p[0] == '-') == number.n;
}

static bool scan_number(struct scan *s)
{
	size_t start = s->at;
	if (peek(s) == '-')
		s->at++;
	bool zero = peek(s) == '0';
	size_t first = s->at;
	if (!digits(s, "a digit must follow the minus sign"))
		return false;
	if (zero && s->at > first + 1)
		return fail_at(s, first, "a number can't begin with 0");
	if (peek(s) == '.') {
		s->at++;
		if (!digits(s, "a digit must follow the decimal point"))
			return false;
	}
	if (peek(s) == 'e' || peek(s) == 'E') {
		s->at++;
		if (peek(s) == '+' || peek(s) == '-')
			s->at++;
		if (!digits(s, "an exponent needs a digit"))
			return false;
	}
	struct str number = {s->text.p + start, s->at - start};
	s->marks.odd |= number.n > JSON_LITERAL_MAX;
	s->marks.large |= json_is_large(number);
	return true;
}

static int hex_value(int c)
{
	if (is_digit(c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The code unit of the \uXXXX at this place, or -1. */
static int unit_at(struct str text, size_t at)
{
	if (text.n - at < 6 || text.p[at] != '\\' || text.p[at + 1] != 'u')
		return -1;
	int unit = 0;
	for (size_t i = at + 2; i < at + 6; i++) {
		int digit = hex_value((unsigned char)text.p[i]);
		if (digit < 0)
			return -1;
		unit = unit * 16 + digit;
	}
	return unit;
}

/* How many bytes the \uXXXX here takes with its second half; 0: it names no character. */
static size_t unit_length(struct str text, size_t at)
{
	int unit = unit_at(text, at);
	if (unit == 0 || (unit >= 0xdc00 && unit <= 0xdfff))
		return 0;
	if (unit < 0xd800 || unit > 0xdbff)
		return 6;
	int second = unit_at(text, at + 6);
	return second >= 0xdc00 && second <= 0xdfff ? 12 : 0;
}

static bool scan_escape(struct scan *s)
{
	int c = s->at + 1 < s->text.n ? (unsigned char)s->text.p[s->at + 1] : 0;
	if (c != 'u') {
		if (c == 0 || !strchr("\"\\/bfnrt", c))
			return fail(s, "no such escape");
		s->at += 2;
		return true;
	}
	if (unit_at(s->text, s->at) < 0)
		return fail(s, "\\u needs four hexadecimal digits");
	size_t n = unit_length(s->text, s->at);
	s->marks.odd |= n == 0;
	s->at += n ? n : 6;
	return true;
}

static bool is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

/* Behind the bytes of a string that need no second look. */
static size_t plain_until(struct str text, size_t at)
{
	while (at < text.n && is_plain((unsigned char)text.p[at]))
		at++;
	return at;
}

static bool scan_string(struct scan *s)
{
	size_t start = s->at++;
	while ((s->at = plain_until(s->text, s->at)) < s->text.n) {
		unsigned char c = (unsigned char)s->text.p[s->at];
		if (c == '"') {
			s->at++;
			return true;
		}
		if (c == '\\') {
			if (!scan_escape(s))
				return false;
		} else if (c < 0x20) {
			return fail(s, "a control character must be escaped");
		} else {
			struct utf8_char seen = utf8_next(str_from(s->text, s->at));
			if (!seen.ok)
				return fail(s, "this is not UTF-8");
			s->at += seen.n;
		}
	}
	return fail_at(s, start, "the string does not end");
}

static bool scan_word(struct scan *s, struct str word)
{
	if (!str_starts(str_from(s->text, s->at), word, false))
		return fail(s, "expected a value");
	s->at += word.n;
	return true;
}

static bool scan_scalar(struct scan *s)
{
	int c = peek(s);
	if (c == '"')
		return scan_string(s);
	if (c == '-' || is_digit(c))
		return scan_number(s);
	switch (c) {
	case 't': return scan_word(s, STR("true"));
	case 'f': return scan_word(s, STR("false"));
	case 'n': return scan_word(s, STR("null"));
	case '+': return fail(s, "a number can't begin with +");
	case '.': return fail(s, "a number can't begin with a point");
	case '\'': return fail(s, "a string needs double quotes");
	default: return fail(s, "expected a value");
	}
}

static bool scan_value(struct scan *s, enum want *want)
{
	int c = peek(s);
	if (++s->values > JSON_VALUES_MAX)
		return fail(s, "more values than can be read");
	if (c != '[' && c != '{') {
		*want = s->depth ? WANT_MORE : WANT_NOTHING;
		return scan_scalar(s);
	}
	if (s->depth == JSON_DEPTH_MAX)
		return fail(s, "nested too deeply");
	s->open[s->depth++] = (char)c;
	s->at++;
	*want = c == '[' ? WANT_ITEM_OR_END : WANT_NAME_OR_END;
	return true;
}

/* Whether the bracket around this place closes here. */
static bool close_here(struct scan *s, enum want *want)
{
	if (peek(s) != (s->open[s->depth - 1] == '[' ? ']' : '}'))
		return false;
	s->at++;
	s->depth--;
	*want = s->depth ? WANT_MORE : WANT_NOTHING;
	return true;
}

static bool scan_name(struct scan *s, enum want *want)
{
	if (peek(s) != '"')
		return fail(s, "expected a member's name in double quotes");
	if (!scan_string(s))
		return false;
	skip_space(s);
	if (peek(s) != ':')
		return fail(s, "expected a colon");
	s->at++;
	*want = WANT_VALUE;
	return true;
}

static bool scan_more(struct scan *s, enum want *want)
{
	if (close_here(s, want))
		return true;
	bool array = s->open[s->depth - 1] == '[';
	if (peek(s) != ',')
		return fail(s, array ? "expected a comma or ]" : "expected a comma or }");
	s->at++;
	*want = array ? WANT_VALUE : WANT_NAME;
	return true;
}

static bool scan_next(struct scan *s, enum want *want)
{
	switch (*want) {
	case WANT_VALUE: return scan_value(s, want);
	case WANT_ITEM_OR_END: return close_here(s, want) || scan_value(s, want);
	case WANT_NAME: return scan_name(s, want);
	case WANT_NAME_OR_END: return close_here(s, want) || scan_name(s, want);
	case WANT_MORE: return scan_more(s, want);
	case WANT_NOTHING: return fail(s, "something follows the value");
	}
	assert(false && "a want without a name");
	return false;
}

bool json_scan(struct str text, struct json_marks *marks, struct error *error)
{
	struct scan s = {.text = text, .error = error};
	enum want want = WANT_VALUE;
	if (str_starts(text, STR("\xef\xbb\xbf"), false))
		return fail(&s, "a byte order mark does not belong here");
	for (skip_space(&s); s.at < text.n; skip_space(&s))
		if (!scan_next(&s, &want))
			return false;
	*marks = s.marks;
	if (want == WANT_NOTHING)
		return true;
	if (s.depth == 0)
		return fail(&s, "the text is empty");
	return fail(&s, s.open[s.depth - 1] == '[' ? "the text ends inside an array"
						   : "the text ends inside an object");
}

/* Behind the string whose first character stands here. */
static size_t string_end(struct str text, size_t at)
{
	for (; text.p[at] != '"'; at++)
		if (text.p[at] == '\\')
			at++;
	return at + 1;
}

static size_t mend_string(struct buf *out, struct str text, size_t at)
{
	size_t plain = at++;
	while (text.p[at] != '"') {
		if (text.p[at] != '\\') {
			at++;
			continue;
		}
		size_t n = text.p[at + 1] == 'u' ? unit_length(text, at) : 2;
		if (n == 0) {
			buf_put(out, text.p + plain, at - plain);
			buf_puts(out, "\\ufffd");
			at += 6;
			plain = at;
		}
		at += n;
	}
	at++;
	buf_put(out, text.p + plain, at - plain);
	return at;
}

/* The end of the number that begins here. */
static size_t number_end(struct str text, size_t at)
{
	while (at < text.n && (is_digit((unsigned char)text.p[at]) || strchr("+-.eE", text.p[at])))
		at++;
	return at;
}

static bool number_begins(char c)
{
	return c == '-' || is_digit((unsigned char)c);
}

struct str json_take_number(struct str *text)
{
	size_t at = 0;
	while (!number_begins(text->p[at]))
		if (text->p[at++] == '"')
			at = string_end(*text, at);
	size_t end = number_end(*text, at);
	struct str number = {text->p + at, end - at};
	*text = str_from(*text, end);
	return number;
}

static size_t mend_number(struct buf *out, struct str text, size_t at)
{
	size_t end = number_end(text, at);
	if (end - at <= JSON_LITERAL_MAX) {
		buf_put(out, text.p + at, end - at);
		return end;
	}
	struct buf literal = BUF_INIT(end - at);
	buf_put(&literal, text.p + at, end - at);
	double value = strtod(buf_text(&literal), NULL);
	buf_fini(&literal);
	if (isfinite(value))
		buf_printf(out, "%.17g", value);
	else
		buf_puts(out, value < 0 ? "-1e999" : "1e999");
	return end;
}

void json_mend(struct buf *out, struct str text)
{
	for (size_t at = 0; at < text.n;) {
		size_t plain = at;
		while (at < text.n && text.p[at] != '"' && !number_begins(text.p[at]))
			at++;
		buf_put(out, text.p + plain, at - plain);
		if (at < text.n)
			at = text.p[at] == '"' ? mend_string(out, text, at)
					       : mend_number(out, text, at);
	}
}
