/* daemon/causes.h - results that would take their check down, kept back while what it depends on is being asked, so
 * that a cause is told first and alone. Costs nothing for checks that depend on none. Owned by the loop. */
#ifndef OUTRIDER_SRC_DAEMON_CAUSES_H
#define OUTRIDER_SRC_DAEMON_CAUSES_H

#include "check/record.h"

#include <sys/queue.h>

struct daemon;
struct waiting;
TAILQ_HEAD(waiting_list, waiting);

/* A cause that takes longer is not waited for. */
enum { CAUSES_WAIT_US = 5000000 };

struct causes {
	struct waiting_list waiting; /* none stands before what its check depends on */
	bool looking;
};

void causes_init(struct causes *causes);

/* Kept for now: runs_land gets it later. False: it is to land at once. Asks what its check depends on. index: of
 * that in the newest set. */
bool causes_hold(struct daemon *d, size_t index, struct record *record, void *cookie);
/* A result of the check has landed: what waited for it lands, too, unless it waits for another. */
void causes_answered(struct daemon *d, size_t index);
/* The same of whatever has waited long enough, or for what can't be asked any more; of all when the daemon stops.
 * Once a second. */
void causes_look(struct daemon *d);

#endif
