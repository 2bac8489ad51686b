/* Weeks of results every five minutes on a virtual clock, through the store and its rollups to what is
 * told of an objective of 99 % in 30 days. What is expected was worked out by hand. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "asking.h"
#include "chronicle.h"

#define MINUTE (60 * US_PER_S)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define EVERY (5 * MINUTE)
#define BEGIN (SAMPLE_NOW - 10 * HOUR - 60 * DAY) /* midnight */
#define AT(days, hours, minutes) (BEGIN + (days)*DAY + (hours)*HOUR + (minutes)*MINUTE)

enum { SETTLE_US = 60000000 };

struct fixture {
	struct asking asking;
	struct chronicle chronicle;
	int64_t at_us; /* of the next result */
};

static int setup(void **state)
{
	static struct fixture f;
	memset(&f, 0, sizeof(f));
	sample_init(&f.asking.sample);
	f.asking.sample.policies[0].slo = (struct slo){0.99, 30 * DAY};
	f.at_us = BEGIN;
	chronicle_open(&f.chronicle, &f.asking.sample);
	asking_open(&f.asking, f.chronicle.path);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	asking_close(&f->asking);
	chronicle_remove(&f->chronicle);
	return 0;
}

static void give(struct fixture *f, enum outcome outcome, bool maintenance)
{
	struct record *record = MEM_NEW(struct record);
	struct store_item *item = MEM_NEW(struct store_item);
	*record = sample_record(&f->asking.sample, 0, f->at_us);
	record->key = chronicle_key(&f->chronicle, 0, f->at_us);
	record->outcome = outcome;
	record->maintenance = maintenance;
	arena_init(&record->arena);
	item->record = record;
	item->check_number = f->chronicle.numbers[0];
	assert_true(store_give(f->chronicle.store, item));
	f->at_us += EVERY;
}

/* One after the other up to that time. */
static void go_on(struct fixture *f, int64_t until_us, enum outcome outcome)
{
	while (f->at_us < until_us)
		give(f, outcome, false);
}

static const struct json *slo_at(struct fixture *f, int64_t now_us)
{
	store_settle(f->chronicle.store, 0, SETTLE_US);
	assert_int_equal(store_queue_length(f->chronicle.store), 0);
	f->asking.now_wall_us = now_us;
	site_tick(f->asking.site, now_us);
	return at(ask_json(&f->asking, "/api/v1/status"), "checks.0.slo");
}

static void near(const struct json *slo, const char *path, double wanted)
{
	double got = json_number(typed(slo, path, JSON_NUMBER));
	if (fabs(got - wanted) > 1e-6 * fmax(1, fabs(wanted)))
		fail_msg("%s is %.9g, not %.9g", path, got, wanted);
}

static void rates(const struct json *slo, const double wanted[SLO_SPAN_COUNT])
{
	char path[32];
	for (unsigned i = 0; i < SLO_SPAN_COUNT; i++) {
		snprintf(path, sizeof(path), "burn_rates.%s", slo_span_name((enum slo_span)i));
		if (isnan(wanted[i]))
			expect_null(slo, path);
		else
			near(slo, path, wanted[i]);
	}
}

#define RATES(...) ((const double[SLO_SPAN_COUNT]){__VA_ARGS__})
#define NONE (double)NAN

/* Ten days of which nothing counts against it, and ten more, without 24 results of a maintenance window
 * and 12 that were skipped: 5,724 count. */
static void until_the_outage(struct fixture *f)
{
	go_on(f, AT(5, 0, 0), OUTCOME_PASS);
	go_on(f, AT(5, 1, 0), OUTCOME_WARN);
	go_on(f, AT(10, 2, 0), OUTCOME_PASS);
	while (f->at_us < AT(10, 4, 0))
		give(f, OUTCOME_FAIL, true);
	go_on(f, AT(12, 0, 0), OUTCOME_PASS);
	go_on(f, AT(12, 1, 0), OUTCOME_SKIP);
	go_on(f, AT(20, 10, 0), OUTCOME_PASS);
}

