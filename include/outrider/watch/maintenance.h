/* watch/maintenance.h - when announced work goes on: a span of time, or one that comes again on days of
 * the week at an hour of the clock. Such a window begins once on its day and keeps its length in elapsed
 * time: at an hour that comes twice, when the clocks are set back, the first time; at one that does not
 * come, when they are set forward, in the moment of the jump. Wall microseconds. Pure values. */
#ifndef OUTRIDER_WATCH_MAINTENANCE_H
#define OUTRIDER_WATCH_MAINTENANCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The rules of a zone: by how much its clocks are ahead of UTC at that wall time; less than a day, and
 * constant but for changes that are days apart. */
struct zone {
	int64_t (*ahead_us)(void *ctx, int64_t wall_us);
	void *ctx;
};

#define MAINTENANCE_LENGTH_MAX_US (INT64_C(7) * 86400 * 1000000)
enum { EVERY_DAY = 0x7f };

struct maintenance {
	uint8_t days; /* on which it begins: Monday is bit 0; 0: it is a span, from and until */
	bool utc; /* the hour is UTC's, not the zone's */
	int64_t from_us, until_us; /* until: not included */
	int64_t at_us; /* of the day */
	int64_t length_us; /* at most MAINTENANCE_LENGTH_MAX_US */
};

struct maintenance_state {
	bool inside;
	int64_t since_us; /* when inside */
	int64_t change_us; /* nothing changes before; INT64_MAX: never again */
};

struct maintenance_state maintenance_at(
	const struct maintenance *window, int64_t wall_us, struct zone zone);

/* Which checks a window is for, and what is said of it. */
struct maintenance_window {
	struct maintenance when;
	const char *title; /* "" */
	bool all;
	const size_t *checks; /* else these, as indexes of the plan, rising */
	size_t n_checks;
};

#endif
