#include "store/file.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/memory.h"
#include "base/str.h"
#include "store/db.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
enum {
	FILE_PATH_MAX = 2 * PATH_MAX,
	HEADER_BYTES = 100, /* SQLite's file format, 1.3 */
	HEADER_VERSIONS_AT = 18, /* what it takes to write the file, and to read it */
	HEADER_VERSION_MAX = 2, /* WAL */
	HEADER_FORMAT_AT = 44, /* of the schema */
	HEADER_FORMAT_MAX = 4,
	HEADER_APPLICATION_AT = 68,
	FILE_COPY_BYTES = 1 << 20, /* at once */
};

static char *join(const char *a, const char *b, const char *c)
{
	struct buf path = BUF_INIT(FILE_PATH_MAX);
	buf_printf(&path, "%s%s%s", a, b, c);
	return buf_take(&path);
}

/* The resolved directory and the last part of the path. */
static char *resolve_missing(const char *path, struct error *error)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	char *parent = slash ? mem_strndup((struct str){path, (size_t)(slash - path) + 1})
			     : mem_strdup(".");
	char *directory = realpath(parent, NULL);
	char *resolved = NULL;
	if (!directory)
		error_set(error, "%s: its directory can't be used: %s", path, strerror(errno));
	else if (!*name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		error_set(error, "%s: not the name of a file", path);
	else
		resolved = join(strcmp(directory, "/") == 0 ? "" : directory, "/", name);
	free(directory);
	free(parent);
	return resolved;
}

char *file_resolve(const char *path, struct error *error)
{
	char *resolved = realpath(path, NULL);
	if (resolved)
		return resolved;
	if (errno != ENOENT) {
		error_set(error, "%s: %s", path, strerror(errno));
		return NULL;
	}
	return resolve_missing(path, error);
}

/* Whoever held the lock before may have removed the file; then it locks nothing any more. */
static bool is_in_place(int fd, const char *path)
{
	struct stat held;
	struct stat named;
	return fstat(fd, &held) == 0 && stat(path, &named) == 0 && held.st_ino == named.st_ino &&
	       held.st_dev == named.st_dev;
}

static long holder_of(int fd)
{
	char text[32] = "";
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
	return n > 0 ? strtol(text, NULL, 10) : 0;
}

/* The lock file's second line. */
static struct file_id known_of(int fd)
{
	char text[128] = "";
	struct file_id id = {0};
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
	const char *line = n > 0 ? strchr(text, '\n') : NULL;
	if (!line || sscanf(line, " %" SCNu64 " %" SCNd64, &id.inode, &id.born_us) != 2)
		return (struct file_id){0};
	return id;
}

struct file_id file_id(const char *path)
{
	struct statx status;
	if (statx(AT_FDCWD, path, 0, STATX_INO | STATX_BTIME, &status) != 0)
		return (struct file_id){0};
	struct file_id id = {.inode = status.stx_ino};
	if (status.stx_mask & STATX_BTIME)
		id.born_us = (int64_t)status.stx_btime.tv_sec * US_PER_S +
			     status.stx_btime.tv_nsec / 1000;
	return id;
}

static void refuse_held(const char *path, int fd, struct error *error)
{
	long pid = holder_of(fd);
	if (pid > 0)
		error_set(error, "%s is in use by another outrider (process %ld)", path, pid);
	else
		error_set(error, "%s is in use by another outrider", path);
}

static struct file_lock try_lock(
	const char *path, const char *lock_path, bool *again, struct error *error)
{
	struct file_lock none = {.fd = -1};
	int flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW;
	int fd = open(lock_path, flags | O_CREAT | O_EXCL, FILE_MODE);
	bool fresh = fd >= 0;
	if (fd < 0 && errno == EEXIST)
		fd = open(lock_path, flags);
	*again = fd < 0 && errno == ENOENT;
	if (fd < 0) {
		error_set(error, "%s can't be opened for writing: %s", lock_path, strerror(errno));
		return none;
	}
	if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		if (errno == EWOULDBLOCK)
			refuse_held(path, fd, error);
		else
			error_set(error, "%s can't be locked: %s", lock_path, strerror(errno));
		close(fd);
		return none;
	}
	*again = !is_in_place(fd, lock_path);
	if (*again) {
		error_set(error, "%s comes and goes", lock_path);
		close(fd);
		return none;
	}
	return (struct file_lock){
		.fd = fd, .owned = holder_of(fd) > 0, .known = known_of(fd), .fresh = fresh};
}

struct file_lock file_lock(const char *path, struct error *error)
{
	char *lock_path = join(path, ".lock", "");
	bool again = true;
	struct file_lock lock = {.fd = -1};
	for (int tries = 0; again && tries < FILE_LOCK_TRIES; tries++)
		lock = try_lock(path, lock_path, &again, error);
	if (lock.fd >= 0)
		error_set(error, "%s", ""); /* of an earlier try */
	free(lock_path);
	return lock;
}

bool file_lock_own(struct file_lock *lock, const char *path, struct error *error)
{
	char text[128];
	struct file_id id = file_id(path);
	int n = snprintf(text, sizeof(text), "%ld\n%" PRIu64 " %" PRId64 "\n", (long)getpid(),
		id.inode, id.born_us);
	if (pwrite(lock->fd, text, (size_t)n, 0) != n || ftruncate(lock->fd, n) != 0)
		return error_set(error, "the lock file can't be written: %s", strerror(errno));
	lock->owned = true;
	lock->known = id;
	return true;
}

