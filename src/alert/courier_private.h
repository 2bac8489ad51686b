/* The courier's parts: courier.c is its thread, courier_open.c makes and ends it. */
#ifndef OUTRIDER_ALERT_COURIER_PRIVATE_H
#define OUTRIDER_ALERT_COURIER_PRIVATE_H

#include "alert/courier.h"

#include "alert/hold.h"
#include "alert/ledger.h"
#include "alert/manager.h"
#include "alert/rests.h"
#include "alert/score.h"
#include "alert/urgent.h"

#include <pthread.h>
#include <stdatomic.h>

enum {
	COURIER_PER_CHANNEL_MAX = 2,
	/* however many channels hang, each has places of its own */
	COURIER_IN_FLIGHT_MIN = 8,
	COURIER_IN_FLIGHT_MAX = CHANNELS_MAX * COURIER_PER_CHANNEL_MAX,
	COURIER_DESCRIPTORS_EACH = 8, /* so many must be there for a place */
	/* of what waits for its hour, of all in flight, of what rests, and of rounds */
	COURIER_LEFT_OUT_MAX = 5 * CHANNELS_MAX * SEVERITY_COUNT * 2 * OUTBOX_HELD_MAX,
};

struct slot { /* one delivery under way */
	struct courier *courier;
	struct delivery *delivery; /* NULL: free */
	struct event *timer;
};

struct courier {
	pthread_t thread;
	struct event_base *base;
	struct transfers *transfers;
	struct mailer *mailer;
	struct taken taken; /* of mail */
	struct outbox *outbox;
	struct urgent *urgent; /* what the outbox can't hold now */
	struct managers *managers;
	void (*report)(void *ctx, const struct outbox_delivery *delivery);
	void *ctx;
	int wake; /* eventfd; also says that stop_at_us was set */
	struct event *woken, *look, *grace;

	pthread_mutex_t lock; /* holds scores, alerts and, while it is set, what that points to */
	const struct alert_options *alerts;
	struct scores scores;

	struct slot slots[COURIER_IN_FLIGHT_MAX];
	size_t n_places; /* of these, so that checks keep the most descriptors */
	struct ledger ledger;
	struct holds *holds;
	struct rests rests; /* of these channels: a reload ends them */
	const struct alert_options *rests_of;
	struct buf left_out; /* of the latest look, as outbox_held says it */
	bool stopping;
	atomic_bool stop;
	atomic_int_fast64_t grace_ms;
	atomic_uint_fast64_t turns; /* each time it is woken or looks */
};

/* Looks at the outbox after so long. */
void courier_look_in(struct courier *courier, int64_t pause_ms);

/* Callbacks of the loop. */
void courier_on_wake(int fd, short what, void *courier);
void courier_on_look(int fd, short what, void *courier);
void courier_on_grace_over(int fd, short what, void *courier);
void courier_on_timeout(int fd, short what, void *slot);
/* The thread. */
void *courier_run(void *courier);
/* Of rounds. */
bool courier_take_row(void *courier, const struct outbox_row *row);
void courier_on_told(void *courier, const struct outbox_row *row, const struct delivery_end *end,
	int64_t retry_us);
void courier_on_unheard(void *courier, const char *channel, const struct delivery_end *end);
void courier_on_round_over(void *courier);

#endif
