/* check/retry.h - whether and when a failed attempt is made again. Pure values. Private to check/. */
#ifndef OUTRIDER_CHECK_RETRY_H
#define OUTRIDER_CHECK_RETRY_H

#include "check/observation.h"
#include "check/plan.h"

enum {
	RETRY_GROWTH_MAX_US =
		600000000, /* a pause doubles up to here; a longer backoff stays as it is */
	RETRY_AFTER_MAX_US = 120000000, /* who asks for more is not asked again in this run, which
					   would keep others of the service waiting */
};

/* The pause after the attempt of that number, from 1: the backoff, doubled each time. */
int64_t retry_backoff_us(const struct retry_policy *policy, unsigned attempt);

/* What a 429 or 503 asks to wait, from its end on (RFC 9110, 10.2.3: seconds, or a date, which is held
 * against the answer's own Date where it has one). 0: nothing that can be read. */
int64_t retry_after_us(const struct observation *seen);

#endif
