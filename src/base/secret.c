#include "base/secret.h"

#include "base/memory.h"
#include "base/utf8.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

enum {
	SECRET_BASE64_MIN = 6, /* shorter pieces of base64 stand in ordinary text */
	SECRET_FIRST_BYTES = 256,
	SECRET_NESTING = 2, /* times a text may be escaped before it is escaped once more */
};

struct form {
	struct form *next;
	struct form *alike; /* the next one that begins with the same byte */
	char *p;
	size_t n;
	bool given; /* a value as it was added; others are ways to write it */
	char *variable; /* of the environment, that has this value; or NULL */
};

struct secrets {
	struct form *forms;
	struct form *starts[SECRET_FIRST_BYTES]; /* by their first byte */
	unsigned char pairs[SECRET_FIRST_BYTES][SECRET_FIRST_BYTES / 8]; /* first, second byte */
	size_t count;
};

struct secrets *secrets_new(void)
{
	return MEM_NEW(struct secrets);
}

void secrets_free(struct secrets *secrets)
{
	if (!secrets)
		return;
	while (secrets->forms) {
		struct form *form = secrets->forms;
		secrets->forms = form->next;
		explicit_bzero(form->p, form->n);
		free(form->p);
		free(form->variable);
		free(form);
	}
	free(secrets);
}

size_t secrets_count(const struct secrets *secrets)
{
	return secrets ? secrets->count : 0;
}

/* A form, as it may be written, begins with c and one of these. */
static void begins_with(struct secrets *secrets, char c, struct str seconds)
{
	for (size_t i = 0; i < seconds.n; i++) {
		unsigned char second = (unsigned char)seconds.p[i];
		secrets->pairs[(unsigned char)c][second / 8] |= (unsigned char)(1U << second % 8);
	}
}

static bool may_begin(const struct secrets *secrets, struct str text, size_t at)
{
	if (text.n - at < SECRET_BYTES_MIN)
		return false;
	unsigned char first = (unsigned char)text.p[at];
	unsigned char second = (unsigned char)text.p[at + 1];
	return secrets->pairs[first][second / 8] >> second % 8 & 1;
}

/* The ways a form's first two bytes may be written. */
static void begins_escaped(struct secrets *secrets, const struct form *form)
{
	static const char lower[] = "0123456789abcdef";
	static const char upper[] = "0123456789ABCDEF";
	char first = form->p[0];
	char seconds[] = {'%', '\\', form->p[1] == ' ' ? '+' : '%'};
	struct str escapes = STR("\"\\/bfnrtu");
	size_t high = (unsigned char)first >> 4;
	begins_with(secrets, first, (struct str){seconds, sizeof(seconds)});
	begins_with(secrets, '%', (struct str){(char[]){lower[high], upper[high]}, 2});
	begins_with(secrets, '\\', escapes);
	if (first != ' ')
		return;
	begins_with(secrets, '+', (struct str){seconds, sizeof(seconds)});
	begins_with(secrets, '+', (struct str){form->p + 1, 1});
}

static struct form *find_form(const struct secrets *secrets, struct str text)
{
	for (struct form *f = secrets->starts[(unsigned char)text.p[0]]; f; f = f->alike)
		if (str_eq((struct str){f->p, f->n}, text))
			return f;
	return NULL;
}

static struct form *add_form(struct secrets *secrets, struct str text)
{
	struct form *form = find_form(secrets, text);
	if (form)
		return form;
	assert(text.n > 0 && text.p);
	form = MEM_NEW(struct form);
	struct form **start = &secrets->starts[(unsigned char)text.p[0]];
	*form = (struct form){secrets->forms, *start, mem_strndup(text), text.n, false, NULL};
	secrets->forms = *start = form;
	begins_with(secrets, form->p[0], (struct str){form->p + 1, 1});
	begins_escaped(secrets, form);
	return form;
}

static void forget(struct buf *text)
{
	if (text->p)
		explicit_bzero(text->p, text->n);
	buf_fini(text);
}

/* The ways the world's JSON writers differ in. */
struct json_style {
	bool ascii, slash;
};

static void put_unit(struct buf *out, uint32_t unit)
{
	buf_printf(out, "\\u%04x", unit);
}

static void put_json_char(struct buf *out, struct str bytes, uint32_t code, struct json_style style)
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

static void put_json(struct buf *out, struct str text, struct json_style style)
{
	for (size_t at = 0; at < text.n;) {
		struct utf8_char c = utf8_next(str_from(text, at));
		put_json_char(out, (struct str){text.p + at, c.n}, c.code, style);
		at += c.n;
	}
}

