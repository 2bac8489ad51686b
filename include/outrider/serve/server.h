/* serve/server.h - the pages, the API, /metrics: libmicrohttpd on a thread of its own. */
#ifndef OUTRIDER_SERVE_SERVER_H
#define OUTRIDER_SERVE_SERVER_H

#include "base/error.h"
#include "serve/board.h"
#include "serve/options.h"
#include "serve/wish.h"

struct server;

/* What the server serves from. */
struct server_sources {
	struct board *board;
	const char *database; /* for history; opened read-only on the server's thread; NULL: none */
	struct wish_granter wishes; /* grant: NULL: nothing can be asked for */
};

/* The error says what is wrong with the address (in use, not ours, not parsed) or the socket, which the
 * server closes. */
struct server *server_start(const struct serve_options *options, struct server_sources sources,
	struct error *error) MUST_CHECK;
/* Who may look and act from now on. Copied. Any thread. */
void server_set_auth(struct server *server, const struct serve_auth *auth);
/* "127.0.0.1:8080": where it listens. */
const char *server_address(const struct server *server);
/* Turns of the thread so far, and a call that makes it turn once more: one that is not stuck does. Any
 * thread. */
uint64_t server_turns(const struct server *server);
void server_nudge(const struct server *server);
void server_stop(struct server *server);

/* Whether one could listen there now; nothing stays open. *taken: somebody listens there already. */
bool server_can_listen(const char *listen, bool *taken, struct error *error) MUST_CHECK;
/* Whether other machines reach such an address, as `listen` or server_address has it. */
bool server_is_exposed(const char *listen);
const char *server_library(void); /* "libmicrohttpd 0.9.75" */

#endif
