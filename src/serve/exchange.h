/* serve/exchange.h - one request of libmicrohttpd's and its answer: the library's calls become an
 * http_request, and an http_response the library's. The server's thread. */
#ifndef OUTRIDER_SERVE_EXCHANGE_H
#define OUTRIDER_SERVE_EXCHANGE_H

#include "serve/site.h"

#include <microhttpd.h>

struct exchange;

/* As it came; but for the target, which exchange_begin takes. */
struct http_line {
	const char *method, *version;
};

/* The library's callbacks: of the first line, for which it gives back what goes with the request; */
void *exchange_begin(void *cls, const char *uri, struct MHD_Connection *connection);
/* of the head, of each piece of the body, and once more; */
enum MHD_Result exchange_go_on(struct site *site, struct MHD_Connection *connection,
	struct exchange *exchange, const struct http_line *line, const char *upload,
	size_t *upload_size);
/* and when the answer is sent, or the connection gone. */
void exchange_end(struct MHD_Connection *connection, struct exchange *exchange);

/* From time to time, and when auth_wake's descriptor says so: those whose credentials are verified go on. */
void exchange_resume(struct site *site);

#endif
