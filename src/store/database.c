#include "store/database.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "store/migrate.h"
#include "store/session.h"
#include "store/sql.h"
#include "store/wal.h"

#include <inttypes.h>
#include <stdlib.h>

/* What a look at the file came to. */
enum finding_of_file {
	FILE_IS_FRESH, /* nothing in it yet */
	FILE_IS_SOUND, /* ours */
	FILE_IS_DAMAGED, /* was ours; the error says how it shows */
	FILE_IS_REFUSED, /* the error says why */
};

/* A failure while looking: damage when the file is known to be ours, else not ours to touch. */
static enum finding_of_file blame(sqlite3 *db, bool ours, struct error *error)
{
	if (!db_is_damage(db))
		return FILE_IS_REFUSED;
	if (ours)
		return FILE_IS_DAMAGED;
	error_wrap(error, "it is not a database of Outrider, or its beginning is lost");
	return FILE_IS_REFUSED;
}

/* "*** in database main ***", a newline, the first thing that is wrong */
static const char *without_heading(const char *said)
{
	const char *line = said[0] == '*' ? strchr(said, '\n') : NULL;
	return line ? line + 1 : said;
}

static enum finding_of_file check_once(
	sqlite3 *db, struct str check, const char *table, struct error *error)
{
	sqlite3_stmt *stmt = db_prepare(db, check, error);
	if (!stmt)
		return blame(db, true, error);
	struct binder b = bind_to(stmt);
	if (table)
		bind_text(&b, table);
	bool row = sqlite3_step(stmt) == SQLITE_ROW;
	const char *said = row ? (const char *)sqlite3_column_text(stmt, 0) : NULL;
	bool sound = said && strcmp(said, "ok") == 0;
	if (!row)
		db_error(db, error);
	else if (!sound)
		error_set(error, "%s", said ? without_heading(said) : "it can't be checked");
	sqlite3_finalize(stmt);
	if (sound)
		return FILE_IS_SOUND;
	return row ? FILE_IS_DAMAGED : blame(db, true, error);
}

/* PRAGMA quick_check, of the whole file or of the tables that the daemon goes on from. */
static enum finding_of_file quick_check(sqlite3 *db, const char *path, struct error *error)
{
	static const char *const small[] = {
		"meta", "checks", "check_state", "incident", "incident_event", "outbox"};
	int64_t size = file_size(path, "");
	if (size <= DATABASE_CHECK_BYTES_MAX)
		return check_once(db, sql_named("sql/connection.sql", "quick_check"), NULL, error);
	log_write(LOG_INFO, "store.check_in_part", LOG_STR("file", path), LOG_INT("bytes", size));
	struct str one = sql_named("sql/connection.sql", "quick_check_table");
	enum finding_of_file found = FILE_IS_SOUND;
	for (size_t i = 0; found == FILE_IS_SOUND && i < sizeof(small) / sizeof(*small); i++)
		found = check_once(db, one, small[i], error);
	return found;
}

static enum finding_of_file judge_version(int64_t version, struct error *error)
{
	int latest = migrate_latest();
	if (version > latest && version <= MIGRATE_VERSION_MAX) {
		error_set(error,
			"it was written by a newer Outrider (version %" PRId64
			" of the database, this program knows up to %d)",
			version, latest);
		return FILE_IS_REFUSED;
	}
	if (version >= 1 && version <= latest)
		return FILE_IS_SOUND;
	error_set(error, "its version is %" PRId64, version);
	return FILE_IS_DAMAGED;
}

static enum finding_of_file identify(sqlite3 *db, bool ours, struct error *error)
{
	int64_t application = 0;
	int64_t version = 0;
	int64_t tables = 0;
	int64_t of_ours = 0;
	if (!db_pair(db, "identity", &application, &version, error) ||
		!db_pair(db, "tables", &tables, &of_ours, error))
		return blame(db, ours, error);
	if (application == DB_APPLICATION_ID)
		return judge_version(version, error);
	if (application == 0 && version == 0 && tables == 0)
		return FILE_IS_FRESH;
	error_set(error, "it is a database of another program (application id %" PRId64 ")",
		application);
	if (of_ours < 3)
		return FILE_IS_REFUSED;
	error_set(error, "its application id is %" PRId64, application);
	return FILE_IS_DAMAGED;
}

/* The schema is text in the file: a flipped bit may leave a column with another name, which quick_check
 * takes for good. */
static enum finding_of_file check_schema(sqlite3 *db, struct error *error)
{
	int64_t application = 0;
	int64_t version = 0;
	if (!db_pair(db, "identity", &application, &version, error))
		return blame(db, true, error);
	if (version != migrate_latest())
		return FILE_IS_SOUND; /* its tables are of their time */
	struct session session;
	bool fits = session_init(&session, db, error);
	bool strange = !fits && sqlite3_errcode(db) == SQLITE_ERROR;
	session_fini(&session);
	if (strange)
		return FILE_IS_DAMAGED;
	return fits ? FILE_IS_SOUND : blame(db, true, error);
}

static enum finding_of_file examine(const struct database *database, bool ours, struct error *error)
{
	enum finding_of_file found = identify(database->db, ours, error);
	if (found == FILE_IS_SOUND)
		found = quick_check(database->db, database->path, error);
	if (found == FILE_IS_SOUND)
		found = check_schema(database->db, error);
	return found;
}

static bool has_log(const char *path)
{
	return file_size(path, "-wal") > 0 || file_size(path, "-journal") > 0;
}

/* It may be meant: whoever empties the file wants to begin anew. */
static void say_emptied(const struct database *database, bool known)
{
	if (known)
		log_write(LOG_WARN, "store.emptied", LOG_STR("file", database->path),
			LOG_STR("note", "it was ours and is empty; history starts again"));
}

