/* daemon/watch_windows.h - which checks of a set are in a maintenance window: of the file, or ad hoc. The loop's. */
#ifndef OUTRIDER_WATCH_WINDOWS_H
#define OUTRIDER_WATCH_WINDOWS_H

#include "daemon/watch_adhoc.h"

/* Says of each check whether it is in one now; true when that is another answer than before for any. Looks
 * only when one has begun or ended since, or the clock was set back. */
bool watch_windows_look(
	struct watch_set *set, const struct adhoc *adhoc, int64_t wall_us, struct zone zone);
/* The next look is made in any case: the ad hoc ones have changed. */
void watch_windows_forget(struct watch_set *set);

/* Beside each other: what a check shows, and since when. */
struct shown_state {
	struct health health;
	int64_t since_wall_us;
};

struct shown_state watch_windows_shown(const struct watched *watched);

#endif
