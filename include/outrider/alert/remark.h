/* alert/remark.h - what is told of apart from incidents: of the monitor itself, or of a check that is up.
 * Pure. */
#ifndef OUTRIDER_ALERT_REMARK_H
#define OUTRIDER_ALERT_REMARK_H

#include "alert/options.h"
#include "check/plan.h"
#include "store/outbox.h"

struct alert_remark {
	enum alert_event event;
	enum severity severity;
	const char *key; /* the same for every try, and after a restart */
	const char *text; /* a sentence */
	const struct check *check; /* that it is about; NULL: the monitor itself */
	const char *mode;
	int64_t since_wall_us; /* 0: it has no length */
	int64_t at_wall_us;
};

/* Adds one message for each channel of the audience that hears of such events, in no incident (0); the
 * caller owns them. The payload is one JSON object, as alert_compose's: version, event, dedup_key, thread (the same), severity,
 * check, title, service and runbook (of a check), mode, headline and text (the same), at, and since and duration_s of what lasted. */
void alert_remark(const struct alert_options *options, uint64_t audience,
	const struct alert_remark *remark, struct outbox_message **messages, size_t *n);

#endif
