/* Numbers worked out by hand. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "watch/slo.h"

#define S INT64_C(1000000)
#define HOUR (3600 * S)
#define DAY (24 * HOUR)

static const struct slo month = {0.99, 30 * DAY};

static void near(double got, double wanted)
{
	if (isnan(got) || fabs(got - wanted) > 1e-9)
		fail_msg("%.12g, not %.12g", got, wanted);
}

static struct slo_counts of_window(uint64_t good, uint64_t bad)
{
	return (struct slo_counts){.window = {good, bad}};
}

static double left_of(struct slo slo, uint64_t good, uint64_t bad)
{
	struct slo_counts counts = of_window(good, bad);
	return slo_judge(&slo, &counts).budget_left;
}

/* 10,000 results may hold 100 bad ones. */
static void the_budget(void **state)
{
	(void)state;
	near(left_of(month, 10000, 0), 1);
	near(left_of(month, 9975, 25), 0.75);
	near(left_of(month, 9900, 100), 0);
	near(left_of(month, 9700, 300), -2);
	near(left_of(month, 0, 10000), -99);
	near(left_of((struct slo){0.999, 7 * DAY}, 9995, 5), 0.5);
	near(left_of((struct slo){0.5, HOUR}, 3, 1), 0.5);
	assert_true(left_of(month, 9900, 100) >= 0); /* spent, not overspent */
	struct slo_counts counts = of_window(9975, 25);
	near(slo_judge(&month, &counts).availability, 0.9975);
}

static void few_results_say_nothing(void **state)
{
	(void)state;
	struct slo_counts none = of_window(0, 0);
	struct slo_report report = slo_judge(&month, &none);
	assert_true(isnan(report.availability));
	assert_true(isnan(report.budget_left));
	for (unsigned i = 0; i < SLO_SPAN_COUNT; i++)
		assert_true(isnan(report.burn[i]));
	assert_int_equal(report.exhausted_in_us, -1);
	struct slo_counts two = of_window(1, 1);
	report = slo_judge(&month, &two);
	near(report.availability, 0.5);
	assert_true(isnan(report.budget_left));
	near(left_of(month, 3, 0), 1);
	near(left_of(month, 2, 1), 1 - 100 / 3.0);
}

static void burn_rates(void **state)
{
	(void)state;
	struct slo_counts counts = of_window(10000, 0);
	counts.spans[SLO_SPAN_5M] = (struct slo_count){4, 1}; /* 20 % of 1 % */
	counts.spans[SLO_SPAN_1H] = (struct slo_count){57, 3}; /* 5 % */
	counts.spans[SLO_SPAN_6H] = (struct slo_count){360, 0};
	counts.spans[SLO_SPAN_3D] = (struct slo_count){4320 - 54, 54}; /* 1.25 % */
	struct slo_report report = slo_judge(&month, &counts);
	near(report.burn[SLO_SPAN_5M], 20);
	assert_true(isnan(report.burn[SLO_SPAN_30M]));
	near(report.burn[SLO_SPAN_1H], 5);
	near(report.burn[SLO_SPAN_6H], 0);
	near(report.burn[SLO_SPAN_3D], 1.25);
}

/* A full window of a result a minute: 43,200, of which 432 may be bad. */
static int64_t exhausted(uint64_t good, uint64_t bad, struct slo_count hour)
{
	struct slo_counts counts = of_window(good, bad);
	counts.spans[SLO_SPAN_1H] = hour;
	return slo_judge(&month, &counts).exhausted_in_us;
}

static void when_it_is_spent(void **state)
{
	(void)state;
	/* 216 are left; at 6 an hour that takes 36 hours. */
	assert_int_equal(exhausted(43200 - 216, 216, (struct slo_count){54, 6}), 36 * HOUR);
	/* All fail: 216 minutes. */
	assert_int_equal(exhausted(43200 - 216, 216, (struct slo_count){0, 60}), 216 * 60 * S);
	/* Ten a minute: 6 an hour are all that is allowed, just at the end of the window. */
	assert_int_equal(exhausted(432000, 0, (struct slo_count){594, 6}), 30 * DAY);
	/* Slower: what is spent leaves the window before. */
	assert_int_equal(exhausted(432000 - 2160, 2160, (struct slo_count){599, 1}), -1);
	assert_int_equal(exhausted(43200, 0, (struct slo_count){60, 0}), -1);
	assert_int_equal(exhausted(43200 - 432, 432, (struct slo_count){60, 0}), 0);
	assert_int_equal(exhausted(40000, 3200, (struct slo_count){0, 60}), 0);
	/* Two in the last hour say nothing, and there is nothing longer. */
	assert_int_equal(exhausted(43200, 0, (struct slo_count){0, 2}), -1);
}

