#include "store/look.h"

#include "base/clock.h"
#include "store/file.h"
#include "store/migrate.h"
#include "store/sql.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHECK_US_MAX = 1500000, PROGRESS_STEPS = 10000 };

static const char connection_sql[] = "sql/connection.sql";

static int over_time(void *deadline)
{
	return clock_mono_us() > *(const int64_t *)deadline;
}

/* Who holds PATH.lock, by what the file says. */
static long holder(const char *path)
{
	char name[PATH_MAX + 8], text[32] = "";
	snprintf(name, sizeof(name), "%s.lock", path);
	int fd = open(name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return 0;
	bool held = flock(fd, LOCK_SH | LOCK_NB) != 0;
	ssize_t n = held ? read(fd, text, sizeof(text) - 1) : 0;
	close(fd);
	return n > 0 ? strtol(text, NULL, 10) : 0;
}

static bool check(sqlite3 *db, struct store_look *look, struct error *error)
{
	struct arena arena;
	int64_t deadline = clock_mono_us() + CHECK_US_MAX;
	bool ok = true;
	sqlite3_stmt *stmt = db_prepare(db, sql_named(connection_sql, "quick_check"), error);
	if (!stmt)
		return false;
	arena_init(&arena);
	sqlite3_progress_handler(db, PROGRESS_STEPS, over_time, &deadline);
	look->state = STORE_SOUND;
	if (stmt_row(stmt)) {
		const char *said = column_text(stmt, 0, &arena);
		if (strcmp(said, "ok") != 0)
			ok = error_set(error, "damaged: %s", said);
	} else if (sqlite3_errcode(db) == SQLITE_INTERRUPT) {
		look->state = STORE_UNCHECKED;
	} else {
		ok = db_error(db, error);
	}
	sqlite3_progress_handler(db, 0, NULL, NULL);
	sqlite3_finalize(stmt);
	arena_fini(&arena);
	return ok;
}

static bool is_demo(sqlite3 *db)
{
	struct error ignored;
	int64_t until = 0, any = 0;
	return db_pair(db, "past", &until, &any, &ignored) && until != 0;
}

struct store_look store_look(const char *path, struct error *error)
{
	struct store_look look = {.state = STORE_UNUSABLE, .latest = migrate_latest()};
	struct stat status;
	int64_t id = 0, version = 0;
	char *resolved = file_resolve(path, error);
	if (!resolved)
		return look;
	look.holder = holder(resolved);
	look.bytes = file_size(resolved, "") + file_size(resolved, "-wal");
	if (stat(resolved, &status) != 0 || status.st_size == 0) {
		look.state = STORE_MISSING;
		free(resolved);
		return look;
	}
	sqlite3 *db = db_open_reader(resolved, error);
	free(resolved);
	if (!db)
		return look;
	if (!db_pair(db, "identity", &id, &version, error) || !check(db, &look, error))
		look.state = STORE_UNUSABLE;
	look.version = (int)version;
	look.demo = look.state != STORE_UNUSABLE && is_demo(db);
	db_close(db);
	return look;
}

const char *store_library(void)
{
	static char text[32];
	snprintf(text, sizeof(text), "SQLite %s", sqlite3_libversion());
	return text;
}
