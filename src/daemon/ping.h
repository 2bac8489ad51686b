/* daemon/ping.h - one GET by the loop's own transport, to learn whether somebody is there at all. Owned by
 * the loop. */
#ifndef OUTRIDER_SRC_DAEMON_PING_H
#define OUTRIDER_SRC_DAEMON_PING_H

#include "engine/transport.h"

struct event_base;
struct ping;

struct ping_end {
	bool reached; /* somebody took the connection, whatever came of it */
	int status; /* of the answer; 0: none came in time */
};

/* url is copied; who: what the request says it is for. ended is called once, never from inside here,
 * timeout_us after the start at the latest; the ping is gone then. */
struct ping *ping_start(struct event_base *base, struct transport transport, const char *who,
	const char *url, int64_t timeout_us, void (*ended)(void *ctx, struct ping_end end),
	void *ctx);
void ping_drop(struct ping *ping); /* without ended */

#endif