/* A window that is a tenth full: 4,320 results, of which 43.2 may be bad. 33.12 are left. Of 60 an hour
 * 12 fail, and 0.6 more may: 11.4 an hour are too many. */
static void when_a_window_that_fills_is_spent(void **state)
{
	(void)state;
	double hours = (43.2 - 10.08) / 11.4;
	struct slo_counts counts =
		of_window(432000 - 1008, 1008); /* hundredfold, for the fraction */
	counts.spans[SLO_SPAN_1H] = (struct slo_count){4800, 1200};
	int64_t got = slo_judge(&month, &counts).exhausted_in_us;
	near((double)got / (double)HOUR / hours, 1);
}

/* Where the last hour is too short, the next span that is known. */
static void of_a_check_that_runs_seldom(void **state)
{
	(void)state;
	struct slo_counts counts = of_window(717, 3); /* hourly: 7.2 may be bad */
	counts.spans[SLO_SPAN_1H] = (struct slo_count){0, 1};
	counts.spans[SLO_SPAN_6H] = (struct slo_count){3, 3};
	/* 4.2 are left, and one in two hours fails. */
	double got = (double)slo_judge(&month, &counts).exhausted_in_us / (double)HOUR;
	near(round(got * 1e6), 8400000);
}

/* Of an hour the last five minutes tell, so that what goes on is not the window itself. */
static void of_a_short_window(void **state)
{
	(void)state;
	const struct slo hour = {0.9, HOUR};
	struct slo_counts counts = of_window(58, 2); /* a minute: 6 may be bad, 4 are left */
	counts.spans[SLO_SPAN_1H] = counts.window;
	counts.spans[SLO_SPAN_5M] = (struct slo_count){3, 2};
	assert_int_equal(slo_judge(&hour, &counts).exhausted_in_us / S, 600);
	counts = of_window(186, 14); /* the first 200 seconds, none of them worse than the rest */
	counts.spans[SLO_SPAN_1H] = counts.spans[SLO_SPAN_5M] = counts.window;
	assert_int_equal(slo_judge(&hour, &counts).exhausted_in_us, -1);
}

static void where_windows_begin(void **state)
{
	(void)state;
	int64_t at = 1000 * DAY + 10 * HOUR + 17 * 60 * S + 29 * S; /* 10:17:29 */
	assert_int_equal(slo_window_start(300 * S, at), 1000 * DAY + 10 * HOUR + 12 * 60 * S);
	assert_int_equal(slo_window_start(6 * HOUR, at), 1000 * DAY + 4 * HOUR + 17 * 60 * S);
	assert_int_equal(slo_window_start(7 * HOUR, at), 1000 * DAY + 3 * HOUR);
	assert_int_equal(slo_window_start(30 * DAY, at), 970 * DAY + 10 * HOUR);
	assert_int_equal(slo_window_start(30 * DAY, 20 * DAY), 0);
	int64_t before = 0;
	for (unsigned i = 0; i < SLO_SPAN_COUNT; i++) {
		assert_true(slo_span_us((enum slo_span)i) > before);
		before = slo_span_us((enum slo_span)i);
	}
	assert_string_equal(slo_span_name(SLO_SPAN_3D), "3d");
	assert_int_equal(slo_span_us(SLO_SPAN_3D), 3 * DAY);
}

/* Of a check a minute: what failed of the last 5 m, 30 m, 1 h, 6 h, 3 d. */
static uint8_t alert_of(
	struct slo slo, uint64_t m5, uint64_t m30, uint64_t h1, uint64_t h6, uint64_t d3)
{
	struct slo_counts counts = {.window = {43200 - d3, d3},
		.spans = {[SLO_SPAN_5M] = {5 - m5, m5},
			[SLO_SPAN_30M] = {30 - m30, m30},
			[SLO_SPAN_1H] = {60 - h1, h1},
			[SLO_SPAN_6H] = {360 - h6, h6},
			[SLO_SPAN_3D] = {4320 - d3, d3}}};
	return slo_paces(&slo, &counts);
}

enum { FAST = 1 << SLO_FAST, SLOW = 1 << SLO_SLOW, STEADY = 1 << SLO_STEADY };

