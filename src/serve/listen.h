/* serve/listen.h - from "127.0.0.1:8080" to a listening socket. Any thread. */
#ifndef OUTRIDER_SERVE_LISTEN_H
#define OUTRIDER_SERVE_LISTEN_H

#include "base/error.h"
#include "serve/options.h"

#include <netinet/in.h>

enum {
	LISTEN_ADDRESS_MAX = 128,
	LISTEN_BACKLOG = 4096,
	LISTEN_UNREAD_MAX =
		32 * 1024, /* bytes that one may send before we read them, about; a request's */
	LISTEN_UNSENT_MAX =
		128 * 1024, /* bytes that the system keeps for a reader beyond those under way */
	LISTEN_STUCK_MS = 60000, /* one who acknowledges nothing for so long is gone */
};

struct listen_address {
	struct sockaddr_storage sockaddr;
	socklen_t n;
	bool any; /* no host was given: every address, IPv6 and IPv4 */
};

/* "127.0.0.1:8080", "[::1]:8080", "localhost:8080", ":8080"; port 0: any free one. No names are
 * looked up. */
bool listen_parse(const char *text, struct listen_address *address, struct error *error) MUST_CHECK;

/* A non-blocking socket, -1 on error, with errno. */
int listen_open(const struct listen_address *address, struct error *error) MUST_CHECK;

/* The same for what the options say: the address, or the socket that somebody else opened, which must
 * listen for streams. Nobody who comes makes the system keep much for it, or for long. */
int listen_for(const struct serve_options *options, struct error *error) MUST_CHECK;

/* Where it truly listens: "127.0.0.1:41234", "[::]:8080", "unix:/run/outrider.sock". Returns out. */
const char *listen_name(int fd, char out[LISTEN_ADDRESS_MAX]);

#endif
