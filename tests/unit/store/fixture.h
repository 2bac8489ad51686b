/* What the tests of the store share: a directory of their own, items, and direct questions to the
 * file. Header only: each test is one program. */
#ifndef OUTRIDER_TESTS_STORE_FIXTURE_H
#define OUTRIDER_TESTS_STORE_FIXTURE_H

#include "base/asset.h"
#include "base/clock.h"
#include "base/memory.h"
#include "store/reader_incidents.h"
#include "store/store.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#define UNUSED __attribute__((unused))
#define T0_US INT64_C(1763805600000000) /* 2025-11-22T10:00:00Z */

static char place[64];
static char file[96];

static UNUSED void make_place(void)
{
	strcpy(place, "/tmp/outrider-store-XXXXXX");
	assert_non_null(mkdtemp(place));
	snprintf(file, sizeof(file), "%s/outrider.db", place);
}

/* Calls visit for each entry; returns how many there are. */
static UNUSED size_t each_file(void (*visit)(const char *path), const char *containing)
{
	size_t n = 0;
	DIR *dir = opendir(place);
	assert_non_null(dir);
	for (struct dirent *e; (e = readdir(dir));) {
		if (e->d_name[0] == '.' || !strstr(e->d_name, containing))
			continue;
		char path[512];
		snprintf(path, sizeof(path), "%s/%s", place, e->d_name);
		n++;
		if (visit)
			visit(path);
	}
	closedir(dir);
	return n;
}

static UNUSED void unlink_path(const char *path)
{
	unlink(path);
}

static UNUSED void remove_place(void)
{
	each_file(unlink_path, "");
	rmdir(place);
}

/* What the store said, waited for with a limit. */
struct witness {
	pthread_mutex_t lock;
	pthread_cond_t change;
	size_t items, commits, failures;
	size_t waiting;
	char why[ERROR_TEXT_MAX];
};

#define WITNESS_INIT                                                                               \
	{                                                                                          \
		.lock = PTHREAD_MUTEX_INITIALIZER, .change = PTHREAD_COND_INITIALIZER              \
	}

static UNUSED void saw_commit(void *ctx, size_t items, size_t waiting)
{
	struct witness *w = ctx;
	pthread_mutex_lock(&w->lock);
	w->items += items;
	w->commits++;
	w->waiting = waiting;
	pthread_cond_broadcast(&w->change);
	pthread_mutex_unlock(&w->lock);
}

static UNUSED void saw_failure(void *ctx, const char *why)
{
	struct witness *w = ctx;
	pthread_mutex_lock(&w->lock);
	w->failures++;
	snprintf(w->why, sizeof(w->why), "%s", why);
	pthread_cond_broadcast(&w->change);
	pthread_mutex_unlock(&w->lock);
}

static UNUSED struct store_events witness_events(struct witness *w)
{
	return (struct store_events){.ctx = w, .committed = saw_commit, .failed = saw_failure};
}

/* Until *count has reached n, at most 20 s. */
static UNUSED void await(struct witness *w, const size_t *count, size_t n)
{
	struct timespec until;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 20;
	pthread_mutex_lock(&w->lock);
	while (*count < n)
		if (pthread_cond_timedwait(&w->change, &w->lock, &until) != 0)
			break;
	size_t reached = *count;
	pthread_mutex_unlock(&w->lock);
	assert_true(reached >= n);
}

static UNUSED uint64_t key_at(uint32_t number, int64_t wall_us)
{
	return (uint64_t)number << RESULT_KEY_TIME_BITS | (uint64_t)(wall_us / 1000);
}

