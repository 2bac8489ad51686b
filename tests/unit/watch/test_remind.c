/* When what stays open is told again: on a clock that the tests set. */
#include "watch/remind.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define S INT64_C(1000000)
#define H (3600 * S)

static const int64_t opened = INT64_C(1795773600) * S;

/* Looks each minute for so long, as the daemon does; what was told, one after the other. */
static size_t tell(struct remind *remind, int64_t from, int64_t until, int64_t nths[64])
{
	size_t n = 0;
	for (int64_t now = from; now < until; now += 60 * S) {
		struct reminder due = remind_due(remind, now);
		if (due.nth)
			nths[n++] = due.nth;
		assert_true(n < 64);
		remind->told_us = now;
	}
	return n;
}

static void each_is_told_once(void **state)
{
	(void)state;
	struct remind remind = {.opened_us = opened, .every_us = 4 * H};
	int64_t nths[64];
	assert_int_equal(tell(&remind, opened, opened + 4 * H, nths), 0);
	assert_int_equal(tell(&remind, opened + 4 * H, opened + 13 * H, nths), 3);
	assert_int_equal(nths[0], 1);
	assert_int_equal(nths[2], 3);
}

static void without_a_pace_there_is_none(void **state)
{
	(void)state;
	struct remind remind = {.opened_us = opened};
	int64_t nths[64];
	assert_int_equal(tell(&remind, opened, opened + 100 * H, nths), 0);
}

/* Whoever does not know what was told names it the same: the outbox has it already. */
static void a_restart_says_the_same(void **state)
{
	(void)state;
	struct remind remind = {.opened_us = opened, .every_us = H};
	assert_int_equal(remind_due(&remind, opened + 2 * H + 60 * S).nth, 2);
	remind.told_us = opened + 2 * H + 60 * S;
	assert_int_equal(remind_due(&remind, opened + 2 * H + 120 * S).nth, 0);
	remind.told_us = 0;
	assert_int_equal(remind_due(&remind, opened + 3 * H - S).nth, 2);
}

static void a_long_absence_is_followed_by_one(void **state)
{
	(void)state;
	struct remind remind = {.opened_us = opened, .every_us = H};
	int64_t nths[64];
	assert_int_equal(tell(&remind, opened + 50 * H + S, opened + 51 * H, nths), 1);
	assert_int_equal(nths[0], 50);
}

static void a_clock_set_back_is_silent(void **state)
{
	(void)state;
	struct remind remind = {.opened_us = opened, .every_us = H};
	int64_t nths[64];
	assert_int_equal(tell(&remind, opened - 9 * H, opened, nths), 0);
}

static void while_somebody_takes_care_there_is_none(void **state)
{
	(void)state;
	struct remind remind = {.opened_us = opened, .every_us = H, .held_until_us = INT64_MAX};
	int64_t nths[64];
	assert_int_equal(tell(&remind, opened, opened + 30 * H, nths), 0);
}

static void the_end_of_an_acknowledgement_is_told_once(void **state)
{
	(void)state;
	struct remind remind = {.opened_us = opened, .every_us = 4 * H};
	int64_t nths[64];
	assert_int_equal(tell(&remind, opened, opened + H, nths), 0);
	remind.held_until_us = opened + 9 * H; /* the first two fall into it */
	assert_int_equal(tell(&remind, opened + H, opened + 9 * H, nths), 0);
	struct reminder end = remind_due(&remind, opened + 9 * H);
	assert_true(end.released);
	assert_int_equal(end.nth, (opened + 9 * H) / S);
	assert_int_equal(tell(&remind, opened + 9 * H, opened + 13 * H, nths), 2);
	assert_int_equal(nths[0], end.nth);
	assert_int_equal(nths[1], 3);
	remind.told_us = 0; /* after a restart the newest counts, and neither of those before */
	assert_int_equal(remind_due(&remind, opened + 13 * H).nth, 3);
	assert_false(remind_due(&remind, opened + 13 * H).released);
}

/* It is told to those who want no reminders, too: they heard that somebody takes care. */
static void its_end_needs_no_pace(void **state)
{
	(void)state;
	struct remind remind = {.opened_us = opened, .held_until_us = opened + H};
	int64_t nths[64];
	assert_int_equal(tell(&remind, opened, opened + 40 * H, nths), 1);
	assert_int_equal(nths[0], (opened + H) / S);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_is_told_once),
		cmocka_unit_test(without_a_pace_there_is_none),
		cmocka_unit_test(a_restart_says_the_same),
		cmocka_unit_test(a_long_absence_is_followed_by_one),
		cmocka_unit_test(a_clock_set_back_is_silent),
		cmocka_unit_test(while_somebody_takes_care_there_is_none),
		cmocka_unit_test(the_end_of_an_acknowledgement_is_told_once),
		cmocka_unit_test(its_end_needs_no_pace),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
