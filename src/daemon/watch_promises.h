/* daemon/watch_promises.h - the database learns from when on which objective holds of which check. The loop's. */
#ifndef OUTRIDER_WATCH_PROMISES_H
#define OUTRIDER_WATCH_PROMISES_H

#include "daemon/watch_set.h"

/* What the set promises otherwise than was promised last, and what nobody promises any more. */
void watch_promises_begin(const struct watch_set *set, struct store *store, int64_t now_wall_us);

#endif
