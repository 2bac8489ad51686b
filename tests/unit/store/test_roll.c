/* Rollups: each level holds every result up to the watermark once, whatever the order, the clock, a
 * restart or a failure do. */
#include "unit/store/rolled.h"

#include "store/roll.h"
#include "store/sweep.h"
#include "store/upkeep.h"

#include <stdatomic.h>

static _Atomic int64_t mono_us = 1000 * US_PER_S;

static int64_t virtual_mono_us(void)
{
	return atomic_load(&mono_us);
}

static void await_rolled(int64_t left);
static struct store_item *varied(uint32_t number, int64_t at_us, int i);

static struct store *open_rolling(struct witness *w, unsigned roll_after)
{
	struct error error = {""};
	struct store *store = store_open(
		&(struct store_options){
			.path = file, .roll_after = roll_after, .mono_us = virtual_mono_us},
		&error);
	assert_non_null(store);
	assert_true(store_start(store, witness_events(w), &error));
	return store;
}

/* Until the store has nothing left to roll, at most 60 s (of fewer than roll_after it leaves some to the
 * sweep, however they were committed): each look is a committed item that wakes it. */
static void await_rolled(int64_t left)
{
	for (int i = 0; i < 6000 && unrolled() > left; i++)
		usleep(10000);
	assert_true(unrolled() <= left);
}

static struct store_item *varied(uint32_t number, int64_t at_us, int i)
{
	static const enum outcome outcomes[] = {OUTCOME_PASS, OUTCOME_PASS, OUTCOME_FAIL,
		OUTCOME_PASS, OUTCOME_WARN, OUTCOME_PASS, OUTCOME_SKIP};
	struct store_item *item = make_item(number, at_us, outcomes[i % 7]);
	item->record->duration_us = 1000 + i * 7919 % 900000;
	item->record->timing.ttfb_us = i % 5 ? 500 + i * 104729 % 400000 : -1;
	item->record->attempts = outcomes[i % 7] != OUTCOME_SKIP;
	item->record->prompt_tokens = i % 3 ? i % 100 : -1;
	item->record->completion_tokens = i % 4 ? i % 50 : -1;
	item->record->is_stream = i % 2;
	item->record->stream.ttft_us = i % 4 == 1 ? 100 + i * 31 % 100000 : -1;
	item->record->stream.tokens_per_second = -1;
	item->record->maintenance = i % 13 == 5;
	item->missed = i % 11 == 0 ? 2 : 0;
	return item;
}

/* The sweep begins with the first result: from here on it is still, as the clock is. */
static void give_first(struct store *store, struct witness *w, uint32_t number)
{
	size_t before = w->items;
	assert_true(store_give(store, varied(number, T0_US - US_PER_S, 1)));
	await(w, &w->items, before + 1);
	await_rolled(0);
}

static void every_result_is_in_each_level_once(void **state)
{
	(void)state;
	struct witness w = WITNESS_INIT;
	struct store *store = open_rolling(&w, 1);
	uint32_t one = store_check_number(store, "one", NULL);
	uint32_t two = store_check_number(store, "two", NULL);
	int64_t at = T0_US + 13 * 3600 * US_PER_S; /* goes beyond a day's end */
	for (int i = 0; i < 400; i++, at += 47 * US_PER_S) {
		assert_true(store_give(store, varied(one, at, i)));
		assert_true(store_give(store, varied(two, at + 500000, i + 3)));
	}
	await(&w, &w.items, 800);
	await_rolled(0);
	assert_int_equal(assert_rolled(), 800);
	assert_int_equal(ask_sql("SELECT count(*) FROM rollup_day"), 4);
	assert_int_equal(ask_sql("SELECT sum(missed) FROM rollup_day"),
		ask_sql("SELECT sum(slots) FROM missed"));
	assert_true(ask_sql("SELECT sum(sent) FROM rollup_hour") <
		    ask_sql("SELECT count(*) FROM result"));
	store_close(store);
	assert_int_equal(assert_rolled(), 800);
}

