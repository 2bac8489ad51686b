#include "unit.h"

#include "base/drift.h"

#define WALL INT64_C(1790000000000000)
#define S INT64_C(1000000)

static void a_clock_that_is_kept_right(void **state)
{
	(void)state;
	struct drift drift = {0};
	assert_int_equal(drift_look(&drift, WALL, 5 * S), 0);
	for (int64_t s = 1; s < 100000; s++) /* 500 ppm for a day: 50 s in all */
		assert_int_equal(drift_look(&drift, WALL + s * S + s * 500, (5 + s) * S), 0);
	/* nobody looked for an hour */
	assert_int_equal(drift_look(&drift, WALL + 103600 * S + 50 * S, 103605 * S), 0);
}

static void jumps_are_said_once(void **state)
{
	(void)state;
	struct drift drift = {0};
	assert_int_equal(drift_look(&drift, WALL, 5 * S), 0);
	assert_int_equal(drift_look(&drift, WALL + 3601 * S, 6 * S), 3600 * S);
	assert_int_equal(drift_look(&drift, WALL + 3602 * S, 7 * S), 0);
	assert_int_equal(drift_look(&drift, WALL + 3 * S, 8 * S), -3600 * S);
	assert_int_equal(drift_look(&drift, WALL + 4 * S, 9 * S), 0);
	assert_int_equal(drift_look(&drift, WALL + 7 * S, 10 * S), 0); /* 2 s */
	assert_int_equal(drift_look(&drift, WALL + 11 * S, 11 * S), 3 * S);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_clock_that_is_kept_right),
		cmocka_unit_test(jumps_are_said_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
