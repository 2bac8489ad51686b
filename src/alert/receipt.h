/* alert/receipt.h - whether an answer says that the receiver has the message. Some say 200 to what they did not
 * take, and a page to sign in is no receipt either. Pure. */
#ifndef OUTRIDER_ALERT_RECEIPT_H
#define OUTRIDER_ALERT_RECEIPT_H

#include "alert/options.h"
#include "base/str.h"

#include <stdbool.h>

struct receipt {
	bool given;
	const char *why; /* not given with a 2xx: a constant */
	int64_t wait_us; /* the answer's body asks for; 0: it does not */
};

/* status: any. answer: its beginning. */
struct receipt receipt_read(enum channel_kind kind, int status, struct str answer);

#endif
