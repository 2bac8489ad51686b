/* alert/message.h - what an alert says. Pure. */
#ifndef OUTRIDER_ALERT_MESSAGE_H
#define OUTRIDER_ALERT_MESSAGE_H

#include "alert/options.h"
#include "check/record.h"
#include "store/outbox.h"
#include "watch/policy.h"

/* One message for each channel that hears of this check; the caller owns them
 * (outbox_messages_free). opened: else resolved. since_wall_us: when the incident opened. */
size_t alert_compose(const struct alert_options *options, const struct watch_policy *policy,
	const struct record *record, uint64_t incident, bool opened, int64_t since_wall_us,
	const char *mode, struct outbox_message **messages);

#endif
