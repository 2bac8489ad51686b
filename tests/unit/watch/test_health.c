#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "watch/health.h"

/* p pass, w warn, f fail, s skip; the states after each: u up, g degraded, d down, . unknown */
static void expect_states(struct health_policy policy, const char *results, const char *states)
{
	struct health h = {.state = HEALTH_UNKNOWN};

	for (size_t i = 0; results[i]; i++) {
		enum outcome o = results[i] == 'p'   ? OUTCOME_PASS
				 : results[i] == 'w' ? OUTCOME_WARN
				 : results[i] == 'f' ? OUTCOME_FAIL
						     : OUTCOME_SKIP;
		char expected = states[i];
		h = health_next(&policy, h, o);
		char actual = h.state == HEALTH_UP         ? 'u'
			      : h.state == HEALTH_DEGRADED ? 'g'
			      : h.state == HEALTH_DOWN     ? 'd'
							   : '.';
		if (actual != expected)
			fail_msg("%s at %zu: %c, expected %c", results, i, actual, expected);
	}
}

static void two_of_three(void **state)
{
	(void)state;
	struct health_policy p = HEALTH_POLICY_DEFAULT;
	expect_states(p, "p", "u");
	expect_states(p, "pf", "uu");
	expect_states(p, "pff", "uud");
	expect_states(p, "pfpf", "uuud");
	expect_states(p, "pfppf", "uuuuu");
	expect_states(p, "f", ".");
	expect_states(p, "ff", ".d");
	expect_states(p, "fp", ".u");
	expect_states(p, "ffp", ".dd");
	expect_states(p, "ffpp", ".ddu");
	expect_states(p, "ffpfpp", ".ddddu");
	/* failures from before the turn don't count towards the next */
	expect_states(p, "ffppf", ".dduu");
	expect_states(p, "ffppff", ".dduud");
}

static void skips_shift_nothing(void **state)
{
	(void)state;
	struct health_policy p = HEALTH_POLICY_DEFAULT;
	expect_states(p, "s", ".");
	expect_states(p, "pfssssf", "uuuuuud");
	expect_states(p, "ffspsp",
		".dddd"
		"u");
}

static void warnings_degrade(void **state)
{
	(void)state;
	struct health_policy p = HEALTH_POLICY_DEFAULT;
	expect_states(p, "w", "g");
	expect_states(p, "wp", "gu");
	expect_states(p, "pwf", "ugg");
	expect_states(p, "ffwp", ".ddu");
	expect_states(p, "ffww", ".ddg");
}

static void in_a_row(void **state)
{
	(void)state;
	struct health_policy p = {{3, 3}, {1, 1}};
	expect_states(p, "pffpfff", "uuuuuud");
	expect_states(p, "fffp", "..du");
	struct health_policy once = {{1, 1}, {1, 1}};
	expect_states(once, "fpfp", "dudu");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_of_three),
		cmocka_unit_test(skips_shift_nothing),
		cmocka_unit_test(warnings_degrade),
		cmocka_unit_test(in_a_row),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
