#include "store/reader.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "check/record.h"
#include "store/db.h"

#include <stdlib.h>

#define READER_QUESTIONS(X)                                                                        \
	X(CHECK_NUMBER, "check_number")                                                            \
	X(RESULTS, "results")                                                                      \
	X(UPTIME, "uptime")                                                                        \
	X(SPENT, "spent")                                                                          \
	X(INCIDENTS, "incidents")                                                                  \
	X(OPEN_INCIDENTS, "open_incidents")                                                        \
	X(EVIDENCE, "evidence")

enum reader_question {
#define X(id, name) ASK_##id,
	READER_QUESTIONS(X)
#undef X
		ASK_COUNT
};

static const char *const names[] = {
#define X(id, name) [ASK_##id] = (name),
	READER_QUESTIONS(X)
#undef X
};

struct reader {
	sqlite3 *db;
	sqlite3_stmt *statements[ASK_COUNT];
};

struct reader *reader_open(const char *path, struct error *error)
{
	sqlite3 *db = db_open_reader(path, error);
	if (!db)
		return NULL;
	struct reader *reader = MEM_NEW(struct reader);
	reader->db = db;
	if (db_prepare_all(db, "sql/reader.sql", names, ASK_COUNT, reader->statements, error))
		return reader;
	reader_close(reader);
	return NULL;
}

void reader_close(struct reader *reader)
{
	if (!reader)
		return;
	db_finalize_all(reader->statements, ASK_COUNT);
	db_close(reader->db);
	free(reader);
}

static struct binder ask(struct reader *reader, enum reader_question question)
{
	return bind_to(reader->statements[question]);
}

/* Ends a question; an open cursor would hold up checkpoints. */
static void done(struct reader *reader, enum reader_question question)
{
	if (sqlite3_reset(reader->statements[question]) != SQLITE_OK)
		log_write(LOG_WARN, "store.unreadable", LOG_STR("question", names[question]),
			LOG_STR("why", sqlite3_errmsg(reader->db)));
	sqlite3_clear_bindings(reader->statements[question]);
}

/* The keys of one check: from its first possible one up to the next check's. */
struct key_range {
	uint64_t floor, ceiling;
};

static bool range_of(struct reader *reader, const char *check_id, struct key_range *range)
{
	struct binder b = ask(reader, ASK_CHECK_NUMBER);
	bind_text(&b, check_id);
	uint64_t number = 0;
	if (sqlite3_step(b.stmt) == SQLITE_ROW)
		number = (uint64_t)sqlite3_column_int64(b.stmt, 0);
	done(reader, ASK_CHECK_NUMBER);
	range->floor = number << RESULT_KEY_TIME_BITS;
	range->ceiling = (number + 1) << RESULT_KEY_TIME_BITS;
	return number > 0;
}

static uint64_t key_ms(uint64_t key)
{
	return key & ((UINT64_C(1) << RESULT_KEY_TIME_BITS) - 1);
}

/* What stands in a file is not trusted: the tables of names have an end. */
static enum outcome read_outcome(int64_t stored)
{
	return stored >= 0 && stored < OUTCOME_COUNT ? (enum outcome)stored : OUTCOME_FAIL;
}

static enum reason read_reason(int64_t stored)
{
	return stored >= 0 && stored < REASON_COUNT ? (enum reason)stored : REASON_INTERNAL;
}

static struct result_row read_result(sqlite3_stmt *stmt, struct arena *arena)
{
	uint64_t key = (uint64_t)sqlite3_column_int64(stmt, 0);
	return (struct result_row){
		.key = key,
		.started_wall_us = (int64_t)key_ms(key) * US_PER_MS,
		.duration_us = sqlite3_column_int64(stmt, 1),
		.outcome = read_outcome(sqlite3_column_int64(stmt, 2)),
		.reason = read_reason(sqlite3_column_int64(stmt, 3)),
		.http_status = sqlite3_column_int(stmt, 4),
		.ttfb_us = column_measure(stmt, 5),
		.ttft_us = column_measure(stmt, 6),
		.message = column_text(stmt, 7, arena),
	};
}

