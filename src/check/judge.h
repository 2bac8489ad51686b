/* check/judge.h - one verdict in the making: what was expected against what came, one finding for each
 * expectation. verdict.c decides, judge_answer.c and judge_measure.c find. Private to check/. */
#ifndef OUTRIDER_CHECK_JUDGE_H
#define OUTRIDER_CHECK_JUDGE_H

#include "check/finding.h"
#include "check/verdict.h"

struct judging {
	struct arena *arena;
	const struct secrets *secrets;
	struct observation *seen;
	struct verdict *verdict;
	bool masked;
	bool brief; /* only whether it passes counts: no words are made */
};

/* A new finding, passed so far. */
struct finding *judge_begin(struct judging *j, const struct expectation *e);
/* Failed, or warned where the expectation only warns. */
void judge_fail(struct finding *finding, const struct expectation *e, enum reason reason);

void judge_status(struct judging *j, const struct expectation *e);
void judge_header(struct judging *j, const struct expectation *e);
void judge_body(struct judging *j, const struct expectation *e);
void judge_json(struct judging *j, const struct expectation *e);
void judge_content(struct judging *j, const struct expectation *e);

/* value: NAN when it did not happen; then absent says so. */
struct finding *judge_threshold(struct judging *j, const struct expectation *e, double value,
	enum finding_unit unit, const char *absent);
void judge_stream(struct judging *j, const struct expectation *e);
/* What did not happen is no number. */
double judge_or_nan(int64_t value);

#endif
