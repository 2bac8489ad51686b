#include "daemon/watch_promises.h"

#include "base/memory.h"

#include <stdlib.h>

/* Without it the next start, or reload, says it. */
static void promise(struct store *store, uint32_t number, struct slo slo, int64_t now_wall_us)
{
	struct store_item *item = MEM_NEW(struct store_item);

	item->check_number = number;
	item->promises = true;
	item->promise = slo;
	item->changed_wall_us = now_wall_us;
	if (!store_give(store, item))
		store_item_free(item);
}

static bool same(struct slo a, struct slo b)
{
	return a.window_us == b.window_us && a.objective <= b.objective &&
	       a.objective >= b.objective;
}

void watch_promises_begin(const struct watch_set *set, struct store *store, int64_t now_wall_us)
{
	const struct config *config = set->config;
	uint32_t number = 0;

	for (size_t i = 0; i < config->plan.n_checks; i++) {
		struct slo slo = config->watch.checks[i].slo;
		if (!same(slo, store_promise(store, set->checks[i].number)))
			promise(store, set->checks[i].number, slo, now_wall_us);
	}
	while ((number = store_next_promise(store, number)))
		if (watch_set_find(set, store_check_id(store, number)) < 0)
			promise(store, number, (struct slo){0}, now_wall_us);
}
