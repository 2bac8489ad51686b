/* Preloaded by a test: while the file $HANG_FILE exists, the thread named $HANG_THREAD hangs where it waits
 * for events or writes to the disk. */
#include <dlfcn.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

static void hang(void)
{
	const char *file = getenv("HANG_FILE"), *who = getenv("HANG_THREAD");
	char name[16] = "";

	if (!file || !who || pthread_getname_np(pthread_self(), name, sizeof(name)) != 0)
		return;
	while (strcmp(name, who) == 0 && access(file, F_OK) == 0)
		usleep(20000);
}

int poll(struct pollfd *fds, nfds_t n, int timeout)
{
	int (*next)(struct pollfd *, nfds_t, int) = dlsym(RTLD_NEXT, "poll");
	hang();
	return next(fds, n, timeout);
}

int __poll_chk(struct pollfd *fds, nfds_t n, int timeout, size_t size)
{
	(void)size;
	return poll(fds, n, timeout);
}

int epoll_wait(int epoll, struct epoll_event *events, int max, int timeout)
{
	int (*next)(int, struct epoll_event *, int, int) = dlsym(RTLD_NEXT, "epoll_wait");
	hang();
	return next(epoll, events, max, timeout);
}

ssize_t pwrite64(int fd, const void *bytes, size_t n, off64_t at)
{
	ssize_t (*next)(int, const void *, size_t, off64_t) = dlsym(RTLD_NEXT, "pwrite64");
	hang();
	return next(fd, bytes, n, at);
}