static void a_few_results_wait_for_the_sweep(void **state)
{
	(void)state;
	struct witness w = WITNESS_INIT;
	struct store *store = open_rolling(&w, 0);
	uint32_t number = store_check_number(store, "one", NULL);
	give_first(store, &w, number);
	for (int i = 0; i < ROLL_RESULTS - 2; i++)
		assert_true(store_give(store, varied(number, T0_US + i * US_PER_S, i)));
	await(&w, &w.items, ROLL_RESULTS - 1);
	assert_int_equal(unrolled(), ROLL_RESULTS - 2);
	atomic_fetch_add(&mono_us, (UPKEEP_ROLL_S + 1) * US_PER_S);
	/* it wakes the store, and may itself come too late for the sweep */
	assert_true(store_give(store, varied(number, T0_US + 60 * US_PER_S, 1)));
	await(&w, &w.items, ROLL_RESULTS);
	await_rolled(1);
	store_close(store);
	assert_rolled();
}

static void what_was_left_is_rolled_after_the_next_start(void **state)
{
	(void)state;
	struct witness w = WITNESS_INIT;
	struct store *store = open_rolling(&w, 100000);
	uint32_t number = store_check_number(store, "one", NULL);
	give_first(store, &w, number);
	for (int i = 0; i < 3 * ROLL_ROWS_MAX; i++)
		assert_true(store_give(store, varied(number, T0_US + i * US_PER_S, i)));
	store_close(store);
	assert_int_equal(unrolled(), 3 * ROLL_ROWS_MAX);
	store = open_rolling(&w, 0);
	await_rolled(0); /* nothing need happen for it */
	store_close(store);
	assert_int_equal(assert_rolled(), 3 * ROLL_ROWS_MAX + 1);
}

static void a_clock_set_back_is_rolled_at_once(void **state)
{
	(void)state;
	struct witness w = WITNESS_INIT;
	struct store *store = open_rolling(&w, 1);
	uint32_t number = store_check_number(store, "one", NULL);
	for (int i = 0; i < 20; i++)
		assert_true(store_give(store, varied(number, T0_US + i * 10 * US_PER_S, i)));
	await(&w, &w.items, 20);
	await_rolled(0);
	/* the same times again, and times before all others; the key's next free neighbours */
	for (int i = 0; i < 5; i++)
		assert_true(store_give(store, varied(number, T0_US + i * 10 * US_PER_S, i)));
	for (int i = 0; i < 3; i++)
		assert_true(store_give(store, varied(number, T0_US - 86400 * US_PER_S, 11)));
	await(&w, &w.items, 28);
	assert_int_equal(unrolled(), 0);
	assert_int_equal(assert_rolled(), 28);
	/* a missed slot alone, now: far beyond, so it waits for its turn */
	struct store_item *item = MEM_NEW(struct store_item);
	item->check_number = number;
	item->missed = 4;
	assert_true(store_give(store, item));
	store_close(store);
	assert_int_equal(assert_rolled(), 28);
}

static void a_minute_of_one_result_has_no_row(void **state)
{
	(void)state;
	struct witness w = WITNESS_INIT;
	struct store *store = open_rolling(&w, 3);
	uint32_t number = store_check_number(store, "one", NULL);
	for (int i = 0; i < 3; i++)
		assert_true(
			store_give(store, make_item(number, T0_US + i * 120 * US_PER_S, i % 2)));
	await(&w, &w.items, 3);
	await_rolled(0);
	assert_int_equal(ask_sql("SELECT count(*) FROM rollup_minute"), 0);
	assert_int_equal(assert_rolled(), 3);
	/* a second one comes late; a third one too; missed slots come late to another one's minute */
	for (int i = 1; i < 3; i++)
		assert_true(store_give(store, make_item(number, T0_US + i * 9 * US_PER_S, 0)));
	struct store_item *item = make_item(number, T0_US + 200 * US_PER_S, OUTCOME_PASS);
	item->missed = 2;
	assert_true(store_give(store, item));
	await(&w, &w.items, 6);
	assert_int_equal(ask_sql("SELECT count(*) FROM rollup_minute"), 2);
	assert_int_equal(ask_sql("SELECT pass FROM rollup_minute ORDER BY key"), 3);
	assert_int_equal(ask_sql("SELECT pass = 1 AND warn = 0 AND missed = 2 FROM rollup_minute"
				 " ORDER BY key DESC"),
		1);
	assert_int_equal(assert_rolled(), 6);
	store_close(store);
}

