#include "unit.h"

#include "base/flood.h"

#include <stdio.h>
#include <string.h>

enum { SECOND = 1000000 };

/* One check that fails every second for a day: a bounded number of lines, and none goes uncounted. */
static void a_day_of_failures(void **state)
{
	(void)state;
	struct flood flood = {0};
	struct flood_kind kind;
	uint64_t written = 0, held = 0;
	for (int64_t s = 0; s < 86400; s++) {
		while (flood_over(&flood, s * SECOND, false, &kind)) {
			assert_string_equal(kind.about, "gateway-health");
			held += kind.held;
		}
		written += flood_admits(&flood, "check.down", "gateway-health", s * SECOND);
	}
	while (flood_over(&flood, 86400LL * SECOND, true, &kind))
		held += kind.held;
	assert_int_equal(written + held, 86400);
	assert_true(written <= 1440 * FLOOD_LINES);
	assert_true(written >= 1400 * FLOOD_LINES); /* each minute shows some */
}

static void others_are_not_held(void **state)
{
	(void)state;
	struct flood flood = {0};
	for (int i = 0; i < 100; i++)
		flood_admits(&flood, "check.down", "one", SECOND);
	assert_false(flood_admits(&flood, "check.down", "one", SECOND));
	assert_true(flood_admits(&flood, "check.down", "two", SECOND));
	assert_true(flood_admits(&flood, "check.up", "one", SECOND));
	assert_true(flood_admits(&flood, "daemon.stopping", "", SECOND));
}

/* Thousands of checks that fail together are more than the kinds that are known. */
static void many_at_once(void **state)
{
	(void)state;
	struct flood flood = {0};
	struct flood_kind kind;
	uint64_t written = 0, held = 0;
	for (int i = 0; i < 5000; i++) {
		char about[32];
		snprintf(about, sizeof(about), "check-%d", i);
		written += flood_admits(&flood, "check.down", about, SECOND);
	}
	assert_int_equal(written, FLOOD_EVENT_LINES);
	while (flood_over(&flood, SECOND, true, &kind))
		held += kind.held;
	assert_int_equal(written + held, 5000);
}

static void a_minute_later_it_is_new(void **state)
{
	(void)state;
	struct flood flood = {0};
	struct flood_kind kind;
	for (int i = 0; i < FLOOD_LINES; i++)
		assert_true(flood_admits(&flood, "reload.failed", "", 0));
	assert_false(flood_admits(&flood, "reload.failed", "", 59 * SECOND));
	assert_false(flood_over(&flood, 59 * SECOND, false, &kind));
	assert_true(flood_over(&flood, 60 * SECOND, false, &kind));
	assert_int_equal(kind.held, 1);
	assert_string_equal(kind.event, "reload.failed");
	assert_false(flood_over(&flood, 60 * SECOND, true, &kind));
	assert_true(flood_admits(&flood, "reload.failed", "", 60 * SECOND));
	assert_true(flood_admits(&flood, "reload.failed", "", 500 * SECOND));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_day_of_failures),
		cmocka_unit_test(others_are_not_held),
		cmocka_unit_test(many_at_once),
		cmocka_unit_test(a_minute_later_it_is_new),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
