#include "store/backup.h"

#include "base/memory.h"
#include "store/db.h"
#include "store/file.h"
#include "store/sql.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { STOP_LOOK_OPS = 10000 }; /* of SQLite's machine between two looks */

static int wants_stop(void *ctx)
{
	struct pollfd fd = {.fd = *(const int *)ctx, .events = POLLIN};
	return fd.fd >= 0 && poll(&fd, 1, 0) > 0;
}

static bool failed(struct error *error, const char *path)
{
	return error_set(error, "%s: %s", path, strerror(errno));
}

/* One text parameter at most. *is_ok: its first row says so. */
static bool run(
	sqlite3 *db, const char *name, const char *parameter, bool *is_ok, struct error *error)
{
	sqlite3_stmt *stmt = db_prepare(db, sql_named("sql/connection.sql", name), error);
	if (!stmt)
		return false;
	struct binder b = bind_to(stmt);
	if (parameter)
		bind_text(&b, parameter);
	int rc = sqlite3_step(stmt);
	const char *said = rc == SQLITE_ROW ? (const char *)sqlite3_column_text(stmt, 0) : NULL;
	*is_ok = said && strcmp(said, "ok") == 0;
	bool done = rc == SQLITE_ROW || rc == SQLITE_DONE;
	if (!done)
		db_error(db, error);
	sqlite3_finalize(stmt);
	return done;
}

static bool copy(const char *database, const char *part, int stop_fd, struct error *error)
{
	bool is_ok = false;
	sqlite3 *db = db_open_reader(database, error);
	if (!db)
		return false;
	sqlite3_progress_handler(db, STOP_LOOK_OPS, wants_stop, &stop_fd);
	bool done = db_run(db, sql_named("sql/connection.sql", "copier"), error) &&
		    run(db, "copy", part, &is_ok, error);
	if (!done)
		error_wrap(error, "%s", database);
	db_close(db);
	return done;
}

static bool check(const char *part, int stop_fd, struct error *error)
{
	bool is_ok = false;
	sqlite3 *db = db_open_reader(part, error);
	if (!db)
		return false;
	sqlite3_progress_handler(db, STOP_LOOK_OPS, wants_stop, &stop_fd);
	bool done = run(db, "quick_check", NULL, &is_ok, error);
	db_close(db);
	if (done && !is_ok)
		return error_set(error, "the copy is not sound: %s may be damaged", part);
	return done;
}

static bool sync_path(const char *path, int flags, struct error *error)
{
	int fd = open(path, flags | O_CLOEXEC);
	bool done = fd >= 0 && fsync(fd) == 0;
	if (!done)
		failed(error, path);
	if (fd >= 0)
		close(fd);
	return done;
}

static bool sync_folder_of(const char *path, struct error *error)
{
	char *name = mem_strdup(path);
	bool done = sync_path(dirname(name), O_RDONLY | O_DIRECTORY, error);
	free(name);
	return done;
}

/* link() refuses a name that is taken, where rename() would not. */
static bool give_name(const char *part, const char *to, struct error *error)
{
	if (link(part, to) != 0)
		return failed(error, to);
	unlink(part);
	return sync_folder_of(to, error);
}

static bool make_part(const char *part, struct error *error)
{
	int fd = open(part, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, FILE_MODE);
	if (fd < 0 && errno == EEXIST)
		return error_set(error,
			"%s exists: another backup is under way, or was broken off and left it",
			part);
	if (fd < 0)
		return failed(error, part);
	close(fd);
	return true;
}

static bool back_up(
	const char *database, const char *part, const char *to, int stop_fd, struct error *error)
{
	return copy(database, part, stop_fd, error) && check(part, stop_fd, error) &&
	       sync_path(part, O_RDONLY, error) && give_name(part, to, error);
}

bool store_backup(
	const char *database, const char *to, int stop_fd, int64_t *bytes, struct error *error)
{
	struct stat status;
	*bytes = 0;
	if (lstat(to, &status) == 0)
		return error_set(error, "%s exists already", to);
	if (stat(database, &status) != 0)
		return failed(error, database);
	size_t n = strlen(to) + sizeof(BACKUP_SUFFIX);
	char *part = mem_alloc(n);
	snprintf(part, n, "%s%s", to, BACKUP_SUFFIX);
	bool done = make_part(part, error);
	if (done) {
		done = back_up(database, part, to, stop_fd, error);
		if (!done)
			unlink(part);
	}
	if (done)
		*bytes = file_size(to, "");
	free(part);
	return done;
}
