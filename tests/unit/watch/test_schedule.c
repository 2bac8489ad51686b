#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "watch/schedule.h"

#include <stdio.h>

enum { S = 1000000 };

static const struct schedule_entry two[] = {
	{.id = "a", .every_us = 10 * S, .enabled = true},
	{.id = "b", .every_us = 60 * S, .enabled = true},
};

/* Over an hour every slot is served once, at its time, and none is missed. */
static void serves_every_slot(void **state)
{
	(void)state;
	struct schedule *s = schedule_new(two, 2, 5000);
	int64_t last[2] = {0, 0};
	unsigned count[2] = {0, 0};
	struct due due;

	for (int64_t now = 5000; now < (int64_t)3600 * S; now = schedule_next_due(s)) {
		while (schedule_take(s, now, &due)) {
			assert_true(due.slot_us == now);
			if (last[due.index])
				assert_int_equal(now - last[due.index], two[due.index].every_us);
			last[due.index] = now;
			count[due.index]++;
			schedule_done(s, due.index);
		}
	}
	assert_int_equal(schedule_tell_missed(s, 0) + schedule_tell_missed(s, 1), 0);
	assert_int_equal(count[0], 360);
	assert_int_equal(count[1], 60);
	schedule_free(s);
}

static void no_overlap_and_missed_slots(void **state)
{
	(void)state;
	struct schedule *s = schedule_new(two, 1, 0);
	struct due due;
	int64_t first = schedule_next_due(s);

	assert_true(schedule_take(s, first, &due));
	/* it runs for 35 s: three slots pass */
	for (int64_t now = first; now < first + 35 * S; now += S)
		assert_false(schedule_take(s, now, &due));
	schedule_done(s, 0);
	assert_true(schedule_take(s, first + 40 * S, &due));
	assert_int_equal(schedule_tell_missed(s, 0), 3);
	assert_true(due.slot_us == first + 40 * S);
	schedule_done(s, 0);
	assert_true(schedule_take(s, first + 50 * S, &due));
	assert_int_equal(schedule_tell_missed(s, 0), 0);
	schedule_free(s);
}

/* Suspended for an hour: one run, the rest missed, no burst. */
static void no_burst_after_sleep(void **state)
{
	(void)state;
	struct schedule *s = schedule_new(two, 1, 0);
	struct due due;
	int64_t first = schedule_next_due(s);

	assert_true(schedule_take(s, first + (int64_t)3600 * S, &due));
	assert_int_equal(schedule_tell_missed(s, 0), 360);
	assert_true(due.slot_us == first + (int64_t)3600 * S);
	schedule_done(s, 0);
	assert_false(schedule_take(s, first + (int64_t)3600 * S, &due));
	schedule_free(s);
}

static void offsets_are_stable_and_spread(void **state)
{
	(void)state;
	enum { N = 600 };
	static struct schedule_entry entries[N];
	static char ids[N][16];
	unsigned per_second[60] = {0};

	for (int i = 0; i < N; i++) {
		snprintf(ids[i], sizeof(ids[i]), "check-%d", i);
		entries[i] = (struct schedule_entry){ids[i], 60 * S, true, false};
	}
	struct schedule *a = schedule_new(entries, N, 0);
	struct schedule *b = schedule_new(entries, N, (int64_t)7200 * S);
	for (size_t i = 0; i < N; i++) {
		assert_int_equal(
			schedule_due_at(a, i) % (60 * S), schedule_due_at(b, i) % (60 * S));
		per_second[schedule_due_at(a, i) / S % 60]++;
	}
	for (int i = 0; i < 60; i++)
		assert_in_range(per_second[i], 1, 30);
	schedule_free(a);
	schedule_free(b);
}

static void soon_and_disabled(void **state)
{
	(void)state;
	static const struct schedule_entry hourly[] = {
		{.id = "slow", .every_us = (int64_t)3600 * S, .enabled = true, .soon = true},
		{.id = "off", .every_us = 10 * S, .enabled = false},
	};
	int64_t now = (int64_t)100 * S;
	struct schedule *s = schedule_new(hourly, 2, now);
	struct due due;
	int64_t first = schedule_next_due(s), second;

	assert_int_equal(first, now);
	assert_true(schedule_take(s, first, &due));
	assert_int_equal(due.slot_us, first);
	schedule_done(s, 0);
	second = schedule_next_due(s);
	assert_in_range(second - first, (int64_t)1800 * S, (int64_t)5400 * S);
	assert_true(schedule_take(s, second, &due));
	assert_int_equal(schedule_tell_missed(s, 0), 0);
	schedule_done(s, 0);
	assert_int_equal(schedule_next_due(s) - second, (int64_t)3600 * S);
	assert_true(schedule_due_at(s, 1) == INT64_MAX);
	schedule_free(s);
}

