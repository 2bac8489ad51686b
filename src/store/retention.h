/* store/retention.h - deletes what has been kept long enough, check by check, in short transactions
 * between batches, and gives its pages back to the file system. What is not in the rollups stays, and
 * so does the first evidence of an open incident. Minutes are kept no longer than results. Above the
 * budget of bytes results, evidence and minutes are kept less long than was asked for. While the wall clock is
 * not to be believed nothing is deleted. The store's thread; retention_keep: any thread. */
#ifndef OUTRIDER_STORE_RETENTION_H
#define OUTRIDER_STORE_RETENTION_H

#include "store/belief.h"
#include "store/options.h"
#include "store/roll.h"
#include "store/sweep.h"

#include <pthread.h>
#include <stdatomic.h>

enum {
	RETENTION_SWEEP_S = 3600, /* each check's turn comes so often */
	RETENTION_ROWS_MAX = 500, /* of a table in one step */
	RETENTION_EVIDENCE_OF_OPEN = 100, /* of a check since its open incident began */
	RETENTION_RESERVE_PAGES = 256, /* free ones stay in the file, to be used again */
	RETENTION_VACUUM_PAGES = 64, /* in one step; sql/store.sql has the number */
	RETENTION_MEASURE_S = 10, /* how often the file is held against its budget */
	RETENTION_LEAST_H = 50, /* what a small budget still leaves of results and minutes */
};

struct retention {
	struct session *session;
	const struct roller *roller;
	struct belief belief;
	pthread_mutex_t lock;
	struct store_keep wanted; /* under the lock */
	_Atomic bool has_budget;
	struct store_keep asked, keep; /* of this step; keep: with the budget's cap */
	int64_t cap_us; /* of results and evidence while the budget is short; 0: none */
	bool too_small; /* and was said */
	struct sweep sweep;
	uint32_t hasty; /* checks still to be visited at once */
	uint32_t more; /* the check that was not done in one step; 0: none */
	bool freed; /* pages may be free */
	int64_t measure_us, incidents_us, look_us; /* when to look again */
};

/* False: the connection says why. */
bool retention_init(struct retention *retention, struct session *session,
	const struct roller *roller, const struct store_keep *keep) MUST_CHECK;
void retention_fini(struct retention *retention);
void retention_keep(struct retention *retention, const struct store_keep *keep);

/* In monotonic time; INT64_MAX: nothing to do. */
int64_t retention_due(const struct retention *retention);
/* One step. False: the connection says why. */
bool retention_step(struct retention *retention, int64_t now_us, int64_t now_wall_us) MUST_CHECK;

#endif
