#include "scratch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define PREFIX "outrider-demo-"
#define UNIQUE "XXXXXX" /* mkdtemp(3) */

static const char lock_name[] = "demo.db.lock";

static const char *base_folder(void)
{
	const char *base = getenv("TMPDIR");

	return !base || !base[0] || strlen(base) > 32 ? "/tmp" : base;
}

static void empty(int folder)
{
	static const char *const names[] = {"demo.db", "demo.db-wal", "demo.db-shm", lock_name};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		unlinkat(folder, names[i], 0);
}

static bool is_mine(int fd, mode_t kind)
{
	struct stat status;

	return fstat(fd, &status) == 0 && (status.st_mode & S_IFMT) == kind &&
	       status.st_uid == geteuid();
}

/* A demo that runs holds its lock. One that begins has not written to it yet, and is not disturbed. */
static bool is_over(int lock)
{
	struct stat status;

	return is_mine(lock, S_IFREG) && fstat(lock, &status) == 0 && status.st_size > 0 &&
	       flock(lock, LOCK_EX | LOCK_NB) == 0;
}

static void sweep_one(int base, const char *name)
{
	int flags = O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK;
	int folder = openat(base, name, flags | O_DIRECTORY);
	int lock = folder >= 0 && is_mine(folder, S_IFDIR) ? openat(folder, lock_name, flags) : -1;

	if (lock >= 0 && is_over(lock)) {
		empty(folder);
		unlinkat(base, name, AT_REMOVEDIR);
	}
	if (lock >= 0)
		close(lock);
	if (folder >= 0)
		close(folder);
}

static void sweep(const char *path)
{
	DIR *base = opendir(path);
	const struct dirent *entry;

	while (base && (entry = readdir(base)))
		if (strncmp(entry->d_name, PREFIX, strlen(PREFIX)) == 0 &&
			strlen(entry->d_name) == strlen(PREFIX UNIQUE))
			sweep_one(dirfd(base), entry->d_name);
	if (base)
		closedir(base);
}

bool scratch_make(struct scratch *scratch, struct error *error)
{
	sweep(base_folder());
	snprintf(scratch->folder, sizeof(scratch->folder), "%s/" PREFIX UNIQUE, base_folder());
	if (!mkdtemp(scratch->folder)) {
		error_set(error, "%s: %s", scratch->folder, strerror(errno));
		scratch->folder[0] = '\0';
		return false;
	}
	snprintf(scratch->database, sizeof(scratch->database), "%s/demo.db", scratch->folder);
	return true;
}

void scratch_remove(struct scratch *scratch)
{
	int folder =
		scratch->folder[0] ? open(scratch->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	if (folder < 0)
		return;
	empty(folder);
	close(folder);
	rmdir(scratch->folder);
}