/* What needs no SQLite: it would play a log that stands beside into a file that may be somebody else's. */
static enum finding_of_file look_from_outside(
	const struct database *database, enum file_kind kind, bool known, struct error *error)
{
	switch (kind) {
	case FILE_OTHER:
		error_set(error, "it is not a database of Outrider");
		return known ? FILE_IS_DAMAGED : FILE_IS_REFUSED;
	case FILE_STRANGE:
		error_set(error, "its header asks for another version of SQLite");
		return known ? FILE_IS_DAMAGED : FILE_IS_REFUSED;
	case FILE_HOLLOW:
		error_set(error, "it is empty, but its log (-wal) is not");
		return database->lock.owned ? FILE_IS_DAMAGED : FILE_IS_REFUSED;
	case FILE_DATABASE:
		if (known || !has_log(database->path))
			break;
		error_set(error, "it is a database of another program, and a log stands beside it");
		return FILE_IS_REFUSED;
	case FILE_NEW: say_emptied(database, known); break;
	case FILE_OURS: break;
	}
	return FILE_IS_SOUND;
}

/* SQLite goes on from what is whole of its log, and writes over the rest: that is kept, and said. */
static void keep_damaged_log(const struct database *database)
{
	struct error why = {""};
	struct error failure = {""};
	if (!wal_is_damaged(database->path, &why))
		return;
	char *kept = file_copy_log(database->path, clock_wall_us(), &failure);
	log_write(LOG_ERROR, "store.log_damaged", LOG_STR("file", database->path),
		LOG_STR("why", why.text), LOG_STR("kept_as", kept ? kept : ""),
		LOG_STR("not_kept", failure.text),
		LOG_STR("note", "the latest results and incidents are missing"));
	free(kept);
}

/* Opens the connection and looks. On DAMAGED and REFUSED it is closed again. */
static enum finding_of_file open_and_examine(struct database *database, struct error *error)
{
	enum file_kind kind = FILE_NEW;
	if (!file_look(database->path, &kind, error))
		return FILE_IS_REFUSED;
	bool known = file_lock_knows(&database->lock, database->path);
	enum finding_of_file found = look_from_outside(database, kind, known, error);
	if (found != FILE_IS_SOUND)
		return found;
	found = FILE_IS_REFUSED;
	if (kind == FILE_OURS || known)
		keep_damaged_log(database);
	database->db = db_open(database->path, error);
	if (database->db)
		found = examine(database, known || kind == FILE_OURS, error);
	if (found == FILE_IS_FRESH || found == FILE_IS_SOUND)
		return found;
	db_abandon(database->db);
	database->db = NULL;
	return found;
}

static bool set_aside(const struct database *database, const char *why, struct error *error)
{
	char *aside = file_set_aside(database->path, clock_wall_us(), error);
	if (!aside)
		return false;
	log_write(LOG_ERROR, "store.damaged", LOG_STR("file", database->path), LOG_STR("why", why),
		LOG_STR("set_aside_as", aside),
		LOG_STR("note", "history starts again in a new file"));
	free(aside);
	return true;
}

/* Facts of a new file; of an old one, those that it lacks. */
static bool write_birth(sqlite3 *db, struct error *error)
{
	sqlite3_stmt *stmt = db_prepare(db, sql_named("sql/store.sql", "birth"), error);
	if (!stmt)
		return false;
	char now[TEXT_TIME_MAX];
	struct binder b = bind_to(stmt);
	bind_text(&b, text_time(clock_wall_us(), now));
	bind_text(&b, "outrider " OUTRIDER_VERSION);
	bool done = stmt_run(stmt);
	if (!done)
		db_error(db, error);
	sqlite3_finalize(stmt);
	return done;
}

static bool prepare(struct database *database, bool fresh, struct error *error)
{
	if (sqlite3_db_readonly(database->db, "main") == 1)
		return error_set(error, "it can't be written");
	struct error why = {""};
	if (!db_become_writer(database->db, fresh, error) ||
		!migrate_run(database->db, assets, error))
		return false;
	bool born = write_birth(database->db, &why);
	if (fresh && born) /* so that a copy is known as ours from its first page on */
		sqlite3_wal_checkpoint_v2(
			database->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	if (born || !fresh) /* an old file may be on a full disk */
		return true;
	*error = why;
	return false;
}

static bool open_locked(struct database *database, struct error *error)
{
	struct error why = {""};
	enum finding_of_file found = open_and_examine(database, &why);
	if (found == FILE_IS_DAMAGED) {
		if (!set_aside(database, why.text, error))
			return false;
		found = open_and_examine(database, &why);
	}
	/* It is known as ours before its first bytes say so, which its log may hold for long. */
	if ((found == FILE_IS_FRESH || found == FILE_IS_SOUND) &&
		file_lock_own(&database->lock, database->path, &why) &&
		prepare(database, found == FILE_IS_FRESH, &why))
		return true;
	return error_set(error, "%s: %s", database->path, why.text);
}

bool database_open(struct database *database, const char *path, struct error *error)
{
	*database = (struct database){.lock = {.fd = -1}};
	if (!path || !*path)
		return error_set(error, "the database has no path");
	database->path = file_resolve(path, error);
	if (!database->path)
		return false;
	database->lock = file_lock(database->path, error);
	if (database->lock.fd >= 0 && open_locked(database, error))
		return true;
	database_close(database);
	return false;
}

void database_close(struct database *database)
{
	db_close(database->db);
	database->db = NULL;
	file_unlock(&database->lock, database->path);
	free(database->path);
	database->path = NULL;
}
