#include "alert/score.h"

#include <stdio.h>

/* Made when it is not there yet. */
static struct courier_score *score_of(struct scores *scores, const char *channel)
{
	for (size_t i = 0; i < scores->n; i++)
		if (strcmp(scores->items[i].channel, channel) == 0)
			return &scores->items[i];
	if (scores->n == COURIER_SCORES_MAX)
		return &scores->items[COURIER_SCORES_MAX - 1];
	bool last = scores->n == COURIER_SCORES_MAX - 1;
	struct courier_score *fresh = &scores->items[scores->n++];
	snprintf(fresh->channel, sizeof(fresh->channel), "%s",
		last ? COURIER_SCORE_OTHERS : channel);
	return fresh;
}

void scores_know(struct scores *scores, const struct alert_options *alerts)
{
	for (size_t i = 0; i < alerts->n_channels; i++)
		score_of(scores, alerts->channels[i].name);
}

void scores_count(struct scores *scores, const char *channel, enum delivery_result result)
{
	struct courier_score *score = score_of(scores, channel);
	switch (result) {
	case DELIVERY_DONE: score->delivered++; break;
	case DELIVERY_RETRY: score->failed++; break;
	case DELIVERY_DEAD: score->dead++; break;
	}
}

void scores_hold(struct scores *scores, const char *channel, size_t held)
{
	score_of(scores, channel)->held = held;
}
