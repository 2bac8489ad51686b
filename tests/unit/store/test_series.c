/* Summaries and series against counting one by one: any range, wherever the watermark stands, whatever
 * the rollups and the sort of the values say. */
#include "unit/store/rolled.h"

#include <math.h>
#include <stdatomic.h>

#define HOUR_US (3600 * US_PER_S)
#define DAY_US (24 * HOUR_US)

enum { RESULTS = 6000, KINDS = OUTCOME_COUNT + 1 };

static int64_t frozen_us(void)
{
	return 1000 * US_PER_S;
}

/* What was given, in the order of time. */
static struct given {
	int64_t at_us, duration_us, ttft_us;
	enum outcome outcome;
	bool excluded;
	int tokens, missed;
} given[RESULTS];

static struct store *store;
static struct reader *reader;
static struct arena arena;

static struct store_item *item_of(uint32_t number, const struct given *g)
{
	struct store_item *item = make_item(number, g->at_us, g->outcome);
	item->record->duration_us = g->duration_us;
	item->record->timing.ttfb_us = -1;
	item->record->maintenance = g->excluded;
	item->record->prompt_tokens = g->tokens;
	item->record->is_stream = true;
	item->record->stream = (struct measures){.ttft_us = g->ttft_us, .tokens_per_second = -1};
	item->missed = (uint64_t)g->missed;
	return item;
}

/* Ten days, now and then hours without anything; half of the last hour is not rolled. */
static void make_history(void)
{
	int64_t at = T0_US + 17;
	srand(11);
	for (int i = 0; i < RESULTS; i++) {
		at += i % 500 == 499 ? 5 * HOUR_US : (10 + rand() % 200) * US_PER_S;
		given[i] = (struct given){
			.at_us = at / 1000 * 1000,
			.duration_us = (int64_t)(-log((rand() % 100000 + 1) / 1e5) * 3e5),
			.ttft_us = i % 3 ? 20 + rand() % 100000 : -1,
			.outcome = rand() % 10 ? OUTCOME_PASS : (enum outcome)(rand() % 4),
			.excluded = rand() % 40 == 0,
			.tokens = rand() % 30,
			.missed = rand() % 20 == 0,
		};
	}
}

static int begin_all(void **state)
{
	(void)state;
	static struct witness w;
	struct error error = {""};
	w = (struct witness)WITNESS_INIT;
	make_place();
	make_history();
	store = store_open(&(struct store_options){.path = file, .mono_us = frozen_us}, &error);
	assert_non_null(store);
	assert_true(store_start(store, witness_events(&w), &error));
	store_check_number(store, "before", NULL);
	store_check_number(store, "one", NULL);
	store_check_number(store, "behind", NULL);
	for (int i = 0; i < RESULTS; i++)
		for (uint32_t number = 1; number <= 3; number++)
			if (number == 2 || i % 7 == 0)
				assert_true(store_give(store, item_of(number, &given[i])));
	await(&w, &w.items, RESULTS + 2 * (RESULTS + 6) / 7);
	for (int i = 0; i < 1000 && unrolled() > 3 * 32; i++)
		usleep(10000);
	assert_in_range(unrolled(), 1, 3 * 32);
	reader = reader_open(file, &error);
	assert_non_null(reader);
	arena_init(&arena);
	return 0;
}

static int end_all(void **state)
{
	(void)state;
	reader_close(reader);
	arena_fini(&arena);
	store_close(store);
	remove_place();
	return 0;
}

static int by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a;
	int64_t y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

static void near(const int64_t *sorted, size_t n, double share, int64_t got)
{
	if (n == 0) {
		assert_int_equal(got, -1);
		return;
	}
	double exact = (double)sorted[(size_t)ceil(share * (double)n) - 1];
	if (fabs((double)got - exact) > exact / 16)
		fail_msg("p%g of %zu: %lld, exactly %g", share * 100, n, (long long)got, exact);
}