static UNUSED struct record *make_record(uint32_t number, int64_t wall_us, enum outcome outcome)
{
	struct record *record = MEM_NEW(struct record);
	arena_init(&record->arena);
	record->check_id = arena_strdup(&record->arena, "check");
	record->key = key_at(number, wall_us);
	record->started_wall_us = wall_us;
	record->duration_us = 123456;
	record->outcome = outcome;
	record->reason = outcome == OUTCOME_FAIL ? REASON_EXPECTATION : REASON_NONE;
	record->attempts = 1;
	record->message = outcome == OUTCOME_PASS ? "" : "status: expected 200, got 503";
	record->http_status = outcome == OUTCOME_PASS ? 200 : 503;
	record->timing = (struct timing){310, 820, 21000, 98000, 123000};
	record->prompt_tokens = record->completion_tokens = -1;
	return record;
}

static UNUSED struct store_item *make_item(uint32_t number, int64_t wall_us, enum outcome outcome)
{
	struct store_item *item = MEM_NEW(struct store_item);
	item->record = make_record(number, wall_us, outcome);
	item->check_number = number;
	item->health = (struct health){.state = outcome == OUTCOME_FAIL ? HEALTH_DOWN : HEALTH_UP,
		.recent = UINT64_MAX,
		.known = 64,
		.seen = 64,
		.latest = outcome};
	item->since_wall_us = wall_us;
	return item;
}

static UNUSED void add_message(struct store_item *item, const char *channel, const char *dedup_key,
	const char *event, uint64_t incident, int64_t at_us)
{
	item->messages = mem_grow(item->messages, (item->n_messages + 1) * sizeof(*item->messages));
	item->messages[item->n_messages++] = (struct outbox_message){
		.channel = mem_strdup(channel),
		.dedup_key = mem_strdup(dedup_key),
		.event = mem_strdup(event),
		.payload = mem_strdup("{}"),
		.incident = incident,
		.created_wall_us = at_us,
	};
}

/* What the item's check does to an incident, at the time of its record. */
static UNUSED struct incident_change *add_change(
	struct store_item *item, enum incident_change_kind kind, uint64_t incident)
{
	struct incident_changes *changes = &item->changes;
	changes->all = mem_grow(changes->all, (changes->n + 1) * sizeof(*changes->all));
	changes->all[changes->n] = (struct incident_change){
		.kind = kind, .incident = incident, .check = item->check_number};
	item->changed_wall_us = item->record ? item->record->started_wall_us : 0;
	return &changes->all[changes->n++];
}

static UNUSED struct store *open_store(struct witness *w)
{
	struct error error = {""};
	struct store *store = store_open(&(struct store_options){.path = file}, &error);
	assert_string_equal(error.text, "");
	assert_non_null(store);
	if (w)
		assert_true(store_start(store, witness_events(w), &error));
	return store;
}

static UNUSED void refused(const char *because)
{
	struct error error = {""};
	struct store *store = store_open(&(struct store_options){.path = file}, &error);
	assert_null(store);
	if (!strstr(error.text, because))
		fail_msg("\"%s\" does not say \"%s\"", error.text, because);
}

/* Runs SQL on the file; the first column of the first row as a number, -1 without a row. */
static UNUSED int64_t ask_sql(const char *sql)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *stmt = NULL;
	assert_int_equal(sqlite3_open(file, &db), SQLITE_OK);
	sqlite3_busy_timeout(db, 5000); /* the store may be rolling */
	if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	int rc = sqlite3_step(stmt);
	int64_t answer = rc == SQLITE_ROW ? sqlite3_column_int64(stmt, 0) : -1;
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	sqlite3_finalize(stmt);
	sqlite3_close(db);
	return answer;
}

static UNUSED void assert_sound(void)
{
	assert_int_equal(
		ask_sql("SELECT integrity_check = 'ok' FROM pragma_integrity_check LIMIT 1"), 1);
}

static UNUSED int make_place_each(void **state)
{
	(void)state;
	make_place();
	return 0;
}

static UNUSED int remove_place_each(void **state)
{
	(void)state;
	remove_place();
	return 0;
}

#define STORE_TEST(name) cmocka_unit_test_setup_teardown(name, make_place_each, remove_place_each)

#endif
