/* alert/urgent.h - messages that the store can't write now (a full disk), delivered from memory so
 * that nobody waits for the disk. Once the store writes again they appear in the outbox too: those
 * delivered meanwhile are known here and not sent a second time. Lost when the process ends. The
 * courier's thread, but for urgent_give. */
#ifndef OUTRIDER_ALERT_URGENT_H
#define OUTRIDER_ALERT_URGENT_H

#include "store/outbox.h"

/* Kept at a time, the delivered ones included; of those the oldest go first. */
enum { URGENT_MAX = 1000 };

struct urgent;

struct urgent *urgent_new(void);
void urgent_free(struct urgent *urgent);

/* Any thread. The message is copied; a full list lets it wait for the outbox. */
void urgent_give(struct urgent *urgent, const struct outbox_message *message);

/* The first message of each line (incident and channel) that is due and not yet delivered, with ids
 * below zero. Rows live until the next call. *next_wall_us is lowered to when another is due. */
size_t urgent_due(struct urgent *urgent, int64_t now_wall_us, const struct outbox_row **rows,
	int64_t *next_wall_us);

/* What became of one of them. */
void urgent_report(struct urgent *urgent, const struct outbox_delivery *delivery);

enum urgent_twin {
	TWIN_NONE, /* the outbox's row is the only one of its kind */
	TWIN_DELIVERED, /* its twin was delivered from memory, and is forgotten now */
	TWIN_PENDING, /* its twin here is still to be delivered; 0 > *id */
};

/* Whether a row of the outbox is one that is, or was, here. */
enum urgent_twin urgent_twin(struct urgent *urgent, const struct outbox_row *row, int64_t *id);
/* The message, delivered or not, of an incident's event for a channel; NULL: there is none. */
const struct outbox_row *urgent_find(
	const struct urgent *urgent, uint64_t incident, const char *channel, const char *event);
/* Delivered messages of what opened for a channel and is not over, from *at on, which moves; NULL: no more. */
const struct outbox_row *urgent_firing(
	const struct urgent *urgent, const char *channel, size_t *at);
/* The outbox has it now. */
void urgent_forget(struct urgent *urgent, int64_t id);

#endif
