/* serve/router.h - which path is answered by what. The server's thread. */
#ifndef OUTRIDER_SERVE_ROUTER_H
#define OUTRIDER_SERVE_ROUTER_H

#include "serve/site.h"

/* What answers a path. The response is empty before, and has its payload after. */
typedef void route_handler(
	struct site *site, const struct http_request *request, struct http_response *response);

/* Answers any request; target is its path and query as received. */
void router_answer(struct site *site, struct http_request *request, const char *target,
	struct http_response *response);

#endif
