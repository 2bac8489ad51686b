/* check/request.h - one HTTP request, ready to be sent: made from a template and a scope. Owned by
 * the run's arena; the transport borrows it until the transfer is over. Pure. */
#ifndef OUTRIDER_CHECK_REQUEST_H
#define OUTRIDER_CHECK_REQUEST_H

#include "check/plan.h"

enum { REQUEST_BODY_MAX = 16 << 20, REQUEST_ID_MAX = 160 };

struct request_header {
	const char *name, *value;
};

struct request {
	const struct service *service;
	enum http_method method;
	const char *url;
	const struct request_header *headers;
	size_t n_headers;
	struct str body;
	bool has_body;
	bool identity; /* ask for no compression: an event stream is wanted */
	uint8_t redirects;
	int64_t timeout_us; /* after it the run ends it in any case; 0: not said */
	size_t body_limit; /* decoded bytes; more ends the transfer as too_large */
	const char *request_id;
};

/* Ids that derive from a result's key alone: X-Request-ID "ID-KEY" (KEY: 13 digits of base 32,
 * lower case, RFC 4648 without padding; ".2", ".3" for the later requests of the same run), and a
 * W3C traceparent whose trace id mixes the key and whose parent id mixes the ordinal too. */
void request_id_write(
	char out[REQUEST_ID_MAX], const char *check_id, uint64_t key, unsigned ordinal);
void traceparent_write(char out[56], uint64_t key, unsigned ordinal);

/* ordinal: 1 for the run's first request. The error names the missing variable. */
const struct request *request_build(struct arena *arena, const struct check *check,
	const struct step *step, const struct scope *scope, uint64_t key, unsigned ordinal,
	struct error *error) MUST_CHECK;

/* A curl command line that repeats the request, secrets left out. */
void request_as_curl(const struct request *request, const struct secrets *secrets, struct buf *out);

#endif
