/* alert/delivery.h - one message on its way to one channel: a POST through the transport, a
 * mail, or a program with the message on its standard input. Owned by the courier; its loop's thread. */
#ifndef OUTRIDER_ALERT_DELIVERY_H
#define OUTRIDER_ALERT_DELIVERY_H

#include "alert/options.h"
#include "alert/taken.h"
#include "engine/mail.h"
#include "engine/transfer.h"
#include "store/outbox.h"

enum { DELIVERY_ANSWER_MAX = 64 * 1024, DELIVERY_WHY_MAX = 160 };

#define DELIVERY_TIMEOUT_US (INT64_C(10) * 1000000) /* of a channel that sets none */

struct delivery;

/* How it went. why is in our own words: neither URL nor answer nor output is quoted, for they may
 * hold secrets. */
struct delivery_end {
	bool ok;
	const char *why; /* when ok: what is missing all the same, or "" */
	int64_t retry_after_us; /* the receiver asked for; 0: not */
	int http_status; /* 0: there is none */
};

struct delivery_means {
	struct event_base *base;
	struct transport transport;
	struct mailer *mailer;
	struct taken *taken; /* of mail */
	void *ctx;
	void (*ended)(void *ctx, struct delivery *delivery, const struct delivery_end *end);
};

/* Row and channel are copied. ended is called once, never from inside here. */
struct delivery *delivery_start(const struct delivery_means *means, const struct channel *channel,
	const struct outbox_row *row, int64_t now_wall_us);
/* How it went when it is given up now: what began to come may be enough. Before delivery_stop. */
struct delivery_end delivery_timed_out(const struct delivery *delivery);
/* Gives up on the answer, without ended. */
void delivery_stop(struct delivery *delivery);
void delivery_free(struct delivery *delivery); /* after ended or delivery_stop */

const struct outbox_row *delivery_row(const struct delivery *delivery);
/* The courier keeps the time: after so long, delivery_stop. 0: it ends in time by itself. */
int64_t delivery_timeout_us(const struct delivery *delivery);

#endif
