#include "watch/budget.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above */
#include <cmocka.h>

#define DAY_US INT64_C(86400000000)
static const int64_t noon = 20000 * DAY_US + DAY_US / 2;
static const struct budget three_runs = {.runs_per_day = 3};
static const struct budget hundred_tokens = {.tokens_per_day = 100};

static void without_limits_all_is_allowed(void **state)
{
	(void)state;
	static const struct budget none = {0};
	struct budget_spent spent = {20000, UINT64_MAX, UINT64_MAX};
	assert_false(budget_limits(&none));
	assert_true(budget_limits(&three_runs));
	assert_true(budget_limits(&hundred_tokens));
	assert_true(budget_allows(&none, spent, noon));
}

static void runs_are_counted_to_the_end_of_the_day(void **state)
{
	(void)state;
	struct budget_spent spent = {0};
	for (int i = 0; i < 3; i++) {
		assert_true(budget_allows(&three_runs, spent, noon));
		spent = budget_spend(spent, noon, -1, -1);
	}
	assert_int_equal(spent.runs, 3);
	assert_int_equal(spent.tokens, 0);
	assert_false(budget_allows(&three_runs, spent, noon));
	int64_t midnight = 20001 * DAY_US;
	assert_false(budget_allows(&three_runs, spent, midnight - 1));
	assert_true(budget_allows(&three_runs, spent, midnight));
	assert_int_equal(budget_at(spent, midnight).runs, 0);
	assert_int_equal(budget_at(spent, midnight).day, 20001);
	spent = budget_spend(spent, midnight, 1, 1);
	assert_int_equal(spent.runs, 1);
}

static void tokens_are_counted_as_they_are_said(void **state)
{
	(void)state;
	struct budget_spent spent = {0};
	spent = budget_spend(spent, noon, 40, 59);
	assert_int_equal(spent.tokens, 99);
	assert_true(budget_allows(&hundred_tokens, spent, noon));
	spent = budget_spend(spent, noon, -1, 500); /* the last one may go beyond */
	assert_int_equal(spent.tokens, 599);
	assert_false(budget_allows(&hundred_tokens, spent, noon));
	assert_true(budget_allows(&three_runs, spent, noon));
}

/* Neither a run that began yesterday nor a clock set back gives anything back. */
static void time_that_is_past_changes_nothing(void **state)
{
	(void)state;
	struct budget_spent spent = {.day = 20001, .runs = 3, .tokens = 7};
	struct budget_spent after = budget_spend(spent, noon, 50, 50);
	assert_int_equal(after.day, 20001);
	assert_int_equal(after.runs, 3);
	assert_int_equal(after.tokens, 7);
	assert_false(budget_allows(&three_runs, spent, noon));
}

static void days_are_utc(void **state)
{
	(void)state;
	assert_int_equal(budget_day(0), 0);
	assert_int_equal(budget_day(DAY_US - 1), 0);
	assert_int_equal(budget_day(DAY_US), 1);
	assert_int_equal(budget_day(-1), -1);
	assert_int_equal(budget_day_start_us(noon), 20000 * DAY_US);
}

static void it_says_what_is_spent(void **state)
{
	(void)state;
	struct buf out = BUF_INIT(256);
	budget_words(&out, &three_runs, (struct budget_spent){1, 3, 9});
	buf_puts(&out, "|");
	budget_words(&out, &hundred_tokens, (struct budget_spent){1, 3, 120});
	assert_string_equal(buf_text(&out), "3 of 3 runs of this day (UTC) are spent|"
					    "120 of 100 tokens of this day (UTC) are spent");
	buf_fini(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_limits_all_is_allowed),
		cmocka_unit_test(runs_are_counted_to_the_end_of_the_day),
		cmocka_unit_test(tokens_are_counted_as_they_are_said),
		cmocka_unit_test(time_that_is_past_changes_nothing),
		cmocka_unit_test(days_are_utc),
		cmocka_unit_test(it_says_what_is_spent),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
