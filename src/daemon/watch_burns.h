/* daemon/watch_burns.h - error budgets that are spent too fast: what is told of them, and kept. The loop's. */
#ifndef OUTRIDER_WATCH_BURNS_H
#define OUTRIDER_WATCH_BURNS_H

#include "daemon/watch_set.h"

/* Of a check that has an objective and tells of its budget. */
struct watched_burns {
	size_t index;
	struct burns burns;
};

/* Goes on with what burns in the set before, else in the database; what nobody watches any more is over. */
void watch_burns_take(
	struct watch_set *set, struct watch_set *before, struct store *store, int64_t now_wall_us);

/* What the latest count of one of set->burns changes. */
void watch_burns_look(struct watch_set *set, struct watched_burns *burns,
	const struct slo_standing *standing, struct store *store, int64_t now_wall_us);

#endif
