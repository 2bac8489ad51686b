#include "daemon/activation.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FIRST_FD = 3, FDS_MAX = 65536 /* more are not looked at */ };

/* How many were passed to this process. */
static int passed(void)
{
	const char *pid = getenv("LISTEN_PID"), *n = getenv("LISTEN_FDS");
	long count = n ? strtol(n, NULL, 10) : 0;

	if (!pid || strtol(pid, NULL, 10) != (long)getpid() || count < 0)
		return 0;
	return count > FDS_MAX ? FDS_MAX : (int)count;
}

/* The place of our name among names, which colons separate; -1: it is not there. */
static int place_of(const char *names)
{
	for (int at = 0; names; at++) {
		size_t n = strcspn(names, ":");
		if (n == strlen(ACTIVATION_NAME) && strncmp(names, ACTIVATION_NAME, n) == 0)
			return at;
		names = names[n] ? names + n + 1 : NULL;
	}
	return -1;
}

static void forget(void)
{
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
}

bool activation_take(int *fd, struct error *error)
{
	int n = passed(), named = place_of(getenv("LISTEN_FDNAMES"));
	int ours = named >= 0 && named < n ? named : n == 1 ? 0 : -1;

	forget();
	*fd = 0;
	for (int i = 0; i < n; i++) {
		if (i == ours && fcntl(FIRST_FD + i, F_SETFD, FD_CLOEXEC) == 0)
			*fd = FIRST_FD + i;
		else if (i != ours)
			close(FIRST_FD + i);
	}
	if (n > 0 && ours < 0)
		return error_set(error,
			"%d sockets were passed, and none is named " ACTIVATION_NAME
			" (FileDescriptorName=)",
			n);
	return n == 0 || *fd || error_set(error, "the socket that was passed is not open");
}
