#include "base/json_writer.h"

#include "base/clock.h"
#include "base/utf8.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Puts the comma and the member's name in front of a value. */
static void begin(struct json_writer *w, const char *key)
{
	if (w->comma)
		buf_putc(w->out, ',');
	w->comma = true;
	if (!key)
		return;
	json_put_string(w->out, str_of(key));
	buf_putc(w->out, ':');
}

static void open(struct json_writer *w, const char *key, char bracket)
{
	begin(w, key);
	buf_putc(w->out, bracket);
	w->comma = false;
}

static void end(struct json_writer *w, char bracket)
{
	buf_putc(w->out, bracket);
	w->comma = true;
}

void jw_object(struct json_writer *w, const char *key)
{
	open(w, key, '{');
}

void jw_object_end(struct json_writer *w)
{
	end(w, '}');
}

void jw_array(struct json_writer *w, const char *key)
{
	open(w, key, '[');
}

void jw_array_end(struct json_writer *w)
{
	end(w, ']');
}

void jw_str(struct json_writer *w, const char *key, struct str value)
{
	begin(w, key);
	json_put_string(w->out, value);
}

void jw_text(struct json_writer *w, const char *key, const char *value)
{
	if (value)
		jw_str(w, key, str_of(value));
	else
		jw_null(w, key);
}

void jw_int(struct json_writer *w, const char *key, int64_t value)
{
	begin(w, key);
	buf_printf(w->out, "%" PRId64, value);
}

void jw_bool(struct json_writer *w, const char *key, bool value)
{
	begin(w, key);
	buf_puts(w->out, value ? "true" : "false");
}

void jw_null(struct json_writer *w, const char *key)
{
	begin(w, key);
	buf_puts(w->out, "null");
}

void jw_seconds(struct json_writer *w, const char *key, int64_t us)
{
	if (us < 0) {
		jw_null(w, key);
		return;
	}
	begin(w, key);
	buf_printf(w->out, "%" PRId64, us / US_PER_S);
	int64_t rest = us % US_PER_S;
	if (rest == 0)
		return;
	int digits = 6;
	for (; rest % 10 == 0; rest /= 10)
		digits--;
	buf_printf(w->out, ".%0*" PRId64, digits, rest);
}

void jw_real(struct json_writer *w, const char *key, double value)
{
	if (!isfinite(value)) {
		jw_null(w, key);
		return;
	}
	begin(w, key);
	char text[32];
	for (int digits = 15; digits <= 17; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, value);
		if (digits == 17 || strtod(text, NULL) == value)
			break;
	}
	buf_puts(w->out, text);
}

void jw_raw(struct json_writer *w, const char *key, struct str json)
{
	begin(w, key);
	buf_putstr(w->out, json.n ? json : STR("null"));
}

void json_put_string(struct buf *out, struct str text)
{
	buf_putc(out, '"');
	json_put_escaped(out, text);
	buf_putc(out, '"');
}

static void put_special(struct buf *out, unsigned char c)
{
	static const char from[] = "\"\\\n\r\t\b\f";
	static const char to[] = "\"\\nrtbf";
	const char *at = c ? strchr(from, c) : NULL;
	if (at)
		buf_put(out, (const char[]){'\\', to[at - from]}, 2);
	else
		buf_printf(out, "\\u%04x", c);
}

void json_put_escaped(struct buf *out, struct str text)
{
	size_t plain = 0; /* where the run of bytes begins that need no escape */
	size_t at = 0;
	size_t room = out->max - out->n; /* what is written is never shorter than what is read */
	if (text.n > room)
		text.n = room + 1;
	while (at < text.n) {
		unsigned char c = (unsigned char)text.p[at];
		struct utf8_char seen = {c, 1, true};
		if (c >= 0x80)
			seen = utf8_next(str_from(text, at));
		if (seen.ok && c >= 0x20 && c != '"' && c != '\\') {
			at += seen.n;
			continue;
		}
		buf_put(out, text.p + plain, at - plain);
		if (seen.ok)
			put_special(out, c);
		else
			buf_puts(out, "\xef\xbf\xbd");
		at += seen.n;
		plain = at;
	}
	if (at > plain)
		buf_put(out, text.p + plain, at - plain);
}
