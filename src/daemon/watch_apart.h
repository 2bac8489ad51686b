/* daemon/watch_apart.h - what is told of a check, and of no incident. The loop's. */
#ifndef OUTRIDER_WATCH_APART_H
#define OUTRIDER_WATCH_APART_H

#include "daemon/watch_set.h"

/* The alerts of a result whose known issue is fixed with it; its record still has its check. */
void watch_apart_tell(const struct watch_set *set, size_t index, struct store_item *item);

#endif
