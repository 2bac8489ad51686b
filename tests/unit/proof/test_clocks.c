#include "proof/clocks.h"

#include "unit/check/unit.h"

static const struct clocks clocks = {10000000, 12000000};

static void test_the_order_stays(void **state)
{
	(void)state;
	static const int64_t limits[] = {0, 1, 9999999, 10000000, 10000001, 15000000, 60000000,
		90000000, 300000000, 900000000, INT64_C(34560000000000)};
	for (size_t i = 0; i < COUNT(limits); i++) {
		int64_t us = clocks_short(clocks, limits[i]);
		assert_true(us <= clocks.max_us);
		assert_true(limits[i] <= clocks.kept_us ? us == limits[i] : us < limits[i]);
		if (i > 0)
			assert_true(us >= clocks_short(clocks, limits[i - 1]));
	}
	assert_true(clocks_short(clocks, 90000000) > clocks_short(clocks, 60000000));
}

static struct expectation demand(enum expect_kind kind, enum stream_measure measure, double max)
{
	return (struct expectation){.kind = kind,
		.measure = measure,
		.threshold = {.has_max = true, .max = max, .has_warn = true, .warn = max / 2}};
}

static void test_every_duration_is_shortened(void **state)
{
	(void)state;
	struct arena arena;
	arena_init(&arena);
	struct expectation expectations[] = {
		demand(EXPECT_LATENCY, MEASURE_DONE, 60e6),
		demand(EXPECT_STREAM, MEASURE_TOKEN_GAP, 60e6),
		demand(EXPECT_TIMING, MEASURE_DONE, 60e6),
		demand(EXPECT_STREAM, MEASURE_CHUNKS, 60e6), /* a number, no duration */
		demand(EXPECT_TLS_EXPIRY, MEASURE_DONE, 60e6), /* not of an answer */
		demand(EXPECT_USAGE, MEASURE_DONE, 60e6),
	};
	struct step step = {.expectations = expectations, .n_expectations = COUNT(expectations)};
	struct check check = {.timeout_us = 300000000,
		.idle_timeout_us = 5000000,
		.retries = {.times = 3},
		.steps = &step,
		.n_steps = 1};
	bool changed = false;
	struct check copy = clocks_shorten(&arena, &check, clocks, clocks, &changed);
	assert_true(changed);
	assert_true(copy.timeout_us < clocks.max_us);
	assert_int_equal(copy.idle_timeout_us, 5000000);
	assert_int_equal(copy.retries.times, 0);
	for (size_t i = 0; i < COUNT(expectations); i++) {
		const struct threshold *t = &copy.steps[0].expectations[i].threshold;
		assert_true(i < 3 ? t->max < 12e6 && t->warn < t->max : t->max > 59e6);
	}
	assert_true(expectations[0].threshold.max > 59e6); /* the original stays */
	arena_fini(&arena);
}

static void test_the_smallest(void **state)
{
	(void)state;
	struct expectation expectations[] = {demand(EXPECT_STREAM, MEASURE_CHUNKS, 4),
		demand(EXPECT_LATENCY, MEASURE_DONE, 3e6)};
	struct step step = {.expectations = expectations, .n_expectations = 2};
	struct check check = {.timeout_us = 9000000, .steps = &step, .n_steps = 1};
	assert_int_equal(clocks_smallest(&check), 1500000);
	step.n_expectations = 1;
	assert_int_equal(clocks_smallest(&check), 9000000);
	check.idle_timeout_us = 2000000;
	assert_int_equal(clocks_smallest(&check), 2000000);
}

static void test_the_largest_expected(void **state)
{
	(void)state;
	struct expectation expectations[] = {demand(EXPECT_LATENCY, MEASURE_DONE, 3e6),
		demand(EXPECT_STREAM, MEASURE_TOKEN_GAP, 5e6),
		demand(EXPECT_STREAM, MEASURE_CHUNKS, 90e6)};
	struct step step = {.expectations = expectations, .n_expectations = 3};
	struct check check = {.timeout_us = 9000000, .steps = &step, .n_steps = 1};
	assert_int_equal(clocks_largest_expected(&check), 5000000);
	expectations[1].threshold.warn = 7e6; /* a warning may come later */
	assert_int_equal(clocks_largest_expected(&check), 7000000);
	step.n_expectations = 0;
	assert_int_equal(clocks_largest_expected(&check), 0);
}

/* Under a pause: what is expected is short, and comes before any time-out. */
static void test_ends_have_clocks_of_their_own(void **state)
{
	(void)state;
	static const struct clocks ends = {30000000, 36000000};
	struct arena arena;
	arena_init(&arena);
	struct expectation expectation = demand(EXPECT_STREAM, MEASURE_TOKEN_GAP, 60e6);
	struct step step = {.expectations = &expectation, .n_expectations = 1};
	struct check check = {
		.timeout_us = 300000000, .idle_timeout_us = 25000000, .steps = &step, .n_steps = 1};
	bool changed;
	struct check copy = clocks_shorten(&arena, &check, ends, clocks, &changed);
	assert_true(copy.timeout_us > ends.kept_us && copy.timeout_us < ends.max_us);
	assert_int_equal(copy.idle_timeout_us, 25000000);
	assert_true(copy.steps[0].expectations[0].threshold.max < 12e6);
	arena_fini(&arena);
}

static void test_short_limits_stay(void **state)
{
	(void)state;
	struct arena arena;
	arena_init(&arena);
	struct check check = {.timeout_us = 9000000};
	bool changed = true;
	assert_int_equal(
		clocks_shorten(&arena, &check, clocks, clocks, &changed).timeout_us, 9000000);
	assert_false(changed);
	arena_fini(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_order_stays),
		cmocka_unit_test(test_every_duration_is_shortened),
		cmocka_unit_test(test_the_smallest),
		cmocka_unit_test(test_the_largest_expected),
		cmocka_unit_test(test_ends_have_clocks_of_their_own),
		cmocka_unit_test(test_short_limits_stay),
	};
	return RUN(tests);
}
