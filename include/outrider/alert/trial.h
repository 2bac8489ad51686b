/* alert/trial.h - one message that says it is a test, to one channel, now: no outbox, no second try. Has a loop and
 * a libcurl of its own; waits. */
#ifndef OUTRIDER_ALERT_TRIAL_H
#define OUTRIDER_ALERT_TRIAL_H

#include "alert/options.h"
#include "base/error.h"

#include <stdbool.h>

enum { TRIAL_SAID_MAX = 200 };

struct trial_result {
	bool delivered;
	bool interrupted; /* before there was an answer */
	char said[TRIAL_SAID_MAX]; /* what the channel said, in our words, without secrets */
	int64_t took_us;
};

/* stop: a descriptor that becomes readable when nobody waits any more. mode: as alerts name it, or NULL. False: it
 * could not be tried. */
bool trial_send(const struct alert_options *options, const struct channel *channel,
	const char *mode, int stop, struct trial_result *result, struct error *error) MUST_CHECK;

#endif
