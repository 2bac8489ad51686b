/* alert/hold.h - what waits although it is due: in a channel's quiet hours, and what is beyond its max_per_hour. It
 * follows from the configuration, the clock and when the channel was told last, which the outbox knows; so there
 * is nothing to be kept, and a reload counts at once. Owned by the courier, on its thread. */
#ifndef OUTRIDER_ALERT_HOLD_H
#define OUTRIDER_ALERT_HOLD_H

#include "alert/options.h"
#include "store/outbox.h"

struct holds;

struct holds *holds_new(void);
void holds_free(struct holds *holds);

/* What holds at that time, from now on. The channels are copied; of one whose limit is new the outbox is asked. */
void holds_look(struct holds *holds, const struct alert_options *alerts, struct outbox *outbox,
	struct zone zone, int64_t now_wall_us);
/* When another look says something else; INT64_MAX: never. */
int64_t holds_change(const struct holds *holds);
/* What waits whatever comes, for outbox_due: NULL: nothing. Until the next look. */
const char *holds_words(const struct holds *holds);

/* Whether it waits. If not it is begun, and takes a place until holds_end. *more: how many wait behind it for a
 * place of their own. */
bool holds_begin(
	struct holds *holds, struct outbox *outbox, const struct outbox_row *row, size_t *more);
void holds_end(
	struct holds *holds, const struct outbox_row *row, bool delivered, int64_t now_wall_us);

/* How many wait so for a channel, as far as was counted. */
size_t holds_waiting(const struct holds *holds, const char *channel);

#endif
