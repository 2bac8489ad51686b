/* daemon/watch_apart.h - what is told of a check, and of no incident. The loop's. */
#ifndef OUTRIDER_WATCH_APART_H
#define OUTRIDER_WATCH_APART_H

#include "alert/message.h"
#include "daemon/watch_set.h"

/* Adds to an item what there is to tell of the check of that id, which may be in no plan any more; the news'
 * names are filled in here. channels: that hear of it, a bit each. */
void watch_apart_put(const struct watch_set *set, const char *id, uint64_t channels,
	struct alert_news news, struct store_item *item);

/* The alerts of a result whose known issue is fixed with it; its record still has its check. */
void watch_apart_tell(const struct watch_set *set, size_t index, struct store_item *item);

#endif
