/* The stand-in's requests: whole or not whole, whatever follows; a shorter run of bytes is never
 * another request. */
#include "sim/http.h"

#include "fuzz.h"

static bool waits(enum http_state state)
{
	return state == HTTP_MORE || state == HTTP_CONTINUE;
}

static void holds_request(struct str bytes, const struct http_request *request)
{
	HOLDS(request->length <= bytes.n && request->length >= 4);
	HOLDS(request->method.n && request->path.n && request->path.p[0] == '/');
	HOLDS(request->n_headers <= HTTP_HEADERS_MAX);
	HOLDS(request->body.n <= HTTP_BODY_MAX);
	for (size_t i = 0; i < request->n_headers; i++)
		HOLDS(http_find(request, "nothing of that name").p == NULL);
}

static enum http_state read_part(struct str bytes, size_t n)
{
	struct http_request request;
	struct arena arena;
	arena_init(&arena);
	char *copy = malloc(n ? n : 1); /* so that reading past its end is seen */
	HOLDS(copy);
	if (n)
		memcpy(copy, bytes.p, n);
	enum http_state state = http_read((struct str){copy, n}, &arena, &request);
	HOLDS(state != HTTP_READY || request.length <= n);
	free(copy);
	arena_fini(&arena);
	return state;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str bytes = input_of(data, size);
	struct http_request request;
	struct arena arena;
	struct str value;
	arena_init(&arena);
	enum http_state state = http_read(bytes, &arena, &request);
	if (state == HTTP_READY) {
		holds_request(bytes, &request);
		if (http_query(&request, "model", &arena, &value))
			HOLDS(value.n <= request.query.n);
		HOLDS(read_part(bytes, request.length) == HTTP_READY);
		for (size_t n = 0; n < request.length; n += n < 64 ? 1 : n / 16)
			HOLDS(waits(read_part(bytes, n)));
		HOLDS(waits(read_part(bytes, request.length - 1)));
	}
	arena_fini(&arena);
	return 0;
}
