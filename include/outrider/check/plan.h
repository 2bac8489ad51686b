/* check/plan.h - what is watched: services and checks, frozen. One arena owns it all; a reload
 * builds a new plan and the old one lives until its last run ends. Constant; any thread may read. */
#ifndef OUTRIDER_CHECK_PLAN_H
#define OUTRIDER_CHECK_PLAN_H

#include "base/arena.h"
#include "base/secret.h"
#include "check/expect.h"
#include "check/template.h"

enum {
	CHECK_ID_MAX = 120,
	STEPS_MAX = 32,
	BODY_BYTES_MAX = 8 << 20, /* of an answer, decoded */
	STREAM_BYTES_MAX = 32 << 20, /* of an event stream, decoded */
	CAPTURE_BYTES_MAX = 256 << 10, /* of an answer, to be sent again */
};

enum http_version { HTTP_1_1, HTTP_2 };
enum ip_family { IP_ANY, IP_4, IP_6 };

struct header_template {
	const char *name;
	struct template value; /* rendered empty: not sent */
};

struct service {
	const char *id, *title;
	const char *url; /* of the mode, without a trailing slash; NULL: the mode has none */
	uint16_t max_in_flight; /* 0: no limit of its own */
	const struct header_template *headers;
	uint32_t n_headers;
	const char *tls_ca, *tls_cert, *tls_key; /* files; NULL: the system's, none */
	const char *proxy; /* NULL: none, whatever the environment says */
	enum ip_family ip;
	enum http_version http;
};

#define HTTP_METHODS(X)                                                                            \
	X(GET, "GET")                                                                              \
	X(POST, "POST")                                                                            \
	X(PUT, "PUT")                                                                              \
	X(PATCH, "PATCH")                                                                          \
	X(DELETE, "DELETE")                                                                        \
	X(HEAD, "HEAD")

enum http_method {
#define X(id, name) METHOD_##id,
	HTTP_METHODS(X)
#undef X
		METHOD_COUNT
};

const char *method_name(enum http_method method);

/* When an answer has been read enough. */
enum read_until {
	UNTIL_DEFAULT, /* the end; of an event stream that said [DONE], at most RUN_DONE_GRACE_US
	                  more: a body left open is a note, one that breaks is broken */
	UNTIL_HEADERS,
	UNTIL_TOKEN, /* the verdict needs no more than the first token; what follows is read for
	                signatures and measures, and its breaking is a note */
	UNTIL_DONE, /* the verdict needs no more than [DONE] */
	UNTIL_END,
};

/* Of steps and checks there may be ten thousand: their members stand without gaps. */
struct request_template {
	struct template path; /* path and query, as sent after the service's URL */
	struct template body;
	const struct header_template *headers;
	uint32_t n_headers;
	enum http_method method;
	enum read_until until;
	bool has_body;
	bool chat; /* the answer is a chat completion */
	bool stream; /* an event stream was asked for */
	uint8_t redirects; /* to follow; 0: none */
};

/* capture: {name: content | header.NAME | JSONPath} */
struct capture {
	const char *name;
	enum { CAPTURE_CONTENT, CAPTURE_HEADER, CAPTURE_JSON } from;
	const char *header;
	const struct jsonpath *path;
};

struct step {
	const char *name; /* NULL: unnamed */
	struct request_template request;
	const struct expectation *expectations;
	const struct capture *captures;
	uint32_t n_expectations;
	uint16_t n_captures;
	bool cleanup; /* runs last, always, and is never judged */
};

struct retry_policy {
	int64_t backoff_us;
	reason_set when; /* 0: any failure */
	bool when_429; /* also a status of 429 */
	uint8_t times;
};

struct known_issue {
	const char *reason;
	int64_t until_us; /* wall time of the end of that day, UTC; 0: no end */
};

/* Whether there is one, and it excuses what began then. */
bool known_issue_holds(const struct known_issue *issue, int64_t at_wall_us);

struct check {
	const char *id, *title, *description, *runbook;
	const char *spec; /* the test it stands for, as pytest names it; or NULL */
	const struct service *service;
	const char *const *tags;
	int64_t timeout_us; /* one attempt, all its steps */
	int64_t idle_timeout_us; /* no byte for so long, from the attempt's start on; 0: none */
	const char *missing_env; /* of requires_env, the first that is not set: SKIP; else NULL */
	struct retry_policy retries;
	const struct known_issue *known_issue;
	const struct step *steps; /* ordinary ones first, then those of cleanup */
	const char
		*file; /* with the line of its `- id`, for messages; one text for all of a file */
	uint32_t line;
	reason_set skip_on;
	uint32_t n_tags;
	uint16_t n_steps, n_ordinary; /* at most STEPS_MAX */
};

struct plan {
	struct arena arena;
	const char *mode;
	struct service *services;
	size_t n_services;
	struct check *checks;
	size_t n_checks;
	struct secrets *secrets;
};

const struct check *plan_find(const struct plan *plan, const char *id);

#endif