static void percentiles_are_near(int64_t *values, size_t n, struct percentiles got)
{
	qsort(values, n, sizeof(*values), by_size);
	near(values, n, 0.5, got.p50_us);
	near(values, n, 0.9, got.p90_us);
	near(values, n, 0.95, got.p95_us);
	near(values, n, 0.99, got.p99_us);
}

/* Counts what was given in [from, to). */
static void agrees(struct span_sums sums, int64_t from_us, int64_t to_us)
{
	static int64_t durations[RESULTS];
	static int64_t ttfts[RESULTS];
	uint64_t counts[KINDS] = {0};
	uint64_t missed = 0;
	uint64_t tokens = 0;
	uint64_t sent = 0;
	size_t n = 0;
	size_t n_ttft = 0;
	for (int i = 0; i < RESULTS; i++) {
		const struct given *g = &given[i];
		if (g->at_us < from_us || g->at_us >= to_us)
			continue;
		counts[g->excluded ? OUTCOME_COUNT : g->outcome]++;
		missed += (uint64_t)g->missed;
		tokens += (uint64_t)g->tokens;
		sent++;
		if (g->excluded || g->outcome == OUTCOME_SKIP)
			continue;
		durations[n++] = g->duration_us;
		if (g->ttft_us >= 0)
			ttfts[n_ttft++] = g->ttft_us;
	}
	assert_int_equal(sums.pass, counts[OUTCOME_PASS]);
	assert_int_equal(sums.warn, counts[OUTCOME_WARN]);
	assert_int_equal(sums.fail, counts[OUTCOME_FAIL]);
	assert_int_equal(sums.skip, counts[OUTCOME_SKIP]);
	assert_int_equal(sums.excluded, counts[OUTCOME_COUNT]);
	assert_int_equal(sums.missed, missed);
	assert_int_equal(sums.tokens, tokens);
	assert_int_equal(sums.sent, sent);
	int64_t sum = 0;
	for (size_t i = 0; i < n; i++)
		sum += durations[i];
	assert_int_equal(sums.duration_sum_us, sum);
	percentiles_are_near(durations, n, sums.duration);
	percentiles_are_near(ttfts, n_ttft, sums.ttft);
	assert_int_equal(sums.ttfb.p50_us, -1);
}

static void short_ranges_are_exact(void **state)
{
	(void)state;
	int64_t last = given[RESULTS - 1].at_us;
	srand(3);
	for (int i = 0; i < 300; i++) {
		int64_t length = (rand() % 48 + 1) * HOUR_US * (rand() % 1000 + 1) / 1000;
		int64_t from = i < 50 ? last - length + rand() % 600 * US_PER_S
				      : T0_US + rand() % (11 * 86400) * US_PER_S - DAY_US;
		from += rand() % 1000 * 1000;
		agrees(reader_summary(reader, "one", from, from + length), from, from + length);
	}
	/* within a minute, within an hour, a whole day, and around what is not rolled */
	agrees(reader_summary(reader, "one", given[9].at_us, given[9].at_us + 1000), given[9].at_us,
		given[9].at_us + 1000);
	int64_t day = (last / DAY_US - 3) * DAY_US;
	agrees(reader_summary(reader, "one", day, day + DAY_US), day, day + DAY_US);
	agrees(reader_summary(reader, "one", last, INT64_MAX), last, INT64_MAX);
	agrees(reader_summary(reader, "one", last, last), last, last);
}

static void long_ranges_end_with_hours(void **state)
{
	(void)state;
	srand(5);
	for (int i = 0; i < 60; i++) {
		int64_t from = T0_US + rand() % (4 * 86400) * US_PER_S - DAY_US;
		int64_t to = from + SUMMARY_EXACT_US + (1 + rand() % (10 * 86400)) * US_PER_S;
		struct span_sums sums = reader_summary(reader, "one", from, to);
		assert_int_equal(sums.from_wall_us, from / HOUR_US * HOUR_US);
		agrees(sums, from / HOUR_US * HOUR_US, (to + HOUR_US - 1) / HOUR_US * HOUR_US);
	}
	agrees(reader_summary(reader, "one", 0, INT64_MAX), 0, INT64_MAX);
	agrees(reader_summary(reader, "one", INT64_MIN, INT64_MAX), 0, INT64_MAX);
	assert_int_equal(reader_summary(reader, "nobody", 0, INT64_MAX).pass, 0);
}

