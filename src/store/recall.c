#include "store/recall.h"

#include "base/memory.h"
#include "store/sql.h"

#include <stdlib.h>

enum { ASK_INCIDENTS, ASK_MEMBERS, ASK_COUNT };

static const char *const names[ASK_COUNT] = {"load_incidents", "load_members"};

/* Rows of numbers that grow. */
struct numbers {
	uint32_t *all;
	size_t n, cap;
};

static void add(struct numbers *numbers, uint32_t number)
{
	if (numbers->n == numbers->cap) {
		numbers->cap = numbers->cap ? numbers->cap * 2 : 16;
		numbers->all = mem_grow(numbers->all, numbers->cap * sizeof(*numbers->all));
	}
	numbers->all[numbers->n++] = number;
}

static const uint32_t *keep(struct arena *arena, const struct numbers *numbers)
{
	uint32_t *kept = ARENA_ARRAY(arena, numbers->n + 1, uint32_t);
	for (size_t i = 0; i < numbers->n; i++)
		kept[i] = numbers->all[i];
	return kept;
}

static void read_members(struct arena *arena, sqlite3_stmt *stmt, struct incident_kept *kept,
	struct numbers *seen, struct numbers *members)
{
	struct binder b = bind_to(stmt);
	bind_int(&b, (int64_t)kept->id);
	seen->n = members->n = 0;
	while (stmt_row(stmt)) {
		uint32_t number = (uint32_t)sqlite3_column_int64(stmt, 0);
		add(seen, number);
		if (column_measure(stmt, 1) < 0)
			add(members, number);
	}
	kept->seen = keep(arena, seen);
	kept->n_seen = seen->n;
	kept->members = keep(arena, members);
	kept->n_members = members->n;
}

static void read_incidents(struct recall *recall, sqlite3_stmt *const *statements)
{
	sqlite3_stmt *stmt = statements[ASK_INCIDENTS];
	struct numbers seen = {0};
	struct numbers members = {0};
	size_t cap = 0;
	while (stmt_row(stmt)) {
		if (recall->n == cap) {
			cap = cap ? cap * 2 : 16;
			recall->kept = mem_grow(recall->kept, cap * sizeof(*recall->kept));
		}
		struct incident_kept *kept = &recall->kept[recall->n++];
		*kept = (struct incident_kept){
			.id = (uint64_t)sqlite3_column_int64(stmt, 0),
			.opened_wall_us = sqlite3_column_int64(stmt, 1),
			.cause = (uint32_t)sqlite3_column_int64(stmt, 2),
			.root = (uint32_t)sqlite3_column_int64(stmt, 3),
			.acknowledged = sqlite3_column_int64(stmt, 4) != 0,
			.acknowledged_until_us = sqlite3_column_int64(stmt, 5),
			.told_as = (uint32_t)sqlite3_column_int64(stmt, 6),
		};
		read_members(&recall->arena, statements[ASK_MEMBERS], kept, &seen, &members);
	}
	free(seen.all);
	free(members.all);
}

bool recall_init(struct recall *recall, sqlite3 *db, struct error *error)
{
	sqlite3_stmt *statements[ASK_COUNT] = {NULL};
	arena_init(&recall->arena);
	if (!db_prepare_all(db, "sql/store.sql", names, ASK_COUNT, statements, error))
		return false;
	read_incidents(recall, statements);
	bool ok = sqlite3_errcode(db) == SQLITE_OK || sqlite3_errcode(db) == SQLITE_DONE;
	if (!ok)
		db_error(db, error);
	db_finalize_all(statements, ASK_COUNT);
	return ok;
}

void recall_fini(struct recall *recall)
{
	arena_fini(&recall->arena);
	free(recall->kept);
	*recall = (struct recall){0};
}
