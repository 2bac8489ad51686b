#include "unit.h"

#include "base/pulse.h"

static void moves(void **state)
{
	(void)state;
	struct pulse pulse = {0};
	pulse_restart(&pulse, 100);
	assert_int_equal(pulse_look(&pulse, 1, 1000), 0);
	assert_int_equal(pulse_look(&pulse, 2, 2000), 0);
	assert_int_equal(pulse_look(&pulse, 900, 3000), 0);
}

static void stands_still(void **state)
{
	(void)state;
	struct pulse pulse = {0};
	pulse_restart(&pulse, 100);
	assert_int_equal(pulse_look(&pulse, 0, 400), 300); /* it never made a turn */
	assert_int_equal(pulse_look(&pulse, 7, 500), 0);
	assert_int_equal(pulse_look(&pulse, 7, 700), 200);
	assert_int_equal(pulse_look(&pulse, 7, 10700), 10200);
	assert_int_equal(pulse_look(&pulse, 8, 10800), 0);
}

static void begins_anew(void **state)
{
	(void)state;
	struct pulse pulse = {0};
	pulse_restart(&pulse, 100);
	assert_int_equal(pulse_look(&pulse, 7, 200), 0);
	pulse_restart(&pulse, 90200); /* the machine slept */
	assert_int_equal(pulse_look(&pulse, 7, 90200), 0);
	assert_int_equal(pulse_look(&pulse, 7, 90300), 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(moves),
		cmocka_unit_test(stands_still),
		cmocka_unit_test(begins_anew),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
