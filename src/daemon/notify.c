#include "daemon/notify.h"

#include "base/log.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { MESSAGE_MAX = NOTIFY_STATUS_MAX + 64 };

/* A path, or an abstract name that begins with @. */
static bool connect_to(int fd, const char *where)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t n = strlen(where);

	if ((where[0] != '/' && where[0] != '@') || n < 2 || n >= sizeof(address.sun_path)) {
		errno = EINVAL;
		return false;
	}
	memcpy(address.sun_path, where, n);
	if (where[0] == '@')
		address.sun_path[0] = '\0';
	n += offsetof(struct sockaddr_un, sun_path);
	return connect(fd, (const struct sockaddr *)&address, (socklen_t)n) == 0;
}

static int64_t watchdog_us(void)
{
	const char *every = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");
	long long us = every ? strtoll(every, NULL, 10) : 0;

	if (us <= 0 || (pid && strtol(pid, NULL, 10) != (long)getpid()))
		return 0;
	return us;
}

void notify_open(struct notify *notify)
{
	const char *where = getenv("NOTIFY_SOCKET");

	*notify = (struct notify){.fd = -1};
	if (where && where[0]) {
		notify->watchdog_us = watchdog_us();
		notify->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	}
	if (notify->fd >= 0 && !connect_to(notify->fd, where)) {
		log_write(LOG_WARN, "notify.failed", LOG_STR("socket", where),
			LOG_STR("why", strerrordesc_np(errno)));
		notify_close(notify);
	}
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
}

void notify_close(struct notify *notify)
{
	if (notify->fd >= 0)
		close(notify->fd);
	*notify = (struct notify){.fd = -1};
}

bool notify_heard(const struct notify *notify)
{
	return notify->fd >= 0;
}

static void tell(struct notify *notify, const char *message)
{
	if (notify->fd >= 0)
		(void)!send(notify->fd, message, strlen(message), MSG_NOSIGNAL);
}

void notify_ready(struct notify *notify)
{
	tell(notify, "READY=1");
}

void notify_reloading(struct notify *notify, int64_t mono_us)
{
	char message[MESSAGE_MAX];

	snprintf(message, sizeof(message), "RELOADING=1\nMONOTONIC_USEC=%" PRId64, mono_us);
	tell(notify, message);
}

void notify_stopping(struct notify *notify)
{
	tell(notify, "STOPPING=1");
}

void notify_alive(struct notify *notify)
{
	tell(notify, "WATCHDOG=1");
}

void notify_status(struct notify *notify, const char *text)
{
	char message[MESSAGE_MAX];

	if (notify->fd < 0 || strcmp(text, notify->status) == 0)
		return;
	snprintf(notify->status, sizeof(notify->status), "%s", text);
	snprintf(message, sizeof(message), "STATUS=%s", notify->status);
	tell(notify, message);
}
