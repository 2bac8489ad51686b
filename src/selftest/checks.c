#include "selftest/checks.h"

#include "base/clock.h"
#include "loader.h"
#include "proof/clocks.h"

/* Faults last longer than any limit; what is healthy may take its time. A pause is to be seen by what
 * is expected: the end of the whole comes later. */
static const struct clocks fault_clocks = {10 * US_PER_S, 12 * US_PER_S};
static const struct clocks green_clocks = {20 * US_PER_S, 24 * US_PER_S};
static const struct clocks pause_clocks = {30 * US_PER_S, 36 * US_PER_S};

static bool looks_at_tls(const struct check *check)
{
	for (size_t i = 0; i < check->n_steps; i++)
		for (size_t k = 0; k < check->steps[i].n_expectations; k++) {
			const struct expectation *e = &check->steps[i].expectations[k];
			if (e->kind == EXPECT_TLS_EXPIRY ||
				(e->kind == EXPECT_TIMING && e->phase == PHASE_TLS))
				return true;
		}
	return false;
}

static void take_check(struct arena *arena, const struct check *check, struct selftest_checks *into)
{
	size_t i = into->n++;
	struct column *column = &into->columns[i];
	bool also;
	*column = (struct column){.id = check->id};
	column->points = points_of(arena, check, &column->n_points);
	into->green[i] = clocks_shorten(arena, check, green_clocks, green_clocks, &also);
	into->paused[i] = clocks_shorten(arena, check, pause_clocks, fault_clocks, &also);
	into->faulty[i] =
		clocks_shorten(arena, check, fault_clocks, fault_clocks, &column->shortened);
	into->tls |= looks_at_tls(check);
	if (!check->missing_env)
		return;
	column->skipped = true;
	column->unproven = arena_printf(arena, "%s is not set", check->missing_env);
}

bool selftest_checks(struct arena *arena, const struct config *config,
	const struct selection *selection, struct selftest_checks *out, struct error *error)
{
	const struct plan *plan = &config->plan;
	if (!selection_validate(selection, plan, error))
		return false;
	*out = (struct selftest_checks){
		.columns = ARENA_ARRAY(arena, plan->n_checks, struct column),
		.faulty = ARENA_ARRAY(arena, plan->n_checks, struct check),
		.paused = ARENA_ARRAY(arena, plan->n_checks, struct check),
		.green = ARENA_ARRAY(arena, plan->n_checks, struct check),
	};
	for (size_t i = 0; i < plan->n_checks; i++)
		if (loader_wants(config, selection, i))
			take_check(arena, &plan->checks[i], out);
	return out->n > 0 || error_set(error, "every selected check has `enabled: false`");
}

int64_t selftest_smallest_limit(const struct selftest_checks *checks)
{
	int64_t smallest = INT64_MAX;
	for (size_t i = 0; i < checks->n; i++) {
		int64_t us = clocks_smallest(&checks->faulty[i]);
		smallest = us < smallest ? us : smallest;
	}
	return smallest;
}

int64_t selftest_largest_expected(const struct selftest_checks *checks)
{
	int64_t largest = 0;
	for (size_t i = 0; i < checks->n; i++) {
		int64_t us = clocks_largest_expected(&checks->paused[i]);
		largest = us > largest ? us : largest;
	}
	return largest;
}
