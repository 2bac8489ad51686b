/* serve/wishing.h - from a request that may change something (serve/access.h) to the wish, and from what became of it to the
 * answer: JSON for programs; who prefers HTML is sent back to the page of the form (303): part_way_back. The server's thread. */
#ifndef OUTRIDER_SERVE_WISHING_H
#define OUTRIDER_SERVE_WISHING_H

#include "serve/entries.h"
#include "serve/site.h"

/* What the request carries. False: it can't be, and is answered. */
bool wishing_begin(struct site *site, const struct http_request *request,
	const struct entry_rule *rules, size_t n_rules, struct entries *entries,
	struct http_response *response);

enum { WISHING_MOMENT_MAX = 40 };

/* When something is over: `until`, a time, or `duration` after from_us. Neither was sent: *until_us stays. What is
 * wrong with it, or NULL. */
const char *wishing_end(const struct entries *entries, int64_t from_us, int64_t *until_us);

/* Asks. False: it is answered, with the reason why not. */
bool wishing_grant(struct site *site, const struct http_request *request, const struct wish *wish,
	struct wish_answer *answer, struct http_response *response);
/* The same, and nothing is answered. */
void wishing_ask(struct site *site, const struct wish *wish, struct wish_answer *answer);
/* Answers with the reason why not. */
void wishing_refuse(struct site *site, const struct http_request *request,
	const struct wish_answer *answer, struct http_response *response);

/* It is done: takes the JSON in body, or leads to the page, which says what was done (part_done). location: of what
 * was made, in the request's arena; may be NULL. */
void wishing_done(const struct http_request *request, struct http_response *response,
	unsigned status, struct buf *body, const char *location, const char *done);

#endif
