/* What people decided, and what was told to them. */
#include "store/people.h"
#include "store/reader_state.h"

static struct window_row read_window(sqlite3_stmt *stmt, struct arena *arena)
{
	return (struct window_row){
		.id = sqlite3_column_int64(stmt, 0),
		.from_wall_us = sqlite3_column_int64(stmt, 1),
		.until_wall_us = sqlite3_column_int64(stmt, 2),
		.title = column_text(stmt, 3, arena),
		.created_wall_us = sqlite3_column_int64(stmt, 4),
		.by = column_text(stmt, 5, arena),
		.ended_wall_us = sqlite3_column_int64(stmt, 6),
		.n_checks = (size_t)sqlite3_column_int64(stmt, 7),
	};
}

static void read_checks(struct reader *reader, struct arena *arena, struct window_row *row)
{
	const char **ids = ARENA_ARRAY(arena, row->n_checks, const char *);
	struct binder b = reader_ask(reader, ASK_WINDOW_CHECKS);
	bind_int(&b, row->id);
	bind_int(&b, (int64_t)row->n_checks);
	size_t n = 0;
	while (n < row->n_checks && sqlite3_step(b.stmt) == SQLITE_ROW)
		ids[n++] = column_text(b.stmt, 0, arena);
	row->check_ids = ids;
	row->n_checks = n;
	reader_done(reader, ASK_WINDOW_CHECKS);
}

enum window_state window_state(const struct window_row *row, int64_t now_wall_us)
{
	if (row->ended_wall_us || row->until_wall_us <= now_wall_us)
		return WINDOW_OVER;
	return row->from_wall_us > now_wall_us ? WINDOW_COMING : WINDOW_OPEN;
}

size_t reader_windows(struct reader *reader, struct arena *arena, enum window_state state,
	int64_t now_wall_us, int64_t before, size_t limit, struct window_row **rows)
{
	if (limit > READER_ROWS_MAX)
		limit = READER_ROWS_MAX;
	struct binder b = reader_ask(reader, ASK_WINDOWS);
	bind_int(&b, before ? before : INT64_MAX);
	bind_int(&b, state);
	bind_int(&b, now_wall_us);
	bind_int(&b, (int64_t)limit);
	*rows = ARENA_ARRAY(arena, limit, struct window_row);
	size_t n = 0;
	while (n < limit && sqlite3_step(b.stmt) == SQLITE_ROW)
		(*rows)[n++] = read_window(b.stmt, arena);
	reader_done(reader, ASK_WINDOWS);
	for (size_t i = 0; i < n; i++)
		read_checks(reader, arena, &(*rows)[i]);
	return n;
}

bool reader_window(struct reader *reader, struct arena *arena, int64_t id, struct window_row *row)
{
	struct binder b = reader_ask(reader, ASK_WINDOW);
	bind_int(&b, id);
	bool found = sqlite3_step(b.stmt) == SQLITE_ROW;
	if (found)
		*row = read_window(b.stmt, arena);
	reader_done(reader, ASK_WINDOW);
	if (found)
		read_checks(reader, arena, row);
	return found;
}

size_t reader_pauses(struct reader *reader, struct arena *arena, struct pause_row **rows)
{
	struct binder b = reader_ask(reader, ASK_PAUSES);
	bind_int(&b, READER_ROWS_MAX);
	*rows = ARENA_ARRAY(arena, READER_ROWS_MAX, struct pause_row);
	size_t n = 0;
	while (n < READER_ROWS_MAX && sqlite3_step(b.stmt) == SQLITE_ROW)
		(*rows)[n++] = (struct pause_row){
			.check_id = column_text(b.stmt, 0, arena),
			.since_wall_us = sqlite3_column_int64(b.stmt, 1),
			.by = column_text(b.stmt, 2, arena),
		};
	reader_done(reader, ASK_PAUSES);
	return n;
}

