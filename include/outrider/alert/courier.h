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

enum {
	COURIER_CHANNEL_NAME_MAX = 64,
	COURIER_SCORES_MAX =
		256, /* channels counted, over all reloads; what is beyond is together: */
};
#define COURIER_SCORE_OTHERS "(others)" /* no name of a channel */

/* Tries to deliver by a channel since the start: delivered, to be tried again, given up. */
struct courier_score {
	char channel[COURIER_CHANNEL_NAME_MAX + 1];
	uint64_t delivered, failed, dead;
	uint64_t held; /* that wait for its hour: quiet, max_per_hour */
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
/* Of each channel that is configured, or was; how many. */
size_t courier_scores(struct courier *courier, struct courier_score scores[COURIER_SCORES_MAX]);
/* Turns of the thread so far: one that is not stuck makes another after courier_wake. Any thread. */
uint64_t courier_turns(const struct courier *courier);
/* Gives deliveries under way up to grace_ms, then stops. */
void courier_stop(struct courier *courier, int64_t grace_ms);

#endif
