/* sim/http.h - reads one HTTP/1 request from a run of bytes (RFC 9112). Pure; a request borrows
 * the bytes it was read from. */
#ifndef OUTRIDER_SIM_HTTP_H
#define OUTRIDER_SIM_HTTP_H

#include "base/arena.h"
#include "base/str.h"

enum {
	HTTP_HEAD_MAX = 64 << 10,
	HTTP_BODY_MAX = 4 << 20,
	HTTP_HEADERS_MAX = 64,
	HTTP_REQUEST_MAX = HTTP_HEAD_MAX + HTTP_BODY_MAX + (64 << 10), /* chunk sizes included */
};

struct http_header {
	struct str name, value;
};

struct http_request {
	struct str method, path, query; /* path and query as sent, escapes kept */
	struct http_header headers[HTTP_HEADERS_MAX];
	size_t n_headers;
	struct str body;
	size_t length; /* bytes of the whole message */
	bool old; /* HTTP/1.0 */
	bool close; /* the client won't reuse the connection */
};

enum http_state {
	HTTP_MORE, /* not whole yet */
	HTTP_CONTINUE, /* not whole, and the client waits for "100 Continue" */
	HTTP_READY,
	HTTP_BAD,
	HTTP_TOO_LARGE,
};

/* A chunked body is joined in the arena; everything else stays where it is. */
enum http_state http_read(struct str bytes, struct arena *arena, struct http_request *request);

/* Empty (p NULL) when missing; the name's case doesn't matter. */
struct str http_find(const struct http_request *request, const char *name);
/* Whether a list-valued header holds the word, parameters aside: "gzip;q=1, br" holds gzip. */
bool http_accepts(const struct http_request *request, const char *name, const char *word);

/* The first value of that name in the query, unescaped into the arena. */
bool http_query(const struct http_request *request, const char *name, struct arena *arena,
	struct str *value);

#endif
