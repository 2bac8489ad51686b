/* daemon/notify.h - tells the service manager how the daemon is, by the protocol of sd_notify(3), without its
 * library. Where NOTIFY_SOCKET is not set, nothing is sent. A manager that does not listen is not waited
 * for. The loop's. */
#ifndef OUTRIDER_NOTIFY_H
#define OUTRIDER_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>

enum { NOTIFY_STATUS_MAX = 256 };

struct notify {
	int fd; /* -1: nobody listens */
	int64_t watchdog_us; /* WATCHDOG_USEC, when it is meant for this process; 0: no watchdog */
	char status[NOTIFY_STATUS_MAX]; /* as last told */
};

/* Takes its variables out of the environment, so that hooks don't inherit them. Before any thread. */
void notify_open(struct notify *notify);
void notify_close(struct notify *notify);
bool notify_heard(const struct notify *notify); /* whether there is a manager */

void notify_ready(struct notify *notify);
void notify_reloading(struct notify *notify, int64_t mono_us);
void notify_stopping(struct notify *notify);
void notify_alive(struct notify *notify); /* the watchdog's food */
/* A line for people; sent when it is another one than before. */
void notify_status(struct notify *notify, const char *text);

#endif
