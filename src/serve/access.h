/* serve/access.h - who may look, who may act. The server's thread. */
#ifndef OUTRIDER_SRC_SERVE_ACCESS_H
#define OUTRIDER_SRC_SERVE_ACCESS_H

#include "serve/site.h"

/* Who sees what is asked for when `auth` has users or tokens. Without them everybody sees everything. */
enum access {
	ACCESS_PRIVATE, /* who is known */
	ACCESS_PUBLIC, /* with `public: true` everybody, without internals */
	ACCESS_OPEN, /* everybody, always */
};

/* Fills request->internals, or answers itself (401, 429) and returns false. */
bool access_may_read(struct site *site, struct http_request *request, enum access access,
	struct http_response *response) MUST_CHECK;

/* Whether the request may change something: from somebody known, and no other site's doing. Answers
 * itself (401, 403, 429) when not. Afterwards request->user is not NULL. */
bool access_may_write(
	struct site *site, struct http_request *request, struct http_response *response) MUST_CHECK;

#endif
