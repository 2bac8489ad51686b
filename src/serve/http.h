/* serve/http.h - a request as the pages see it and what they answer: values, without a library.
 * Lives while one request is answered; the server's thread. */
#ifndef OUTRIDER_SERVE_HTTP_H
#define OUTRIDER_SERVE_HTTP_H

#include "base/arena.h"
#include "base/error.h"
#include "serve/payload.h"

#include <stdint.h>

enum {
	HTTP_SEGMENTS_MAX = 8,
	HTTP_PARAMS_MAX = 16,
	HTTP_TARGET_MAX = 2048, /* bytes of path and query */
	HTTP_BODY_MAX = 16 * 1024, /* of a request */
};

enum http_verb { VERB_GET, VERB_HEAD, VERB_POST, VERB_DELETE, VERB_OTHER };

struct http_param {
	const char *name, *value;
};

/* RFC 3986: the path is split first, then each segment is decoded. */
struct http_request {
	enum http_verb verb;
	const char *segments[HTTP_SEGMENTS_MAX];
	size_t n_segments; /* 0: "/" */
	struct http_param params[HTTP_PARAMS_MAX];
	size_t n_params;
	/* headers; NULL: none */
	const char *accept, *accept_encoding, *if_none_match;
	const char *authorization, *content_type, *host, *last_event_id, *origin, *sec_fetch_site;
	struct str body;
	const char *
		user; /* who was authenticated; NULL: nobody. Those who POST or DELETE are somebody */
	bool refused; /* it says who it is, and that is wrong */
	unsigned retry_after_s; /* too many were wrong before it: nobody looked; 0: somebody did */
	uint64_t generation; /* of the users and tokens by which that is so */
	bool internals; /* messages, causes, names, evidence may be shown: access_may_read */
	int64_t now_wall_us;
	struct arena *arena; /* of this request */
};

/* False when the target can't be one of ours: malformed escapes, control characters, too long, too
 * many parts. Texts live in request->arena, which must be set. */
bool http_parse_target(
	struct http_request *request, const char *target, struct error *error) MUST_CHECK;

/* More than HTTP_TARGET_MAX. */
bool http_target_is_long(const char *target);

/* The parameter's value or NULL. */
const char *http_param(const struct http_request *request, const char *name);

/* RFC 9110, 12.5.1: HTML is named, and liked no less than JSON. */
bool http_prefers_html(const char *accept);
/* The same: CSV is named, and liked better than JSON and HTML. */
bool http_prefers_csv(const char *accept);
/* The same: OpenMetrics 1.0 is named, and liked no less than Prometheus' text 0.0.4. */
bool http_prefers_openmetrics(const char *accept);

/* RFC 9110, 12.5.3: gzip is named, or anything, and not excluded. NULL: no. */
bool http_accepts_gzip(const char *accept_encoding);

/* RFC 9110, 13.1.2: a weak comparison of the list (or "*") with our tag, given with its quotes. */
bool http_etag_matches(const char *if_none_match, const char *etag);

enum http_cache {
	CACHE_NEVER, /* no-store */
	CACHE_REVALIDATE, /* no-cache: kept, and asked for again with its ETag */
	CACHE_FOREVER, /* the path changes with the content */
};

/* Events instead of a payload's bytes. */
struct http_stream {
	bool wanted;
	uint64_t after; /* the event that the reader had last */
	const char *check; /* NULL: of all checks */
	uint64_t generation; /* of the users and tokens that let the reader in */
};

/* Bytes that are made while they are sent, instead of a payload's. */
struct http_source {
	size_t (*read)(void *ctx, char *out, size_t max); /* the next ones; 0: there are no more */
	void (*free)(void *ctx);
	void *ctx; /* the response's */
	size_t size; /* of all */
	size_t held; /* bytes of memory until then */
};

struct http_response {
	unsigned status;
	enum http_cache cache;
	const char *allow; /* of 405 */
	const char *location; /* of 201, 202, 303; in the request's arena */
	bool varies; /* by Accept */
	bool closes; /* the connection: what comes behind it is no request */
	const char *challenges[2]; /* of 401, or NULL */
	unsigned retry_after_s; /* of 429 and 503; 0: none */
	bool embeddable; /* pages of other origins may show it */
	struct http_stream stream;
	struct http_source source; /* read: NULL: the payload, which otherwise only says the type */
	struct payload *payload; /* a hold on it is the response's */
};

/* Gives the response a body; takes what is in buf. */
void http_answer(struct http_response *response, unsigned status, const char *content_type,
	struct buf *body);

/* An RFC 9457 problem document; detail may be NULL. The server turns it into a page for browsers. */
const char *http_status_title(unsigned status);

#endif
