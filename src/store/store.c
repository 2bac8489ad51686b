#include "store/store.h"

#include "base/clock.h"
#include "base/memory.h"
#include "store/adhoc_rows.h"
#include "store/database.h"
#include "store/library.h"
#include "store/past_private.h"
#include "store/recall.h"
#include "store/registry.h"
#include "store/writer.h"

#include <assert.h>
#include <stdlib.h>

struct store {
	struct database database;
	struct registry *registry;
	struct writer *writer;
	struct recall recall;
	struct arena arena; /* holds */
	struct adhoc_kept adhoc;
	int64_t past_until_us; /* when its made-up history ends; 0: it has none */
	bool holds_any; /* a check ran here */
};

/* What is made up and what is real never stand in one file. */
static bool look_at_past(struct store *store, bool demo, struct error *error)
{
	int64_t any = 0;
	if (!db_pair(store->database.db, "past", &store->past_until_us, &any, error))
		return false;
	store->holds_any = any != 0;
	if (store->past_until_us && !demo)
		return error_set(error, "it holds the generated history of a demo: start it with "
					"--demo, or name another file with --database");
	if (demo && store->holds_any && !store->past_until_us)
		return error_set(error, "it holds real results, and --demo generates a history: "
					"name another file with --database, or none");
	return true;
}

struct store *store_open(const struct store_options *options, struct error *error)
{
	library_set_up();
	struct store *store = MEM_NEW(struct store);
	if (!database_open(&store->database, options->path, error)) {
		free(store);
		return NULL;
	}
	arena_init(&store->arena);
	if (look_at_past(store, options->demo, error))
		store->registry = registry_load(store->database.db, error);
	if (store->registry && recall_init(&store->recall, store->database.db, error) &&
		adhoc_rows_load(store->database.db, &store->arena, &store->adhoc, error))
		store->writer = writer_new(store->database.db, store->registry, options, error);
	if (store->writer)
		return store;
	error_wrap(error, "%s", options->path);
	store_close(store);
	return NULL;
}

int64_t store_past_until(const struct store *store)
{
	return store->past_until_us;
}

struct past *past_begin(struct store *store, const struct past_reach *reach, struct error *error)
{
	assert(!store->holds_any && !store->past_until_us);
	return past_new(writer_batch(store->writer), &store->past_until_us, reach, error);
}

uint32_t store_check_number(struct store *store, const char *check_id, struct error *error)
{
	return registry_number(store->registry, check_id, error);
}

const char *store_check_id(struct store *store, uint32_t check_number)
{
	return registry_id(store->registry, check_number);
}

bool store_load_state(struct store *store, uint32_t check_number, struct stored_state *state)
{
	return registry_state(store->registry, check_number, state);
}

const struct incident_kept *store_open_incidents(const struct store *store, size_t *n)
{
	*n = store->recall.n;
	return store->recall.kept;
}

const struct adhoc_kept *store_adhoc(const struct store *store)
{
	return &store->adhoc;
}

int64_t store_paused(struct store *store, uint32_t check_number)
{
	return registry_paused(store->registry, check_number);
}

uint32_t store_next_state(struct store *store, uint32_t check_number, struct stored_state *state)
{
	return registry_next(store->registry, check_number, state);
}

struct slo store_promise(struct store *store, uint32_t check_number)
{
	return registry_promise(store->registry, check_number);
}

uint32_t store_next_promise(struct store *store, uint32_t check_number)
{
	return registry_next_promise(store->registry, check_number);
}

struct burns store_burns(struct store *store, uint32_t check_number)
{
	return registry_burns(store->registry, check_number);
}

uint32_t store_next_burn(struct store *store, uint32_t check_number)
{
	return registry_next_burn(store->registry, check_number);
}

void store_keep(struct store *store, const struct store_keep *keep)
{
	writer_keep(store->writer, keep);
}

bool store_start(struct store *store, struct store_events events, struct error *error)
{
	return writer_start(store->writer, events, error);
}

bool store_give(struct store *store, struct store_item *item)
{
	return writer_give(store->writer, item);
}

void store_item_free(struct store_item *item)
{
	if (!item)
		return;
	if (item->record)
		record_free(item->record);
	incident_changes_fini(&item->changes);
	adhoc_news_free(item->adhoc);
	outbox_messages_free(item->messages, item->n_messages);
	free(item->said);
	free(item->by);
	free(item);
}

void store_give_delivery(struct store *store, const struct outbox_delivery *delivery)
{
	writer_report(store->writer, delivery);
}

void store_settle(struct store *store, size_t rest, int64_t most_us)
{
	writer_settle(store->writer, rest, most_us);
}

size_t store_queue_length(struct store *store)
{
	return writer_length(store->writer);
}

void store_commit_stats(struct store *store, uint64_t *commits, int64_t *total_us)
{
	writer_stats(store->writer, commits, total_us);
}

size_t store_alerts_given_up(const struct store *store)
{
	return writer_given_up(store->writer);
}

uint64_t store_turns(const struct store *store)
{
	return writer_turns(store->writer);
}

void store_nudge(struct store *store)
{
	writer_nudge(store->writer);
}

size_t store_close(struct store *store)
{
	if (!store)
		return 0;
	size_t lost = writer_free(store->writer);
	registry_free(store->registry);
	recall_fini(&store->recall);
	arena_fini(&store->arena);
	database_close(&store->database);
	free(store);
	return lost;
}