static void an_outage_of_two_hours(void **state)
{
	struct fixture *f = *state;
	go_on(f, AT(0, 0, 10), OUTCOME_PASS);
	const struct json *slo = slo_at(f, AT(0, 0, 10));
	near(slo, "objective", 0.99);
	near(slo, "window_s", 2592000);
	near(slo, "availability", 1);
	expect_null(slo, "budget_left"); /* two results */
	until_the_outage(f);
	slo = slo_at(f, AT(20, 10, 0));
	near(slo, "availability", 1);
	near(slo, "budget_left", 1);
	rates(slo, RATES(NONE, 0, 0, 0, 0, 0, 0));
	expect_null(slo, "exhausted_in_s");

	/* An hour of it: 12 of 5,856 are bad; 46.56 more may be, and x more results allow x / 100 more. */
	go_on(f, AT(20, 11, 0), OUTCOME_FAIL);
	slo = slo_at(f, AT(20, 11, 0));
	near(slo, "availability", 5844 / 5856.0);
	near(slo, "budget_left", 46.56 / 58.56);
	rates(slo, RATES(NONE, 100, 100, 50, 100 / 6.0, 100 / 24.0, 100 / 72.0));
	near(slo, "exhausted_in_s", 46.56 / 0.99 * 300);

	/* 13 at 11:02:30: short windows begin with a minute, those of days with an hour. */
	go_on(f, AT(20, 11, 5), OUTCOME_FAIL);
	slo = slo_at(f, AT(20, 11, 2) + 30 * US_PER_S);
	rates(slo, RATES(NONE, 100, 100, 1300 / 24.0, 1300 / 72.0, 1300 / 289.0, 1300 / 865.0));

	/* It is over, since six hours. */
	go_on(f, AT(20, 12, 0), OUTCOME_FAIL);
	go_on(f, AT(20, 18, 0), OUTCOME_PASS);
	slo = slo_at(f, AT(20, 18, 0));
	near(slo, "budget_left", 1 - 24 / 59.4);
	rates(slo, RATES(NONE, 0, 0, 0, 0, 2400 / 288.0, 2400 / 864.0));
	expect_null(slo, "exhausted_in_s");
	ask(&f->asking, "/metrics");
	assert_non_null(strstr(body_of(&f->asking), "\noutrider_slo_budget_remaining_ratio{check="
						    "\"gateway-health\",service=\"gateway\","
						    "mode=\"local\"} 0.59596\n"));

	/* 30 days later half of it has left the window, and an hour later all. */
	go_on(f, AT(50, 11, 0), OUTCOME_PASS);
	near(slo_at(f, AT(50, 11, 0)), "budget_left", 1 - 12 / 86.4);
	go_on(f, AT(50, 12, 0), OUTCOME_PASS);
	near(slo_at(f, AT(50, 12, 0)), "budget_left", 1);
}

/* 86.4 failures are a budget: a little more than seven hours of them. At 19:10 there are 86, in a window
 * that is ten minutes too long, of 8,642 results. */
static void a_budget_is_spent(void **state)
{
	struct fixture *f = *state;
	go_on(f, AT(40, 12, 0), OUTCOME_PASS);
	go_on(f, AT(40, 19, 10), OUTCOME_FAIL);
	const struct json *slo = slo_at(f, AT(40, 19, 10));
	near(slo, "budget_left", 0.42 / 86.42);
	near(slo, "exhausted_in_s", 86.4 * 0.42 / 86.42 * 300);
	ask(&f->asking, "/");
	assert_non_null(strstr(body_of(&f->asking), "at this rate for 2"));
	go_on(f, AT(40, 19, 20), OUTCOME_FAIL);
	slo = slo_at(f, AT(40, 19, 20));
	near(slo, "budget_left", 1 - 88 / 86.44);
	near(slo, "exhausted_in_s", 0);
	ask(&f->asking, "/");
	assert_non_null(strstr(body_of(&f->asking), "Error budget:</b> spent. Of 30"));
	ask(&f->asking, "/metrics");
	assert_non_null(strstr(body_of(&f->asking), "mode=\"local\"} -0.018047\n"));
}

