#include "store/reader_state.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"

#include <stdlib.h>

static const char *const names[] = {
#define X(id, name) [ASK_##id] = (name),
	READER_QUESTIONS(X)
#undef X
};

struct reader *reader_open(const char *path, struct error *error)
{
	sqlite3 *db = db_open_reader(path, error);
	if (!db)
		return NULL;
	struct reader *reader = MEM_NEW(struct reader);
	reader->db = db;
	sums_init(&reader->sums);
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

uint64_t reader_faults(const struct reader *reader)
{
	return reader->faults;
}

struct binder reader_ask(struct reader *reader, enum reader_question question)
{
	return bind_to(reader->statements[question]);
}

void reader_done(struct reader *reader, enum reader_question question)
{
	if (sqlite3_reset(reader->statements[question]) != SQLITE_OK) {
		reader->faults++;
		log_write(LOG_WARN, "store.unreadable", LOG_STR("question", names[question]),
			LOG_STR("why", sqlite3_errmsg(reader->db)));
	}
	sqlite3_clear_bindings(reader->statements[question]);
}

const char *reader_installation(struct reader *reader, struct arena *arena)
{
	struct binder b = reader_ask(reader, ASK_INSTALLATION);
	const char *text = "";
	if (sqlite3_step(b.stmt) == SQLITE_ROW)
		text = column_text(b.stmt, 0, arena);
	reader_done(reader, ASK_INSTALLATION);
	return text;
}

struct known_check reader_check(struct reader *reader, const char *check_id)
{
	struct known_check check = {0};
	struct binder b = reader_ask(reader, ASK_CHECK);
	bind_text(&b, check_id);
	if (sqlite3_step(b.stmt) == SQLITE_ROW) {
		check.number = (uint32_t)sqlite3_column_int64(b.stmt, 0);
		check.watermark = (uint64_t)sqlite3_column_int64(b.stmt, 1);
		check.minutes = (uint64_t)sqlite3_column_int64(b.stmt, 2);
	}
	reader_done(reader, ASK_CHECK);
	if (check.watermark < key_floor(check.number))
		check.watermark = key_floor(check.number) - 1;
	return check;
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
		.started_wall_us = key_ms(key) * US_PER_MS,
		.duration_us = sqlite3_column_int64(stmt, 1),
		.outcome = read_outcome(sqlite3_column_int64(stmt, 2)),
		.reason = read_reason(sqlite3_column_int64(stmt, 3)),
		.http_status = sqlite3_column_int(stmt, 4),
		.ttfb_us = column_measure(stmt, 5),
		.ttft_us = column_measure(stmt, 6),
		.message = column_text(stmt, 7, arena),
	};
}

/* Those with keys between the two that the question is bound to, in its order. */
static size_t read_results(struct reader *reader, struct arena *arena,
	enum reader_question question, uint64_t from, uint64_t to, size_t limit,
	struct result_row **rows)
{
	if (limit > READER_ROWS_MAX)
		limit = READER_ROWS_MAX;
	struct binder b = reader_ask(reader, question);
	bind_int(&b, (int64_t)from);
	bind_int(&b, (int64_t)to);
	bind_int(&b, (int64_t)limit);
	*rows = ARENA_ARRAY(arena, limit, struct result_row);
	size_t n = 0;
	while (n < limit && sqlite3_step(b.stmt) == SQLITE_ROW)
		(*rows)[n++] = read_result(b.stmt, arena);
	reader_done(reader, question);
	return n;
}

uint64_t reader_newest(struct reader *reader, const char *check_id, int64_t now_wall_us)
{
	uint32_t number = reader_check(reader, check_id).number;
	return number ? key_of_time(number, now_wall_us + READER_AHEAD_S * US_PER_S) : 0;
}

size_t reader_results(struct reader *reader, struct arena *arena, const char *check_id,
	uint64_t before, size_t limit, struct result_row **rows)
{
	uint32_t number = reader_check(reader, check_id).number;
	uint64_t ceiling = key_floor(number + 1);
	*rows = NULL;
	if (!number)
		return 0;
	return read_results(reader, arena, ASK_RESULTS, key_floor(number),
		before && before < ceiling ? before : ceiling, limit, rows);
}

size_t reader_results_after(struct reader *reader, struct arena *arena, const char *check_id,
	uint64_t after, size_t limit, struct result_row **rows)
{
	uint32_t number = reader_check(reader, check_id).number;
	uint64_t floor = key_floor(number);
	*rows = NULL;
	if (!number || after >= key_floor(number + 1))
		return 0;
	return read_results(reader, arena, ASK_RESULTS_AFTER, after > floor ? after : floor,
		key_floor(number + 1), limit, rows);
}

const char *reader_evidence(struct reader *reader, struct arena *arena, uint64_t key)
{
	struct binder b = reader_ask(reader, ASK_EVIDENCE);
	bind_int(&b, (int64_t)key);
	const char *json = NULL;
	if (sqlite3_step(b.stmt) == SQLITE_ROW)
		json = column_text(b.stmt, 0, arena);
	reader_done(reader, ASK_EVIDENCE);
	return json;
}

bool reader_has_evidence(struct reader *reader, uint64_t key)
{
	struct binder b = reader_ask(reader, ASK_HAS_EVIDENCE);
	bind_int(&b, (int64_t)key);
	bool has = sqlite3_step(b.stmt) == SQLITE_ROW;
	reader_done(reader, ASK_HAS_EVIDENCE);
	return has;
}

uint64_t reader_newest_evidence(
	struct reader *reader, const char *check_id, uint64_t before, enum outcome outcome)
{
	uint32_t number = reader_check(reader, check_id).number;
	uint64_t ceiling = key_floor(number + 1), key = 0;
	if (!number)
		return 0;
	struct binder b = reader_ask(reader, ASK_NEWEST_EVIDENCE);
	bind_int(&b, (int64_t)key_floor(number));
	bind_int(&b, (int64_t)(before && before < ceiling ? before : ceiling));
	bind_int(&b, outcome);
	if (sqlite3_step(b.stmt) == SQLITE_ROW)
		key = (uint64_t)sqlite3_column_int64(b.stmt, 0);
	reader_done(reader, ASK_NEWEST_EVIDENCE);
	return key;
}
