/* daemon/watch_slots.h - every slot of the schedule becomes a result, is counted as missed, or is still owed. What is
 * owed stands in the database with each check's newest result, so that whoever starts after a crash, a
 * reboot or a change of the file counts what nobody served. The loop's. */
#ifndef OUTRIDER_WATCH_SLOTS_H
#define OUTRIDER_WATCH_SLOTS_H

#include "daemon/watch_set.h"

/* Slots of a check that nobody served before this process began. */
uint64_t watch_slots_slept(const struct stored_slots *slots, struct moment now);

/* It was off, paused or not in the file: nobody watched it. */
bool watch_slots_ended(const struct stored_slots *slots);

/* Slots of this check that the schedule has missed since: the next item takes them, and the board. */
void watch_slots_count(struct watch_set *set, size_t index);

/* Takes what was missed of this check since the last item, and says what is owed after it. */
void watch_slots_fill(
	struct watch_set *set, size_t index, struct moment now, struct store_item *item);

/* After a result of this check: one slot more, soon, where its health is not decided. The budget allows it. */
bool watch_slots_recheck(
	struct watch_set *set, size_t index, const struct record *record, struct moment now);

/* After a check's first failure, once, be it applied yet or not: what it depends on, and what it is compared with,
 * has a slot more soon, so that the cause is known before its dependents are down. Each two seconds, or half of its recheck, at most,
 * and within its budget. Whether any has one. */
bool watch_slots_ask(struct watch_set *set, size_t index, const struct record *record,
	struct store *store, struct moment now);

/* The last result of a check that is watched no longer: nothing is owed, and its state stays. */
void watch_slots_last(
	uint32_t number, struct store *store, struct moment now, struct store_item *item);

/* What the database must hear before the next run, so that it knows when a check's slots begin, change or
 * end: of the checks of a set, in the order in which they are due, then of those that the set before, or the
 * process before, had and this one has not. Returns how many items it gave to the store. */
size_t watch_slots_begin(
	struct watch_set *set, struct watch_set *before, struct store *store, struct moment now);

#endif