/* JSON inside JSON: an answer quotes another. */
static void add_json(struct secrets *secrets, struct str value, struct json_style style)
{
	struct buf text = BUF_INIT(value.n);
	buf_put(&text, value.p, value.n);
	for (int depth = 0; depth < SECRET_NESTING; depth++) {
		struct buf escaped = BUF_INIT(12 * text.n);
		put_json(&escaped, buf_str(&text), style);
		add_form(secrets, buf_str(&escaped));
		forget(&text);
		text = escaped;
	}
	forget(&text);
}

/* A URL inside a URL. */
static void add_url(struct secrets *secrets, struct str value, const char *digits)
{
	static const char kept[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				   "0123456789-._~";
	struct buf text = BUF_INIT(3 * value.n);
	for (size_t i = 0; i < value.n; i++) {
		unsigned char byte = (unsigned char)value.p[i];
		if (byte && strchr(kept, byte))
			buf_putc(&text, value.p[i]);
		else
			buf_put(&text, (char[]){'%', digits[byte >> 4], digits[byte & 0xf]}, 3);
	}
	add_form(secrets, buf_str(&text));
	forget(&text);
}

/* base64 (RFC 4648) of `skip` zero bytes and value, without padding. */
static void encode(struct buf *out, struct str value, size_t skip, const char *alphabet)
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

/* The value may stand anywhere inside what was encoded ("user:value"), so of each of the three
 * alignments we know the characters that hold nothing but its bits. */
static void add_base64(struct secrets *secrets, struct str value, const char *alphabet)
{
	for (size_t skip = 0; skip < 3; skip++) {
		struct buf text = BUF_INIT(2 * value.n + 16);
		encode(&text, value, skip, alphabet);
		size_t from = skip ? skip + 1 : 0;
		size_t to = (skip + value.n) * 8 / 6;
		if (to - from >= SECRET_BASE64_MIN)
			add_form(secrets, (struct str){text.p + from, to - from});
		if (skip == 0) {
			add_form(secrets, buf_str(&text));
			while (text.n % 4)
				buf_putc(&text, '=');
			add_form(secrets, buf_str(&text));
		}
		forget(&text);
	}
}

bool secrets_add(struct secrets *secrets, struct str value)
{
	if (value.n < SECRET_BYTES_MIN)
		return false;
	struct form *form = add_form(secrets, value);
	if (form->given)
		return true;
	form->given = true;
	secrets->count++;
	for (int style = 0; style < 4; style++)
		add_json(secrets, value, (struct json_style){style & 1, style & 2});
	add_url(secrets, value, "0123456789ABCDEF");
	add_url(secrets, value, "0123456789abcdef");
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
	char alphabet[65];
	memcpy(alphabet, letters, sizeof(letters));
	memcpy(alphabet + 62, "+/", 3);
	add_base64(secrets, value, alphabet);
	memcpy(alphabet + 62, "-_", 3);
	add_base64(secrets, value, alphabet);
	return true;
}

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

/* What a piece of text stands for: a few bytes. */
struct piece {
	char bytes[4];
	size_t n; /* 0: no escape here */
	size_t took; /* bytes of text */
};

static struct piece piece_of(uint32_t code, size_t took)
{
	struct piece piece = {.took = took};
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

static struct piece unescape_json(struct str text, size_t at)
{
	static const char from[] = "\"\\/bfnrt";
	static const char to[] = "\"\\/\b\f\n\r\t";
	char c = at + 1 < text.n ? text.p[at + 1] : '\0';
	const char *known = c ? strchr(from, c) : NULL;
	if (known)
		return piece_of((unsigned char)to[known - from], 2);
	int unit = c == 'u' ? hex_at(text, at + 2, 4) : -1;
	if (unit < 0)
		return (struct piece){0};
	if (unit < 0xd800 || unit > 0xdbff)
		return piece_of((uint32_t)unit, 6);
	bool pair = str_starts(str_from(text, at + 6), STR("\\u"), false);
	int second = pair ? hex_at(text, at + 8, 4) : -1;
	if (second < 0xdc00 || second > 0xdfff)
		return (struct piece){0};
	return piece_of(
		0x10000 + (((uint32_t)unit & 0x3ff) << 10 | ((uint32_t)second & 0x3ff)), 12);
}

static struct piece unescape(struct str text, size_t at)
{
	if (text.p[at] == '\\')
		return unescape_json(text, at);
	if (text.p[at] == '%') {
		int byte = hex_at(text, at + 1, 2);
		if (byte >= 0)
			return (struct piece){{(char)byte}, 1, 3};
	}
	return (struct piece){0};
}

void secrets_add_encoded(struct secrets *secrets, struct str value)
{
	struct buf meant = BUF_INIT(value.n);
	for (size_t at = 0; at < value.n;) {
		int byte = value.p[at] == '%' ? hex_at(value, at + 1, 2) : -1;
		buf_putc(&meant, byte < 0 ? value.p[at] : (char)byte);
		at += byte < 0 ? 1 : 3;
	}
	secrets_add(secrets, value);
	secrets_add(secrets, buf_str(&meant));
	forget(&meant);
}

/* A secret that the end of the text cuts off is one when half of it is there. */
static bool enough(const struct form *form, size_t seen)
{
	return seen >= SECRET_BYTES_MIN && seen >= (form->n + 1) / 2;
}

static size_t match_as_is(const struct form *form, struct str text, size_t at)
{
	size_t left = text.n - at;
	size_t n = left < form->n ? left : form->n;
	if (n < form->n && !enough(form, n))
		return 0;
	return memcmp(form->p, text.p + at, n) == 0 ? n : 0;
}

/* Each byte as it is, percent-encoded, or in a JSON escape. */
static size_t match_escaped(const struct form *form, struct str text, size_t start)
{
	size_t seen = 0;
	size_t at = start;
	while (seen < form->n && at < text.n) {
		struct piece piece = unescape(text, at);
		if (piece.n && piece.n <= form->n - seen &&
			memcmp(form->p + seen, piece.bytes, piece.n) == 0) {
			seen += piece.n;
			at += piece.took;
		} else if (text.p[at] == form->p[seen] ||
			   (text.p[at] == '+' && form->p[seen] == ' ')) {
			seen++;
			at++;
		} else {
			break;
		}
	}
	bool cut = at == text.n && enough(form, seen);
	return seen == form->n || cut ? at - start : 0;
}

/* The length of the longest form here of those that begin with `first`, or 0. */
static size_t longest_of(const struct secrets *secrets, char first, struct str text, size_t at)
{
	size_t best = 0;
	const struct form *form = secrets->starts[(unsigned char)first];
	for (; form; form = form->alike) {
		size_t n = first == text.p[at] ? match_as_is(form, text, at) : 0;
		if (n == 0)
			n = match_escaped(form, text, at);
		if (n > best)
			best = n;
	}
	return best;
}

/* The length of the longest secret that stands at this place, or 0. */
static size_t longest(const struct secrets *secrets, struct str text, size_t at)
{
	char c = text.p[at];
	if (!may_begin(secrets, text, at))
		return 0;
	struct piece piece = unescape(text, at);
	char meant = piece.n ? piece.bytes[0] : c == '+' ? ' ' : c;
	size_t best = longest_of(secrets, c, text, at);
	size_t n = meant == c ? 0 : longest_of(secrets, meant, text, at);
	return n > best ? n : best;
}

/* Where the secret that begins here ends, with all that overlap it. */
static size_t end_of(const struct secrets *secrets, struct str text, size_t at)
{
	size_t end = at + longest(secrets, text, at);
	for (size_t inside = at + 1; inside < end; inside++) {
		size_t n = longest(secrets, text, inside);
		if (inside + n > end)
			end = inside + n;
	}
	return end;
}

void secrets_name(struct secrets *secrets, struct str value, const char *variable)
{
	struct form *form = value.n < SECRET_BYTES_MIN ? NULL : find_form(secrets, value);
	if (form && form->given && !form->variable)
		form->variable = mem_strdup(variable);
}

bool secrets_find(
	const struct secrets *secrets, struct str text, size_t at, struct secret_place *place)
{
	for (; secrets && at < text.n; at++) {
		size_t end = end_of(secrets, text, at);
		if (end == at)
			continue;
		const struct form *form = find_form(secrets, (struct str){text.p + at, end - at});
		*place = (struct secret_place){at, end, form ? form->variable : NULL};
		return true;
	}
	return false;
}

void secrets_redact(const struct secrets *secrets, struct str text, struct buf *out)
{
	struct secret_place place = {0, 0, NULL};
	size_t clean = 0; /* where the text begins that is not written yet */
	while (secrets_find(secrets, text, clean, &place)) {
		buf_put(out, text.p + clean, place.from - clean);
		buf_puts(out, "[redacted]");
		clean = place.to;
	}
	if (clean < text.n)
		buf_put(out, text.p + clean, text.n - clean);
}