/* Of many that begin, one is not waited for. */
static void the_first_begins_at_once(void **state)
{
	(void)state;
	enum { N = 20 };
	struct schedule_entry hourly[N];
	char ids[N][16];
	int64_t now = (int64_t)100 * S, last = 0;

	for (int i = 0; i < N; i++) {
		snprintf(ids[i], sizeof(ids[i]), "check-%d", i);
		hourly[i] = (struct schedule_entry){ids[i], (int64_t)3600 * S, true, true};
	}
	struct schedule *s = schedule_new(hourly, N, now);
	assert_int_equal(schedule_next_due(s), now);
	for (size_t i = 0; i < N; i++) {
		assert_in_range(schedule_due_at(s, i), now, now + SCHEDULE_SOON_US);
		last = schedule_due_at(s, i) > last ? schedule_due_at(s, i) : last;
	}
	assert_true(last > now + SCHEDULE_SOON_US / 2); /* the others are spread */
	schedule_free(s);
}

/* A reload while a check runs: its missed slots are still said, once, and it keeps its place. */
static void carries_over_a_reload(void **state)
{
	(void)state;
	static const struct schedule_entry swapped[] = {
		{"new", S, true, true}, {"b", 60 * S, true, true}, {"a", 10 * S, true, true}};
	struct schedule *old = schedule_new(two, 2, 0), *s;
	struct due due;
	int64_t first = schedule_due_at(old, 0), now;

	while (schedule_take(old, first, &due))
		if (due.index != 0)
			schedule_done(old, due.index);
	now = first + 25 * S; /* two slots pass while it runs; the third is not there yet */
	while (schedule_take(old, now, &due))
		schedule_done(old, due.index);
	s = schedule_new(swapped, 3, now);
	schedule_carry(s, 1, old, 1, now);
	schedule_carry(s, 2, old, 0, now);
	schedule_free(old);
	assert_true(schedule_running(s, 2));
	assert_false(schedule_running(s, 1));
	assert_true(schedule_due_at(s, 2) == first + 30 * S);
	schedule_done(s, 2);
	now = first + 30 * S;
	do
		assert_true(schedule_take(s, now, &due));
	while (due.index != 2);
	assert_int_equal(schedule_tell_missed(s, 2), 2);
	assert_int_equal(schedule_tell_missed(s, 2), 0);
	schedule_free(s);
}

/* A slot that was due when the configuration changed is not forgotten. */
static void carries_what_was_due(void **state)
{
	(void)state;
	struct schedule_entry entry = {"a", 10 * S, true, false};
	struct schedule *old = schedule_new(&entry, 1, 0), *s;
	int64_t first = schedule_next_due(old);
	struct due due;

	s = schedule_new(&entry, 1, first + S);
	schedule_carry(s, 0, old, 0, first + S);
	assert_true(schedule_take(s, first + S, &due));
	assert_true(due.slot_us == first);
	assert_int_equal(schedule_tell_missed(s, 0), 0);
	schedule_free(s);

	entry.every_us = 7 * S; /* another interval: it has been missed */
	s = schedule_new(&entry, 1, first + S);
	schedule_carry(s, 0, old, 0, first + S);
	assert_true(schedule_take(s, schedule_next_due(s), &due));
	assert_int_equal(schedule_tell_missed(s, 0), 1);
	schedule_free(s);
	schedule_free(old);
}

