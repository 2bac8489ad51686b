/* alert/backoff.h - when a message is tried again, and when no more. Pure. */
#ifndef OUTRIDER_ALERT_BACKOFF_H
#define OUTRIDER_ALERT_BACKOFF_H

#include <stdbool.h>
#include <stdint.h>

#define BACKOFF_MIN_US (INT64_C(5) * 1000000)
#define BACKOFF_MAX_US (INT64_C(3600) * 1000000)
#define BACKOFF_AGE_MAX_US (INT64_C(3) * 86400 * 1000000)

enum { BACKOFF_TRIES_MAX = 20, BACKOFF_TRIES_MIN = 5 };

/* After `tries` failed ones, of a message that old: whether it is given up. One that waited for so long is tried
 * some times all the same. */
bool backoff_is_dead(unsigned tries, int64_t age_us);

/* The pause after `tries` failed ones (from 1): 5 s, doubling, with up to a quarter of jitter, never
 * above an hour. asked_us: what the receiver asked for (Retry-After), 0: nothing. */
int64_t backoff_pause(unsigned tries, int64_t asked_us, uint64_t seed);

#endif
