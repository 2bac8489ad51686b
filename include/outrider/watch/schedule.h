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
};

/* Takes one check that is due, marks it as running and moves it to its next slot. False when none
 * is due. Of several slots that have passed the newest is served and the others are missed; all are
 * while the check runs. */
bool schedule_take(struct schedule *schedule, int64_t now_us, struct due *due);
/* The entry goes on where the same check stood under an earlier schedule: a run that is still under
 * way, the slots missed and not yet told, and, with the same interval, its next slots. Else those
 * before now are missed. For a schedule that is new. */
void schedule_carry(struct schedule *schedule, size_t index, const struct schedule *before,
	size_t index_before, int64_t now_us);
/* A run of this entry is under way that an earlier schedule began. */
void schedule_hold(struct schedule *schedule, size_t index);
/* The run of this entry is over. */
void schedule_done(struct schedule *schedule, size_t index);
bool schedule_running(const struct schedule *schedule, size_t index);
int64_t schedule_due_at(const struct schedule *schedule, size_t index);

/* Whether it has slots: from now on, or none any more; those before now that were not taken are missed. */
void schedule_enable(struct schedule *schedule, size_t index, bool enabled, int64_t now_us);
/* One slot more at that time, for an entry that does not run; false: its regular one comes no later, or it
 * has none. */
bool schedule_extra(struct schedule *schedule, size_t index, int64_t at_us);

/* The entry's missed slots that were not told yet; with that they are. */
uint64_t schedule_tell_missed(struct schedule *schedule, size_t index);

/* What a check still has to get. Kept with its newest result, it says which slots nobody served once the
 * process is gone: each slot is a result, was told as missed, or is owed. */
struct owed {
	int64_t every_us;
	int64_t next_us; /* its next regular slot; INT64_MAX: it has none */
	int64_t extra_us; /* one slot more before that; INT64_MAX: none */
	bool running; /* a slot was taken whose run is not over */
};

#define OWED_NOTHING ((struct owed){.next_us = INT64_MAX, .extra_us = INT64_MAX})

struct owed schedule_owed(const struct schedule *schedule, size_t index);
/* How many of these slots lie before now, with the one of a run that never ended. */
uint64_t owed_before(struct owed owed, int64_t now_us);
/* The same on a clock that is ahead by so much. */
struct owed owed_ahead(struct owed owed, int64_t by_us);

#endif
