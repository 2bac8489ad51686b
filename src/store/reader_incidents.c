#include "store/reader_state.h"

static struct incident_row read_row(sqlite3_stmt *stmt, struct arena *arena)
{
	return (struct incident_row){
		.id = (uint64_t)sqlite3_column_int64(stmt, 0),
		.check_id = column_text(stmt, 1, arena),
		.cause = column_text(stmt, 2, arena),
		.opened_wall_us = sqlite3_column_int64(stmt, 3),
		.resolved_wall_us = sqlite3_column_int64(stmt, 4),
		.merged_into = (uint64_t)sqlite3_column_int64(stmt, 5),
		.acknowledged_wall_us = sqlite3_column_int64(stmt, 6),
		.acknowledged_by = column_text(stmt, 7, arena),
		.acknowledged_until_wall_us = sqlite3_column_int64(stmt, 8),
		.n_checks = (size_t)sqlite3_column_int64(stmt, 9),
	};
}

static enum reader_question question_of(enum incident_filter filter)
{
	switch (filter) {
	case INCIDENTS_ALL: break;
	case INCIDENTS_OPEN: return ASK_OPEN_INCIDENTS;
	case INCIDENTS_RESOLVED: return ASK_RESOLVED_INCIDENTS;
	}
	return ASK_INCIDENTS;
}

size_t reader_incidents(struct reader *reader, struct arena *arena, enum incident_filter filter,
	uint64_t before, size_t limit, struct incident_row **rows)
{
	if (limit > READER_ROWS_MAX)
		limit = READER_ROWS_MAX;
	enum reader_question question = question_of(filter);
	struct binder b = reader_ask(reader, question);
	bind_int(&b, (int64_t)before);
	bind_int(&b, (int64_t)limit);
	*rows = ARENA_ARRAY(arena, limit, struct incident_row);
	size_t n = 0;
	while (n < limit && sqlite3_step(b.stmt) == SQLITE_ROW)
		(*rows)[n++] = read_row(b.stmt, arena);
	reader_done(reader, question);
	return n;
}

uint64_t reader_newer_incidents(struct reader *reader, uint64_t before, size_t limit)
{
	struct binder b = reader_ask(reader, ASK_NEWER_INCIDENTS);
	bind_int(&b, (int64_t)before);
	bind_int(&b, (int64_t)limit);
	bool found = sqlite3_step(b.stmt) == SQLITE_ROW;
	uint64_t id = found ? (uint64_t)sqlite3_column_int64(b.stmt, 0) : 0;
	reader_done(reader, ASK_NEWER_INCIDENTS);
	return id;
}

static void read_members(
	struct reader *reader, struct arena *arena, uint64_t id, struct incident_story *story)
{
	struct binder b = reader_ask(reader, ASK_INCIDENT_MEMBERS);
	bind_int(&b, (int64_t)id);
	bind_int(&b, INCIDENT_MEMBERS_MAX);
	story->members = ARENA_ARRAY(arena, INCIDENT_MEMBERS_MAX, struct incident_member);
	while (story->n_members < INCIDENT_MEMBERS_MAX && sqlite3_step(b.stmt) == SQLITE_ROW)
		story->members[story->n_members++] = (struct incident_member){
			.check_id = column_text(b.stmt, 0, arena),
			.joined_wall_us = sqlite3_column_int64(b.stmt, 1),
			.left_wall_us = sqlite3_column_int64(b.stmt, 2),
			.message = column_text(b.stmt, 3, arena),
		};
	reader_done(reader, ASK_INCIDENT_MEMBERS);
}

/* The newest come first; they are wanted the other way round. */
static void read_moments(
	struct reader *reader, struct arena *arena, uint64_t id, struct incident_story *story)
{
	struct binder b = reader_ask(reader, ASK_INCIDENT_MOMENTS);
	bind_int(&b, (int64_t)id);
	bind_int(&b, INCIDENT_MOMENTS_MAX);
	struct incident_moment *end =
		ARENA_ARRAY(arena, INCIDENT_MOMENTS_MAX, struct incident_moment) +
		INCIDENT_MOMENTS_MAX;
	story->moments = end;
	while (story->n_moments < INCIDENT_MOMENTS_MAX && sqlite3_step(b.stmt) == SQLITE_ROW) {
		*--story->moments = (struct incident_moment){
			.at_wall_us = sqlite3_column_int64(b.stmt, 0),
			.kind = column_text(b.stmt, 1, arena),
			.check_id = column_text(b.stmt, 2, arena),
			.key = (uint64_t)sqlite3_column_int64(b.stmt, 3),
			.other = (uint64_t)sqlite3_column_int64(b.stmt, 4),
			.text = column_text(b.stmt, 5, arena),
			.by = column_text(b.stmt, 6, arena),
		};
		story->n_moments++;
	}
	reader_done(reader, ASK_INCIDENT_MOMENTS);
}

bool reader_incident(
	struct reader *reader, struct arena *arena, uint64_t id, struct incident_story *story)
{
	*story = (struct incident_story){0};
	struct binder b = reader_ask(reader, ASK_INCIDENT);
	bind_int(&b, (int64_t)id);
	bool found = sqlite3_step(b.stmt) == SQLITE_ROW;
	if (found)
		story->row = read_row(b.stmt, arena);
	reader_done(reader, ASK_INCIDENT);
	if (!found)
		return false;
	read_members(reader, arena, id, story);
	read_moments(reader, arena, id, story);
	return true;
}
