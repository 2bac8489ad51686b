/* A history that is made up: in the file it is as one that was lived, and it stays apart from what was. */
#include "unit/store/fixture.h"

#include "store/past.h"

#include <sys/wait.h>

#define HOUR_US (INT64_C(3600) * 1000000)
#define DAY_US (24 * HOUR_US)

enum { DAYS = 20, PER_HOUR = 12, FAILS_EVERY = 50 };

static int64_t begin_us(void)
{
	return T0_US - DAYS * DAY_US;
}

static struct store *open_demo(void)
{
	struct error error = {""};
	struct store *store =
		store_open(&(struct store_options){.path = file, .demo = true}, &error);
	assert_string_equal(error.text, "");
	return store;
}

static void refused_demo(const char *because)
{
	struct error error = {""};
	assert_null(store_open(&(struct store_options){.path = file, .demo = true}, &error));
	if (!strstr(error.text, because))
		fail_msg("\"%s\" does not say \"%s\"", error.text, because);
}

static int n_results(void)
{
	return DAYS * 24 * PER_HOUR;
}

static struct store_item *item_of(int i)
{
	struct store_item *item = make_item(1, begin_us() + i * (HOUR_US / PER_HOUR) + 1000,
		i % FAILS_EVERY == 7 ? OUTCOME_FAIL : OUTCOME_PASS);
	item->record->duration_us = 1000 + i % 97 * 1000;
	if (i % FAILS_EVERY == 7)
		add_change(item, INCIDENT_OPENED, item->record->key);
	if (i % FAILS_EVERY == 8)
		add_change(item, INCIDENT_RESOLVED,
			key_at(1, begin_us() + (i - 1) * (HOUR_US / PER_HOUR) + 1000));
	return item;
}

static struct past_reach reach(void)
{
	return (struct past_reach){.results_from_us = T0_US - 2 * DAY_US,
		.minutes_from_us = T0_US - 3 * DAY_US,
		.hours_from_us = T0_US - 10 * DAY_US};
}

static void write_past(struct store *store, int n)
{
	struct error error = {""};
	struct past_reach far = reach();
	assert_int_equal(store_check_number(store, "check", &error), 1);
	struct past *past = past_begin(store, &far, &error);
	assert_non_null(past);
	for (int i = 0; i < n; i++) {
		struct store_item *item = item_of(i);
		past_write(past, item);
		store_item_free(item);
	}
	bool done = past_end(past, T0_US, &error);
	assert_string_equal(error.text, "");
	assert_true(done);
}

static struct span_sums sums_of(int64_t from_us, int64_t to_us)
{
	struct error error = {""};
	struct reader *reader = reader_open(file, &error);
	assert_non_null(reader);
	struct span_sums sums = reader_summary(reader, "check", from_us, to_us);
	reader_close(reader);
	return sums;
}

static void every_level_has_it(void **state)
{
	(void)state;
	struct store *store = open_demo();
	assert_int_equal(store_past_until(store), 0);
	write_past(store, n_results());
	assert_int_equal(store_past_until(store), T0_US);
	struct span_sums sums = sums_of(begin_us() - DAY_US, T0_US + DAY_US);
	assert_int_equal(sums.pass + sums.fail, n_results());
	assert_int_equal(sums.fail, n_results() / FAILS_EVERY + (n_results() % FAILS_EVERY > 7));
	assert_int_equal(sums_of(T0_US - DAY_US, T0_US).pass + sums_of(T0_US - DAY_US, T0_US).fail,
		24 * PER_HOUR);
	int64_t half_us = T0_US - 5 * HOUR_US - HOUR_US / 2; /* within an hour: of minutes */
	struct span_sums some = sums_of(half_us, half_us + HOUR_US);
	assert_int_equal(some.pass + some.fail, PER_HOUR);
	assert_in_range(sums.duration.p50_us, 45000, 53000);
	store_close(store);
}

