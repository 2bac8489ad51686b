#include "sim/http.h"

#include <ctype.h>

static bool is_token(struct str s)
{
	static const struct str marks = {"!#$%&'*+-.^_`|~", 15};
	for (size_t i = 0; i < s.n; i++)
		if (!isalnum((unsigned char)s.p[i]) && !memchr(marks.p, s.p[i], marks.n))
			return false;
	return s.n > 0;
}

/* Takes the part before sep off the front of rest; all of it when there is no sep. */
static struct str cut(struct str *rest, struct str sep)
{
	ptrdiff_t at = str_find(*rest, sep, false);
	struct str front = *rest;
	if (at >= 0)
		front.n = (size_t)at;
	*rest = at < 0 ? (struct str){NULL, 0} : str_from(*rest, (size_t)at + sep.n);
	return front;
}

static bool read_request_line(struct str line, struct http_request *request)
{
	request->method = cut(&line, STR(" "));
	struct str target = cut(&line, STR(" "));
	if (!is_token(request->method) || !target.p || target.n == 0 || target.p[0] != '/')
		return false;
	request->path = cut(&target, STR("?"));
	request->query = target;
	request->old = str_eq(line, STR("HTTP/1.0"));
	return request->old || str_eq(line, STR("HTTP/1.1"));
}

static bool read_head(struct str head, struct http_request *request)
{
	struct str line = cut(&head, STR("\r\n"));
	if (!read_request_line(line, request))
		return false;
	while (head.n > 0) {
		line = cut(&head, STR("\r\n"));
		struct str name = cut(&line, STR(":"));
		if (!is_token(name) || request->n_headers == HTTP_HEADERS_MAX)
			return false;
		request->headers[request->n_headers++] = (struct http_header){name, str_trim(line)};
	}
	struct str connection = http_find(request, "connection");
	request->close = str_ieq(connection, STR("close")) ||
			 (request->old && !str_ieq(connection, STR("keep-alive")));
	return true;
}

/* Decimal or hexadecimal digits and nothing else. Far above HTTP_BODY_MAX it stops counting. */
static bool read_size(struct str digits, size_t base, size_t *size)
{
	size_t value = 0;
	for (size_t i = 0; i < digits.n; i++) {
		int c = tolower((unsigned char)digits.p[i]);
		size_t digit = isdigit(c)    ? (size_t)(c - '0')
			       : isxdigit(c) ? (size_t)(c - 'a') + 10
					     : 99;
		if (digit >= base)
			return false;
		if (value <= HTTP_BODY_MAX)
			value = value * base + digit;
	}
	*size = value;
	return digits.n > 0;
}

/* Walks the chunks of bytes: their content's size and the length of it all; copies to `to` unless
 * NULL. Trailers are accepted and dropped. */
static enum http_state walk_chunks(struct str bytes, char *to, size_t *content, size_t *length)
{
	size_t at = 0;
	*content = 0;
	for (;;) {
		struct str rest = str_from(bytes, at);
		ptrdiff_t eol = str_find(rest, STR("\r\n"), false);
		if (eol < 0)
			return rest.n > HTTP_HEAD_MAX ? HTTP_BAD : HTTP_MORE;
		struct str line = {rest.p, (size_t)eol};
		size_t size;
		if (!read_size(str_trim(cut(&line, STR(";"))), 16, &size))
			return HTTP_BAD;
		if (size > HTTP_BODY_MAX || *content + size > HTTP_BODY_MAX)
			return HTTP_TOO_LARGE;
		at += (size_t)eol + 2;
		if (size == 0)
			break;
		if (bytes.n < at + size + 2)
			return HTTP_MORE;
		if (memcmp(bytes.p + at + size, "\r\n", 2) != 0)
			return HTTP_BAD;
		if (to)
			memcpy(to + *content, bytes.p + at, size);
		*content += size;
		at += size + 2;
	}
	struct str trailers = str_from(bytes, at);
	if (str_starts(trailers, STR("\r\n"), false)) {
		*length = at + 2;
		return HTTP_READY;
	}
	ptrdiff_t end = str_find(trailers, STR("\r\n\r\n"), false);
	*length = at + (size_t)(end + 4);
	return end < 0 ? HTTP_MORE : HTTP_READY;
}

