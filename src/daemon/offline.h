/* daemon/offline.h - results that the network failed, kept back until it is known whether the monitor
 * itself is offline; then they say nothing of their services. Owned by the loop. */
#ifndef OUTRIDER_SRC_DAEMON_OFFLINE_H
#define OUTRIDER_SRC_DAEMON_OFFLINE_H

#include "check/record.h"
#include "daemon/canary.h"

#include <sys/queue.h>

struct daemon;
struct held;
STAILQ_HEAD(held_list, held);

struct offline {
	struct canary *canary;
	struct held_list held;
	int64_t since_wall_us; /* 0: it is online */
	int64_t until_mono_us; /* when it was over, the last time; 0: it never was offline */
	uint64_t runs; /* that counted for nothing since it is offline */
};

void offline_open(struct daemon *d);
/* Before the transfers close; nothing is held then. */
void offline_close(struct daemon *d);

/* Kept for now: runs_go_on gets it later. False: it is to go on at once, as it is, or as a skip because the
 * monitor itself was offline, or stops before it knows that. down: its check is down already. */
bool offline_hold(struct daemon *d, struct record *record, void *cookie, bool down);
/* Those kept go on as skips: the daemon stops. */
void offline_let_go(struct daemon *d);

#endif
