#include "store/outbox.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "store/db.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

/* The courier never waits longer than an hour before the next try. */
#define OUTBOX_HORIZON_US (INT64_C(2) * 3600 * US_PER_S)

enum {
	ASK_DUE,
	ASK_NEXT_DUE,
	ASK_LINE,
	ASK_OPENED,
	ASK_FIRING,
	ASK_WAITING,
	ASK_TOLD,
	ASK_WAITS,
	ASK_COUNT
};

static const char *const names[ASK_COUNT] = {
	"due", "next_due", "line", "opened", "firing", "waiting", "told", "waits"};

struct outbox {
	sqlite3 *db;
	sqlite3_stmt *statements[ASK_COUNT];
};

void outbox_messages_free(struct outbox_message *messages, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(messages[i].channel);
		free(messages[i].dedup_key);
		free(messages[i].event);
		free(messages[i].payload);
	}
	free(messages);
}

struct outbox *outbox_open(const char *path, struct error *error)
{
	sqlite3 *db = db_open_reader(path, error);
	if (!db)
		return NULL;
	struct outbox *outbox = MEM_NEW(struct outbox);
	outbox->db = db;
	if (db_prepare_all(db, "sql/outbox.sql", names, ASK_COUNT, outbox->statements, error))
		return outbox;
	outbox_close(outbox);
	return NULL;
}

void outbox_close(struct outbox *outbox)
{
	if (!outbox)
		return;
	db_finalize_all(outbox->statements, ASK_COUNT);
	db_close(outbox->db);
	free(outbox);
}

static struct outbox_row read_row(sqlite3_stmt *stmt, struct arena *arena)
{
	return (struct outbox_row){
		.id = sqlite3_column_int64(stmt, 0),
		.channel = column_text(stmt, 1, arena),
		.dedup_key = column_text(stmt, 2, arena),
		.event = column_text(stmt, 3, arena),
		.payload = column_text(stmt, 4, arena),
		.incident = (uint64_t)sqlite3_column_int64(stmt, 5),
		.created_wall_us = sqlite3_column_int64(stmt, 6),
		.next_try_wall_us = sqlite3_column_int64(stmt, 7),
		.tries = (unsigned)sqlite3_column_int64(stmt, 8),
		.severity = (enum severity)sqlite3_column_int64(stmt, 9),
	};
}

/* Ends a question; an open cursor would hold up checkpoints. */
static void done(struct outbox *outbox, sqlite3_stmt *stmt)
{
	if (sqlite3_reset(stmt) != SQLITE_OK)
		log_write(LOG_WARN, "store.outbox_unreadable",
			LOG_STR("why", sqlite3_errmsg(outbox->db)));
	sqlite3_clear_bindings(stmt);
}

const char *outbox_held(
	const char *channel, enum severity severity, bool opened, char word[OUTBOX_HELD_MAX])
{
	snprintf(word, OUTBOX_HELD_MAX, "/%s %d %d/", channel, (int)severity, opened);
	return word;
}

void outbox_held_all(struct buf *words, const char *channel)
{
	char word[OUTBOX_HELD_MAX];
	for (int severity = 0; severity < SEVERITY_COUNT; severity++)
		for (int opened = 0; opened < 2; opened++)
			buf_puts(
				words, outbox_held(channel, (enum severity)severity, opened, word));
}

static int64_t next_due(struct outbox *outbox, int64_t now_wall_us, const char *held)
{
	sqlite3_stmt *stmt = outbox->statements[ASK_NEXT_DUE];
	struct binder b = bind_to(stmt);
	bind_int(&b, now_wall_us);
	bind_int(&b, now_wall_us + OUTBOX_HORIZON_US);
	bind_text(&b, held);
	int64_t next = -1;
	if (sqlite3_step(stmt) == SQLITE_ROW)
		next = column_measure(stmt, 0);
	done(outbox, stmt);
	return next < 0 ? INT64_MAX : next;
}

static size_t read_rows(struct outbox *outbox, sqlite3_stmt *stmt, struct arena *arena, size_t max,
	struct outbox_row **rows)
{
	size_t n = 0;
	*rows = ARENA_ARRAY(arena, max, struct outbox_row);
	while (n < max && sqlite3_step(stmt) == SQLITE_ROW)
		(*rows)[n++] = read_row(stmt, arena);
	done(outbox, stmt);
	return n;
}

