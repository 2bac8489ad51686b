#include "report/file.h"

#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TEMPORARY_SUFFIX_MAX = 32 };

/* Where a report goes. */
struct target {
	char *path; /* behind symbolic links */
	char *beside; /* the temporary file's */
	bool exists;
	bool ordinary; /* or not there yet */
	mode_t mode;
};

static void target_fini(struct target *target)
{
	free(target->path);
	free(target->beside);
}

static bool refuse(struct error *error, int why)
{
	error_set(error, "%s", strerror(why));
	return false;
}

static bool target_init(struct target *target, const char *path, struct error *error)
{
	struct stat seen;
	*target = (struct target){.ordinary = true, .mode = 0666};
	target->exists = stat(path, &seen) == 0;
	if (!target->exists && errno != ENOENT)
		return refuse(error, errno);
	if (target->exists) {
		if (S_ISDIR(seen.st_mode))
			return refuse(error, EISDIR);
		if (access(path, W_OK) != 0)
			return refuse(error, errno);
		target->ordinary = S_ISREG(seen.st_mode);
		target->mode = seen.st_mode & 0777;
		target->path = realpath(path, NULL);
	}
	if (!target->path)
		target->path = mem_strdup(path);
	size_t room = strlen(target->path) + TEMPORARY_SUFFIX_MAX;
	target->beside = mem_alloc(room);
	snprintf(target->beside, room, "%s.%ld.tmp", target->path, (long)getpid());
	return true;
}

static int open_beside(const struct target *target)
{
	int fd = open(target->beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd >= 0 && target->exists && fchmod(fd, target->mode) != 0) {
		close(fd);
		unlink(target->beside);
		return -1;
	}
	return fd;
}

static bool write_all(int fd, struct str text)
{
	while (text.n > 0) {
		ssize_t n = write(fd, text.p, text.n);
		if (n < 0 && errno != EINTR)
			return false;
		if (n > 0)
			text = str_from(text, (size_t)n);
	}
	return true;
}

/* Closes fd. */
static bool finish(int fd, struct str text)
{
	bool written = write_all(fd, text);
	int why = errno;
	if (close(fd) != 0 && written)
		return false;
	errno = why;
	return written;
}

static bool write_beside(const struct target *target, int fd, struct str text)
{
	if (finish(fd, text) && rename(target->beside, target->path) == 0)
		return true;
	int why = errno;
	unlink(target->beside);
	errno = why;
	return false;
}

static bool write_directly(const struct target *target, struct str text)
{
	int fd = open(target->path, O_WRONLY | O_TRUNC | O_CLOEXEC | O_NOCTTY);
	return fd >= 0 && finish(fd, text);
}

static bool write_target(const struct target *target, struct str text)
{
	if (!target->ordinary)
		return write_directly(target, text);
	int fd = open_beside(target);
	if (fd >= 0 && write_beside(target, fd, text))
		return true;
	/* A folder that takes no new files, or a file that is a mount of its own. */
	bool in_place =
		target->exists &&
		(fd < 0 ? errno == EACCES || errno == EROFS || errno == EPERM : errno == EBUSY);
	return in_place && write_directly(target, text);
}

bool report_file_check(const char *path, struct error *error)
{
	struct target target;
	bool ok = target_init(&target, path, error);
	if (ok && !target.exists) {
		int fd = open_beside(&target);
		ok = fd >= 0 || refuse(error, errno);
		if (fd >= 0) {
			close(fd);
			unlink(target.beside);
		}
	}
	target_fini(&target);
	return ok || error_wrap(error, "can't write %s", path);
}

bool report_file_write(const char *path, struct str text, struct error *error)
{
	struct target target;
	bool ok = target_init(&target, path, error) &&
		  (write_target(&target, text) || refuse(error, errno));
	target_fini(&target);
	return ok || error_wrap(error, "can't write %s", path);
}

size_t report_file_size(const char *path)
{
	struct stat seen;
	return stat(path, &seen) == 0 && seen.st_size > 0 ? (size_t)seen.st_size : 0;
}

bool report_file_append(const char *path, struct str text, struct error *error)
{
	off_t before = (off_t)report_file_size(path);
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0666);
	if (fd >= 0 && finish(fd, text))
		return true;
	refuse(error, errno);
	bool whole = fd < 0 || truncate(path, before) == 0; /* again; a device can't be */
	return error_wrap(error, whole ? "can't write %s" : "can't write all of %s", path);
}