static void a_check_far_behind_is_rolled_in_steps(void **state)
{
	(void)state;
	struct witness w = WITNESS_INIT;
	struct store *store = open_rolling(&w, 100000);
	uint32_t number = store_check_number(store, "one", NULL);
	int n = ROLL_ROWS_MAX + 5;
	give_first(store, &w, number);
	for (int i = 0; i < n; i++) { /* the limit falls between a result and its missed slots */
		struct store_item *item = varied(number, T0_US + i * 1000000, 1);
		item->missed = i > 0;
		assert_true(store_give(store, item));
	}
	store_close(store);
	struct error error = {""};
	sqlite3 *db = db_open(file, &error);
	struct session session;
	struct roller roller;
	assert_true(session_init(&session, db, &error));
	assert_true(roller_init(&roller, &session, 0, &error));
	for (int steps = 0; roller.checks[number].pending; steps++) {
		assert_true(steps < 4);
		assert_true(roller_step(&roller, &number, 1, &error));
		assert_rolled();
		int64_t left = unrolled();
		assert_int_equal(left, steps < 2 ? n - 1 - (steps + 1) * ROLL_ROWS_MAX / 2 : 0);
	}
	roller_fini(&roller);
	session_fini(&session);
	db_close(db);
	assert_int_equal(assert_rolled(), n + 1);
}

static void a_broken_histogram_costs_only_itself(void **state)
{
	(void)state;
	struct witness w = WITNESS_INIT;
	struct store *store = open_rolling(&w, 10);
	uint32_t number = store_check_number(store, "one", NULL);
	for (int i = 0; i < 10; i++)
		assert_true(store_give(store, varied(number, T0_US + i * US_PER_S, 0)));
	await(&w, &w.items, 10);
	await_rolled(0);
	ask_sql("UPDATE rollup_day SET duration = x'0501FF', ttfb = x'8080'");
	for (int i = 10; i < 20; i++)
		assert_true(store_give(store, varied(number, T0_US + i * US_PER_S, 0)));
	await(&w, &w.items, 20);
	await_rolled(0);
	store_close(store);
	assert_int_equal(ask_sql("SELECT pass FROM rollup_day"), 20);
	/* 1 ms is bucket 111 */
	assert_int_equal(ask_sql("SELECT duration = x'6F0A' AND ttfb IS NULL FROM rollup_day"), 1);
	assert_int_equal(ask_sql("SELECT duration = x'6F14' FROM rollup_hour"), 1);
}

/* A sweep visits each of n once in a period, whatever its looks are. */
static void a_sweep_is_even(void **state)
{
	(void)state;
	for (uint32_t n = 1; n < 3000; n = n * 3 + 1) {
		struct sweep sweep = {.period_us = 600 * US_PER_S, .least_us = US_PER_S};
		uint32_t visits[3001] = {0};
		uint32_t numbers[32];
		int64_t now = 1000 * US_PER_S;
		size_t most = 0;
		for (int64_t end = now + 602 * US_PER_S; now < end;) {
			size_t took = sweep_take(&sweep, n, now, numbers, 32);
			for (size_t i = 0; i < took; i++)
				visits[numbers[i]]++;
			most = took > most ? took : most;
			now = sweep_due(&sweep, n);
		}
		for (uint32_t i = 1; i <= n; i++)
			assert_in_range(visits[i], 1, 2);
		assert_true(most <= n / 600 + 2);
	}
	struct sweep none = {.period_us = 1, .least_us = 1};
	assert_true(sweep_due(&none, 0) == INT64_MAX);
}

/* --- a thing that fails --- */