size_t reader_results(struct reader *reader, struct arena *arena, const char *check_id,
	uint64_t before, size_t limit, struct result_row **rows)
{
	struct key_range range;
	*rows = NULL;
	if (!range_of(reader, check_id, &range))
		return 0;
	if (limit > READER_ROWS_MAX)
		limit = READER_ROWS_MAX;
	struct binder b = ask(reader, ASK_RESULTS);
	bind_int(&b, (int64_t)range.floor);
	bind_int(&b, (int64_t)(before && before < range.ceiling ? before : range.ceiling));
	bind_int(&b, (int64_t)limit);
	*rows = ARENA_ARRAY(arena, limit, struct result_row);
	size_t n = 0;
	while (n < limit && sqlite3_step(b.stmt) == SQLITE_ROW)
		(*rows)[n++] = read_result(b.stmt, arena);
	done(reader, ASK_RESULTS);
	return n;
}

struct uptime reader_uptime(struct reader *reader, const char *check_id, int64_t since_wall_us)
{
	struct uptime uptime = {0};
	struct key_range range;
	if (!range_of(reader, check_id, &range))
		return uptime;
	uint64_t since = since_wall_us > 0 ? (uint64_t)(since_wall_us / US_PER_MS) : 0;
	struct binder b = ask(reader, ASK_UPTIME);
	bind_int(&b, (int64_t)(range.floor | since));
	bind_int(&b, (int64_t)range.ceiling);
	while (sqlite3_step(b.stmt) == SQLITE_ROW) {
		uint64_t count = (uint64_t)sqlite3_column_int64(b.stmt, 1);
		switch (read_outcome(sqlite3_column_int64(b.stmt, 0))) {
		case OUTCOME_PASS: uptime.pass += count; break;
		case OUTCOME_WARN: uptime.warn += count; break;
		case OUTCOME_FAIL: uptime.fail += count; break;
		case OUTCOME_SKIP: uptime.skip += count; break;
		case OUTCOME_COUNT: break;
		}
	}
	done(reader, ASK_UPTIME);
	return uptime;
}

struct cost reader_cost(struct reader *reader, const char *check_id, int64_t since_wall_us)
{
	struct cost cost = {0};
	struct key_range range;
	if (!range_of(reader, check_id, &range))
		return cost;
	uint64_t since = since_wall_us > 0 ? (uint64_t)(since_wall_us / US_PER_MS) : 0;
	struct binder b = ask(reader, ASK_SPENT);
	bind_int(&b, (int64_t)(range.floor | since));
	bind_int(&b, (int64_t)range.ceiling);
	if (sqlite3_step(b.stmt) == SQLITE_ROW) {
		cost.runs = (uint64_t)sqlite3_column_int64(b.stmt, 0);
		cost.tokens = (uint64_t)sqlite3_column_double(b.stmt, 1);
	}
	done(reader, ASK_SPENT);
	return cost;
}

static struct incident_row read_incident(sqlite3_stmt *stmt, struct arena *arena)
{
	return (struct incident_row){
		.id = (uint64_t)sqlite3_column_int64(stmt, 0),
		.check_id = column_text(stmt, 1, arena),
		.cause = column_text(stmt, 2, arena),
		.opened_wall_us = sqlite3_column_int64(stmt, 3),
		.resolved_wall_us = sqlite3_column_int64(stmt, 4),
	};
}

size_t reader_incidents(struct reader *reader, struct arena *arena, bool only_open, size_t limit,
	struct incident_row **rows)
{
	if (limit > READER_ROWS_MAX)
		limit = READER_ROWS_MAX;
	enum reader_question question = only_open ? ASK_OPEN_INCIDENTS : ASK_INCIDENTS;
	struct binder b = ask(reader, question);
	bind_int(&b, (int64_t)limit);
	*rows = ARENA_ARRAY(arena, limit, struct incident_row);
	size_t n = 0;
	while (n < limit && sqlite3_step(b.stmt) == SQLITE_ROW)
		(*rows)[n++] = read_incident(b.stmt, arena);
	done(reader, question);
	return n;
}

const char *reader_evidence(struct reader *reader, struct arena *arena, uint64_t key)
{
	struct binder b = ask(reader, ASK_EVIDENCE);
	bind_int(&b, (int64_t)key);
	const char *json = NULL;
	if (sqlite3_step(b.stmt) == SQLITE_ROW)
		json = column_text(b.stmt, 0, arena);
	done(reader, ASK_EVIDENCE);
	return json;
}