static enum http_state read_chunked(struct str bytes, struct arena *arena, struct http_request *r)
{
	size_t content, length;
	enum http_state state = walk_chunks(bytes, NULL, &content, &length);
	if (state != HTTP_READY)
		return state;
	char *body = arena_alloc(arena, content + 1);
	walk_chunks(bytes, body, &content, &length);
	r->body = (struct str){body, content};
	r->length += length;
	return HTTP_READY;
}

static enum http_state read_body(struct str rest, struct arena *arena, struct http_request *r)
{
	if (http_accepts(r, "transfer-encoding", "chunked"))
		return read_chunked(rest, arena, r);
	struct str length = http_find(r, "content-length");
	size_t size = 0;
	if (length.p && !read_size(length, 10, &size))
		return HTTP_BAD;
	if (size > HTTP_BODY_MAX)
		return HTTP_TOO_LARGE;
	if (rest.n < size)
		return HTTP_MORE;
	r->body = (struct str){rest.p, size};
	r->length += size;
	return HTTP_READY;
}

enum http_state http_read(struct str bytes, struct arena *arena, struct http_request *request)
{
	*request = (struct http_request){.length = 0};
	if (bytes.n > 0 && !is_token((struct str){bytes.p, 1}))
		return HTTP_BAD; /* no use in waiting for more of it: TLS, say */
	ptrdiff_t end = str_find(bytes, STR("\r\n\r\n"), false);
	if (end < 0)
		return bytes.n > HTTP_HEAD_MAX ? HTTP_TOO_LARGE : HTTP_MORE;
	if (end > HTTP_HEAD_MAX)
		return HTTP_TOO_LARGE;
	if (!read_head((struct str){bytes.p, (size_t)end}, request))
		return HTTP_BAD;
	request->length = (size_t)end + 4;
	enum http_state state = read_body(str_from(bytes, request->length), arena, request);
	if (state == HTTP_MORE && str_ieq(http_find(request, "expect"), STR("100-continue")))
		return HTTP_CONTINUE;
	return state;
}

struct str http_find(const struct http_request *request, const char *name)
{
	for (size_t i = 0; i < request->n_headers; i++)
		if (str_ieq(request->headers[i].name, str_of(name)))
			return request->headers[i].value;
	return (struct str){NULL, 0};
}

bool http_accepts(const struct http_request *request, const char *name, const char *word)
{
	struct str rest = http_find(request, name);
	while (rest.n > 0) {
		struct str item = cut(&rest, STR(","));
		struct str value = str_trim(cut(&item, STR(";")));
		struct str quality = str_trim(item);
		if (str_ieq(value, str_of(word)))
			return !str_eq(quality, STR("q=0"));
	}
	return false;
}

static int hex(char c)
{
	return isdigit((unsigned char)c)    ? c - '0'
	       : isxdigit((unsigned char)c) ? tolower((unsigned char)c) - 'a' + 10
					    : -1;
}

static struct str unescape(struct str s, struct arena *arena)
{
	char *out = arena_alloc(arena, s.n + 1);
	size_t n = 0;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '%' && i + 2 < s.n && hex(s.p[i + 1]) >= 0 && hex(s.p[i + 2]) >= 0) {
			out[n++] = (char)(hex(s.p[i + 1]) * 16 + hex(s.p[i + 2]));
			i += 2;
		} else {
			out[n++] = s.p[i];
			if (s.p[i] == '+')
				out[n - 1] = ' ';
		}
	}
	return (struct str){out, n};
}

bool http_query(const struct http_request *request, const char *name, struct arena *arena,
	struct str *value)
{
	struct str rest = request->query;
	while (rest.n > 0) {
		struct str item = cut(&rest, STR("&"));
		struct str key = unescape(cut(&item, STR("=")), arena);
		if (!str_eq(key, str_of(name)))
			continue;
		*value = unescape(item, arena);
		return true;
	}
	return false;
}
