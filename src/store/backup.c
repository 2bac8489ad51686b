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
#include <sys/file.h>
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

/* A name that is taken meanwhile is refused. */
static bool give_name(const char *part, const char *to, struct error *error)
{
	bool done = renameat2(AT_FDCWD, part, AT_FDCWD, to, RENAME_NOREPLACE) == 0;
	if (!done && errno == EINVAL) { /* a file system that doesn't know the flag */
		done = link(part, to) == 0;
		if (done)
			unlink(part);
	}
	return done ? sync_folder_of(to, error) : failed(error, to);
}

static bool take(int fd, const char *part, struct error *error)
{
	struct stat held, named;
	if (flock(fd, LOCK_EX | LOCK_NB) != 0)
		return errno == EWOULDBLOCK
			       ? error_set(error, "%s: another backup is under way", part)
			       : failed(error, part);
	if (fstat(fd, &held) != 0 || lstat(part, &named) != 0 || held.st_ino != named.st_ino ||
		held.st_dev != named.st_dev)
		return error_set(error, "%s: another backup is under way", part);
	if (!S_ISREG(held.st_mode))
		return error_set(error, "%s is not an ordinary file", part);
	return true;
}

/* Of one that was killed. It is not written to: it may have got its name already. */
static bool drop_stale(const char *part, struct error *error)
{
	int fd = open(part, O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 && errno == ENOENT)
		return true;
	if (fd < 0)
		return failed(error, part);
	bool dropped = take(fd, part, error) && (unlink(part) == 0 || failed(error, part));
	close(fd);
	return dropped;
}

/* Locked as long as the descriptor is open; -1 with an error. */
static int make_part(const char *part, struct error *error)
{
	if (!drop_stale(part, error))
		return -1;
	int fd = open(part, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, FILE_MODE);
	if (fd < 0) {
		failed(error, part);
		return -1;
	}
	if (take(fd, part, error))
		return fd;
	close(fd);
	return -1;
}

static bool back_up(
	const char *database, const char *part, const char *to, int stop_fd, struct error *error)
{
	return copy(database, part, stop_fd, error) && check(part, stop_fd, error) &&
	       sync_path(part, O_RDONLY, error) && give_name(part, to, error);
}

static bool write_part(
	const char *database, const char *part, const char *to, int stop_fd, struct error *error)
{
	int fd = make_part(part, error);
	if (fd < 0)
		return false;
	bool done = back_up(database, part, to, stop_fd, error);
	if (!done)
		unlink(part);
	close(fd);
	return done;
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
	char *resolved = file_resolve(to, error);
	if (!resolved)
		return false;
	size_t n = strlen(resolved) + sizeof(BACKUP_SUFFIX);
	char *part = mem_alloc(n);
	snprintf(part, n, "%s%s", resolved, BACKUP_SUFFIX);
	bool done = write_part(database, part, resolved, stop_fd, error);
	if (done)
		*bytes = file_size(resolved, "");
	free(part);
	free(resolved);
	return done;
}
