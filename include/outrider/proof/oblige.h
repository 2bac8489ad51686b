/* proof/oblige.h - a healthy answer made up from what a check expects, for services whose own
 * answers the stand-in does not know. Pure; all results live in the arena. */
#ifndef OUTRIDER_PROOF_OBLIGE_H
#define OUTRIDER_PROOF_OBLIGE_H

#include "base/error.h"
#include "check/observation.h"
#include "check/plan.h"

struct obliged {
	int status;
	const char *content_type; /* NULL: none */
	const struct header *headers; /* more of them */
	size_t n_headers;
	struct str body;
	/* Not NULL: a chat that says this, streamed if asked for; the status is 200 and body is not
	 * looked at. */
	const char *content;
};

/* Makes an answer that every expectation of the step takes and that has what the step captures; it
 * was judged before it is given. False with an error that names the demand no answer was found for:
 * what can't be invented is, for example, a least duration, or a pattern without an obvious text. */
bool oblige_step(struct arena *arena, const struct step *step, const struct secrets *secrets,
	struct obliged *out, struct error *error) MUST_CHECK;

#endif
