/* alert/mailing.h - one try to deliver a message by mail. Part of a delivery, in its arena; the courier's
 * thread. */
#ifndef OUTRIDER_SRC_ALERT_MAILING_H
#define OUTRIDER_SRC_ALERT_MAILING_H

#include "alert/options.h"
#include "alert/taken.h"
#include "base/arena.h"
#include "engine/mail.h"
#include "store/outbox.h"

/* What a server refuses for good is not asked for again at once (RFC 5321, 4.2.1), but asked: a sign-in, or the name
 * of a recipient, is put right while the alert waits. */
#define MAILING_REFUSED_PAUSE_US (INT64_C(3600) * 1000000)

struct mailing;

struct mailing_end {
	bool ok; /* all have it who were not refused for good, and somebody has */
	const char *why; /* "" when all have it */
	int64_t retry_after_us; /* 0: as usual */
};

struct mailing_means {
	struct mailer *mailer;
	struct taken *taken;
	void *ctx;
	void (*ended)(void *ctx, const struct mailing_end *end);
};

/* The channel is copied, the row lives in the arena. ended is called once, never from inside here. */
struct mailing *mailing_start(struct arena *arena, const struct mailing_means *means,
	const struct channel *channel, const struct outbox_row *row, int64_t now_wall_us);
/* Gives up, without ended. */
void mailing_stop(struct mailing *mailing);

#endif
