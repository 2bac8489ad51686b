#include "keeper.h"

#include "base/clock.h"
#include "base/memory.h"
#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { SETTLE_MOST_S = 60 };

struct keeper {
	struct store *store;
	char folder[128], path[160];
};

static void die(const char *what, const struct error *error)
{
	fprintf(stderr, "%s: %s\n", what, error->text);
	exit(1);
}

struct keeper *keeper_new(void)
{
	struct keeper *keeper = MEM_NEW(struct keeper);
	struct error error = {""};
	const char *base = getenv("TMPDIR");
	char id[32];
	snprintf(keeper->folder, sizeof(keeper->folder), "%s/outrider-kept-XXXXXX",
		base ? base : "/tmp");
	if (!mkdtemp(keeper->folder))
		die("no folder", &error);
	snprintf(keeper->path, sizeof(keeper->path), "%s/kept.db", keeper->folder);
	keeper->store = store_open(&(struct store_options){.path = keeper->path}, &error);
	if (!keeper->store || !store_start(keeper->store, (struct store_events){0}, &error))
		die(keeper->path, &error);
	for (unsigned i = 0; i < KEEPER_CHECKS; i++) {
		snprintf(id, sizeof(id), "check-%05u", i);
		if (store_check_number(keeper->store, id, &error) != i + 1)
			die(id, &error);
	}
	return keeper;
}

void keeper_free(struct keeper *keeper)
{
	static const char *const endings[] = {"", "-wal", "-shm", ".lock"};
	char path[sizeof(keeper->path) + 8];
	store_close(keeper->store);
	for (size_t i = 0; i < sizeof(endings) / sizeof(*endings); i++) {
		snprintf(path, sizeof(path), "%s%s", keeper->path, endings[i]);
		unlink(path);
	}
	rmdir(keeper->folder);
	free(keeper);
}

void keeper_take(struct keeper *keeper, struct record *record)
{
	struct store_item *item = MEM_NEW(struct store_item);
	item->check_number = (uint32_t)(record->key >> RESULT_KEY_TIME_BITS);
	item->record = record;
	item->health =
		(struct health){.state = HEALTH_UP, .recent = UINT64_MAX, .known = 64, .seen = 64};
	item->since_wall_us = record->started_wall_us;
	record->check = NULL;
	if (!store_give(keeper->store, item))
		die("the store's queue is full", &(struct error){""});
}

void keeper_settle(struct keeper *keeper)
{
	store_settle(keeper->store, 0, SETTLE_MOST_S * US_PER_S);
	if (store_queue_length(keeper->store))
		die("the store does not get on", &(struct error){""});
}
