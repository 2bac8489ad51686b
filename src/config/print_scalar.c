#include "config/print_scalar.h"

#include "config/scalar.h"

#include "base/utf8.h"

#include <stdlib.h>

static bool wants_quotes(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x2028 || code == 0x2029 ||
	       code == 0xfeff || (code & 0xfffe) == 0xfffe;
}

static void put_quoted(struct buf *out, struct str text)
{
	buf_putc(out, '"');
	for (size_t at = 0; at < text.n;) {
		struct utf8_char c = utf8_next(str_from(text, at));
		if (c.code == '"' || c.code == '\\')
			buf_printf(out, "\\%c", (char)c.code);
		else if (c.code == '\n')
			buf_puts(out, "\\n");
		else if (c.code == '\t')
			buf_puts(out, "\\t");
		else if (wants_quotes(c.code) && c.code > 0xffff)
			buf_printf(out, "\\U%08x", (unsigned)c.code);
		else if (wants_quotes(c.code))
			buf_printf(out, "\\u%04x", (unsigned)c.code);
		else
			buf_put(out, text.p + at, c.n);
		at += c.n;
	}
	buf_putc(out, '"');
}

static bool is_of(const char *set, char c)
{
	return c && strchr(set, c);
}

static bool safe_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       is_of("_-./$ :,()=?@+%", c);
}

/* Whether it is the same text without quotes, whatever the reader. */
static bool needs_no_quotes(struct str text)
{
	if (text.n == 0 || scalar_type(text) != SCALAR_TEXT)
		return false;
	if (is_of(" -:,()=?@+%", text.p[0]) || is_of(" :", text.p[text.n - 1]))
		return false;
	for (size_t i = 0; i < text.n; i++)
		if (!safe_char(text.p[i]))
			return false;
	return str_find(text, STR(": "), false) < 0;
}

void print_text(struct buf *out, struct str text)
{
	if (needs_no_quotes(text))
		buf_putstr(out, text);
	else
		put_quoted(out, text);
}

/* A text that is resolved once more when it is read: ${ must survive. */
static struct str escaped(struct buf *out, struct str text)
{
	for (ptrdiff_t at; (at = str_find(text, STR("${"), false)) >= 0;) {
		buf_put(out, text.p, (size_t)at);
		buf_puts(out, "$${");
		text = str_from(text, (size_t)at + 2);
	}
	buf_putstr(out, text);
	return buf_str(out);
}

/* As it is written, but a file's path from anywhere: ${file:/...}. */
static struct str with_paths(struct buf *out, const struct node *node)
{
	struct str text = node->written;
	const char *folder = node->place.file ? node->place.file->folder : "";
	char *from = realpath(folder[0] ? folder : ".", NULL);
	for (ptrdiff_t at; from && text.p && (at = str_find(text, STR("${file:"), false)) >= 0;) {
		size_t n = (size_t)at + 7;
		bool own = at == 0 || text.p[at - 1] != '$'; /* $${ is none */
		buf_put(out, text.p, n);
		text = str_from(text, n);
		if (own && text.n && text.p[0] != '/')
			buf_printf(out, "%s/", from);
	}
	free(from);
	buf_putstr(out, text);
	return buf_str(out);
}

/* What came from outside and looks like {{name}} can't be written: as the file's own it would count. */
static bool sayable(const struct node *node)
{
	for (size_t i = 0; i < node->n_foreign; i++) {
		struct span span = node->foreign[i];
		struct str part = {node->text.p + span.from, span.to - span.from};
		if (str_find(part, STR("{"), false) >= 0)
			return false;
	}
	return true;
}

/* Whether a text that once stood without quotes may do so in a block, its paths made whole. */
static bool stays_plain(struct str text)
{
	return text.n && !memchr(text.p, '\n', text.n) && str_find(text, STR(" #"), false) < 0 &&
	       str_find(text, STR(": "), false) < 0;
}

static bool is_text_type(enum key_type type)
{
	return type == TEXT || type == URL || type == TARGET;
}

void print_scalar(struct buf *out, const struct node *node, enum key_type type, bool reference,
	const struct secrets *secrets)
{
	struct buf made = BUF_INIT(SIZE_MAX), clean = BUF_INIT(SIZE_MAX);
	secrets_redact(secrets, node->text, &clean);
	bool secret = !str_eq(buf_str(&clean), node->text);
	bool kept = node->written.n && (reference || secret || !sayable(node));
	enum scalar_type looks = scalar_type(node->text);
	bool typed = (node->plain && !is_text_type(type)) ||
		     (node->written.n && (type == BOOL || type == COUNT || type == NUMBER));
	struct str text = kept ? with_paths(&made, node) : escaped(&made, buf_str(&clean));
	bool as_it_stood = kept && node->plain && stays_plain(text); /* its type is what it gives */
	bool value = !kept && typed && looks != SCALAR_TEXT && looks != SCALAR_NULL && !secret;
	if (!kept && typed && looks == SCALAR_NULL && type != SCALAR)
		buf_puts(out, "null");
	else if (as_it_stood || value)
		buf_putstr(out, text);
	else
		print_text(out, text);
	buf_fini(&made);
	buf_fini(&clean);
}
