/* Weeks of a store's life on a virtual clock, over the days on which clocks on walls change: results go
 * in through the queue, are rolled up and kept their time, while a restart comes now and then. What is
 * left adds up exactly: days are the results, hours are the days, minutes are the hours. */
#include "unit/store/rolled.h"

#include "store/roll.h"

#include <stdatomic.h>
#include <time.h>

#define HOUR_US (3600 * US_PER_S)
#define DAY_US (24 * HOUR_US)
#define BEGIN_US INT64_C(1774051200000000) /* 2026-03-21T00:00:00Z; Europe changes on the 29th */

enum { CHECKS = 4, WEEKS = 5 };

static _Atomic int64_t wall;

static int64_t wall_us(void)
{
	return atomic_load(&wall);
}

static int64_t mono_us(void)
{
	return atomic_load(&wall) - BEGIN_US + 1000 * US_PER_S;
}

static const struct store_keep keep = {.results_us = 10 * DAY_US,
	.evidence_us = 3 * DAY_US,
	.minutes_us = 4 * DAY_US,
	.hours_us = 20 * DAY_US,
	.incidents_us = 20 * DAY_US};

/* All that was ever given, day by day. */
static uint64_t given[WEEKS * 7 + 1][OUTCOME_COUNT];
static uint64_t missed;

static struct store *open_virtual(struct witness *w)
{
	struct error error = {""};
	struct store *store = store_open(
		&(struct store_options){
			.path = file, .keep = keep, .mono_us = mono_us, .wall_us = wall_us},
		&error);
	assert_non_null(store);
	assert_true(store_start(store, witness_events(w), &error));
	return store;
}

static void give(struct store *store, uint32_t number, int64_t at_us, int i)
{
	enum outcome outcome = i % 37 == 5   ? OUTCOME_FAIL
			       : i % 53 == 7 ? OUTCOME_SKIP
					     : OUTCOME_PASS;
	struct store_item *item = make_item(number, at_us, outcome);
	item->record->duration_us = 1000 + i * 7919 % 900000;
	item->missed = i % 101 == 0;
	assert_true(store_give(store, item));
	given[(at_us - BEGIN_US) / DAY_US][outcome]++;
	missed += i % 101 == 0;
}

/* An hour of every check's results, one in 90 seconds, then a while in which nothing is due. */
static size_t live_an_hour(struct store *store, int64_t from_us, int hour)
{
	size_t n = 0;
	for (int64_t at = 0; at < HOUR_US; at += 90 * US_PER_S, n++)
		for (uint32_t number = 1; number <= CHECKS; number++)
			give(store, number, from_us + at + number * US_PER_S,
				hour * 40 + (int)n + (int)number);
	atomic_store(&wall, from_us + HOUR_US);
	return n * CHECKS;
}

static void live(void)
{
	static struct witness w;
	w = (struct witness)WITNESS_INIT;
	struct store *store = open_virtual(&w);
	char id[16];
	for (int i = 1; i <= CHECKS; i++) {
		snprintf(id, sizeof(id), "check-%d", i);
		store_check_number(store, id, NULL);
	}
	size_t n = 0;
	for (int hour = 0; hour < WEEKS * 7 * 24; hour++) {
		n += live_an_hour(store, BEGIN_US + hour * HOUR_US, hour);
		if (hour % 24 == 23) {
			store_settle(store, 0, 20 * US_PER_S);
			await(&w, &w.items, n);
		}
		if (hour % 120 == 119) {
			store_close(store);
			store = open_virtual(&w);
		}
	}
	store_close(store);
}

static void pass_time(int64_t for_us)
{
	static struct witness w;
	w = (struct witness)WITNESS_INIT;
	struct store *store = open_virtual(&w);
	for (int64_t step = for_us / 100, end = wall_us() + for_us; wall_us() < end;) {
		struct store_item *item = MEM_NEW(struct store_item); /* it wakes the store */
		size_t before = w.items;
		atomic_fetch_add(&wall, step);
		item->check_number = 1;
		item->missed = 0;
		assert_true(store_give(store, item));
		store_settle(store, 0, 20 * US_PER_S);
		await(&w, &w.items, before + 1);
	}
	store_close(store);
}

