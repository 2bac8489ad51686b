/* alert/message.h - what an alert says. Pure. */
#ifndef OUTRIDER_ALERT_MESSAGE_H
#define OUTRIDER_ALERT_MESSAGE_H

#include "alert/options.h"
#include "check/record.h"
#include "store/outbox.h"
#include "watch/policy.h"

enum { ALERT_PAYLOAD_MAX = 64 * 1024 };

/* One message for each channel that hears of this check; the caller owns them
 * (outbox_messages_free). opened: else resolved. since_wall_us: when the incident opened. The
 * record still has its check. The payload is one JSON object:
 *   version, event "opened" or "resolved", incident (hex), dedup_key "CHECK/INCIDENT/EVENT",
 *   check, title, service, mode, text (a sentence), outcome, reason, message, since, request_id,
 *   runbook; when opened: expected and actual of the first failing expectation; when resolved:
 *   resolved_at and duration_s. */
size_t alert_compose(const struct alert_options *options, const struct watch_policy *policy,
	const struct record *record, uint64_t incident, bool opened, int64_t since_wall_us,
	const char *mode, struct outbox_message **messages);

#endif
