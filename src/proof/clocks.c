#include "proof/clocks.h"

#include <math.h>

int64_t clocks_short(struct clocks clocks, int64_t limit_us)
{
	const double kept = (double)clocks.kept_us, most = (double)clocks.max_us;
	if (limit_us <= clocks.kept_us)
		return limit_us;
	return (int64_t)(most - (most - kept) * kept / (double)limit_us);
}

/* Whether its threshold is a duration that an answer takes. */
static bool is_timed(const struct expectation *e)
{
	switch (e->kind) {
	case EXPECT_LATENCY:
	case EXPECT_TIMING: return true;
	case EXPECT_STREAM: break;
	case EXPECT_STATUS:
	case EXPECT_HEADER:
	case EXPECT_BODY:
	case EXPECT_JSON:
	case EXPECT_CONTENT:
	case EXPECT_TLS_EXPIRY:
	case EXPECT_USAGE: return false;
	}
	switch (e->measure) {
	case MEASURE_TTFB:
	case MEASURE_TTFE:
	case MEASURE_TTFR:
	case MEASURE_TTFT:
	case MEASURE_LINE_GAP:
	case MEASURE_EVENT_GAP:
	case MEASURE_TOKEN_GAP:
	case MEASURE_ITL:
	case MEASURE_TPOT: return true;
	case MEASURE_DONE:
	case MEASURE_INTEGRITY:
	case MEASURE_TOKENS_PER_SECOND:
	case MEASURE_CHUNKS:
	case MEASURE_KEEPALIVES:
	case MEASURE_TOKENS:
	case MEASURE_COUNT: break;
	}
	return false;
}

static void shorten(struct clocks clocks, double *limit_us, bool *changed)
{
	double before = *limit_us;
	*limit_us = (double)clocks_short(clocks, (int64_t)before);
	*changed |= *limit_us < before;
}

static void shorten_step(
	struct arena *arena, struct step *step, struct clocks clocks, bool *changed)
{
	struct expectation *copy = ARENA_ARRAY(arena, step->n_expectations, struct expectation);
	for (size_t i = 0; i < step->n_expectations; i++) {
		copy[i] = step->expectations[i];
		if (!is_timed(&copy[i]))
			continue;
		if (copy[i].threshold.has_max)
			shorten(clocks, &copy[i].threshold.max, changed);
		if (copy[i].threshold.has_warn)
			shorten(clocks, &copy[i].threshold.warn, changed);
	}
	step->expectations = copy;
}

struct check clocks_shorten(struct arena *arena, const struct check *check, struct clocks ends,
	struct clocks expected, bool *changed)
{
	struct check copy = *check;
	struct step *steps = ARENA_ARRAY(arena, check->n_steps, struct step);
	copy.timeout_us = clocks_short(ends, check->timeout_us);
	copy.idle_timeout_us = clocks_short(ends, check->idle_timeout_us);
	*changed = copy.timeout_us < check->timeout_us ||
		   copy.idle_timeout_us < check->idle_timeout_us;
	for (size_t i = 0; i < check->n_steps; i++) {
		steps[i] = check->steps[i];
		shorten_step(arena, &steps[i], expected, changed);
	}
	copy.steps = steps;
	copy.retries.times = 0;
	return copy;
}

/* The least and the greatest of what is expected; untouched where nothing is. */
static void widen(const struct expectation *e, double *least, double *most)
{
	const struct threshold *t = &e->threshold;
	if (!is_timed(e))
		return;
	if (t->has_max)
		*least = fmin(*least, t->max), *most = fmax(*most, t->max);
	if (t->has_warn)
		*least = fmin(*least, t->warn), *most = fmax(*most, t->warn);
}

static void expected_range(const struct check *check, double *least, double *most)
{
	for (size_t i = 0; i < check->n_steps; i++)
		for (size_t k = 0; k < check->steps[i].n_expectations; k++)
			widen(&check->steps[i].expectations[k], least, most);
}

int64_t clocks_smallest(const struct check *check)
{
	double least = (double)check->timeout_us, most = 0;
	if (check->idle_timeout_us)
		least = fmin(least, (double)check->idle_timeout_us);
	expected_range(check, &least, &most);
	return (int64_t)least;
}

int64_t clocks_largest_expected(const struct check *check)
{
	double least = INFINITY, most = 0;
	expected_range(check, &least, &most);
	return (int64_t)most;
}
