/* daemon/heartbeat.h - the dead man's switch: somebody elsewhere is asked for, again and again, as long as
 * this monitor is well, and raises the alarm when that ends. Owned by the loop. */
#ifndef OUTRIDER_SRC_DAEMON_HEARTBEAT_H
#define OUTRIDER_SRC_DAEMON_HEARTBEAT_H

#include "alert/options.h"
#include "engine/transport.h"

struct event_base;
struct heartbeat;

/* is_well is asked before each beat. */
struct heartbeat *heartbeat_new(
	struct event_base *base, struct transport transport, bool (*is_well)(void *ctx), void *ctx);
void heartbeat_free(struct heartbeat *heartbeat); /* NULL is fine */

/* A configuration's; copied. The same as before goes on in its pace, another one begins at once. */
void heartbeat_configure(struct heartbeat *heartbeat, const struct alert_options *options);

#endif