static void nothing_of_a_check_without(void **state)
{
	struct fixture *f = *state;
	go_on(f, AT(0, 1, 0), OUTCOME_PASS);
	(void)slo_at(f, AT(0, 1, 0));
	expect_null(f->asking.json, "checks.1.slo");
	ask(&f->asking, "/metrics");
	assert_null(strstr(body_of(&f->asking), "budget_remaining_ratio{check=\"gateway-stream\""));
	ask(&f->asking, "/");
	assert_null(strstr(body_of(&f->asking), "Error budget"));
}

/* Once a minute while all is well, and sooner when it is not, as the counts say or the board. */
static void how_often_it_looks(void **state)
{
	struct fixture *f = *state;
	int64_t now = AT(0, 1, 0);
	go_on(f, now, OUTCOME_PASS);
	near(slo_at(f, now), "budget_left", 1);
	go_on(f, now + EVERY, OUTCOME_FAIL);
	near(slo_at(f, now + (OBJECTIVES_FRESH_S - 1) * US_PER_S), "budget_left", 1);
	now += OBJECTIVES_FRESH_S * US_PER_S;
	near(slo_at(f, now), "availability", 12 / 13.0);
	go_on(f, now + EVERY, OUTCOME_FAIL);
	near(slo_at(f, now + (OBJECTIVES_FRESH_NEWS_S - 1) * US_PER_S), "availability", 12 / 13.0);
	now += OBJECTIVES_FRESH_NEWS_S * US_PER_S;
	near(slo_at(f, now), "availability", 12 / 14.0);
	go_on(f, now + 3 * HOUR, OUTCOME_PASS); /* 35 */
	now = f->at_us;
	near(slo_at(f, now), "availability", 47 / 49.0);
	go_on(f, now + EVERY, OUTCOME_FAIL);
	near(slo_at(f, now + OBJECTIVES_FRESH_NEWS_S * US_PER_S), "availability", 47 / 49.0);
	sample_put(f->asking.board, &f->asking.sample, 0, now, OUTCOME_PASS, REASON_NONE, "");
	near(slo_at(f, now + OBJECTIVES_FRESH_NEWS_S * US_PER_S), "availability", 47 / 50.0);
}

static void a_new_objective_holds_at_once(void **state)
{
	struct fixture *f = *state;
	go_on(f, AT(0, 1, 0), OUTCOME_FAIL);
	go_on(f, AT(0, 10, 0), OUTCOME_PASS);
	near(slo_at(f, AT(0, 10, 0)), "budget_left", -9);
	f->asking.sample.policies[0].slo = (struct slo){0.8, 5 * HOUR};
	board_load(f->asking.board, &f->asking.sample.plan, &f->asking.sample.watch, false);
	const struct json *slo = slo_at(f, AT(0, 10, 0) + 1);
	near(slo, "window_s", 18000);
	near(slo, "budget_left", 1);
	f->asking.sample.policies[0].slo = (struct slo){0};
	board_load(f->asking.board, &f->asking.sample.plan, &f->asking.sample.watch, false);
	assert_int_equal(json_type(slo_at(f, AT(0, 10, 0) + 2)), JSON_NULL);
}

static void without_a_database(void **state)
{
	struct fixture *f = *state;
	struct asking bare = {.sample = f->asking.sample};
	asking_open(&bare, NULL);
	const struct json *slo = at(ask_json(&bare, "/api/v1/status"), "checks.0.slo");
	near(slo, "objective", 0.99);
	expect_null(slo, "availability");
	rates(slo, RATES(NONE, NONE, NONE, NONE, NONE, NONE, NONE));
	asking_close(&bare);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_outage_of_two_hours),
		TEST(a_budget_is_spent),
		TEST(nothing_of_a_check_without),
		TEST(how_often_it_looks),
		TEST(a_new_objective_holds_at_once),
		TEST(without_a_database),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
