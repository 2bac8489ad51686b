/* daemon/watch_adhoc.h - what people decide while the daemon runs: maintenance windows that are in no file, and
 * checks that are paused. Both hold at once, stand in the database, and outlive restarts and reloads. The
 * loop's. */
#ifndef OUTRIDER_WATCH_ADHOC_H
#define OUTRIDER_WATCH_ADHOC_H

#include "daemon/watch_set.h"

struct adhoc {
	struct adhoc_window *windows; /* that are not over */
	size_t n;
	int64_t last_id;
};

/* Goes on with what the store has. */
void adhoc_init(struct adhoc *adhoc, const struct store *store);
void adhoc_fini(struct adhoc *adhoc);

struct adhoc_wish {
	int64_t from_us, until_us; /* wall time */
	const char *title, *by; /* may be NULL */
	const char *const *checks; /* ids; */
	size_t n_checks; /* 0: for all */
};

/* Why not. */
enum adhoc_refusal {
	ADHOC_WRONG, /* it makes no sense, or there is none */
	ADHOC_FULL, /* there are ADHOC_WINDOWS_MAX already */
	ADHOC_UNKEPT, /* the store takes nothing at the moment */
};

/* A new window's id; 0: why not, and the error says it. */
int64_t adhoc_open_window(struct adhoc *adhoc, struct watch_set *set, struct store *store,
	const struct adhoc_wish *wish, int64_t now_wall_us, enum adhoc_refusal *why,
	struct error *error) MUST_CHECK;
/* Ends one, or withdraws it before it begins. */
bool adhoc_end_window(struct adhoc *adhoc, struct watch_set *set, struct store *store, int64_t id,
	int64_t now_wall_us, enum adhoc_refusal *why, struct error *error) MUST_CHECK;

/* A check that is paused has no slots, shows no state, and leaves its incident, which is over when it
 * was the last; a run under way ends by itself, and its result counts for nothing. */
bool adhoc_pause(struct watch_set *set, struct store *store, const char *check_id, bool paused,
	const char *by, struct moment now, struct error *error) MUST_CHECK;

/* What becomes of an alert that was given up, whose id somebody has looked up. */
bool adhoc_alert(struct store *store, int64_t id, bool retry, int64_t now_wall_us,
	struct error *error) MUST_CHECK;

#endif
