/* server.h - the service that is asked: one thread on epoll, loopback, a short JSON answer to every
 * request over a connection of its own, plain or TLS 1.3 (P-256, no resumption). */
#ifndef BENCH_SERVER_H
#define BENCH_SERVER_H

#include <stdbool.h>
#include <stdint.h>

struct bench_server {
	int listener;
	unsigned port;
	const char *cert, *key; /* PEM files; NULL: plain */
};

bool bench_server_open(struct bench_server *server);

/* Never returns. GET /first answers when (monotonic, in us) the first connection came since the last
 * such question, 0 for none; GET /arrivals a line for each request that came since then whose X-Request-ID
 * is check-NUMBER-...: the number, and when its connection came. */
_Noreturn void bench_server_run(const struct bench_server *server);

#endif
