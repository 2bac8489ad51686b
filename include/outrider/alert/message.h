/* alert/message.h - what an alert says. Pure. */
#ifndef OUTRIDER_ALERT_MESSAGE_H
#define OUTRIDER_ALERT_MESSAGE_H

#include "alert/options.h"
#include "check/record.h"
#include "store/outbox.h"
#include "watch/slo.h"

enum { ALERT_PAYLOAD_MAX = 64 * 1024, ALERT_CHECKS_MAX = 100 };

/* How fast an error budget is spent. */
struct alert_burn {
	enum slo_pace pace;
	struct slo slo;
	const struct slo_report *report; /* NULL: it is not known */
};

/* What there is to tell of an incident, or of a check alone: then incident is a key of its own. */
struct alert_news {
	enum alert_event event;
	int64_t nth; /* of several such events of an incident: ends the key; 0: there is one only */
	bool raised; /* OPENED: once more, since it is more urgent now: ends the key */
	enum severity severity;
	uint64_t incident;
	int64_t since_wall_us; /* when it opened */
	int64_t at_wall_us; /* when this became news */
	int64_t last_good_wall_us; /* opened: when the check passed last; 0: not known */
	const char
		*opener; /* id of the check that opened it: its name, whatever the cause is now */
	const char
		*check_id; /* of the check that it is told of; NULL: OFFLINE, which is about none */
	const struct check *check; /* NULL: it is in no plan any more */
	const char *cause; /* id of the cause, at last */
	const struct record *record; /* the result that shows it; NULL: none does, but: */
	const char *
		why; /* the last check that was down left without being up; FIXED: what was known */
	unsigned passes; /* FIXED: in a row */
	const struct alert_burn *burn; /* BURNING, BURN_OVER */
	const char *
		told; /* OFFLINE, CERTIFICATE: the whole sentence; and what stands for incident and opener: */
	const char *key;
	uint64_t merged_into; /* resolved: the older incident that goes on for it; 0: none */
	const char *by, *said; /* ACKNOWLEDGED; "" */
	int64_t until_wall_us; /* it is for so long, or was, REMINDER; 0: until the incident is over */
	const char *
		compared; /* OPENED: id of the check that asks the same with less on the way; NULL */
	enum health_state compared_state; /* how that one is */
	bool compared_fails; /* its latest result */
	bool compared_before; /* which it had before this one began to fail */
	const char *const
		*checks; /* ids of those that are in it, or were; ALERT_CHECKS_MAX of them */
	size_t n_checks; /* in all */
	const char *mode;
};

/* Of these channels (bit i: channel i) those that hear of what is so urgent. */
uint64_t alert_audience(
	const struct alert_options *options, uint64_t channels, enum severity severity);

/* Adds one message for each channel of the audience that hears of such events; the caller owns them (outbox_messages_free). The payload is one JSON object:
 *   version, event, incident (hex), dedup_key "OPENER/INCIDENT/EVENT", with -NTH or -SEVERITY behind
 *   it where there are several,
 *   thread "OPENER/INCIDENT": the same for all that is told of it,
 *   severity, check, title, service, mode, link (its page; where alerts.link is given), headline (what we say),
 *   text (a sentence: the headline, and what was seen), outcome, reason, message, since, request_id, runbook;
 *   when opened: last_good (when the check passed last), subject, expected and actual of the first failing expectation,
 *   compared_with (a check) and compared (its state);
 *   when resolved: resolved_at, duration_s and duration (the same in words); when it is told how it goes on:
 *   open_for_s, and duration; acknowledged_by, note, acknowledged_until; cause, checks (ids), checks_total;
 *   merged_into (hex).
 * What is told of no incident has neither that nor what comes behind request_id: event "fixed", known_issue
 * (what was known); "burning" and "burn_over", since, burn: pace, above, rates (by span), objective, window_s,
 * budget_left; when over resolved_at, duration_s; "offline" and "certificate", since and duration_s of what lasted. */
void alert_compose(const struct alert_options *options, uint64_t audience,
	const struct alert_news *news, struct outbox_message **messages, size_t *n);

#endif