static void it_reaches_as_far_as_was_said(void **state)
{
	(void)state;
	struct store *store = open_demo();
	write_past(store, n_results());
	store_close(store);
	assert_int_equal(ask_sql("SELECT count(*) FROM result"), 2 * 24 * PER_HOUR);
	assert_int_equal(ask_sql("SELECT count(*) FROM rollup_minute"), 3 * 24 * PER_HOUR);
	assert_int_equal(ask_sql("SELECT count(*) FROM rollup_hour"), 10 * 24);
	assert_int_equal(ask_sql("SELECT count(*) FROM rollup_day"), DAYS + 1); /* from 10 to 10 */
	assert_int_equal(
		ask_sql("SELECT count(*) FROM evidence WHERE key IN (SELECT key FROM result "
			"WHERE outcome = 2)"),
		ask_sql("SELECT count(*) FROM result WHERE outcome = 2"));
	int64_t incidents = n_results() / FAILS_EVERY + (n_results() % FAILS_EVERY > 7);
	assert_int_equal(ask_sql("SELECT count(*) FROM incident"), incidents);
	assert_int_equal(ask_sql("SELECT count(*) FROM incident WHERE resolved_us IS NULL"),
		n_results() % FAILS_EVERY == 8);
}

/* What is lived behind it goes on from it. */
static void life_goes_on(void **state)
{
	(void)state;
	struct witness witness = WITNESS_INIT;
	struct error error = {""};
	struct store *store = open_demo();
	write_past(store, n_results());
	struct stored_state known;
	assert_true(store_load_state(store, 1, &known));
	struct store_item *last = item_of(n_results() - 1);
	assert_int_equal(known.latest_key, last->record->key);
	store_item_free(last);
	assert_true(store_start(store, witness_events(&witness), &error));
	for (int i = 0; i < 100; i++)
		assert_true(store_give(store, make_item(1, T0_US + i * 1000000, OUTCOME_PASS)));
	await(&witness, &witness.items, 100);
	store_close(store);
	struct span_sums sums = sums_of(begin_us() - DAY_US, T0_US + DAY_US);
	assert_int_equal(sums.pass + sums.fail, n_results() + 100);
	store = open_demo();
	assert_int_equal(store_past_until(store), T0_US);
	assert_true(store_load_state(store, 1, &known));
	store_close(store);
}

static void the_two_stay_apart(void **state)
{
	(void)state;
	struct witness witness = WITNESS_INIT;
	struct store *store = open_demo();
	write_past(store, n_results());
	store_close(store);
	refused("it holds the generated history of a demo: start it with --demo");
	unlink(file);
	store = open_store(&witness);
	assert_int_equal(store_check_number(store, "check", NULL), 1);
	assert_true(store_give(store, make_item(1, T0_US, OUTCOME_PASS)));
	await(&witness, &witness.items, 1);
	store_close(store);
	refused_demo("it holds real results");
}

/* Killed in the middle it leaves nothing, and the next one is whole. */
static void all_or_nothing(void **state)
{
	(void)state;
	int status = 0;
	pid_t child = fork();
	if (child == 0) {
		struct error error = {""};
		struct past_reach far = reach();
		struct store *store = open_demo();
		store_check_number(store, "check", &error);
		struct past *past = past_begin(store, &far, &error);
		for (int i = 0; past && i < n_results(); i++)
			past_write(past, item_of(i));
		_exit(past ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	struct store *store = open_demo();
	assert_int_equal(store_past_until(store), 0);
	assert_int_equal(ask_sql("SELECT count(*) FROM rollup_day"), 0);
	assert_int_equal(ask_sql("SELECT count(*) FROM checks"), 0);
	write_past(store, n_results());
	store_close(store);
	assert_int_equal(ask_sql("SELECT count(*) FROM rollup_day"), DAYS + 1);
}

static int set_up(void **state)
{
	(void)state;
	make_place();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	remove_place();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(every_level_has_it, set_up, tear_down),
		cmocka_unit_test_setup_teardown(it_reaches_as_far_as_was_said, set_up, tear_down),
		cmocka_unit_test_setup_teardown(life_goes_on, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_two_stay_apart, set_up, tear_down),
		cmocka_unit_test_setup_teardown(all_or_nothing, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
