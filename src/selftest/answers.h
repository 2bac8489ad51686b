/* selftest/answers.h - what the stand-in is told to answer to checks that its services' own answers
 * do not satisfy. */
#ifndef OUTRIDER_SELFTEST_ANSWERS_H
#define OUTRIDER_SELFTEST_ANSWERS_H

#include "check/plan.h"
#include "sim/sim.h"

/* One for each request of a run of this check that passes, at most STEPS_MAX; how many, or 0 with an
 * error that names the step and the demand that can't be met. All in the arena. */
size_t selftest_answers(struct arena *arena, const struct check *check,
	const struct secrets *secrets, struct sim_answer *out, struct error *error) MUST_CHECK;

#endif
