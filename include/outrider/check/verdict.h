/* check/verdict.h - judges what came back. Pure. */
#ifndef OUTRIDER_CHECK_VERDICT_H
#define OUTRIDER_CHECK_VERDICT_H

#include "check/observation.h"
#include "check/plan.h"

struct verdict {
	enum outcome outcome; /* PASS, WARN or FAIL */
	enum reason reason;
	const char *message; /* the deciding finding in one line; "" on PASS */
	struct finding *findings;
	size_t n_findings;
	enum integrity integrity; /* of a stream */
};

/* Findings and their texts live in arena; texts are redacted and inert. The observation is only
 * completed (its JSON is parsed when asked for). A failed transfer is one finding of its own:
 * subject "transfer". Precedence of reasons: masked, then what broke the transfer, then cold, then
 * the first failing expectation's. */
struct verdict verdict_judge(struct arena *arena, const struct step *step, struct observation *seen,
	const struct secrets *secrets);

/* The same, but a pass has no findings: for whoever won't read them. */
struct verdict verdict_judge_briefly(struct arena *arena, const struct step *step,
	struct observation *seen, const struct secrets *secrets);

#endif