/* One slot more, then the regular ones as if nothing had been; not beside or behind a regular one. */
static void an_extra_slot(void **state)
{
	(void)state;
	struct schedule *s = schedule_new(two + 1, 1, 0);
	struct due due;
	int64_t first = schedule_next_due(s);

	assert_true(schedule_take(s, first, &due));
	assert_false(schedule_extra(s, 0, first + 15 * S)); /* it runs */
	schedule_done(s, 0);
	assert_false(schedule_extra(s, 0, first + 60 * S));
	assert_true(schedule_extra(s, 0, first + 15 * S));
	assert_false(schedule_take(s, first + 15 * S - 1, &due));
	assert_true(schedule_take(s, first + 15 * S, &due));
	assert_int_equal(due.slot_us, first + 15 * S);
	schedule_done(s, 0);
	assert_int_equal(schedule_due_at(s, 0), first + 60 * S);
	assert_true(schedule_extra(s, 0, first + 30 * S));
	assert_true(schedule_take(
		s, first + 130 * S, &due)); /* an extra and a regular one have passed */
	assert_int_equal(due.slot_us, first + 120 * S);
	assert_int_equal(schedule_tell_missed(s, 0), 2);
	schedule_done(s, 0);
	assert_int_equal(schedule_due_at(s, 0), first + 180 * S);
	schedule_free(s);
}

/* What was neither served nor told is owed, whenever the process ends. */
static void what_is_owed(void **state)
{
	(void)state;
	struct schedule *s = schedule_new(two, 1, 0);
	struct due due;
	int64_t first = schedule_next_due(s);
	struct owed owed = schedule_owed(s, 0);

	assert_int_equal(owed_before(owed, first), 0);
	assert_int_equal(owed_before(owed, first + 1), 1);
	assert_int_equal(owed_before(owed, first + 10 * S), 1);
	assert_int_equal(owed_before(owed, first + 10 * S + 1), 2);
	assert_true(schedule_take(s, first, &due));
	owed = schedule_owed(s, 0);
	assert_int_equal(owed_before(owed, first + 1), 1); /* the one that runs */
	assert_int_equal(owed_before(owed, first + 20 * S), 2);
	schedule_done(s, 0);
	assert_true(schedule_extra(s, 0, first + 3 * S));
	owed = schedule_owed(s, 0);
	assert_int_equal(owed_before(owed, first + 3 * S), 0);
	assert_int_equal(owed_before(owed, first + 3 * S + 1), 1);
	assert_int_equal(owed_before(owed, first + 10 * S + 1), 2);
	owed = owed_ahead(owed, 1000 * (int64_t)S);
	assert_int_equal(owed_before(owed, first + 1003 * (int64_t)S), 0);
	assert_int_equal(owed_before(owed, first + 1010 * (int64_t)S + 1), 2);
	assert_int_equal(owed_before(owed_ahead(OWED_NOTHING, 5), INT64_MAX), 0);
	schedule_free(s);
}

/* A check that is no longer enabled has no slots: those before are missed, none after. */
static void carried_to_an_end_and_back(void **state)
{
	(void)state;
	struct schedule_entry entry = {"a", 10 * S, true, false};
	struct schedule *old = schedule_new(&entry, 1, 0), *s, *again;
	int64_t first = schedule_next_due(old), now = first + 25 * S;
	struct due due;

	entry.enabled = false;
	s = schedule_new(&entry, 1, now);
	schedule_carry(s, 0, old, 0, now);
	assert_int_equal(schedule_next_due(s), INT64_MAX);
	assert_int_equal(owed_before(schedule_owed(s, 0), INT64_MAX), 0);
	entry.enabled = true;
	again = schedule_new(&entry, 1, now + 1000 * (int64_t)S);
	schedule_carry(again, 0, s, 0, now + 1000 * (int64_t)S);
	assert_int_equal(schedule_next_due(again), first + 1030 * (int64_t)S);
	assert_true(schedule_take(again, schedule_next_due(again), &due));
	assert_int_equal(schedule_tell_missed(again, 0), 3);
	schedule_free(old);
	schedule_free(s);
	schedule_free(again);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(serves_every_slot),
		cmocka_unit_test(no_overlap_and_missed_slots),
		cmocka_unit_test(no_burst_after_sleep),
		cmocka_unit_test(offsets_are_stable_and_spread),
		cmocka_unit_test(soon_and_disabled),
		cmocka_unit_test(the_first_begins_at_once),
		cmocka_unit_test(carries_over_a_reload),
		cmocka_unit_test(carries_what_was_due),
		cmocka_unit_test(an_extra_slot),
		cmocka_unit_test(what_is_owed),
		cmocka_unit_test(carried_to_an_end_and_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
