/* proof/points.h - the points at which a check can fail: its expectations, one by one. Whether a check
 * is red says little of each of them: an answer that never came fails it without any. Pure. */
#ifndef OUTRIDER_PROOF_POINTS_H
#define OUTRIDER_PROOF_POINTS_H

#include "check/plan.h"

struct point {
	const char *step; /* "step 2" when it has no name; NULL in a check of one unnamed step */
	const char *subject; /* "json.$.status" */
	enum outcome worst; /* FAIL; WARN where it can't do more */
};

/* Those of all steps that are judged, in order; in the arena. */
const struct point *points_of(struct arena *arena, const struct check *check, size_t *n);

/* fell[i]: whether point i did its worst, as the findings of one run say. These have the order of the
 * points; a step that broke off lacks some, and is the last. */
void points_judge(const struct point *points, size_t n, const struct finding *findings,
	size_t n_findings, bool *fell);

#endif
