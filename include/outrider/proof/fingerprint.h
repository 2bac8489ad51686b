/* proof/fingerprint.h - whether two runs got the same answers: a hash over all that came, but for
 * what differs each time (ids, dates, numbers). Pure; a value. */
#ifndef OUTRIDER_PROOF_FINGERPRINT_H
#define OUTRIDER_PROOF_FINGERPRINT_H

#include "check/observation.h"

enum { FINGERPRINT_WORD_MAX = 192 };

struct fingerprint {
	uint64_t hash;
	struct str id; /* of the request: borrowed from begin to end */
	char word[FINGERPRINT_WORD_MAX];
	size_t n; /* of the word at the end of what came; above the limit: too long */
	bool digit; /* in it */
};

/* The next request of the run is sent. */
void fingerprint_begin(struct fingerprint *print, const char *request_id);
void fingerprint_head(struct fingerprint *print, int status, const struct headers *headers);
void fingerprint_body(struct fingerprint *print, struct str bytes);
/* How it ended; also which way, when we broke it off. */
void fingerprint_end(struct fingerprint *print, enum reason reason, bool broken_off);

#endif