static void a_series_agrees(int64_t from, int64_t to, int64_t step, int64_t understood)
{
	struct error error = {""};
	struct series series;
	if (!reader_series(reader, &arena, "one", from, to, step, &series, &error))
		fail_msg("%s", error.text);
	assert_int_equal(series.step_us, understood);
	assert_true(series.from_wall_us <= from);
	assert_true(from - series.from_wall_us < series.step_us);
	int64_t at = series.from_wall_us;
	for (size_t i = 0; i < series.n; i++, at += series.step_us) {
		assert_int_equal(series.points[i].from_wall_us, at);
		agrees(series.points[i], at, at + series.step_us);
	}
	assert_true(at >= to);
	assert_true(at - to < series.step_us);
}

static void series_agree_at_each_level(void **state)
{
	(void)state;
	int64_t last = given[RESULTS - 1].at_us;
	a_series_agrees(last - 3 * HOUR_US, last + HOUR_US, 60 * US_PER_S, 60 * US_PER_S);
	a_series_agrees(last - 24 * HOUR_US, last + 1, 290 * US_PER_S, 300 * US_PER_S);
	a_series_agrees(last - 24 * HOUR_US, last + 1, 1, 60 * US_PER_S);
	a_series_agrees(last - 9 * DAY_US, last + HOUR_US, HOUR_US, HOUR_US);
	a_series_agrees(last - 9 * DAY_US, last + HOUR_US, 5 * HOUR_US + 1000, 6 * HOUR_US);
	a_series_agrees(T0_US - 30 * DAY_US, last + 30 * DAY_US, DAY_US, DAY_US);
	a_series_agrees(T0_US - 30 * DAY_US, last + 30 * DAY_US, 7 * DAY_US, 7 * DAY_US);
}

static struct slo_count counted(int64_t from_us, int64_t to_us)
{
	struct slo_count count = {0};
	for (int i = 0; i < RESULTS; i++) {
		const struct given *g = &given[i];
		if (g->at_us < from_us || g->at_us >= to_us || g->excluded)
			continue;
		count.good += g->outcome == OUTCOME_PASS || g->outcome == OUTCOME_WARN;
		count.bad += g->outcome == OUTCOME_FAIL;
	}
	return count;
}

static void counts_agree(const int64_t *from, size_t n, int64_t to)
{
	const int64_t minute = 60 * US_PER_S;
	struct slo_count counts[READER_COUNTS_MAX];
	reader_counts(reader, "one", from, counts, n, to);
	for (size_t i = 0; i < n; i++) {
		struct slo_count count =
			counted(from[i] / minute * minute, (to + minute - 1) / minute * minute);
		assert_int_equal(counts[i].good, count.good);
		assert_int_equal(counts[i].bad, count.bad);
	}
}

/* Spans in any order, the same one twice, some of them empty. */
static void counts_of_spans_agree(void **state)
{
	(void)state;
	int64_t last = given[RESULTS - 1].at_us;
	int64_t from[READER_COUNTS_MAX];
	srand(7);
	for (int i = 0; i < 100; i++) {
		size_t n = (size_t)(1 + rand() % READER_COUNTS_MAX);
		int64_t to = i % 2 ? last + DAY_US : last - rand() % (5 * 86400) * US_PER_S;
		for (size_t s = 0; s < n; s++)
			from[s] = to - (rand() % 12 + 1) * HOUR_US * (rand() % 24) +
				  rand() % 3600 * US_PER_S;
		from[n - 1] = from[0];
		counts_agree(from, n, to);
	}
	from[0] = 0;
	counts_agree(from, 1, last + 1);
	struct slo_count count = {1, 1};
	reader_counts(reader, "nobody", from, &count, 1, last);
	assert_int_equal(count.good + count.bad, 0);
}

