/* A request as a line for a shell. Words are quoted for sh; text that a terminal would act on needs
 * bash, zsh or ksh ($'...'). */
#include "base/text.h"
#include "check/request.h"

enum { ARGUMENT_BYTES_MAX = 48 << 10 /* Linux takes 128 KiB, a person far less */ };

/* A text and the secrets in it, on the way to become a word. */
struct word {
	const struct secrets *secrets;
	struct str text;
};

static bool is_inert(struct str text)
{
	struct buf inert = BUF_INIT(SIZE_MAX);
	text_inert(&inert, text, text.n);
	bool same = str_eq(text, buf_str(&inert));
	buf_fini(&inert);
	return same;
}

/* Nothing in it means anything between double quotes, even to an interactive shell. */
static bool is_plain(struct str text)
{
	for (size_t i = 0; i < text.n; i++)
		if (strchr("\"\\$`!", text.p[i]))
			return false;
	return is_inert(text);
}

static void put_byte(struct buf *out, unsigned char c)
{
	static const char from[] = "\a\b\f\n\r\t\v\\'", to[] = "abfnrtv\\'";
	const char *known = c ? strchr(from, c) : NULL;
	if (known)
		buf_printf(out, "\\%c", to[known - from]);
	else if (c < 0x20 || c >= 0x7f)
		buf_printf(out, "\\x%02x", c);
	else
		buf_putc(out, (char)c);
}

static void put_quoted(struct buf *out, struct str text)
{
	bool inert = is_inert(text);
	if (text.n == 0)
		return;
	buf_puts(out, inert ? "'" : "$'");
	for (size_t i = 0; i < text.n; i++) {
		if (!inert)
			put_byte(out, (unsigned char)text.p[i]);
		else if (text.p[i] == '\'')
			buf_puts(out, "'\\''");
		else
			buf_putc(out, text.p[i]);
	}
	buf_putc(out, '\'');
}

/* Its clean parts, "[redacted]" among them, and the variables that stand between. */
struct part {
	struct buf clean;
	const char *variable; /* behind it; or NULL: it is the last */
	size_t next; /* of the text */
};

static struct part part_of(const struct word *word, size_t at)
{
	struct part part = {.clean = BUF_INIT(SIZE_MAX)};
	struct secret_place place;
	while (secrets_find(word->secrets, word->text, at, &place)) {
		buf_put(&part.clean, word->text.p + at, place.from - at);
		at = place.to;
		if (place.variable) {
			part.variable = place.variable;
			part.next = at;
			return part;
		}
		buf_puts(&part.clean, "[redacted]");
	}
	buf_putstr(&part.clean, str_from(word->text, at));
	return part;
}

struct shape {
	size_t variables;
	bool plain; /* all that is clean */
};

static struct shape shape_of(const struct word *word)
{
	struct shape shape = {0, true};
	struct part part = {.next = 0};
	do {
		part = part_of(word, part.next);
		shape.variables += part.variable != NULL;
		shape.plain = shape.plain && is_plain(buf_str(&part.clean));
		buf_fini(&part.clean);
	} while (part.variable);
	return shape;
}

/* 'text', "text $NAME", or 'text'"$NAME"'text'. */
static void put_word(struct buf *out, const struct secrets *secrets, struct str text)
{
	struct word word = {secrets, text};
	struct shape shape = shape_of(&word);
	bool doubled = shape.variables > 0 && shape.plain;
	struct part part = {.next = 0};
	size_t before = out->n;
	buf_puts(out, doubled ? "\"" : "");
	do {
		part = part_of(&word, part.next);
		if (doubled)
			buf_putstr(out, buf_str(&part.clean));
		else
			put_quoted(out, buf_str(&part.clean));
		buf_fini(&part.clean);
		if (!part.variable)
			break;
		bool last = part.next == text.n || !doubled;
		buf_printf(out, last ? "%s$%s%s" : "%s${%s}%s", doubled ? "" : "\"", part.variable,
			doubled ? "" : "\"");
	} while (true);
	buf_puts(out, doubled ? "\"" : "");
	if (out->n == before)
		buf_puts(out, "''");
}

static void put_option(
	struct buf *out, const struct secrets *secrets, const char *option, const char *value)
{
	if (!value)
		return;
	buf_printf(out, " %s ", option);
	put_word(out, secrets, str_of(value));
}

static void put_connection(
	struct buf *out, const struct secrets *secrets, const struct service *service)
{
	switch (service->ip) {
	case IP_ANY: break;
	case IP_4: buf_puts(out, " -4"); break;
	case IP_6: buf_puts(out, " -6"); break;
	}
	put_option(out, secrets, "--cacert", service->tls_ca);
	put_option(out, secrets, "--cert", service->tls_cert);
	put_option(out, secrets, "--key", service->tls_key);
	put_option(out, secrets, "-x", service->proxy);
}

