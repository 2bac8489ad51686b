#include "store/db.h"

#include "base/buf.h"
#include "base/escape.h"
#include "store/file.h"
#include "store/migrate.h"
#include "store/sql.h"

#include <assert.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/statvfs.h>

static const char connection_sql[] = "sql/connection.sql";

static sqlite3 *open_as(const char *path, int flags, int busy_ms, struct error *error)
{
	sqlite3 *db = NULL;
	int rc = sqlite3_open_v2(path, &db, flags | SQLITE_OPEN_NOMUTEX, NULL);
	if (rc == SQLITE_OK) {
		sqlite3_extended_result_codes(db, 1);
		sqlite3_busy_timeout(db, busy_ms);
		sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
		return db;
	}
	error_set(error, "%s", db ? sqlite3_errmsg(db) : sqlite3_errstr(rc));
	sqlite3_close_v2(db);
	return NULL;
}

sqlite3 *db_open(const char *path, struct error *error)
{
	return open_as(path, SQLITE_OPEN_READWRITE, DB_BUSY_MS, error);
}

static bool is_wal(sqlite3 *db, struct error *error)
{
	sqlite3_stmt *stmt = db_prepare(db, sql_named(connection_sql, "wal"), error);
	if (!stmt)
		return false;
	bool row = sqlite3_step(stmt) == SQLITE_ROW;
	const char *mode = row ? (const char *)sqlite3_column_text(stmt, 0) : NULL;
	bool ok = mode && strcmp(mode, "wal") == 0;
	if (!row)
		db_error(db, error);
	else if (!ok)
		error_set(error, "the file system can't hold a database in WAL mode");
	sqlite3_finalize(stmt);
	return ok;
}

bool db_become_writer(sqlite3 *db, bool fresh, struct error *error)
{
	if (fresh && !db_run(db, sql_named(connection_sql, "fresh"), error))
		return false;
	return is_wal(db, error) && db_run(db, sql_named(connection_sql, "writer"), error);
}

static bool is_ours(sqlite3 *db, struct error *error)
{
	int64_t application = 0;
	int64_t version = 0;
	if (!db_pair(db, "identity", &application, &version, error))
		return false;
	if (application != DB_APPLICATION_ID)
		return error_set(error, "it is not a database of Outrider");
	if (version != migrate_latest())
		return error_set(
			error, "its version is %" PRId64 ", ours %d", version, migrate_latest());
	return true;
}

static sqlite3 *open_reader(const char *name, int flags, bool *is_closed, struct error *error)
{
	sqlite3 *db = open_as(name, SQLITE_OPEN_READONLY | flags, DB_READER_BUSY_MS, error);
	*is_closed = false;
	if (!db)
		return NULL;
	sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	if (db_run(db, sql_named(connection_sql, "reader"), error) && is_ours(db, error))
		return db;
	*is_closed = (sqlite3_errcode(db) & 0xff) == SQLITE_CANTOPEN;
	db_close(db);
	return NULL;
}

/* SQLite reads a database in WAL mode only where it can make the log's index. */
static sqlite3 *open_immutable(const char *path, struct error *error)
{
	struct buf name = BUF_INIT(6 * PATH_MAX);
	bool ignored;
	buf_puts(&name, "file:");
	escape_url(&name, str_of(path), "0123456789ABCDEF");
	buf_puts(&name, "?immutable=1");
	sqlite3 *db = open_reader(buf_text(&name), SQLITE_OPEN_URI, &ignored, error);
	buf_fini(&name);
	return db;
}

static bool is_on_read_only(const char *path)
{
	struct statvfs of;
	return statvfs(path, &of) == 0 && of.f_flag & ST_RDONLY;
}

sqlite3 *db_open_reader(const char *path, struct error *error)
{
	bool is_closed;
	sqlite3 *db = open_reader(path, 0, &is_closed, error);
	if (!db && is_closed && is_on_read_only(path)) {
		if (file_size(path, "-wal") > 0)
			error_set(error,
				"it is on a read-only file system, and its log (-wal) was not "
				"played in: copy both, and read the copy");
		else
			db = open_immutable(path, error);
	}
	if (!db)
		error_wrap(error, "%s", path);
	return db;
}

