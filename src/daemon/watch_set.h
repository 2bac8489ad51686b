/* daemon/watch_set.h - one loaded configuration being watched: the plan, its schedule, and what is known of
 * each check. A reload makes a new set that inherits by id; the old one lives until its last run
 * ends. The loop's. */
#ifndef OUTRIDER_WATCH_SET_H
#define OUTRIDER_WATCH_SET_H

#include "config/config.h"
#include "store/store.h"
#include "watch/budget.h"
#include "watch/health.h"
#include "watch/incident.h"
#include "watch/schedule.h"

struct watched {
	uint32_t number; /* in the database */
	uint32_t latest_ms; /* how long its newest result took */
	uint32_t unshown; /* of the missed slots those that the board has not heard of */
	uint8_t rechecks; /* extra runs since its health was decided last */
	uint8_t asks; /* and for the sake of dependents, before the regular slot asks_until_us */
	bool told_passes; /* the log has it that its known issue passes */
	bool fixed; /* its known issue is fixed, which the latest result says */
	bool evidence; /* keep the next result's evidence, even of a pass */
	enum no_answer no_answer : 8; /* of the latest result */
	bool brief; /* the last one passed: of another pass no findings are wanted */
	bool maintained; /* in a maintenance window, which began then: */
	bool spent_known; /* of its budget */
	bool asked; /* since something that depends on it failed, until it passes */
	bool cut; /* the process before ended during a run that its budget has to know of */
	int64_t maintained_wall_us;
	struct health health;
	int64_t since_wall_us; /* of the state */
	int64_t paused_wall_us; /* since then, by hand; 0: it is not */
	uint64_t missed; /* slots missed since the last stored result */
	int64_t latest_wall_us; /* start of its newest result; 0: none */
	int64_t asks_until_us; /* monotonic: that slot, for which asks counts */
	int64_t failed_wall_us; /* of the first failure behind its newest pass; 0: it passed */
	int64_t asking_wall_us; /* of the failure for which its causes were asked last */
	struct budget_spent spent; /* of its budget, once that is known */
	int32_t spent_day_said; /* the log has it that this day's budget is spent */
	uint32_t
		certificate_told_s; /* the second from which its certificate was told of; 0: none */
};

struct watch_set {
	struct config *config;
	struct schedule *schedule;
	struct watched *checks; /* as in the plan */
	struct incidents *incidents;
	struct incident_changes
		untold; /* by a pause or a new plan, that nobody listening has heard of */
	struct watched_burns
		*burns; /* of checks with an objective, in the plan's order; watch_burns.h */
	size_t n_burns;
	uint32_t *places; /* open addressing by id: index + 1, 0 is free; */
	size_t n_places; /* a power of two, at least twice as many as checks */
	int64_t windows_looked_us, windows_change_us; /* of the wall clock: watch_windows.h */
	size_t in_flight; /* runs that hold the plan */
	struct watch_set *next; /* older ones that still have runs */
};

/* What the clocks say, and in which boot (clock_boot). */
struct moment {
	int64_t mono_us, wall_us, boot;
};

/* Takes the configuration; state comes from the set before, else from the store. */
struct watch_set *watch_set_new(struct config *config, struct watch_set *before,
	struct store *store, struct moment now, struct error *error) MUST_CHECK;
void watch_set_free(struct watch_set *set); /* when no run holds it */

/* The check of that id, or -1. */
ptrdiff_t watch_set_find(const struct watch_set *set, const char *id);

/* A run of the check of that number is under way that an earlier set began. */
void watch_set_hold(struct watch_set *set, uint32_t number);

/* Whether a result that was not applied yet takes its check down, and into an incident. */
bool watch_set_falls(const struct watch_set *set, size_t index, const struct record *record);

/* What a result changes: fills the item's health, since and changes. */
void watch_set_apply(
	struct watch_set *set, size_t index, const struct record *record, struct store_item *item);

#endif