static void paces(void **state)
{
	(void)state;
	assert_int_equal(alert_of(month, 0, 0, 0, 0, 0), 0);
	/* 14.4 % of an hour are 8.64. */
	assert_int_equal(alert_of(month, 5, 8, 8, 8, 8), 0);
	assert_int_equal(alert_of(month, 5, 9, 9, 9, 9), FAST);
	assert_int_equal(alert_of(month, 0, 9, 9, 9, 9), 0); /* over */
	/* 6 % of six hours are 21.6, of half an hour 1.8. */
	assert_int_equal(alert_of(month, 0, 2, 4, 22, 22), SLOW);
	assert_int_equal(alert_of(month, 0, 1, 4, 22, 22), 0);
	assert_int_equal(alert_of(month, 0, 2, 4, 21, 22), 0);
	/* 1 % of three days are 43.2, of six hours 3.6. */
	assert_int_equal(alert_of(month, 0, 0, 0, 4, 44), STEADY);
	assert_int_equal(alert_of(month, 0, 0, 0, 3, 44), 0);
	assert_int_equal(alert_of(month, 0, 0, 0, 4, 43), 0);
	assert_int_equal(alert_of(month, 5, 30, 60, 60, 60), FAST | SLOW | STEADY);
	assert_int_equal(slo_rule(SLO_FAST)->severity, SEVERITY_PAGE);
	assert_int_equal(slo_rule(SLO_SLOW)->severity, SEVERITY_TICKET);
}

/* One in an hour is 16 times what 99.9 % allow, and still one. */
static void one_failure_is_not_told(void **state)
{
	(void)state;
	struct slo strict = {0.999, 30 * DAY};
	assert_int_equal(alert_of(strict, 1, 1, 1, 1, 1), 0);
	assert_int_equal(alert_of(strict, 1, 1, 2, 2, 2), FAST);
}

/* Two failures of the first five minutes of a check are no hour. */
static void a_span_that_is_not_full_is_not_told(void **state)
{
	(void)state;
	struct slo_counts counts = {.window = {3, 2}};
	for (unsigned i = 0; i < SLO_SPAN_COUNT; i++)
		counts.spans[i] = counts.window;
	assert_int_equal(slo_paces(&month, &counts), 0);
	counts.spans[SLO_SPAN_2H].good++;
	assert_int_equal(slo_paces(&month, &counts), FAST);
}

/* An hourly check has one result in the last hour and none in the last five minutes, mostly. */
static void alerts_of_a_check_that_runs_seldom(void **state)
{
	(void)state;
	struct slo_counts counts = {.window = {700, 2},
		.spans = {[SLO_SPAN_1H] = {0, 1},
			[SLO_SPAN_2H] = {0, 2},
			[SLO_SPAN_6H] = {4, 2},
			[SLO_SPAN_1D] = {22, 2},
			[SLO_SPAN_3D] = {70, 2}}};
	assert_int_equal(slo_paces(&month, &counts), SLOW | STEADY); /* 33 times over 6 h, itself */
	counts.spans[SLO_SPAN_6H] = (struct slo_count){6, 0};
	assert_int_equal(slo_paces(&month, &counts), 0);
	/* Twice a day: three days are known alone. */
	counts = (struct slo_counts){
		.window = {58, 2}, .spans = {[SLO_SPAN_1D] = {1, 1}, [SLO_SPAN_3D] = {4, 2}}};
	assert_int_equal(slo_paces(&month, &counts), STEADY);
	counts.window = counts.spans[SLO_SPAN_3D]; /* and not full */
	assert_int_equal(slo_paces(&month, &counts), 0);
	counts = (struct slo_counts){.window = {0, 100}};
	assert_int_equal(slo_paces(&month, &counts), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_budget),
		cmocka_unit_test(few_results_say_nothing),
		cmocka_unit_test(burn_rates),
		cmocka_unit_test(when_it_is_spent),
		cmocka_unit_test(when_a_window_that_fills_is_spent),
		cmocka_unit_test(of_a_check_that_runs_seldom),
		cmocka_unit_test(of_a_short_window),
		cmocka_unit_test(where_windows_begin),
		cmocka_unit_test(paces),
		cmocka_unit_test(one_failure_is_not_told),
		cmocka_unit_test(a_span_that_is_not_full_is_not_told),
		cmocka_unit_test(alerts_of_a_check_that_runs_seldom),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
