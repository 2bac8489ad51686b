/* alert/form.h - a message in the form that a receiver wants: what alerts/NAME.http (shaped like an HTTP request)
 * makes of it, or the configuration's own template. Its {{names}} are the payload's members (alert/message.h), and:
 *   is (a member of the event's name, one of the severity's, and up: over, and well), detail (what text says behind the headline), late_note
 *   (when it is told, if that is late),
 *   last_good_text ("2025-11-22 10:00 UTC"), checks_text ("a, b and 3 more"), runbook_link (the runbook, where it is a link), channel (url, token, chat_id,
 *   routing_key, topic).
 * Words that a service may have said do nothing at the receiver: no mention, no link, no markup. Pure. */
#ifndef OUTRIDER_ALERT_FORM_H
#define OUTRIDER_ALERT_FORM_H

#include "alert/letter.h"
#include "alert/options.h"
#include "check/request.h"

enum { FORM_BYTES_MAX = 256 * 1024, FORM_HEADERS_MAX = 8, FORM_CHECKS_MAX = 10 };

struct form {
	const char *url;
	struct request_header headers[FORM_HEADERS_MAX];
	size_t n_headers;
	struct str body;
};

/* Lives in the arena. A template that can't be read, which no loaded configuration has, and one that makes more
 * than FORM_BYTES_MAX leave the letter's own body. */
struct form form_write(struct arena *arena, const struct channel *channel,
	const struct outbox_row *row, const struct letter *letter);

#endif
