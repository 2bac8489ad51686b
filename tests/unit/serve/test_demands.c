/* What a check expects, in words, as /api/v1/checks/ID tells it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "asking.h"

static const struct status_range ok = {200, 200};

static int setup(void **state)
{
	static struct asking a;
	memset(&a, 0, sizeof(a));
	sample_init(&a.sample);
	asking_open(&a, NULL);
	*state = &a;
	return 0;
}

static int teardown(void **state)
{
	asking_close(*state);
	return 0;
}

static void test_in_words(void **state)
{
	struct asking *a = *state;
	const struct expectation expectations[] = {
		{.kind = EXPECT_STATUS,
			.subject = "status",
			.severity = OUTCOME_WARN,
			.ranges = &ok,
			.n_ranges = 1},
		{.kind = EXPECT_STREAM,
			.subject = "stream.ttft",
			.severity = OUTCOME_FAIL,
			.measure = MEASURE_TTFT,
			.threshold = {.has_max = true, .max = 5e6, .has_warn = true, .warn = 2e6}},
	};
	const struct step steps[] = {{.expectations = expectations, .n_expectations = 2},
		{.expectations = expectations + 1, .n_expectations = 1}};
	for (uint16_t i = 0; i < 3; i++) { /* the last two expect the same */
		a->sample.checks[i].steps = steps;
		a->sample.checks[i].n_steps = a->sample.checks[i].n_ordinary = i ? 2 : 1;
	}
	board_load(a->board, &a->sample.plan, &a->sample.watch, true);
	const struct json *check = ask_json(a, "/api/v1/checks/gateway-health");
	assert_int_equal(json_count(at(check, "expectations")), 2);
	expect_null(check, "expectations.0.step");
	expect_text(check, "expectations.0.expected", "200");
	expect_text(check, "expectations.0.otherwise", "warn");
	for (int i = 0; i < 2; i++) {
		check = ask_json(a, i ? "/api/v1/checks/gateway-stream"
				      : "/api/v1/checks/code%5Bbaseline-cli%5D");
		assert_int_equal(json_count(at(check, "expectations")), 3);
		expect_number(check, "expectations.2.step", 2);
		expect_text(check, "expectations.2.subject", "stream.ttft");
		expect_text(check, "expectations.2.expected", "at most 5s, warns above 2s");
		expect_text(check, "expectations.2.otherwise", "fail");
	}
	check = ask_json(a, "/api/v1/checks/ui-home");
	assert_int_equal(json_count(at(check, "expectations")), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_in_words, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
