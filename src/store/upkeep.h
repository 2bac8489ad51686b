/* store/upkeep.h - what the store does between batches, in short steps: rolls results into the
 * rollups, deletes what was kept long enough. The store's thread. */
#ifndef OUTRIDER_STORE_UPKEEP_H
#define OUTRIDER_STORE_UPKEEP_H

#include "store/retention.h"
#include "store/sweep.h"

enum {
	UPKEEP_ROLL_S = 600, /* no result waits longer for the rollups */
	UPKEEP_LEAST_S = 1,
	UPKEEP_RETRY_S = 5, /* after a failure */
};

struct upkeep {
	struct session *session;
	struct roller roller;
	struct sweep rolling;
	struct retention retention;
	int64_t (*wall_us)(void);
	int64_t retry_us; /* not before; 0: nothing has failed */
	struct error why; /* of the failure that lasts */
};

bool upkeep_init(struct upkeep *upkeep, struct session *session,
	const struct store_options *options, struct error *error) MUST_CHECK;
void upkeep_fini(struct upkeep *upkeep);

/* When the next step is due, in monotonic time; INT64_MAX: nothing to do. */
int64_t upkeep_due(const struct upkeep *upkeep);
/* One step, no longer than a batch; nothing when none is due. */
void upkeep_step(struct upkeep *upkeep, int64_t now_us);

#endif
