/* alert/options.h - the channels as configured. Constant, in the configuration's arena. */
#ifndef OUTRIDER_ALERT_OPTIONS_H
#define OUTRIDER_ALERT_OPTIONS_H

#include "engine/options.h"
#include "watch/maintenance.h"
#include "watch/policy.h"

#include <stddef.h>
#include <stdint.h>

/* What is told of. */
#define ALERT_EVENTS(X)                                                                            \
	X(OPENED, "opened") /* an incident begins */                                               \
	X(RESOLVED, "resolved") /* it is over */                                                   \
	X(FIXED, "fixed") /* a known issue passes steadily */                                      \
	X(BURNING, "burning") /* an error budget is spent too fast */                              \
	X(BURN_OVER, "burn_over") /* it no longer is */                                            \
	X(REMINDER, "reminder") /* it goes on, and nobody takes care of it */                      \
	X(ACKNOWLEDGED, "acknowledged") /* a person takes care of it */                            \
	X(OFFLINE, "offline") /* the monitor itself was, which nobody could be told then */        \
	X(CERTIFICATE, "certificate") /* one expires soon */

enum alert_event {
#define X(id, name) ALERT_##id,
	ALERT_EVENTS(X)
#undef X
		ALERT_EVENT_COUNT
};

const char *alert_event_name(enum alert_event event);
/* The event that ends what this one begins; NULL: it begins nothing that has an end. By names, as the
 * outbox has them. */
const char *alert_event_end(const char *begins);

/* What a channel's template may name: the members of a message (alert/message.h) but for objects, and what
 * alert/form.h adds to them. */
#define ALERT_TEMPLATE_MEMBERS                                                                     \
	"acknowledged_by", "acknowledged_until", "actual", "cause", "check", "checks",             \
		"checks_text", "checks_total", "compared", "compared_with", "dedup_key", "detail", \
		"duration", "duration_s", "event", "expected", "headline", "incident",             \
		"known_issue", "last_good", "last_good_text", "late", "late_note", "late_s",       \
		"late_text", "link", "merged_into", "message", "mode", "note", "open_for_s",       \
		"outcome", "reason", "request_id", "resolved_at", "runbook", "runbook_link",       \
		"sent_at", "service", "severity", "since", "subject", "text", "thread", "title",   \
		"version", "channel.chat_id", "channel.name", "channel.routing_key",               \
		"channel.token", "channel.topic", "channel.url", "is.info", "is.page", "is.test",  \
		"is.ticket", "is.up"

/* As the key `type` names them. */
#define CHANNEL_KINDS(X)                                                                           \
	X(WEBHOOK, "webhook") /* a POST of the configuration's own */                              \
	X(EXEC, "exec") /* a program */                                                            \
	X(ALERTMANAGER, "alertmanager")                                                            \
	X(EMAIL, "email")                                                                          \
	X(SLACK, "slack") /* from here on: POSTs as alerts/NAME.http says */                       \
	X(DISCORD, "discord")                                                                      \
	X(TELEGRAM, "telegram")                                                                    \
	X(PAGERDUTY, "pagerduty")                                                                  \
	X(NTFY, "ntfy")

enum channel_kind {
#define X(id, name) CHANNEL_##id,
	CHANNEL_KINDS(X)
#undef X
		CHANNEL_KIND_COUNT
};

const char *channel_kind_name(enum channel_kind kind);

enum { CHANNEL_PEERS_MAX = 7 };

struct channel_header {
	const char *name, *value;
};

/* Of ASCII, and fit for a header and an SMTP command. */
struct mailbox {
	const char *name; /* UTF-8 without control characters; NULL: none */
	const char *address;
};

struct mail_options {
	struct mailbox from;
	const struct mailbox *to;
	size_t n_to; /* MAIL_RECIPIENTS_MAX */
	enum mail_starttls starttls;
	const char *username, *password; /* both or neither */
};

/* Hours in which what is not urgent waits for their end. */
struct quiet {
	struct maintenance when;
	uint32_t severities; /* bit s: what is of enum severity s waits */
};

enum { QUIET_MAX = 20, MAX_PER_HOUR_MAX = 1000 };

struct channel {
	const char *name;
	enum channel_kind kind;
	uint32_t events; /* bit e: hears of enum alert_event e */
	uint32_t severities; /* bit s: of enum severity s */
	int64_t timeout_us;
	int64_t remind_us; /* what is open is told again so often; 0: never */
	uint32_t max_per_hour; /* what is beyond waits; 0: nothing is */
	const struct quiet *quiet; /* QUIET_MAX */
	size_t n_quiet;
	const char *
		url; /* of what posts; of ALERTMANAGER without the API's path; of EMAIL smtp(s)://HOST:PORT; NULL: the kind's own */
	const char *tls_ca, *tls_cert, *tls_key; /* files; NULL: the system's, none */
	const struct channel_header *headers;
	size_t n_headers;
	const char *template; /* instead of the body that is shipped; NULL: that */
	const char *secret; /* signs the body; NULL: nothing does */
	const char *token, *chat_id, *routing_key, *topic; /* as the kind needs them */
	const char *const *argv; /* EXEC; NULL-terminated */
	const char *const *peers; /* ALERTMANAGER: the others of its cluster; */
	size_t n_peers; /* CHANNEL_PEERS_MAX */
	int64_t resend_us; /* how often it hears again of what fires */
	const struct mail_options *mail; /* EMAIL */
};

enum { CANARIES_MAX = 8, CERTIFICATES_MAX = 8 };

struct alert_options {
	const struct channel *channels; /* CHANNELS_MAX */
	size_t n_channels;
	const char *
		link; /* what the monitor's pages are reached by, without a slash at its end; NULL */
	const char *const *canaries; /* URLs of what is always there, CANARIES_MAX of them */
	size_t n_canaries;
	const int64_t
		*certificates_us; /* told when one has so long left; falling, CERTIFICATES_MAX */
	size_t n_certificates;
	const char *heartbeat_url; /* asked for while all is well; NULL: none */
	int64_t heartbeat_every_us;
};

#endif