bool file_lock_knows(const struct file_lock *lock, const char *path)
{
	struct file_id id = file_id(path);
	return lock->owned && id.inode && id.inode == lock->known.inode &&
	       id.born_us == lock->known.born_us;
}

void file_unlock(struct file_lock *lock, const char *path)
{
	if (lock->fd < 0)
		return;
	if (lock->fresh && !lock->owned) {
		char *lock_path = join(path, ".lock", "");
		unlink(lock_path);
		free(lock_path);
	}
	close(lock->fd);
	lock->fd = -1;
}

static uint32_t word_at(const unsigned char *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* No SQLite that there is writes such a header. */
static bool is_strange(const unsigned char *header)
{
	const unsigned char *versions = header + HEADER_VERSIONS_AT;
	return versions[0] > HEADER_VERSION_MAX || versions[1] > HEADER_VERSION_MAX ||
	       word_at(header + HEADER_FORMAT_AT) > HEADER_FORMAT_MAX;
}

static enum file_kind kind_of(const unsigned char *header, size_t n)
{
	static const char magic[] = "SQLite format 3"; /* with its NUL */
	if (n == 0)
		return FILE_NEW;
	if (n < HEADER_BYTES || memcmp(header, magic, sizeof(magic)) != 0)
		return FILE_OTHER;
	if (word_at(header + HEADER_APPLICATION_AT) != DB_APPLICATION_ID)
		return FILE_DATABASE;
	return is_strange(header) ? FILE_STRANGE : FILE_OURS;
}

int64_t file_size(const char *path, const char *suffix)
{
	struct stat status;
	char *whole = join(path, suffix, "");
	int64_t size = stat(whole, &status) == 0 ? (int64_t)status.st_size : 0;
	free(whole);
	return size;
}

bool file_look(const char *path, enum file_kind *kind, struct error *error)
{
	struct stat status;
	if (stat(path, &status) == 0 && !S_ISREG(status.st_mode))
		return error_set(error, "it is %s",
			S_ISDIR(status.st_mode) ? "a directory" : "not an ordinary file");
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, FILE_MODE);
	if (fd < 0)
		return error_set(error, "it can't be opened for writing: %s", strerror(errno));
	unsigned char header[HEADER_BYTES];
	ssize_t n = pread(fd, header, sizeof(header), 0);
	if (n < 0)
		error_set(error, "it can't be read: %s", strerror(errno));
	else
		*kind = kind_of(header, (size_t)n);
	close(fd);
	if (n == 0 && file_size(path, "-wal") > 0)
		*kind = FILE_HOLLOW;
	return n >= 0;
}

static char *aside_path(const char *path, int64_t wall_us)
{
	time_t at = (time_t)(wall_us / US_PER_S);
	struct tm utc;
	char stamp[32] = "";
	gmtime_r(&at, &utc);
	strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", &utc);
	return join(path, ".corrupt-", stamp);
}

/* A part that is not there is as good as moved. */
static bool move_part(const char *path, const char *aside, const char *suffix)
{
	char *from = join(path, suffix, "");
	char *to = join(aside, suffix, "");
	bool moved = renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0;
	if (!moved && errno == EINVAL) /* a file system that doesn't know the flag */
		moved = access(to, F_OK) != 0 && rename(from, to) == 0;
	moved = moved || errno == ENOENT;
	free(to);
	free(from);
	return moved;
}

/* The file itself goes last: a log without its file would be deleted by the next opening. */
static bool move_all(const char *path, const char *aside)
{
	static const char *const suffixes[] = {"-wal", "-shm", "-journal", ""};
	for (size_t i = 0; i < sizeof(suffixes) / sizeof(*suffixes); i++)
		if (!move_part(path, aside, suffixes[i]))
			return false;
	return true;
}

char *file_set_aside(const char *path, int64_t now_wall_us, struct error *error)
{
	for (int tries = 0; tries < FILE_SET_ASIDE_TRIES; tries++) {
		char *aside = aside_path(path, now_wall_us + tries * US_PER_S);
		if (access(aside, F_OK) != 0 && move_all(path, aside))
			return aside;
		int why = errno;
		bool taken = access(aside, F_OK) == 0;
		free(aside);
		if (taken)
			continue;
		error_set(error, "%s is damaged and can't be set aside: %s", path, strerror(why));
		return NULL;
	}
	error_set(error, "%s is damaged and there are too many copies set aside", path);
	return NULL;
}

static bool copy_bytes(int from, int to)
{
	ssize_t n;
	do
		n = sendfile(to, from, NULL, FILE_COPY_BYTES);
	while (n > 0);
	return n == 0;
}

char *file_copy_log(const char *path, int64_t now_wall_us, struct error *error)
{
	char *whole = join(path, "-wal", "");
	char *stamped = aside_path(path, now_wall_us);
	char *aside = join(stamped, "-wal", "");
	int from = open(whole, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	int to = open(aside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE);
	bool done = from >= 0 && to >= 0 && copy_bytes(from, to) && fsync(to) == 0;
	if (!done)
		error_set(error, "%s: %s", aside, strerror(errno));
	if (!done && to >= 0)
		unlink(aside);
	if (from >= 0)
		close(from);
	if (to >= 0)
		close(to);
	free(stamped);
	free(whole);
	if (done)
		return aside;
	free(aside);
	return NULL;
}