static void what_fails_is_tried_again_and_not_counted_twice(void **state)
{
	(void)state;
	struct error error = {""};
	struct witness w = WITNESS_INIT;
	struct store *store = open_rolling(&w, 100000);
	uint32_t number = store_check_number(store, "one", NULL);
	for (int i = 0; i < 100; i++)
		assert_true(store_give(store, varied(number, T0_US + i * US_PER_S, i)));
	store_close(store);
	sqlite3 *db = db_open(file, &error);
	struct session session;
	struct upkeep upkeep;
	assert_true(session_init(&session, db, &error));
	assert_true(upkeep_init(&upkeep, &session, &(struct store_options){0}, &error));
	ask_sql("CREATE TRIGGER no BEFORE INSERT ON rollup_day BEGIN SELECT raise(ABORT, 'no');"
		" END");
	int64_t now = US_PER_S;
	upkeep_step(&upkeep, now);
	assert_string_equal(upkeep.why.text, "no");
	assert_int_equal(unrolled(), 100);
	assert_int_equal(ask_sql("SELECT count(*) FROM rollup_minute"), 0);
	assert_int_equal(upkeep_due(&upkeep), now + UPKEEP_RETRY_S * US_PER_S);
	upkeep_step(&upkeep, now + US_PER_S); /* too early */
	ask_sql("DROP TRIGGER no");
	now += UPKEEP_ROLL_S * US_PER_S;
	for (int i = 0; i < 3 && unrolled() > 0; i++, now += UPKEEP_ROLL_S * US_PER_S)
		upkeep_step(&upkeep, now);
	assert_int_equal(assert_rolled(), 100);
	upkeep_fini(&upkeep);
	session_fini(&session);
	db_close(db);
}

static void one_that_fails_stops_no_other(void **state)
{
	(void)state;
	struct error error = {""};
	struct witness w = WITNESS_INIT;
	struct store *store = open_rolling(&w, 100000);
	char id[16];
	for (uint32_t number = 1; number <= 5; number++) {
		snprintf(id, sizeof(id), "check-%u", number);
		store_check_number(store, id, NULL);
	}
	for (int i = 0; i < 100; i++)
		for (uint32_t number = 1; number <= 5; number++)
			assert_true(store_give(store, varied(number, T0_US + i * US_PER_S, i)));
	store_close(store);
	sqlite3 *db = db_open(file, &error);
	struct session session;
	struct upkeep upkeep;
	assert_true(session_init(&session, db, &error));
	assert_true(upkeep_init(&upkeep, &session, &(struct store_options){0}, &error));
	ask_sql("CREATE TRIGGER no BEFORE INSERT ON rollup_day WHEN new.key >> 42 = 3 BEGIN"
		" SELECT raise(ABORT, 'no'); END");
	upkeep.roller.n_due = 0;
	for (uint32_t number = 1; number <= 5; number++)
		upkeep.roller.due[upkeep.roller.n_due++] = number;
	upkeep_step(&upkeep, US_PER_S);
	assert_string_equal(upkeep.why.text, "no");
	assert_int_equal(unrolled(), ask_sql("SELECT count(*) FROM result JOIN check_state ON"
					     " number = key >> 42 WHERE number = 3 AND key >"
					     " rolled_key"));
	assert_true(unrolled() > 0);
	assert_rolled();
	upkeep_fini(&upkeep);
	session_fini(&session);
	db_close(db);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORE_TEST(every_result_is_in_each_level_once),
		STORE_TEST(a_few_results_wait_for_the_sweep),
		STORE_TEST(what_was_left_is_rolled_after_the_next_start),
		STORE_TEST(a_clock_set_back_is_rolled_at_once),
		STORE_TEST(a_minute_of_one_result_has_no_row),
		STORE_TEST(a_check_far_behind_is_rolled_in_steps),
		STORE_TEST(a_broken_histogram_costs_only_itself),
		STORE_TEST(what_fails_is_tried_again_and_not_counted_twice),
		STORE_TEST(one_that_fails_stops_no_other),
		cmocka_unit_test(a_sweep_is_even),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
