/* alert/score.h - what became of the tries to deliver, by channel, since the start. The courier's, under its
 * lock. */
#ifndef OUTRIDER_ALERT_SCORE_H
#define OUTRIDER_ALERT_SCORE_H

#include "alert/courier.h"

struct scores {
	struct courier_score items[COURIER_SCORES_MAX];
	size_t n;
};

/* A configured channel is there before its first try. */
void scores_know(struct scores *scores, const struct alert_options *alerts);
/* One try. Channels beyond the limit are counted as the last one, COURIER_SCORE_OTHERS. */
void scores_count(struct scores *scores, const char *channel, enum delivery_result result);
/* So many wait for a channel's hour. */
void scores_hold(struct scores *scores, const char *channel, size_t held);

#endif
