#include "printed.h"
#include "records.h"

static void test_each_kind(void **state)
{
	(void)state;
	static const struct record *const all[] = {&passing, &failing, &skipped, &known, &warned};
	struct report report = report_of(all, 5);
	char *text = printed_report(report_tap, &report, PRINTED_MAX);
	assert_has(text,
		"TAP version 13\n1..5\nok 1 - gateway-health\n  ---\n"
		"  duration_ms: 12.345\n  service: \"gateway\"\n"
		"  request_id: \"gateway-health-aaaa\"\n  ...\nnot ok 2 - gateway-stream\n");
	assert_has(text, "  message: \"stream.ttft: expected at most 5s, got 6.012s\"\n"
			 "  severity: \"fail\"\n  reason: \"expectation\"\n"
			 "  duration_ms: 6300.000\n  first_token_ms: 6012.000\n  attempts: 2\n");
	assert_has(text,
		"  expectations:\n"
		"    - {\"subject\":\"stream.ttft\",\"outcome\":\"fail\",\"expected\":\"at "
		"most 5s\",\"actual\":\"6.012s\"}\n"
		"    - {\"step\":\"second\",\"subject\":\"content\",\"outcome\":\"warn\",");
	assert_has(text, "  notes:\n    - \"left open after [DONE]\"\n");
	assert_has(text, "\nok 3 - voice # SKIP env: CHUTES_API_KEY is not set\n");
	assert_has(text, "\nnot ok 4 - docs # TODO ticket 12\n");
	assert_has(text, "\nok 5 - slow-one (passed after retry: 2 attempts)\n");
	assert_has(text, "\n# 1 passed, 1 warned, 1 failed, 1 known issue, 1 skipped in 12.30s\n");
	assert_has_not(text, "Bail out");
	free(text);
}

static void test_nothing_becomes_a_directive(void **state)
{
	(void)state;
	struct record evil = skipped;
	evil.check_id = "a # TODO b\nok 99\\";
	evil.message = "x\nBail out! # y";
	const struct record *const one[] = {&evil};
	struct report report = report_of(one, 1);
	report.interrupted = true;
	char *text = printed_report(report_tap, &report, PRINTED_MAX);
	assert_has(text, "\nok 1 - a \\# TODO b\\\\nok 99\\\\ # SKIP env: x\\\\nBail out! \\# y\n");
	assert_has(text, "  message: \"x\\nBail out! # y\"\n");
	assert_has(text, "\nBail out! interrupted\n");
	free(text);
}

static void test_nothing_to_run(void **state)
{
	(void)state;
	struct report report = report_of(NULL, 0);
	char *text = printed_report(report_tap, &report, PRINTED_MAX);
	assert_has(text, "\n1..0 # SKIP nothing to run\n");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_kind),
		cmocka_unit_test(test_nothing_becomes_a_directive),
		cmocka_unit_test(test_nothing_to_run),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