void db_abandon(sqlite3 *db)
{
	if (db)
		sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	db_close(db);
}

void db_close(sqlite3 *db)
{
	int rc = sqlite3_close(db);
	assert(rc == SQLITE_OK); /* else a statement was left behind */
	(void)rc;
}

/* Of the log: the connection itself does not remember why a commit could not write it. */
static int errno_of_log(sqlite3 *db)
{
	sqlite3_file *log = NULL;
	int cause = 0;
	if (sqlite3_file_control(db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log) != SQLITE_OK ||
		!log || !log->pMethods ||
		log->pMethods->xFileControl(log, SQLITE_FCNTL_LAST_ERRNO, &cause) != SQLITE_OK)
		return 0;
	return cause;
}

bool db_error(sqlite3 *db, struct error *error)
{
	int code = sqlite3_extended_errcode(db);
	int cause = sqlite3_system_errno(db);
	if (!cause && (code & 0xff) == SQLITE_IOERR)
		cause = errno_of_log(db);
	bool input = (code & 0xff) == SQLITE_IOERR || (code & 0xff) == SQLITE_CANTOPEN;
	if (input && cause)
		return error_set(error, "%s (%s)", sqlite3_errmsg(db), strerror(cause));
	return error_set(error, "%s", sqlite3_errmsg(db));
}

bool db_is_damage(sqlite3 *db)
{
	int code = sqlite3_errcode(db) & 0xff;
	return code == SQLITE_CORRUPT || code == SQLITE_NOTADB;
}

bool db_is_in_place(sqlite3 *db, struct error *error)
{
	int moved = 0;
	int rc = sqlite3_file_control(db, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
	if (rc != SQLITE_OK || !moved)
		return true;
	return error_set(error, "the file was deleted, moved or replaced while it was open");
}

sqlite3_stmt *db_prepare(sqlite3 *db, struct str sql, struct error *error)
{
	sqlite3_stmt *stmt = NULL;
	int rc = sqlite3_prepare_v3(db, sql.p, (int)sql.n, SQLITE_PREPARE_PERSISTENT, &stmt, NULL);
	if (rc != SQLITE_OK)
		db_error(db, error);
	return stmt;
}

bool db_run(sqlite3 *db, struct str script, struct error *error)
{
	while (str_trim(script).n) {
		sqlite3_stmt *stmt = NULL;
		const char *tail = NULL;
		int rc = sqlite3_prepare_v2(db, script.p, (int)script.n, &stmt, &tail);
		while (rc == SQLITE_OK && stmt && sqlite3_step(stmt) == SQLITE_ROW)
			continue;
		if (stmt)
			rc = sqlite3_finalize(stmt);
		if (rc != SQLITE_OK)
			return db_error(db, error);
		script = str_from(script, (size_t)(tail - script.p));
	}
	return true;
}

bool db_prepare_all(sqlite3 *db, const char *file, const char *const *names, size_t n,
	sqlite3_stmt **statements, struct error *error)
{
	for (size_t i = 0; i < n; i++) {
		statements[i] = db_prepare(db, sql_named(file, names[i]), error);
		if (statements[i])
			continue;
		error_wrap(error, "%s", names[i]);
		db_finalize_all(statements, i);
		return false;
	}
	return true;
}

void db_finalize_all(sqlite3_stmt **statements, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		sqlite3_finalize(statements[i]);
		statements[i] = NULL;
	}
}

bool db_pair(sqlite3 *db, const char *name, int64_t *first, int64_t *second, struct error *error)
{
	sqlite3_stmt *stmt = db_prepare(db, sql_named(connection_sql, name), error);
	if (!stmt)
		return false;
	bool ok = sqlite3_step(stmt) == SQLITE_ROW;
	if (ok) {
		*first = sqlite3_column_int64(stmt, 0);
		*second = sqlite3_column_int64(stmt, 1);
	} else {
		db_error(db, error);
	}
	sqlite3_finalize(stmt);
	return ok;
}
