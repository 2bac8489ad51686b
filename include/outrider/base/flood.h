/* base/flood.h - lines of a log that come too often are counted instead of written. Pure; the clock is the
 * caller's, monotonic microseconds. A kind is an event, or an event about one thing (a check): of each so
 * many pass in a minute. Owned by one thread at a time. */
#ifndef OUTRIDER_BASE_FLOOD_H
#define OUTRIDER_BASE_FLOOD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	FLOOD_KINDS = 128, /* known at a time; the one that was quiet the longest makes room */
	FLOOD_LINES = 20, /* of an event about one thing, in a minute; */
	FLOOD_EVENT_LINES = 200, /* and about all things together */
	FLOOD_ABOUT_MAX = 64,
	FLOOD_WINDOW_US = 60000000,
};

struct flood_kind {
	const char *event; /* lives for ever; NULL: free */
	char about[FLOOD_ABOUT_MAX]; /* "": all of the event */
	int64_t since_us; /* of the minute */
	uint64_t lines, held; /* in it: written, and not */
};

struct flood {
	struct flood_kind kinds[FLOOD_KINDS];
};

/* Whether a line may be written now; else it is counted. about: "" when it is about nothing. */
bool flood_admits(struct flood *flood, const char *event, const char *about, int64_t now_us);
/* A kind whose minute is over (all: any) and that held lines back; it starts anew. False: none. Until then
 * a kind that holds something back is asked for it, so that nothing goes unsaid. */
bool flood_over(struct flood *flood, int64_t now_us, bool all, struct flood_kind *kind);

#endif
