/* A database with results of the sample plan, for the tests of what the pages remember. */
#ifndef TESTS_SERVE_CHRONICLE_H
#define TESTS_SERVE_CHRONICLE_H

#include "base/memory.h"
#include "sample.h"
#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct chronicle {
	char folder[64];
	char path[96];
	struct store *store;
	uint32_t numbers[SAMPLE_CHECKS];
};

/* The same file, after chronicle_finish. */
static inline void chronicle_reopen(struct chronicle *c, const struct sample *s)
{
	struct error error = {0};
	const struct store_options options = {.path = c->path};
	c->store = store_open(&options, &error);
	assert_string_equal(error.text, "");
	assert_true(store_start(c->store, (struct store_events){0}, &error));
	for (size_t i = 0; i < SAMPLE_CHECKS; i++)
		c->numbers[i] = store_check_number(c->store, s->checks[i].id, &error);
}

static inline void chronicle_open(struct chronicle *c, const struct sample *s)
{
	strcpy(c->folder, "/tmp/outrider-serve-XXXXXX");
	assert_non_null(mkdtemp(c->folder));
	snprintf(c->path, sizeof(c->path), "%s/outrider.db", c->folder);
	chronicle_reopen(c, s);
}

static inline uint64_t chronicle_key(const struct chronicle *c, size_t index, int64_t wall_us)
{
	return (uint64_t)c->numbers[index] << RESULT_KEY_TIME_BITS |
	       (uint64_t)(wall_us / US_PER_MS);
}

/* opens: the result opens an incident. */
static inline void chronicle_add(struct chronicle *c, const struct sample *s, size_t index,
	int64_t wall_us, enum outcome outcome, const char *message, bool opens)
{
	struct store_item *item = MEM_NEW(struct store_item);
	struct record *record = MEM_NEW(struct record);
	*record = sample_record(s, index, wall_us);
	record->key = chronicle_key(c, index, wall_us);
	record->outcome = outcome;
	record->reason = outcome == OUTCOME_FAIL ? REASON_EXPECTATION : REASON_NONE;
	arena_init(&record->arena);
	record->message = arena_strdup(&record->arena, message);
	item->record = record;
	item->check_number = c->numbers[index];
	item->health.state = outcome == OUTCOME_FAIL ? HEALTH_DOWN : HEALTH_UP;
	item->since_wall_us = wall_us;
	item->changed_wall_us = wall_us;
	if (opens) {
		item->changes = (struct incident_changes){MEM_NEW(struct incident_change), 1, 1};
		item->changes.all[0] = (struct incident_change){.kind = INCIDENT_OPENED,
			.incident = record->key,
			.check = item->check_number};
	}
	assert_true(store_give(c->store, item));
}

/* Everything given is in the file; more can't be given. */
static inline void chronicle_finish(struct chronicle *c)
{
	if (c->store)
		store_close(c->store);
	c->store = NULL;
}

static inline void chronicle_remove(struct chronicle *c)
{
	static const char *const endings[] = {"", "-wal", "-shm", ".lock", "-journal"};
	chronicle_finish(c);
	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		char path[128];
		snprintf(path, sizeof(path), "%s%s", c->path, endings[i]);
		unlink(path);
	}
	assert_int_equal(rmdir(c->folder), 0);
}

#endif
