#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "watch/recheck.h"

#define S INT64_C(1000000)

static struct watch_policy policy_of(uint8_t k, uint8_t n)
{
	return (struct watch_policy){
		.every_us = 60 * S, .recheck_us = 15 * S, .health = {{k, n}, {2, 2}}};
}

/* p pass, f fail, c cold, s skip; behind each: + another run soon, - not. Regular slots are far away. */
static void expect_extra(struct watch_policy policy, const char *results, const char *wanted)
{
	struct health health = {.state = HEALTH_UNKNOWN};
	unsigned asked = 0;

	for (size_t i = 0; results[i]; i++) {
		enum outcome outcome = results[i] == 'p'   ? OUTCOME_PASS
				       : results[i] == 's' ? OUTCOME_SKIP
							   : OUTCOME_FAIL;
		health = health_next(&policy.health, health,
			(struct health_result){.outcome = outcome,
				.cold = results[i] == 'c',
				.at_wall_us = (int64_t)(i + 1) * S});
		if (!recheck_undecided(&policy, health))
			asked = 0;
		int64_t at = recheck_at(&policy, health, asked, 100 * S, S, 10000 * S);
		if ((at != INT64_MAX) != (wanted[i] == '+'))
			fail_msg("%s at %zu: not %c", results, i, wanted[i]);
		if (at == INT64_MAX)
			continue;
		assert_int_equal(at, 115 * S);
		asked += !health.waits;
	}
}

static void until_the_rule_has_decided(void **state)
{
	(void)state;
	expect_extra(policy_of(2, 3), "ppp", "---");
	expect_extra(policy_of(2, 3), "pff", "-+-"); /* down */
	expect_extra(policy_of(2, 3), "pfpp", "-++-"); /* up */
	expect_extra(policy_of(2, 3), "pfpf", "-++-");
	expect_extra(policy_of(2, 3), "ff", "+-"); /* from unknown */
	expect_extra(policy_of(2, 3), "pffffpfpp", "-+-------"); /* while down, none */
	expect_extra(policy_of(1, 1), "pfp", "---");
	expect_extra(policy_of(3, 3), "pfff", "-++-");
	expect_extra(policy_of(2, 3), "pfspp", "-++--");
}

/* What fails now and then all the time costs n - 1 runs, not so many for each failure. */
static void never_more_than_the_rule_is_long(void **state)
{
	(void)state;
	expect_extra(policy_of(3, 4), "pfppfppfppfpppf", "-+++----------+");
}

/* Until it has woken up; where it never does, the rule's own few come behind. */
static void cold_is_asked_again(void **state)
{
	(void)state;
	struct watch_policy policy = policy_of(2, 3);
	policy.health.cold_for_s = 5;
	expect_extra(policy, "pcccp", "-+++-");
	expect_extra(
		policy, "pcccccccp", "-++++++--"); /* the sixth counts, the seventh takes it down */
	policy.health.down_after = (struct health_rule){1, 1};
	expect_extra(policy, "pccccccp", "-+++++--");
	policy.recheck_us = 0;
	expect_extra(policy, "pcccccp", "-------");
}

static void not_beside_a_regular_one(void **state)
{
	(void)state;
	struct watch_policy policy = policy_of(2, 3);
	struct health health = health_next(&policy.health, (struct health){0},
		(struct health_result){.outcome = OUTCOME_FAIL, .at_wall_us = S});

	assert_int_equal(recheck_at(&policy, health, 0, 0, 5 * S, 20 * S), 15 * S);
	assert_int_equal(recheck_at(&policy, health, 0, 0, 5 * S, 20 * S - 1), INT64_MAX);
	assert_int_equal(recheck_at(&policy, health, 0, 0, 60 * S, 60 * S), INT64_MAX);
	assert_int_equal(recheck_at(&policy, health, 0, 0, 0, INT64_MAX), INT64_MAX);
	policy.recheck_us = 0;
	assert_int_equal(recheck_at(&policy, health, 0, 0, 5 * S, 1000 * S), INT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(until_the_rule_has_decided),
		cmocka_unit_test(never_more_than_the_rule_is_long),
		cmocka_unit_test(cold_is_asked_again),
		cmocka_unit_test(not_beside_a_regular_one),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
