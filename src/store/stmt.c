#include "store/db.h"

#include <assert.h>

struct binder bind_to(sqlite3_stmt *stmt)
{
	return (struct binder){stmt, 0};
}

/* Binding fails only for a parameter that does not exist, or a text above SQLite's own limit. */
static void bound(const struct binder *b, int rc)
{
	assert(rc == SQLITE_OK);
	(void)b;
	(void)rc;
}

void bind_int(struct binder *b, int64_t value)
{
	bound(b, sqlite3_bind_int64(b->stmt, ++b->at, value));
}

void bind_measure(struct binder *b, int64_t value)
{
	if (value >= 0)
		bind_int(b, value);
	else
		bound(b, sqlite3_bind_null(b->stmt, ++b->at));
}

void bind_real(struct binder *b, double value)
{
	if (value >= 0)
		bound(b, sqlite3_bind_double(b->stmt, ++b->at, value));
	else
		bound(b, sqlite3_bind_null(b->stmt, ++b->at));
}

void bind_text(struct binder *b, const char *text)
{
	bound(b, sqlite3_bind_text(b->stmt, ++b->at, text, -1, SQLITE_STATIC));
}

void bind_str(struct binder *b, struct str text)
{
	bound(b, sqlite3_bind_text(
			 b->stmt, ++b->at, text.n ? text.p : "", (int)text.n, SQLITE_STATIC));
}

void bind_blob(struct binder *b, struct str bytes)
{
	bound(b, bytes.n ? sqlite3_bind_blob(b->stmt, ++b->at, bytes.p, (int)bytes.n, SQLITE_STATIC)
			 : sqlite3_bind_null(b->stmt, ++b->at));
}

bool stmt_run(sqlite3_stmt *stmt)
{
	int rc = sqlite3_step(stmt);
	assert(rc != SQLITE_ROW);
	return sqlite3_reset(stmt) == SQLITE_OK && rc == SQLITE_DONE;
}

bool stmt_row(sqlite3_stmt *stmt)
{
	if (sqlite3_step(stmt) == SQLITE_ROW)
		return true;
	sqlite3_reset(stmt);
	return false;
}

int64_t column_measure(sqlite3_stmt *stmt, int column)
{
	if (sqlite3_column_type(stmt, column) == SQLITE_NULL)
		return -1;
	return sqlite3_column_int64(stmt, column);
}

const char *column_text(sqlite3_stmt *stmt, int column, struct arena *arena)
{
	const char *text = (const char *)sqlite3_column_text(stmt, column);
	size_t n = (size_t)sqlite3_column_bytes(stmt, column);
	return text ? arena_strndup(arena, (struct str){text, n}) : "";
}