static void days_are_what_was_given(void)
{
	static const char *const columns[] = {"pass", "warn", "fail", "skip"};
	char sql[200];
	for (int day = 0; day < WEEKS * 7; day++)
		for (int outcome = 0; outcome < OUTCOME_COUNT; outcome++) {
			snprintf(sql, sizeof(sql),
				"SELECT sum(%s) FROM rollup_day WHERE (key & 4398046511103) = %lld",
				columns[outcome], (long long)((BEGIN_US + day * DAY_US) / 1000));
			assert_int_equal(ask_sql(sql), given[day][outcome]);
		}
	assert_int_equal(ask_sql("SELECT sum(missed) FROM rollup_day"), missed);
	assert_int_equal(ask_sql("SELECT count(*) FROM rollup_day"), WEEKS * 7 * CHECKS);
}

/* Days whose hours are all kept are the sums of exactly their 24 hours. */
static void hours_add_up_to_days(void)
{
	const char *whole_days =
		"WITH hour AS (SELECT key - (key & 4398046511103) % 86400000 AS day, count(*) AS n,"
		" sum(pass) AS pass, sum(fail) AS fail, sum(skip) AS skip, sum(missed) AS missed,"
		" sum(duration_sum_us) AS us FROM rollup_hour GROUP BY 1)"
		" SELECT count(*) FILTER (WHERE n = 24 AND (d.pass, d.fail, d.skip, d.missed,"
		" d.duration_sum_us) = (hour.pass, hour.fail, hour.skip, hour.missed, hour.us))"
		" FROM hour JOIN rollup_day AS d ON d.key = hour.day";
	int64_t whole = ask_sql(whole_days);
	assert_in_range(whole, 18 * CHECKS, 20 * CHECKS);
	assert_in_range(ask_sql("SELECT count(DISTINCT (key & 4398046511103) / 86400000)"
				" FROM rollup_hour"),
		whole / CHECKS, whole / CHECKS + 1);
}

static int64_t days_left(const char *table)
{
	char sql[200];
	snprintf(sql, sizeof(sql), "SELECT (%lld - min(key & 4398046511103)) / 86400000 FROM %s",
		(long long)(wall_us() / 1000), table);
	return ask_sql(sql);
}

static void the_reader_agrees(void)
{
	struct error error = {""};
	struct arena arena;
	struct series series;
	uint64_t pass = 0;
	struct reader *reader = reader_open(file, &error);
	assert_non_null(reader);
	arena_init(&arena);
	assert_true(reader_series(reader, &arena, "check-2", BEGIN_US,
		BEGIN_US + WEEKS * 7 * DAY_US, DAY_US, &series, &error));
	assert_int_equal(series.n, WEEKS * 7);
	for (size_t day = 0; day < series.n; day++) {
		pass += series.points[day].pass;
		assert_int_equal(
			series.points[day].pass + series.points[day].fail + series.points[day].skip,
			24 * 40);
	}
	/* minutes, where they are kept, are the hours, and those the day */
	int64_t day_us = BEGIN_US + (WEEKS * 7 - 1) * DAY_US;
	uint64_t of_day = series.points[WEEKS * 7 - 1].pass;
	for (int64_t step = 60 * US_PER_S; step <= HOUR_US; step *= 60) {
		uint64_t sum = 0;
		assert_true(reader_series(
			reader, &arena, "check-2", day_us, day_us + DAY_US, step, &series, &error));
		assert_int_equal(series.n, DAY_US / step);
		for (size_t i = 0; i < series.n; i++)
			sum += series.points[i].pass;
		assert_int_equal(sum, of_day);
	}
	struct span_sums all = reader_summary(reader, "check-2", 0, INT64_MAX);
	assert_int_equal(all.pass, pass);
	arena_fini(&arena);
	reader_close(reader);
}

static void weeks_add_up(void **state)
{
	(void)state;
	setenv("TZ", "Europe/Berlin", 1); /* days are UTC's, whatever the system's zone is */
	tzset();
	atomic_store(&wall, BEGIN_US);
	live();
	pass_time(3 * HOUR_US);
	assert_int_equal(unrolled(), 0);
	days_are_what_was_given();
	hours_add_up_to_days();
	assert_in_range(days_left("result"), 9, 10);
	assert_in_range(days_left("evidence"), 2, 3);
	assert_in_range(days_left("rollup_minute"), 3, 4);
	assert_in_range(days_left("rollup_hour"), 19, 20);
	the_reader_agrees();
	assert_sound();
}

int main(void)
{
	const struct CMUnitTest tests[] = {STORE_TEST(weeks_add_up)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
