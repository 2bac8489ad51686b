/* alert/manager.h - what channels of type alertmanager are told: all that is due for one, and again every so
 * often what is still down, in one request to each member of its cluster; it has heard of it when one of them
 * took it. What is down is asked of the outbox, so that it goes on after a restart. One round at a time for a
 * channel, so that nothing old arrives behind something newer. Owned by the courier, on its thread. */
#ifndef OUTRIDER_ALERT_MANAGER_H
#define OUTRIDER_ALERT_MANAGER_H

#include "alert/delivery.h"
#include "alert/urgent.h"

enum {
	MANAGER_ROWS_MAX = 150, /* told in a round; the others wait for the next */
	MANAGER_AGAIN_MAX = 150, /* told again in a round; the others follow in the next, at once */
};

struct managers;

struct managers_means {
	struct event_base *base;
	struct transport transport;
	struct outbox *outbox;
	const struct urgent *urgent;
	void *ctx;
	/* Whether a message that was offered may be told. */
	bool (*take)(void *ctx, const struct outbox_row *row);
	/* What became of each message of a round. retry_us: tried again after so long at most. */
	void (*told)(void *ctx, const struct outbox_row *row, const struct delivery_end *end,
		int64_t retry_us);
	/* A round without messages failed. */
	void (*unheard)(void *ctx, const char *channel, const struct delivery_end *end);
	void (*over)(void *ctx); /* a round is: there may be more to begin */
};

struct managers *managers_new(const struct managers_means *means);
/* Rounds under way end without a word. */
void managers_free(struct managers *managers);

/* False: a round is under way for this channel, or the next is full. The row lives until the next
 * managers_begin. */
bool managers_offer(
	struct managers *managers, const struct channel *channel, const struct outbox_row *row);

/* Begins what there is to begin; how long from now until there is more. Channels are copied. */
int64_t managers_begin(struct managers *managers, const struct alert_options *alerts);

/* Puts words (outbox_held) of what is for a channel with a round under way: nothing more is taken until it is over. */
void managers_put_busy(const struct managers *managers, struct buf *words);

size_t managers_under_way(const struct managers *managers); /* rounds */

#endif