static struct alert_row read_alert(sqlite3_stmt *stmt, struct arena *arena)
{
	return (struct alert_row){
		.id = sqlite3_column_int64(stmt, 0),
		.state = (enum alert_state)sqlite3_column_int(stmt, 1),
		.incident = (uint64_t)sqlite3_column_int64(stmt, 2),
		.channel = column_text(stmt, 3, arena),
		.dedup_key = column_text(stmt, 4, arena),
		.event = column_text(stmt, 5, arena),
		.created_wall_us = sqlite3_column_int64(stmt, 6),
		.next_try_wall_us = sqlite3_column_int64(stmt, 7),
		.tries = (unsigned)sqlite3_column_int(stmt, 8),
		.finished_wall_us = sqlite3_column_int64(stmt, 9),
		.error = column_text(stmt, 10, arena),
	};
}

size_t reader_alerts(struct reader *reader, struct arena *arena,
	const struct alert_question *question, size_t limit, struct alert_row **rows)
{
	if (limit > READER_ROWS_MAX)
		limit = READER_ROWS_MAX;
	struct binder b = reader_ask(reader, ASK_ALERTS);
	bind_int(&b, question->before ? question->before : INT64_MAX);
	bind_int(&b, question->state);
	bind_text(&b, question->channel);
	bind_int(&b, (int64_t)limit);
	*rows = ARENA_ARRAY(arena, limit, struct alert_row);
	size_t n = 0;
	while (n < limit && sqlite3_step(b.stmt) == SQLITE_ROW)
		(*rows)[n++] = read_alert(b.stmt, arena);
	reader_done(reader, ASK_ALERTS);
	return n;
}

void reader_alert_counts(struct reader *reader, const char *channel, uint64_t counts[ALERT_STATES])
{
	struct binder b = reader_ask(reader, ASK_ALERT_COUNTS);
	bind_text(&b, channel);
	for (unsigned i = 0; i < ALERT_STATES; i++)
		counts[i] = 0;
	while (sqlite3_step(b.stmt) == SQLITE_ROW) {
		int state = sqlite3_column_int(b.stmt, 0);
		if (state >= 0 && state < ALERT_STATES)
			counts[state] = (uint64_t)sqlite3_column_int64(b.stmt, 1);
	}
	reader_done(reader, ASK_ALERT_COUNTS);
}

bool reader_alert(struct reader *reader, struct arena *arena, int64_t id, struct alert_row *row,
	bool *superseded)
{
	struct binder b = reader_ask(reader, ASK_ALERT);
	bind_int(&b, id);
	bool found = sqlite3_step(b.stmt) == SQLITE_ROW;
	if (found) {
		*row = read_alert(b.stmt, arena);
		*superseded = sqlite3_column_int(b.stmt, 11);
	}
	reader_done(reader, ASK_ALERT);
	return found;
}

size_t reader_dead_alerts(
	struct reader *reader, struct arena *arena, size_t limit, struct alert_row **rows)
{
	if (limit > READER_ROWS_MAX)
		limit = READER_ROWS_MAX;
	struct binder b = reader_ask(reader, ASK_DEAD_ALERTS);
	bind_int(&b, (int64_t)limit);
	*rows = ARENA_ARRAY(arena, limit, struct alert_row);
	size_t n = 0;
	while (n < limit && sqlite3_step(b.stmt) == SQLITE_ROW)
		(*rows)[n++] = read_alert(b.stmt, arena);
	reader_done(reader, ASK_DEAD_ALERTS);
	return n;
}

uint64_t reader_count_dead(struct reader *reader)
{
	struct binder b = reader_ask(reader, ASK_COUNT_DEAD);
	uint64_t n = 0;
	if (sqlite3_step(b.stmt) == SQLITE_ROW)
		n = (uint64_t)sqlite3_column_int64(b.stmt, 0);
	reader_done(reader, ASK_COUNT_DEAD);
	return n;
}
