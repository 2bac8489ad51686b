/* alert/courier.h - delivers what waits in the outbox: a thread with an event loop and a libcurl of
 * its own. At least once, in order for each incident and channel, with backoff. */
#ifndef OUTRIDER_ALERT_COURIER_H
#define OUTRIDER_ALERT_COURIER_H

#include "alert/options.h"
#include "base/error.h"
#include "store/outbox.h"

struct courier;

struct courier_options {
	const char *database;
	const struct alert_options *alerts; /* copied into the courier as needed */
	/* Any thread: reports a delivery, to be written by the store. */
	void (*report)(void *ctx, const struct outbox_delivery *delivery);
	void *ctx;
};

struct courier_stats {
	uint64_t delivered, failed, dead;
};

struct courier *courier_start(
	const struct courier_options *options, struct error *error) MUST_CHECK;
/* Something waits. Any thread. */
void courier_wake(struct courier *courier);
/* A message that the store can't write now (store_events.stuck): copied and delivered from memory,
 * once, also when its row appears in the outbox later. Any thread. */
void courier_take(struct courier *courier, const struct outbox_message *message);
/* A reload's channels; they must live until the next call or courier_stop. */
void courier_configure(struct courier *courier, const struct alert_options *alerts);
struct courier_stats courier_stats(struct courier *courier);
/* Turns of the thread so far: one that is not stuck makes another after courier_wake. Any thread. */
uint64_t courier_turns(const struct courier *courier);
/* Gives deliveries under way up to grace_ms, then stops. */
void courier_stop(struct courier *courier, int64_t grace_ms);

#endif
