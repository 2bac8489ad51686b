/* watch/remind.h - when an incident that stays open is told again. Wall microseconds. Pure. */
#ifndef OUTRIDER_WATCH_REMIND_H
#define OUTRIDER_WATCH_REMIND_H

#include <stdbool.h>
#include <stdint.h>

struct remind {
	int64_t opened_us; /* when it began */
	int64_t every_us; /* it is due each time when so much more is over; 0: never */
	int64_t held_until_us; /* until then somebody takes care of it; 0: nobody ever did */
	int64_t told_us; /* what was due until then was told; 0: not known */
};

struct reminder {
	int64_t nth; /* of such reminders, the same whenever it is asked; 0: none is due */
	bool released; /* nobody takes care of it any more, and nth is the second when that ended */
};

/* Of all that came due, the newest: a long silence is followed by one. */
struct reminder remind_due(const struct remind *remind, int64_t now_us);

#endif
