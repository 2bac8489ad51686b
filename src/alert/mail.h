/* alert/mail.h - an alert as a mail (RFC 5322): what is told of one incident is one thread, and a second copy of
 * a message has the first one's Message-ID. What a service said stays text of one line. Pure. */
#ifndef OUTRIDER_SRC_ALERT_MAIL_H
#define OUTRIDER_SRC_ALERT_MAIL_H

#include "alert/options.h"
#include "base/arena.h"
#include "store/outbox.h"

/* Lives in the arena. One that was kept back says so. */
struct str mail_write(struct arena *arena, const struct mail_options *options,
	const struct outbox_row *row, int64_t now_wall_us);

#endif