static void days_agree(void **state)
{
	(void)state;
	enum { DAYS = 90 };
	struct slo_count days[DAYS];
	int64_t last = given[RESULTS - 1].at_us;
	int64_t from = last / DAY_US * DAY_US - (DAYS - 1) * DAY_US;
	reader_days(reader, "one", from + HOUR_US, days, DAYS);
	uint64_t all = 0;
	for (size_t i = 0; i < DAYS; i++) {
		struct slo_count count = counted(from, from + DAY_US);
		assert_int_equal(days[i].good, count.good);
		assert_int_equal(days[i].bad, count.bad);
		all += count.good + count.bad;
		from += DAY_US;
	}
	assert_true(all > 0);
	reader_days(reader, "nobody", from, days, DAYS);
	assert_int_equal(days[0].good + days[DAYS - 1].good, 0);
}

static void too_many_points_are_refused(void **state)
{
	(void)state;
	struct error error = {""};
	struct series series;
	int64_t minute = 60 * US_PER_S;
	int64_t from = T0_US / minute * minute;
	int64_t to = from + SERIES_POINTS_MAX * minute;
	assert_true(reader_series(reader, &arena, "one", from, to, minute, &series, &error));
	assert_int_equal(series.n, SERIES_POINTS_MAX);
	assert_false(
		reader_series(reader, &arena, "one", from, to + 1000, minute, &series, &error));
	assert_non_null(strstr(error.text, "1500 points"));
	assert_false(reader_series(reader, &arena, "one", 0, INT64_MAX, minute, &series, &error));
	assert_false(reader_series(reader, &arena, "one", to, to, minute, &series, &error));
	assert_false(reader_series(reader, &arena, "one", to, from, minute, &series, &error));
	assert_false(reader_series(reader, &arena, "one", from, to, 0, &series, &error));
	assert_false(reader_series(reader, &arena, "one", from, to, -5, &series, &error));
	assert_true(reader_series(reader, &arena, "nobody", from, to, minute, &series, &error));
	assert_int_equal(series.points[7].pass, 0);
	assert_true(reader_series(reader, &arena, "one", 0, INT64_MAX, INT64_MAX, &series, &error));
	assert_int_equal(series.n, 1);
	assert_int_equal(series.points[0].sent, RESULTS);
}

static void a_broken_histogram_hides_no_counts(void **state)
{
	(void)state;
	ask_sql("UPDATE rollup_day SET duration = x'05' WHERE key >> 42 = 2");
	struct span_sums sums = reader_summary(reader, "one", 0, INT64_MAX);
	uint64_t n = 0;
	for (int i = 0; i < RESULTS; i++)
		n += !given[i].excluded && given[i].outcome == OUTCOME_PASS;
	assert_int_equal(sums.pass, n);
	assert_true(sums.ttft.p50_us > 0);
}

static void nonsense_in_the_file_is_a_failure(void **state)
{
	(void)state;
	ask_sql("UPDATE result SET outcome = 77, flags = 0 WHERE key ="
		" (SELECT max(key) FROM result WHERE key >> 42 = 2)");
	int64_t last = given[RESULTS - 1].at_us;
	assert_int_equal(reader_summary(reader, "one", last, last + 1000).fail, 1);
	struct slo_count count;
	reader_counts(reader, "one", &last, &count, 1, last + 1000);
	assert_int_equal(
		count.bad, counted(last / (60 * US_PER_S) * (60 * US_PER_S), last).bad + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(short_ranges_are_exact),
		cmocka_unit_test(long_ranges_end_with_hours),
		cmocka_unit_test(series_agree_at_each_level),
		cmocka_unit_test(counts_of_spans_agree),
		cmocka_unit_test(days_agree),
		cmocka_unit_test(too_many_points_are_refused),
		cmocka_unit_test(a_broken_histogram_hides_no_counts),
		cmocka_unit_test(nonsense_in_the_file_is_a_failure),
	};
	return cmocka_run_group_tests(tests, begin_all, end_all);
}
