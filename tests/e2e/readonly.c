/* Preloaded by a test: while the file $READ_ONLY_WHILE exists, what is written to a database fails as on a
 * file system that the kernel made read-only under its open files, as ext4 does after an error. */
#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

static bool is_read_only(void)
{
	const char *file = getenv("READ_ONLY_WHILE");
	int before = errno;
	bool exists = file && access(file, F_OK) == 0;

	errno = exists ? EROFS : before;
	return exists;
}

ssize_t pwrite64(int fd, const void *bytes, size_t n, off64_t at)
{
	ssize_t (*next)(int, const void *, size_t, off64_t) = dlsym(RTLD_NEXT, "pwrite64");

	return is_read_only() ? -1 : next(fd, bytes, n, at);
}

ssize_t pwrite(int fd, const void *bytes, size_t n, off_t at)
{
	ssize_t (*next)(int, const void *, size_t, off_t) = dlsym(RTLD_NEXT, "pwrite");

	return is_read_only() ? -1 : next(fd, bytes, n, at);
}

int ftruncate64(int fd, off64_t n)
{
	int (*next)(int, off64_t) = dlsym(RTLD_NEXT, "ftruncate64");

	return is_read_only() ? -1 : next(fd, n);
}

int fdatasync(int fd)
{
	int (*next)(int) = dlsym(RTLD_NEXT, "fdatasync");

	return is_read_only() ? -1 : next(fd);
}

int fsync(int fd)
{
	int (*next)(int) = dlsym(RTLD_NEXT, "fsync");

	return is_read_only() ? -1 : next(fd);
}
