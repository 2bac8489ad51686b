/* alert/rests.h - which channels are left alone for a while, since a receiver that has too much to do said so: what it
 * says of one message holds for all. Owned by the courier, on its thread. */
#ifndef OUTRIDER_SRC_ALERT_RESTS_H
#define OUTRIDER_SRC_ALERT_RESTS_H

#include "alert/courier.h"

#include <stdbool.h>
#include <stdint.h>

/* News that nobody has heard of waits no longer than this for what was said to others. */
#define RESTS_LONGEST_US (INT64_C(60) * 1000000)

struct rest {
	char channel[COURIER_CHANNEL_NAME_MAX + 1];
	int64_t until_us; /* monotonic */
};

struct rests {
	struct rest items[CHANNELS_MAX]; /* of one beyond nothing is kept */
	size_t n;
};

/* The channel rests from now on, for so long at most. */
void rests_note(struct rests *rests, const char *channel, int64_t now_us, int64_t asked_us);
/* Forgets those that are over; when the next one is, INT64_MAX: there is none. */
int64_t rests_sweep(struct rests *rests, int64_t now_us);
bool rests_hold(const struct rests *rests, const char *channel);

#endif