static bool has_header(const struct request *request, const char *name)
{
	for (size_t i = 0; i < request->n_headers; i++)
		if (str_ieq(str_of(request->headers[i].name), str_of(name)))
			return true;
	return false;
}

static void put_headers(struct buf *out, const struct secrets *secrets,
	const struct request *request, bool has_body)
{
	for (size_t i = 0; i < request->n_headers; i++) {
		struct buf line = BUF_INIT(REQUEST_BODY_MAX);
		buf_printf(&line, "%s: %s", request->headers[i].name, request->headers[i].value);
		put_option(out, secrets, "-H", buf_text(&line));
		buf_fini(&line);
	}
	if (has_body && !has_header(request, "Content-Type"))
		buf_puts(out, " -H 'Content-Type:'"); /* or curl says it is a form */
}

/* For printf(1), which any shell has: an argument can't hold a NUL. */
static void put_format(struct buf *out, struct str text)
{
	buf_putc(out, '\'');
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];
		if (c < 0x20 || c >= 0x7f)
			buf_printf(out, "\\%03o", c);
		else if (c == '\'')
			buf_puts(out, "'\\''");
		else if (c == '%' || c == '\\')
			buf_printf(out, "%c%c", c, c);
		else
			buf_putc(out, (char)c);
	}
	buf_putc(out, '\'');
}

/* How the body gets in: */
struct passage {
	struct buf argument; /* after --data-raw, or printf's */
	enum { BY_ARGUMENT, BY_PIPE, BY_FILE /* that people make themselves */ } by;
};

static struct passage passage_of(const struct request *request, const struct secrets *secrets)
{
	struct str body = request->body;
	struct passage passage = {BUF_INIT(ARGUMENT_BYTES_MAX), BY_ARGUMENT};
	struct buf clean = BUF_INIT(ARGUMENT_BYTES_MAX);
	if (body.n > ARGUMENT_BYTES_MAX) {
		passage.by = BY_FILE;
	} else if (body.n && memchr(body.p, '\0', body.n)) {
		passage.by = BY_PIPE;
		secrets_redact(secrets, body, &clean);
		put_format(&passage.argument, buf_str(&clean));
	} else {
		put_word(&passage.argument, secrets, body);
	}
	if (passage.argument.cut || clean.cut)
		passage.by = BY_FILE;
	buf_fini(&clean);
	return passage;
}

static void put_body(struct buf *out, const struct passage *passage, size_t bytes)
{
	switch (passage->by) {
	case BY_ARGUMENT: buf_printf(out, " --data-raw %s", buf_text(&passage->argument)); break;
	case BY_PIPE: buf_puts(out, " --data-binary @-"); break;
	case BY_FILE:
		buf_printf(out,
			" --data-binary \"@${BODY:?a file with the body, whose %zu bytes are too "
			"many for a line}\"",
			bytes);
		break;
	}
}

static void put_method(struct buf *out, enum http_method method, bool has_body)
{
	if (method == METHOD_HEAD && !has_body)
		buf_puts(out, " -I");
	else if (method != (has_body ? METHOD_POST : METHOD_GET))
		buf_printf(out, " -X %s", method_name(method));
}

/* An empty one has a length, too. */
static bool sends_body(const struct request *request)
{
	return request->has_body || request->method == METHOD_POST ||
	       request->method == METHOD_PUT || request->method == METHOD_PATCH;
}

/* -g and --data-raw: brackets in the URL and a leading @ in the body mean themselves. */
void request_as_curl(const struct request *request, const struct secrets *secrets, struct buf *out)
{
	bool has_body = sends_body(request);
	struct passage passage = passage_of(request, secrets);
	if (passage.by == BY_PIPE)
		buf_printf(out, "printf %s | ", buf_text(&passage.argument));
	buf_printf(out, "curl -sSg%s -i", request->identity ? "N" : "");
	if (!request->identity)
		buf_puts(out, " --compressed");
	if (strstr(request->url, "/."))
		buf_puts(out, " --path-as-is");
	put_method(out, request->method, has_body);
	if (request->redirects)
		buf_printf(out, " -L --max-redirs %u", request->redirects);
	put_connection(out, secrets, request->service);
	buf_putc(out, ' ');
	put_word(out, secrets, str_of(request->url));
	put_headers(out, secrets, request, has_body);
	if (has_body)
		put_body(out, &passage, request->body.n);
	buf_fini(&passage.argument);
}
