#include "check/request.h"

#include <stdio.h>
#include <string.h>

enum { BASE32_DIGITS = 13, OWN_HEADERS = 3 };

/* The finalizer of splitmix64 (Steele, Lea, Flood 2014): every input bit moves every output bit. */
static uint64_t mix(uint64_t x)
{
	x += UINT64_C(0x9e3779b97f4a7c15);
	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

void request_id_write(
	char out[REQUEST_ID_MAX], const char *check_id, uint64_t key, unsigned ordinal)
{
	static const char digits[] = "abcdefghijklmnopqrstuvwxyz234567";
	char text[1 + BASE32_DIGITS + 1] = "-";
	size_t n = strlen(check_id);

	for (int i = BASE32_DIGITS; i > 0; i--, key >>= 5)
		text[i] = digits[key & 31];
	if (ordinal > 1) {
		snprintf(out, REQUEST_ID_MAX, "%s%s.%u", check_id, text, ordinal);
	} else if (n + sizeof(text) > REQUEST_ID_MAX) {
		snprintf(out, REQUEST_ID_MAX, "%s%s", check_id, text);
	} else {
		memcpy(out, check_id, n);
		memcpy(out + n, text, sizeof(text));
	}
}

static void put_hex(char *out, uint64_t value)
{
	for (int i = 15; i >= 0; i--, value >>= 4)
		out[i] = "0123456789abcdef"[value & 15];
}

void traceparent_write(char out[56], uint64_t key, unsigned ordinal)
{
	uint64_t high = mix(key), low = mix(high), parent = mix(low + ordinal);

	memcpy(out, "00-hhhhhhhhhhhhhhhhllllllllllllllll-pppppppppppppppp-01", 56);
	put_hex(out + 3, high);
	put_hex(out + 19, low);
	put_hex(out + 36, parent ? parent : 1);
}

struct building {
	struct arena *arena;
	const struct scope *scope;
	struct request_header *headers;
	size_t n_headers;
	struct error *error;
};

/* A later header of the same name takes the earlier one's place. */
static void put_header(struct building *b, const char *name, const char *value)
{
	for (size_t i = 0; i < b->n_headers; i++) {
		if (!str_ieq(str_of(b->headers[i].name), str_of(name)))
			continue;
		b->headers[i].value = value;
		return;
	}
	b->headers[b->n_headers++] = (struct request_header){name, value};
}

static bool render(struct building *b, const struct template *tmpl, struct str *text)
{
	struct buf out = BUF_INIT(REQUEST_BODY_MAX);
	bool ok;

	if (tmpl->n_parts == 1 && !tmpl->parts[0].variable) { /* constant: nothing to copy */
		*text = tmpl->parts[0].literal;
		return true;
	}
	ok = template_render(tmpl, b->scope, &out, b->error);
	*text = ok ? arena_str(b->arena, buf_str(&out)) : STR("");
	buf_fini(&out);
	return ok;
}

static bool put_headers(struct building *b, const struct header_template *headers, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct str value;
		if (!render(b, &headers[i].value, &value))
			return error_wrap(b->error, "header %s", headers[i].name);
		if (value.n)
			put_header(b, headers[i].name, arena_strndup(b->arena, value));
	}
	return true;
}

static void put_own_headers(
	struct building *b, const char *request_id, uint64_t key, unsigned ordinal)
{
	char traceparent[56];

	traceparent_write(traceparent, key, ordinal);
	put_header(b, "User-Agent", "outrider/" OUTRIDER_VERSION);
	put_header(b, "X-Request-ID", request_id);
	put_header(b, "traceparent", arena_strdup(b->arena, traceparent));
}

static const char *join(struct arena *arena, const char *base, struct str path)
{
	size_t n = strlen(base);
	char *url = arena_alloc(arena, n + path.n + 1);

	memcpy(url, base, n);
	if (path.n)
		memcpy(url + n, path.p, path.n);
	return url;
}

const struct request *request_build(struct arena *arena, const struct check *check,
	const struct step *step, const struct scope *scope, uint64_t key, unsigned ordinal,
	struct error *error)
{
	const struct service *service = check->service;
	const struct request_template *from = &step->request;
	struct request *request = ARENA_NEW(arena, struct request);
	struct building b = {.arena = arena, .scope = scope, .error = error};
	char id[REQUEST_ID_MAX];
	struct str path;

	request_id_write(id, check->id, key, ordinal);
	b.headers = ARENA_ARRAY(
		arena, OWN_HEADERS + service->n_headers + from->n_headers, struct request_header);
	request->request_id = arena_strdup(arena, id);
	put_own_headers(&b, request->request_id, key, ordinal);
	if (!render(&b, &from->path, &path) ||
		!put_headers(&b, service->headers, service->n_headers) ||
		!put_headers(&b, from->headers, from->n_headers))
		return NULL;
	if (from->has_body && !render(&b, &from->body, &request->body))
		return NULL;
	request->service = service;
	request->method = from->method;
	request->url = join(arena, service->url, path);
	request->headers = b.headers;
	request->n_headers = b.n_headers;
	request->has_body = from->has_body;
	request->identity = from->stream;
	request->redirects = from->redirects;
	request->timeout_us = check->timeout_us;
	request->body_limit = from->stream ? STREAM_BYTES_MAX : BODY_BYTES_MAX;
	return request;
}
