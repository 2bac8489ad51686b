/* store/db.h - a connection to SQLite, set up as its role demands, and the few verbs the rest of
 * the room needs. A connection belongs to one thread at a time. */
#ifndef OUTRIDER_STORE_DB_H
#define OUTRIDER_STORE_DB_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

#include <sqlite3.h>

#include <stdint.h>

enum { DB_BUSY_MS = 5000, DB_READER_BUSY_MS = 200 };

/* "Outr"; sql/0001_init.sql sets it. */
enum { DB_APPLICATION_ID = 0x4f757472 };

/* The connection without its settings: nothing of the file has been read. */
sqlite3 *db_open(const char *path, struct error *error) MUST_CHECK;
/* The settings of the one that writes: WAL, full synchronisation, ... The rest of a new file's are
 * set before anything is written to it. */
bool db_become_writer(sqlite3 *db, bool fresh, struct error *error) MUST_CHECK;
/* Read-only, and only files that are ours and not newer than we are. On a file system that is read-only as well,
 * when no log stands beside it. */
sqlite3 *db_open_reader(const char *path, struct error *error) MUST_CHECK;
/* Without a checkpoint: the files stay as they are. */
void db_abandon(sqlite3 *db);
void db_close(sqlite3 *db);

/* Whether its path still leads to the file that is open: what is written to one that was deleted, moved or
 * replaced is lost. */
bool db_is_in_place(sqlite3 *db, struct error *error);

/* Runs every statement of a script; rows are ignored. */
bool db_run(sqlite3 *db, struct str script, struct error *error) MUST_CHECK;
/* Fills the error with what the connection says of its last failure. */
bool db_error(sqlite3 *db, struct error *error);
/* Whether the connection's last failure means that the file is damaged. */
bool db_is_damage(sqlite3 *db);

/* NULL when it could not be compiled. */
sqlite3_stmt *db_prepare(sqlite3 *db, struct str sql, struct error *error) MUST_CHECK;

/* Prepares names[i] of a file of sql/ into statements[i]; on failure none stays. */
bool db_prepare_all(sqlite3 *db, const char *file, const char *const *names, size_t n,
	sqlite3_stmt **statements, struct error *error) MUST_CHECK;
void db_finalize_all(sqlite3_stmt **statements, size_t n);

/* Binds a statement's parameters one after the other. */
struct binder {
	sqlite3_stmt *stmt;
	int at;
};

struct binder bind_to(sqlite3_stmt *stmt);
void bind_int(struct binder *b, int64_t value);
void bind_measure(struct binder *b, int64_t value); /* negative: NULL */
void bind_real(struct binder *b, double value); /* negative: NULL */
void bind_text(struct binder *b, const char *text); /* borrowed until the reset; NULL: NULL */
void bind_str(struct binder *b, struct str text);
void bind_blob(struct binder *b, struct str bytes); /* empty: NULL */

/* Runs a statement that gives no rows, and resets it. */
bool stmt_run(sqlite3_stmt *stmt);
/* True with a row; else it is reset. */
bool stmt_row(sqlite3_stmt *stmt);
int64_t column_measure(sqlite3_stmt *stmt, int column); /* NULL: -1 */
/* "" when NULL. */
const char *column_text(sqlite3_stmt *stmt, int column, struct arena *arena);

/* Two numbers of the first row of a statement of sql/connection.sql; *second may not exist. */
bool db_pair(sqlite3 *db, const char *name, int64_t *first, int64_t *second,
	struct error *error) MUST_CHECK;

#endif
