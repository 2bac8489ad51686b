#include "daemon/watch_adhoc.h"

#include "base/memory.h"
#include "daemon/watch_incidents.h"
#include "daemon/watch_slots.h"
#include "daemon/watch_windows.h"

#include <inttypes.h>
#include <stdlib.h>

static void keep(struct adhoc *adhoc, const struct adhoc_window *window)
{
	struct adhoc_window *kept;
	uint32_t *numbers = mem_alloc((window->n_numbers + 1) * sizeof(*numbers));

	for (size_t i = 0; i < window->n_numbers; i++)
		numbers[i] = window->numbers[i];
	adhoc->windows = mem_grow(adhoc->windows, (adhoc->n + 1) * sizeof(*adhoc->windows));
	kept = &adhoc->windows[adhoc->n++];
	*kept = *window;
	kept->numbers = numbers;
}

static void drop(struct adhoc *adhoc, size_t at)
{
	free((void *)(uintptr_t)adhoc->windows[at].numbers);
	for (adhoc->n--; at < adhoc->n; at++)
		adhoc->windows[at] = adhoc->windows[at + 1];
}

void adhoc_init(struct adhoc *adhoc, const struct store *store)
{
	const struct adhoc_kept *kept = store_adhoc(store);

	*adhoc = (struct adhoc){.last_id = kept->last_id};
	for (size_t i = 0; i < kept->n; i++)
		keep(adhoc, &kept->windows[i]);
}

void adhoc_fini(struct adhoc *adhoc)
{
	while (adhoc->n)
		drop(adhoc, adhoc->n - 1);
	free(adhoc->windows);
	*adhoc = (struct adhoc){0};
}

static struct store_item *item_of(enum adhoc_kind kind, int64_t now_wall_us)
{
	struct store_item *item = MEM_NEW(struct store_item);

	item->adhoc = MEM_NEW(struct adhoc_news);
	item->adhoc->kind = kind;
	item->adhoc->at_us = now_wall_us;
	return item;
}

static bool give(struct store *store, struct store_item *item, struct error *error)
{
	if (store_give(store, item))
		return true;
	store_item_free(item);
	return error_set(error, "the database takes nothing at the moment");
}

/* Those that are over by themselves. */
static void sweep(struct adhoc *adhoc, int64_t now_wall_us)
{
	for (size_t i = adhoc->n; i-- > 0;)
		if (adhoc->windows[i].until_us <= now_wall_us)
			drop(adhoc, i);
}

static bool find_checks(const struct watch_set *set, const struct adhoc_wish *wish,
	uint32_t *numbers, struct error *error)
{
	for (size_t i = 0; i < wish->n_checks; i++) {
		ptrdiff_t at = watch_set_find(set, wish->checks[i]);
		if (at < 0)
			return error_set(error, "no check is called '%s'", wish->checks[i]);
		numbers[i] = set->checks[at].number;
	}
	return true;
}

int64_t adhoc_open_window(struct adhoc *adhoc, struct watch_set *set, struct store *store,
	const struct adhoc_wish *wish, int64_t now_wall_us, enum adhoc_refusal *why,
	struct error *error)
{
	struct store_item *item = item_of(ADHOC_WINDOW, now_wall_us);
	struct adhoc_news *news = item->adhoc;
	struct adhoc_window window = {
		.id = adhoc->last_id + 1, .from_us = wish->from_us, .until_us = wish->until_us};
	bool ok = wish->until_us > wish->from_us && wish->until_us > now_wall_us;

	sweep(adhoc, now_wall_us);
	*why = ADHOC_WRONG;
	news->numbers = mem_alloc((wish->n_checks + 1) * sizeof(*news->numbers));
	if (!ok)
		error_set(error, "a window ends after it begins, and not in the past");
	ok = ok && find_checks(set, wish, news->numbers, error);
	if (ok && adhoc->n == ADHOC_WINDOWS_MAX) {
		*why = ADHOC_FULL;
		ok = error_set(error, "there are %d windows already: end one of them first",
			ADHOC_WINDOWS_MAX);
	}
	if (!ok) {
		store_item_free(item);
		return 0;
	}
	window.numbers = news->numbers;
	window.n_numbers = wish->n_checks;
	news->window = window;
	news->title = wish->title ? mem_strdup(wish->title) : NULL;
	news->by = wish->by ? mem_strdup(wish->by) : NULL;
	keep(adhoc, &window);
	if (!give(store, item, error)) {
		drop(adhoc, adhoc->n - 1);
		*why = ADHOC_UNKEPT;
		return 0;
	}
	watch_windows_forget(set);
	return ++adhoc->last_id;
}

bool adhoc_end_window(struct adhoc *adhoc, struct watch_set *set, struct store *store, int64_t id,
	int64_t now_wall_us, enum adhoc_refusal *why, struct error *error)
{
	struct store_item *item;
	size_t at = 0;

	*why = ADHOC_WRONG;
	sweep(adhoc, now_wall_us);
	while (at < adhoc->n && adhoc->windows[at].id != id)
		at++;
	if (at == adhoc->n)
		return error_set(error, "no window %" PRId64 " is open or to come", id);
	item = item_of(ADHOC_WINDOW_END, now_wall_us);
	item->adhoc->window.id = id;
	*why = ADHOC_UNKEPT;
	if (!give(store, item, error))
		return false;
	drop(adhoc, at);
	watch_windows_forget(set);
	return true;
}

bool adhoc_pause(struct watch_set *set, struct store *store, const char *check_id, bool paused,
	const char *by, struct moment now, struct error *error)
{
	ptrdiff_t at = watch_set_find(set, check_id);
	struct watched *watched = at < 0 ? NULL : &set->checks[at];
	struct store_item *item;
	bool enabled;

	if (!watched)
		return error_set(error, "no check is called '%s'", check_id);
	if ((watched->paused_wall_us != 0) == paused)
		return true;
	item = item_of(paused ? ADHOC_PAUSE : ADHOC_RESUME, now.wall_us);
	item->adhoc->by = by ? mem_strdup(by) : NULL;
	enabled = set->config->watch.checks[at].enabled;
	schedule_enable(set->schedule, (size_t)at, enabled && !paused, now.mono_us);
	watch_slots_fill(set, (size_t)at, now, item);
	if (!store_give(store, item)) {
		watched->missed += item->missed;
		store_item_free(item);
		schedule_enable(set->schedule, (size_t)at, enabled && paused, now.mono_us);
		return error_set(error, "the database takes nothing at the moment");
	}
	watched->paused_wall_us = paused ? now.wall_us : 0;
	watch_incidents_pause(set, (size_t)at, store, now.wall_us);
	return true;
}

bool adhoc_alert(
	struct store *store, int64_t id, bool retry, int64_t now_wall_us, struct error *error)
{
	struct store_item *item =
		item_of(retry ? ADHOC_ALERT_RETRY : ADHOC_ALERT_DISMISS, now_wall_us);

	item->adhoc->alert = id;
	return give(store, item, error);
}
