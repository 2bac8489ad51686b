#include "base/secret.h"

#include "base/escape.h"
#include "base/memory.h"

#include <assert.h>
#include <stdlib.h>

enum {
	SECRET_HEX_MIN = 8, /* bytes; the digits of fewer stand in ordinary text */
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
	char seconds[] = {'%', '\\', '&', form->p[1] == ' ' ? '+' : '%'};
	struct str escapes = STR("\"\\/bfnrtu");
	size_t high = (unsigned char)first >> 4;
	begins_with(secrets, first, (struct str){seconds, sizeof(seconds)});
	begins_with(secrets, '%', (struct str){(char[]){lower[high], upper[high]}, 2});
	begins_with(secrets, '\\', escapes);
	begins_with(secrets, '&', STR("#aglq"));
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

enum { STYLES = 4 }; /* of JSON's writers */

static struct escape_style style_of(int number)
{
	return (struct escape_style){number & 1, number & 2};
}

/* JSON inside JSON: an answer quotes another. */
static void add_json(struct secrets *secrets, struct str value, struct escape_style style)
{
	struct buf text = BUF_INIT(value.n);
	buf_put(&text, value.p, value.n);
	for (int depth = 0; depth < SECRET_NESTING; depth++) {
		struct buf escaped = BUF_INIT(12 * text.n);
		escape_json(&escaped, buf_str(&text), style);
		add_form(secrets, buf_str(&escaped));
		forget(&text);
		text = escaped;
	}
	forget(&text);
}

/* A URL inside a URL. */
static void add_url(struct secrets *secrets, struct str value, const char *digits)
{
	struct buf text = BUF_INIT(3 * value.n);
	escape_url(&text, value, digits);
	add_form(secrets, buf_str(&text));
	forget(&text);
}

/* The value may stand anywhere inside what was encoded ("user:value"), so of each of the three
 * alignments we know the characters that hold nothing but its bits. */
static void add_base64(struct secrets *secrets, struct str value, const char *alphabet)
{
	for (size_t skip = 0; skip < 3; skip++) {
		struct buf text = BUF_INIT(2 * value.n + 16);
		escape_base64(&text, value, skip, alphabet);
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

static void add_base64s(struct secrets *secrets, struct str value)
{
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
	char alphabet[65];
	memcpy(alphabet, letters, sizeof(letters));
	memcpy(alphabet + 62, "+/", 3);
	add_base64(secrets, value, alphabet);
	memcpy(alphabet + 62, "-_", 3);
	add_base64(secrets, value, alphabet);
}

/* A body or a query in base64, where the value was escaped first. */
static void add_escaped_base64(struct secrets *secrets, struct str value)
{
	static const char *const digits[] = {"0123456789ABCDEF", "0123456789abcdef"};
	for (int style = 0; style < STYLES; style++) {
		struct buf json = BUF_INIT(12 * value.n);
		escape_json(&json, value, style_of(style));
		if (!str_eq(buf_str(&json), value))
			add_base64s(secrets, buf_str(&json));
		forget(&json);
	}
	for (size_t i = 0; i < sizeof(digits) / sizeof(digits[0]); i++) {
		struct buf url = BUF_INIT(3 * value.n);
		escape_url(&url, value, digits[i]);
		if (!str_eq(buf_str(&url), value))
			add_base64s(secrets, buf_str(&url));
		forget(&url);
	}
}

static void add_hex(struct secrets *secrets, struct str value, const char *digits)
{
	struct buf text = BUF_INIT(2 * value.n);
	for (size_t i = 0; i < value.n; i++) {
		unsigned char byte = (unsigned char)value.p[i];
		buf_putc(&text, digits[byte >> 4]);
		buf_putc(&text, digits[byte & 0xf]);
	}
	if (value.n >= SECRET_HEX_MIN)
		add_form(secrets, buf_str(&text));
	forget(&text);
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
	for (int style = 0; style < STYLES; style++)
		add_json(secrets, value, style_of(style));
	add_url(secrets, value, "0123456789ABCDEF");
	add_url(secrets, value, "0123456789abcdef");
	add_base64s(secrets, value);
	add_escaped_base64(secrets, value);
	add_hex(secrets, value, "0123456789ABCDEF");
	add_hex(secrets, value, "0123456789abcdef");
	return true;
}

void secrets_add_encoded(struct secrets *secrets, struct str value)
{
	struct buf meant = BUF_INIT(value.n);
	for (size_t at = 0; at < value.n;) {
		struct escaped byte = escape_percent(value, at);
		buf_putc(&meant, byte.n ? byte.bytes[0] : value.p[at]);
		at += byte.n ? byte.took : 1;
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

/* Each byte as it is, percent-encoded, or in an escape of JSON or HTML. */
static size_t match_escaped(const struct form *form, struct str text, size_t start)
{
	size_t seen = 0;
	size_t at = start;
	while (seen < form->n && at < text.n) {
		struct escaped piece = escape_read(text, at);
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
	struct escaped piece = escape_read(text, at);
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
