/* alert/taken.h - which recipients have a message already, or were refused for good, that others of its channel still
 * lack, so that they get no second one when it is tried again. Of one channel and one server: what another says to
 * the same people is its own. In memory: after a restart they may, with the same Message-ID. Owned by the courier's
 * thread. */
#ifndef OUTRIDER_SRC_ALERT_TAKEN_H
#define OUTRIDER_SRC_ALERT_TAKEN_H

#include "base/siphash.h"
#include "store/outbox.h"

enum { TAKEN_MAX = 1024 }; /* the oldest are forgotten */

struct taken {
	struct siphash items[TAKEN_MAX];
	size_t n, next;
};

/* url: the server's. */
void taken_note(
	struct taken *taken, const struct outbox_row *row, const char *url, const char *address);
bool taken_has(const struct taken *taken, const struct outbox_row *row, const char *url,
	const char *address);

#endif