size_t outbox_due(struct outbox *outbox, struct arena *arena, int64_t now_wall_us, const char *held,
	size_t max, struct outbox_row **rows, int64_t *next_wall_us)
{
	assert(max > 0 && max <= OUTBOX_DUE_MAX);
	sqlite3_stmt *stmt = outbox->statements[ASK_DUE];
	struct binder b = bind_to(stmt);
	bind_int(&b, now_wall_us);
	bind_int(&b, now_wall_us + OUTBOX_HORIZON_US);
	bind_text(&b, held ? held : "");
	bind_int(&b, (int64_t)max);
	size_t n = read_rows(outbox, stmt, arena, max, rows);
	*next_wall_us = next_due(outbox, now_wall_us, held ? held : "");
	return n;
}

bool outbox_waits(struct outbox *outbox, int64_t id, unsigned tries)
{
	sqlite3_stmt *stmt = outbox->statements[ASK_WAITS];
	struct binder b = bind_to(stmt);
	bind_int(&b, id);
	bind_int(&b, (int64_t)tries);
	bool waits = sqlite3_step(stmt) != SQLITE_DONE; /* also when it can't be read */
	done(outbox, stmt);
	return waits;
}

size_t outbox_line(
	struct outbox *outbox, uint64_t incident, const char *channel, size_t max, int64_t *ids)
{
	sqlite3_stmt *stmt = outbox->statements[ASK_LINE];
	struct binder b = bind_to(stmt);
	bind_int(&b, (int64_t)incident);
	bind_text(&b, channel);
	bind_int(&b, (int64_t)max);
	size_t n = 0;
	while (n < max && sqlite3_step(stmt) == SQLITE_ROW)
		ids[n++] = sqlite3_column_int64(stmt, 0);
	done(outbox, stmt);
	return n;
}

const char *outbox_opened(
	struct outbox *outbox, struct arena *arena, uint64_t incident, const char *channel)
{
	sqlite3_stmt *stmt = outbox->statements[ASK_OPENED];
	struct binder b = bind_to(stmt);
	bind_int(&b, (int64_t)incident);
	bind_text(&b, channel);
	const char *payload = NULL;
	if (sqlite3_step(stmt) == SQLITE_ROW)
		payload = column_text(stmt, 0, arena);
	done(outbox, stmt);
	return payload;
}

size_t outbox_firing(struct outbox *outbox, struct arena *arena, const char *channel,
	uint64_t after, size_t max, struct outbox_row **rows)
{
	assert(max > 0 && max <= OUTBOX_DUE_MAX);
	sqlite3_stmt *stmt = outbox->statements[ASK_FIRING];
	struct binder b = bind_to(stmt);
	bind_int(&b, (int64_t)after);
	bind_text(&b, channel);
	bind_int(&b, (int64_t)max);
	return read_rows(outbox, stmt, arena, max, rows);
}

size_t outbox_waiting(struct outbox *outbox, const char *channel, const char *held)
{
	sqlite3_stmt *stmt = outbox->statements[ASK_WAITING];
	struct binder b = bind_to(stmt);
	bind_text(&b, channel);
	bind_text(&b, held ? held : "");
	bind_int(&b, OUTBOX_COUNT_MAX);
	size_t n = sqlite3_step(stmt) == SQLITE_ROW ? (size_t)sqlite3_column_int64(stmt, 0) : 0;
	done(outbox, stmt);
	return n;
}

size_t outbox_told(struct outbox *outbox, const char *channel, int64_t since_wall_us, size_t max,
	int64_t *times)
{
	sqlite3_stmt *stmt = outbox->statements[ASK_TOLD];
	struct binder b = bind_to(stmt);
	bind_text(&b, channel);
	bind_int(&b, since_wall_us);
	bind_int(&b, (int64_t)max);
	size_t n = 0;
	while (n < max && sqlite3_step(stmt) == SQLITE_ROW)
		times[n++] = sqlite3_column_int64(stmt, 0);
	done(outbox, stmt);
	return n;
}
