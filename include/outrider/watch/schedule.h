/* watch/schedule.h - says which check is due. Given `now`, it never looks at a clock; monotonic
 * microseconds. Every check has a stable offset in its interval, made from its id, so that checks
 * spread evenly and keep their place across restarts. Slots that pass while a check still runs, or
 * while the process did not run, are counted as missed and not made up. Owned by the loop. */
#ifndef OUTRIDER_WATCH_SCHEDULE_H
#define OUTRIDER_WATCH_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct schedule;

struct schedule_entry {
	const char *id; /* copied */
	int64_t every_us; /* at least 1 s */
	bool enabled;
	bool soon; /* nothing recent is known: one slot more, within SCHEDULE_SOON_US of now;
		      the first of all these is now */
};

enum { SCHEDULE_SOON_US = 10000000 };

struct schedule *schedule_new(const struct schedule_entry *entries, size_t n, int64_t now_us);
void schedule_free(struct schedule *schedule);

/* When the next check is due; INT64_MAX: never. */
int64_t schedule_next_due(const struct schedule *schedule);

struct due {
	size_t index; /* of the entry */
	int64_t slot_us; /* when it should have started */
	uint64_t missed; /* slots of this check that passed unserved since its last start */
};

/* Takes one check that is due, marks it as running and moves it to its next slot. False when none
 * is due. Slots of a running check that pass are missed: they show in the next due's `missed` and
 * in schedule_missed. */
bool schedule_take(struct schedule *schedule, int64_t now_us, struct due *due);
/* The entry goes on where the same check stood under an earlier schedule: a run that is still under
 * way, the slots missed and not yet said, and, with the same interval, its next slot. For a schedule
 * that is new. */
void schedule_carry(struct schedule *schedule, size_t index, const struct schedule *before,
	size_t index_before, int64_t now_us);
/* The run of this entry is over. */
void schedule_done(struct schedule *schedule, size_t index);
bool schedule_running(const struct schedule *schedule, size_t index);

uint64_t schedule_missed(const struct schedule *schedule, size_t index);
int64_t schedule_due_at(const struct schedule *schedule, size_t index);

#endif
