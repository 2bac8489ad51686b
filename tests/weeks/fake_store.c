#include "weeks/fake_store.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

void fake_commit(struct store *store)
{
	store->file = store->now;
}

void fake_kill(struct store *store, int64_t wall_us)
{
	struct fake_file *file = &store->file;
	size_t n = 0;

	for (size_t i = 0; i < file->kept.n; i++)
		if (file->windows[i].until_us > wall_us)
			file->windows[n++] = file->windows[i];
	file->kept.n = n;
	store->now = *file;
	store->now.kept.windows = store->now.windows;
}

uint32_t store_check_number(struct store *store, const char *check_id, struct error *error)
{
	struct fake_file *now = &store->now;

	(void)error;
	for (uint32_t i = 1; i <= now->n; i++)
		if (strcmp(now->checks[i].id, check_id) == 0)
			return i;
	assert(now->n < FAKE_CHECKS_MAX);
	snprintf(now->checks[++now->n].id, sizeof(now->checks[0].id), "%s", check_id);
	return now->n;
}

const char *store_check_id(struct store *store, uint32_t check_number)
{
	return store->now.checks[check_number].id;
}

bool store_load_state(struct store *store, uint32_t check_number, struct stored_state *state)
{
	*state = store->now.checks[check_number].state;
	return store->now.checks[check_number].known;
}

uint32_t store_next_state(struct store *store, uint32_t check_number, struct stored_state *state)
{
	for (uint32_t i = check_number + 1; i <= store->now.n; i++)
		if (store_load_state(store, i, state))
			return i;
	return 0;
}

struct slo store_promise(struct store *store, uint32_t check_number)
{
	(void)store, (void)check_number;
	return (struct slo){0};
}

uint32_t store_next_promise(struct store *store, uint32_t check_number)
{
	(void)store, (void)check_number;
	return 0;
}

struct burns store_burns(struct store *store, uint32_t check_number)
{
	(void)store, (void)check_number;
	return (struct burns){0};
}

uint32_t store_next_burn(struct store *store, uint32_t check_number)
{
	(void)store, (void)check_number;
	return 0;
}

const struct incident_kept *store_open_incidents(const struct store *store, size_t *n)
{
	(void)store;
	*n = 0;
	return NULL;
}

const struct adhoc_kept *store_adhoc(const struct store *store)
{
	return &store->now.kept;
}

int64_t store_paused(struct store *store, uint32_t check_number)
{
	return store->now.checks[check_number].paused_us;
}

static void note_news(
	struct fake_file *now, struct fake_check *check, const struct adhoc_news *news)
{
	struct adhoc_kept *kept = &now->kept;

	switch (news->kind) {
	case ADHOC_WINDOW:
		now->windows[kept->n] = news->window;
		now->windows[kept->n++].numbers = NULL; /* the weeks make them for all checks */
		assert(news->window.n_numbers == 0);
		kept->windows = now->windows;
		kept->last_id = news->window.id;
		return;
	case ADHOC_WINDOW_END:
		for (size_t i = 0; i < kept->n; i++)
			if (now->windows[i].id == news->window.id)
				now->windows[i] = now->windows[--kept->n];
		return;
	case ADHOC_PAUSE: check->paused_us = news->at_us; return;
	case ADHOC_RESUME: check->paused_us = 0; return;
	case ADHOC_ALERT_RETRY:
	case ADHOC_ALERT_DISMISS: return;
	}
}

bool store_give(struct store *store, struct store_item *item)
{
	struct fake_file *now = &store->now;
	struct fake_check *check = &now->checks[item->check_number];

	check->known = check->known || item->check_number;
	check->counts.missed += item->missed;
	check->state.missed += item->missed;
	if (item->record || item->slots.known)
		check->state.slots = item->slots;
	if (item->record) {
		check->counts.results++;
		check->state.health = item->health;
		check->state.since_wall_us = item->since_wall_us;
		check->state.latest_key = item->record->key;
	}
	for (size_t i = 0; i < item->changes.n; i++)
		if (item->record && item->record->maintenance &&
			(item->changes.all[i].kind == INCIDENT_OPENED ||
				item->changes.all[i].kind == INCIDENT_JOINED))
			now->opened_inside++;
	if (item->adhoc)
		note_news(now, check, item->adhoc);
	store_item_free(item);
	return true;
}

void store_item_free(struct store_item *item)
{
	if (item->record)
		record_free(item->record);
	incident_changes_fini(&item->changes);
	adhoc_news_free(item->adhoc);
	outbox_messages_free(item->messages, item->n_messages);
	free(item);
}
