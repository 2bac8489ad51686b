#include "base/escape.h"

#include "base/utf8.h"

#include <stdint.h>

static void put_unit(struct buf *out, uint32_t unit)
{
	buf_printf(out, "\\u%04x", unit);
}

static void put_json_char(
	struct buf *out, struct str bytes, uint32_t code, struct escape_style style)
{
	static const char from[] = "\"\\\b\f\n\r\t/";
	static const char to[] = "\"\\bfnrt/";
	const char *known = code && code < 0x80 ? strchr(from, (int)code) : NULL;
	if (known && (code != '/' || style.slash)) {
		buf_putc(out, '\\');
		buf_putc(out, to[known - from]);
	} else if (code < 0x20 || (code >= 0x80 && code < 0x10000 && style.ascii)) {
		put_unit(out, code);
	} else if (code >= 0x10000 && style.ascii) {
		put_unit(out, 0xd800 + ((code - 0x10000) >> 10));
		put_unit(out, 0xdc00 + ((code - 0x10000) & 0x3ff));
	} else {
		buf_put(out, bytes.p, bytes.n);
	}
}

void escape_json(struct buf *out, struct str text, struct escape_style style)
{
	for (size_t at = 0; at < text.n;) {
		struct utf8_char c = utf8_next(str_from(text, at));
		put_json_char(out, (struct str){text.p + at, c.n}, c.code, style);
		at += c.n;
	}
}

void escape_url(struct buf *out, struct str text, const char *digits)
{
	static const char kept[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				   "0123456789-._~";
	for (size_t i = 0; i < text.n; i++) {
		unsigned char byte = (unsigned char)text.p[i];
		if (byte && strchr(kept, byte))
			buf_putc(out, text.p[i]);
		else
			buf_put(out, (char[]){'%', digits[byte >> 4], digits[byte & 0xf]}, 3);
	}
}

void escape_base64(struct buf *out, struct str value, size_t skip, const char *alphabet)
{
	unsigned bits = 0;
	unsigned held = 0;
	for (size_t i = 0; i < skip + value.n; i++) {
		unsigned char byte = i < skip ? 0 : (unsigned char)value.p[i - skip];
		bits = (bits << 8 | byte) & 0xffff;
		for (held += 8; held >= 6; held -= 6)
			buf_putc(out, alphabet[bits >> (held - 6) & 0x3f]);
	}
	if (held)
		buf_putc(out, alphabet[bits << (6 - held) & 0x3f]);
}

/* --- read --- */

enum { UTF8_CODE_MAX = 0x10ffff };

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* `digits` hexadecimal digits, or -1. */
static int hex_at(struct str text, size_t at, size_t digits)
{
	int value = 0;
	if (at > text.n || text.n - at < digits)
		return -1;
	for (size_t i = at; i < at + digits; i++) {
		int digit = hex_value(text.p[i]);
		if (digit < 0)
			return -1;
		value = value * 16 + digit;
	}
	return value;
}

static struct escaped piece_of(uint32_t code, size_t took)
{
	struct escaped piece = {.took = took};
	if (code < 0x80) {
		piece.bytes[piece.n++] = (char)code;
		return piece;
	}
	size_t tail = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
	uint32_t marks = code < 0x800 ? 0xc0 : code < 0x10000 ? 0xe0 : 0xf0;
	piece.bytes[piece.n++] = (char)(marks | code >> 6 * tail);
	while (tail--)
		piece.bytes[piece.n++] = (char)(0x80 | (code >> 6 * tail & 0x3f));
	return piece;
}

static struct escaped read_json(struct str text, size_t at)
{
	static const char from[] = "\"\\/bfnrt";
	static const char to[] = "\"\\/\b\f\n\r\t";
	char c = at + 1 < text.n ? text.p[at + 1] : '\0';
	const char *known = c ? strchr(from, c) : NULL;
	if (known)
		return piece_of((unsigned char)to[known - from], 2);
	int unit = c == 'u' ? hex_at(text, at + 2, 4) : -1;
	if (unit < 0)
		return (struct escaped){0};
	if (unit < 0xd800 || unit > 0xdbff)
		return piece_of((uint32_t)unit, 6);
	bool pair = str_starts(str_from(text, at + 6), STR("\\u"), false);
	int second = pair ? hex_at(text, at + 8, 4) : -1;
	if (second < 0xdc00 || second > 0xdfff)
		return (struct escaped){0};
	return piece_of(
		0x10000 + (((uint32_t)unit & 0x3ff) << 10 | ((uint32_t)second & 0x3ff)), 12);
}

struct escaped escape_percent(struct str text, size_t at)
{
	int byte = text.p[at] == '%' ? hex_at(text, at + 1, 2) : -1;
	return byte < 0 ? (struct escaped){0} : (struct escaped){{(char)byte}, 1, 3};
}

/* &#39; or &#x27; (HTML Standard, 13.5), which is read without the semicolon, too (13.2.5.80); at: of what comes
 * behind the number sign. */
static struct escaped read_number(struct str text, size_t at)
{
	bool hex = at < text.n && (text.p[at] == 'x' || text.p[at] == 'X');
	int base = hex ? 16 : 10;
	size_t end = at + hex;
	int code = 0;
	for (; end < text.n && code < UTF8_CODE_MAX; end++) {
		int digit = hex_value(text.p[end]);
		if (digit < 0 || digit >= base)
			break;
		code = code * base + digit;
	}
	bool ended = end < text.n && text.p[end] == ';';
	if (end == at + hex || code == 0 || code > UTF8_CODE_MAX)
		return (struct escaped){0};
	return piece_of((uint32_t)code, end + ended - at);
}

static struct escaped read_html(struct str text, size_t at)
{
	static const struct {
		const char *name;
		char means;
	} named[] = {
		{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}};
	struct str rest = str_from(text, at);
	if (str_starts(rest, STR("&#"), false)) {
		struct escaped piece = read_number(text, at + 2);
		piece.took += piece.n ? 2 : 0;
		return piece;
	}
	for (size_t i = 0; i < sizeof(named) / sizeof(*named); i++)
		if (str_starts(rest, str_of(named[i].name), false))
			return piece_of((unsigned char)named[i].means, strlen(named[i].name));
	return (struct escaped){0};
}

struct escaped escape_read(struct str text, size_t at)
{
	switch (text.p[at]) {
	case '\\': return read_json(text, at);
	case '&': return read_html(text, at);
	default: return escape_percent(text, at);
	}
}
