/* alert/notice.h - what one try comes to: delivered, to be tried again (when), or given up. */
#ifndef OUTRIDER_ALERT_NOTICE_H
#define OUTRIDER_ALERT_NOTICE_H

#include "alert/delivery.h"

/* Pure; borrows end->why. retry_us: of a receiver that needs to know how things stand now, tried again after
 * so long at most, as often as it takes; 0: as backoff says. */
struct outbox_delivery notice_make(const struct outbox_row *row, const struct delivery_end *end,
	int64_t retry_us, int64_t now_wall_us);
/* One line of the log. */
void notice_log(const struct outbox_row *row, const struct outbox_delivery *notice);

#endif
