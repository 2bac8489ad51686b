/* daemon/canary.h - whether the monitor itself is offline: when the network fails a check, places that
 * are always there are asked, and with none of them to be reached nothing is known of the service. Owned
 * by the loop. */
#ifndef OUTRIDER_SRC_DAEMON_CANARY_H
#define OUTRIDER_SRC_DAEMON_CANARY_H

#include "alert/options.h"
#include "engine/transport.h"

#include <stdbool.h>

struct event_base;
struct canary;

enum {
	CANARY_WAIT_US = 3000000, /* for one of them to take a connection */
	CANARY_FRESH_US = 2000000, /* an answer says so much for as long; */
	CANARY_SURE_US = 200000, /* that they were reached, of what else would be news */
	CANARY_AGAIN_US = 5000000, /* while offline, until they are asked again */
};

enum canary_word {
	CANARY_ONLINE, /* one of them was reached just now, or there is none to ask */
	CANARY_OFFLINE, /* none was, just now */
	CANARY_ASKED, /* said will tell */
};

/* said: what came of a question, online or not; never from inside canary_ask. While offline they go on
 * being asked, and said goes on telling, until one is reached. */
struct canary *canary_new(struct event_base *base, struct transport transport,
	void (*said)(void *ctx, bool online), void *ctx);
void canary_free(struct canary *canary); /* NULL is fine */

/* A configuration's; copied. A question under way gets its answer all the same: online with none left. */
void canary_configure(struct canary *canary, const struct alert_options *options);
/* sure: it is asked for something that would be told, so that an answer must be hardly older than that. */
enum canary_word canary_ask(struct canary *canary, bool sure);

#endif
