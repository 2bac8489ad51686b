/* daemon/watch_incidents.h - the incidents of a set that is being watched: where they come from, and what
 * is told of them. The loop's. */
#ifndef OUTRIDER_WATCH_INCIDENTS_H
#define OUTRIDER_WATCH_INCIDENTS_H

#include "alert/message.h"
#include "daemon/watch_set.h"

/* Goes on with those of the set before, else with those that the store had open. Checks that are
 * down and not watched any more, or known issues now, leave: the store is told, and alerts are made. */
void watch_incidents_take(
	struct watch_set *set, struct watch_set *before, struct store *store, int64_t now_wall_us);

/* A check was paused, or goes on: one that is paused leaves its incident, and is neither down nor up. */
void watch_incidents_pause(
	struct watch_set *set, size_t index, struct store *store, int64_t now_wall_us);

/* The alerts and the log's lines of what an item changes; its record (NULL: none) still has its
 * check. index: of the record's check. */
void watch_incidents_tell(
	struct watch_set *set, size_t index, struct store *store, struct store_item *item);

/* Adds alerts of one that goes on, for those of the channels (bit i: channel i) that may have heard of its
 * beginning. news: its event and what belongs to that. */
void watch_incidents_tell_on(const struct watch_set *set, const struct incident *incident,
	struct store *store, struct store_item *item, uint64_t channels, struct alert_news news);

/* The id of the one that a check is in, 0: none; and where in the plan the check stands that it is about,
 * -1: nowhere. */
struct watch_incident {
	uint64_t id;
	ptrdiff_t root;
	bool acknowledged;
};

struct watch_incident watch_incident_of(
	const struct watch_set *set, struct store *store, size_t index);

#endif
