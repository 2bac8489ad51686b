#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "watch/health.h"

/* p pass, w warn, f fail, c cold, s skip; the states after each: u up, g degraded, d down, . unknown */
static void expect_states(struct health_policy policy, const char *results, const char *states)
{
	struct health h = {.state = HEALTH_UNKNOWN};

	for (size_t i = 0; results[i]; i++) {
		enum outcome o = results[i] == 'p'   ? OUTCOME_PASS
				 : results[i] == 'w' ? OUTCOME_WARN
				 : results[i] == 's' ? OUTCOME_SKIP
						     : OUTCOME_FAIL;
		char expected = states[i];
		h = health_next(&policy, h,
			(struct health_result){.outcome = o,
				.cold = results[i] == 'c',
				.at_wall_us = (int64_t)(i + 1) * 60 * 1000000});
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
	struct health_policy p = {{3, 3}, {1, 1}, 0};
	expect_states(p, "pffpfff", "uuuuuud");
	expect_states(p, "fffp", "..du");
	struct health_policy once = {{1, 1}, {1, 1}, 0};
	expect_states(once, "fpfp", "dudu");
}

static struct health after(struct health before, enum outcome outcome, int64_t at_s)
{
	const struct health_policy p = HEALTH_POLICY_DEFAULT;
	return health_next(&p, before,
		(struct health_result){.outcome = outcome, .at_wall_us = at_s * 1000000});
}

static void the_last_good_one_is_remembered(void **state)
{
	(void)state;
	struct health h = after((struct health){0}, OUTCOME_FAIL, 1000);
	assert_int_equal(h.good_s, 0);
	h = after(after(h, OUTCOME_PASS, 1060), OUTCOME_WARN, 1120);
	assert_int_equal(h.good_s, 1120);
	h = after(after(h, OUTCOME_FAIL, 1180), OUTCOME_SKIP, 1240);
	assert_int_equal(h.good_s, 1120);
}

/* --- a service that wakes up --- */

static void cold_counts_when_it_lasts(void **state)
{
	(void)state;
	struct health_policy p = HEALTH_POLICY_DEFAULT;
	expect_states(p, "pcc", "uud"); /* a failure as any other, unless: */
	p.cold_for_s = 180; /* three results */
	expect_states(p, "pcccp", "uuuuu");
	expect_states(p, "pcccc", "uuuuu");
	expect_states(p, "pccccc", "uuuuud"); /* two beyond the time */
	expect_states(p, "ccccc", "....d");
	expect_states(
		p, "pccpccpp", "uuuuuddu"); /* what woke up does not sleep: it fails now and then */
	expect_states(p, "pcpcpcpc", "uuuuuuud");
	expect_states(p, "pcccpff", "uuuuuud"); /* its colds are forgotten */
	expect_states(p, "pcppppppppppppppcccp",
		"uuuuuuuuuuuuuuuuuuuu"); /* asleep again after a quarter */
	expect_states(p, "pcfcf", "uuuud"); /* it answers meanwhile, and wrongly */
	expect_states(p, "pcccscc", "uuuuuud"); /* what is skipped changes nothing */
	expect_states(p, "pffccpp", "uuddddu"); /* once it is down, cold is down */
	p.down_after = (struct health_rule){1, 1};
	expect_states(p, "pccccp", "uuuudd");
}

static void a_clock_set_back_makes_it_wait_anew(void **state)
{
	(void)state;
	struct health_policy p = {{1, 1}, {1, 1}, 60};
	struct health h = {.state = HEALTH_UP};
	struct health_result cold = {OUTCOME_FAIL, .cold = true};
	const int at_s[] = {1000, 1059, 30, 89, 90};
	for (size_t i = 0; i < 5; i++) {
		cold.at_wall_us = (int64_t)at_s[i] * 1000000;
		h = health_next(&p, h, cold);
		assert_int_equal(h.state, i == 4 ? HEALTH_DOWN : HEALTH_UP);
		assert_int_equal(h.waits, i < 4);
	}
}

/* --- known issues --- */

/* k: passes as one, x: fails as one, p: passes without the mark. "!": it is fixed, with that result. */
static void expect_fixed(const char *results, const char *expected)
{
	struct health_policy p = HEALTH_POLICY_DEFAULT;
	struct health h = {.state = HEALTH_UNKNOWN};
	for (size_t i = 0; results[i]; i++) {
		char r = results[i];
		struct health before = h;
		h = health_next(&p, h,
			(struct health_result){.outcome = r == 'x'   ? OUTCOME_FAIL
							  : r == 's' ? OUTCOME_SKIP
								     : OUTCOME_PASS,
				.known_issue = r != 'p',
				.at_wall_us = (int64_t)(i + 1) * 1000000});
		if (health_is_fixed(before, h) != (expected[i] == '!'))
			fail_msg("%s at %zu: not %c", results, i, expected[i]);
	}
}

static void fixed_is_said_once(void **state)
{
	(void)state;
	expect_fixed("xxkkkkkkkkkk", "....!.......");
	expect_fixed("kkkk", "..!."); /* it never failed, but is marked */
	expect_fixed("xkkxkkxkkk", ".........!");
	expect_fixed("kkkxkkkxkkk", "..!........"); /* it comes and goes */
	expect_fixed("kskskskk", "....!...");
	expect_fixed("kkpkkk", ".....!");
	expect_fixed("pppppp", "......");
}

static void what_was_fixed_before_takes_longer(void **state)
{
	(void)state;
	struct health_policy p = HEALTH_POLICY_DEFAULT;
	struct health h = {.state = HEALTH_UNKNOWN};
	unsigned fixed = 0;
	for (int i = 0; i < 1000; i++) {
		struct health before = h;
		bool fails = i % 4 == 3 && i < 800;
		h = health_next(&p, h,
			(struct health_result){.outcome = fails ? OUTCOME_FAIL : OUTCOME_PASS,
				.known_issue = true,
				.at_wall_us = (i + 1) * INT64_C(1000000)});
		fixed += health_is_fixed(before, h);
		assert_int_equal(fixed, i < 2 ? 0 : i < 899 ? 1 : 2);
	}
}

/* --- flapping --- */

struct course {
	struct health_policy policy;
	struct health health;
	int64_t now_us;
	unsigned opened, resolved;
};

/* Results, one every so many seconds; what the receiver of alerts hears is counted. */
static void go(struct course *c, const char *results, size_t times, int every_s)
{
	for (size_t n = 0; n < times; n++)
		for (const char *r = results; *r; r++) {
			bool was = c->health.state == HEALTH_DOWN;
			c->now_us += (int64_t)every_s * 1000000;
			c->health = health_next(&c->policy, c->health,
				(struct health_result){
					.outcome = *r == 'p' ? OUTCOME_PASS : OUTCOME_FAIL,
					.at_wall_us = c->now_us});
			bool is = c->health.state == HEALTH_DOWN;
			c->opened += is && !was;
			c->resolved += was && !is;
		}
}

static struct course course_of(struct health_policy policy)
{
	struct course c = {.policy = policy, .now_us = INT64_C(1800000000) * 1000000};

	go(&c, "p", 30, 60);
	return c;
}

static void told(const struct course *c, unsigned opened, unsigned resolved)
{
	if (c->opened != opened || c->resolved != resolved)
		fail_msg("%u opened, %u resolved; expected %u, %u", c->opened, c->resolved, opened,
			resolved);
}

static void hours_of_alternating_are_told_once(void **state)
{
	(void)state;
	const int everies[] = {1, 10, 60, 3600};
	for (size_t i = 0; i < 4; i++) {
		struct course c = course_of(HEALTH_POLICY_DEFAULT);
		go(&c, "fp", 2000, everies[i]);
		told(&c, 1, 0);
		assert_true(c.health.flapping);
		go(&c, "p", HEALTH_CALM - 2, everies[i]); /* the last of them passed already */
		told(&c, 1, 0);
		go(&c, "p", 1, everies[i]);
		told(&c, 1, 1);
		assert_false(c.health.flapping);
	}
}

/* Under the strictest rules each result is a turn, at first. */
static void bounded_under_any_rule(void **state)
{
	(void)state;
	const struct health_policy once = {{1, 1}, {1, 1}, 0}, thrice = {{3, 3}, {1, 1}, 0};
	const int everies[] = {60, 3600};
	for (size_t i = 0; i < 2; i++) {
		struct course c = course_of(once);
		go(&c, "fp", 2000, everies[i]);
		told(&c, 5, 4);
		go(&c, "p", 20, everies[i]);
		told(&c, 5, 5);
	}
	struct course c = course_of(thrice); /* what is never down stays up */
	go(&c, "fp", 2000, 60);
	told(&c, 0, 0);
	assert_true(c.health.flapping);
	go(&c, "p", HEALTH_CALM, 60);
	assert_false(c.health.flapping);
}

/* A minute up, a minute down, for a day. */
static void slow_flapping_is_held_down(void **state)
{
	(void)state;
	struct course c = course_of(HEALTH_POLICY_DEFAULT);
	go(&c, "ffffffpppppp", 720, 10);
	told(&c, 5, 4);
	assert_true(health_flaps(c.health));
	go(&c, "p", 1, 10);
	told(&c, 5, 4); /* its last failure was 70 s ago */
	go(&c, "p", 1, 10);
	told(&c, 5, 5);
	assert_false(health_flaps(c.health));
	go(&c, "p", 89, 10);
	go(&c, "ff", 1, 10); /* so much later: a new outage, which ends as others do */
	go(&c, "pp", 1, 10);
	told(&c, 6, 6);
}

/* However long it is up and down, by turns. */
static void no_rhythm_is_told_for_ever(void **state)
{
	(void)state;
	const int minutes[] = {1, 2, 3, 5, 10, 14};
	for (size_t i = 0; i < 6; i++) {
		struct course c = course_of(HEALTH_POLICY_DEFAULT);
		for (int n = 0; n < 400; n++) {
			go(&c, "f", (size_t)minutes[i] * 60, 1);
			go(&c, "p", (size_t)minutes[i] * 60, 1);
		}
		if (c.opened > HEALTH_RELAPSES_MAX + 2 || c.resolved != c.opened - 1)
			fail_msg("%d minutes: %u opened, %u resolved", minutes[i], c.opened,
				c.resolved);
	}
}

static void outages_that_come_now_and_then_are_told_each(void **state)
{
	(void)state;
	struct course c = course_of(HEALTH_POLICY_DEFAULT);
	for (int i = 0; i < 20; i++) {
		go(&c, "fff", 1, 60);
		go(&c, "p", 20, 60);
	}
	told(&c, 20, 20);
	assert_false(health_flaps(c.health));
	assert_int_equal(c.health.relapses, 0);
}

static void a_clock_that_is_set_back_holds_nobody_down(void **state)
{
	(void)state;
	struct course c = course_of(HEALTH_POLICY_DEFAULT);
	for (int i = 0; i < 6; i++) {
		go(&c, "ff", 1, 1);
		go(&c, "p", 400, 1);
	}
	go(&c, "ff", 1, 1);
	told(&c, 7, 6);
	c.now_us -= INT64_C(86400) * 1000000;
	go(&c, "p", 400, 1);
	told(&c, 7, 7);
}

static void skips_calm_nothing(void **state)
{
	(void)state;
	struct course c = course_of(HEALTH_POLICY_DEFAULT);
	go(&c, "fp", 20, 60);
	struct health before = c.health;
	c.health = health_next(&c.policy, c.health,
		(struct health_result){
			.outcome = OUTCOME_SKIP, .at_wall_us = c.now_us + INT64_C(3600000000)});
	assert_memory_equal(&before, &c.health, sizeof(before));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_of_three),
		cmocka_unit_test(skips_shift_nothing),
		cmocka_unit_test(warnings_degrade),
		cmocka_unit_test(in_a_row),
		cmocka_unit_test(the_last_good_one_is_remembered),
		cmocka_unit_test(cold_counts_when_it_lasts),
		cmocka_unit_test(a_clock_set_back_makes_it_wait_anew),
		cmocka_unit_test(fixed_is_said_once),
		cmocka_unit_test(what_was_fixed_before_takes_longer),
		cmocka_unit_test(hours_of_alternating_are_told_once),
		cmocka_unit_test(bounded_under_any_rule),
		cmocka_unit_test(slow_flapping_is_held_down),
		cmocka_unit_test(no_rhythm_is_told_for_ever),
		cmocka_unit_test(outages_that_come_now_and_then_are_told_each),
		cmocka_unit_test(a_clock_that_is_set_back_holds_nobody_down),
		cmocka_unit_test(skips_calm_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
