/* Sums over ranges of a check's time. A range is cut at the ends of minutes, hours and days, so that
 * few rows answer for it: of the coarsest rollup its middle, of finer ones what is left at its ends. */
#include "base/clock.h"
#include "base/log.h"
#include "store/reader_state.h"

#include <assert.h>

/* What is asked of rollups and of what is not in them, and what becomes of a row of the answer. */
struct range;
struct inquiry {
	enum reader_question rows[LEVEL_COUNT], singles, samples;
	void (*add)(const struct range *range, sqlite3_stmt *stmt, bool is_sample);
};

/* A check's time, and where its rollups end. */
struct range {
	const struct inquiry *inquiry;
	struct reader *reader;
	struct known_check check;
	void (*each)(
		void *ctx, struct sums *sums, uint64_t key); /* before what has that key is added */
	void *ctx;
};

static void add_sample(struct sums *sums, sqlite3_stmt *stmt)
{
	if (sqlite3_column_type(stmt, 1) == SQLITE_NULL) {
		int64_t slots = sqlite3_column_int64(stmt, 8);
		sums->missed += slots > 0 ? (uint64_t)slots : 0;
		return;
	}
	struct sample sample = sample_read(stmt);
	sums_add(sums, &sample);
}

static void add_row(const struct range *range, sqlite3_stmt *stmt, bool is_sample)
{
	struct sums *sums = &range->reader->sums;
	uint64_t key = (uint64_t)sqlite3_column_int64(stmt, 0);
	if (range->each)
		range->each(range->ctx, sums, key);
	if (is_sample)
		add_sample(sums, stmt);
	else if (!sums_merge_row(sums, stmt, 1))
		log_write(LOG_WARN, "store.rollup_broken", LOG_INT("key", key),
			LOG_STR("note", "left out of percentiles"));
}

static const struct inquiry summing = {.rows = {ASK_MINUTES, ASK_HOURS, ASK_DAYS},
	.singles = ASK_SINGLES,
	.samples = ASK_SAMPLES,
	.add = add_row};

static void add_keys(
	const struct range *range, enum reader_question question, uint64_t from, uint64_t ceiling)
{
	if (from >= ceiling)
		return;
	struct binder b = reader_ask(range->reader, question);
	bind_int(&b, (int64_t)from);
	bind_int(&b, (int64_t)ceiling);
	while (sqlite3_step(b.stmt) == SQLITE_ROW)
		range->inquiry->add(range, b.stmt,
			question == range->inquiry->samples || question == range->inquiry->singles);
	reader_done(range->reader, question);
}

static int64_t down_to(int64_t ms, int64_t span_ms)
{
	return ms - ms % span_ms;
}

static int64_t up_to(int64_t ms, int64_t span_ms)
{
	return down_to(ms + span_ms - 1, span_ms);
}

/* Results that are rolled already, of a part of a minute. */
static void add_rolled_samples(const struct range *range, int64_t from_ms, int64_t to_ms)
{
	uint64_t ceiling = key_floor(range->check.number) + (uint64_t)to_ms;
	if (ceiling > range->check.watermark + 1)
		ceiling = range->check.watermark + 1;
	add_keys(range, range->inquiry->samples, key_floor(range->check.number) + (uint64_t)from_ms,
		ceiling);
}

/* The results that stand for minutes, in a gap between their rows. */
static void add_singles(const struct range *range, uint64_t from, uint64_t ceiling)
{
	uint64_t end = range->check.watermark + 1;
	add_keys(range, range->inquiry->singles, from, ceiling < end ? ceiling : end);
}

static void add_minutes(const struct range *range, uint64_t from, uint64_t ceiling)
{
	if (from < range->check.minutes)
		from = range->check.minutes;
	if (from >= ceiling)
		return;
	enum reader_question minutes = range->inquiry->rows[LEVEL_MINUTE];
	struct binder b = reader_ask(range->reader, minutes);
	bind_int(&b, (int64_t)from);
	bind_int(&b, (int64_t)ceiling);
	while (sqlite3_step(b.stmt) == SQLITE_ROW) {
		uint64_t key = (uint64_t)sqlite3_column_int64(b.stmt, 0);
		add_singles(range, from, key);
		range->inquiry->add(range, b.stmt, false);
		from = key + (uint64_t)level_span_ms(LEVEL_MINUTE);
	}
	reader_done(range->reader, minutes);
	add_singles(range, from, ceiling);
}

static void add_level(const struct range *range, enum level level, int64_t from_ms, int64_t to_ms)
{
	uint64_t floor = key_floor(range->check.number);
	if (level == LEVEL_MINUTE)
		add_minutes(range, floor + (uint64_t)from_ms, floor + (uint64_t)to_ms);
	else
		add_keys(range, range->inquiry->rows[level], floor + (uint64_t)from_ms,
			floor + (uint64_t)to_ms);
}

/* What is rolled in [from, to), whose ends are those of the level's spans. */
static void add_rolled(const struct range *range, enum level level, int64_t from_ms, int64_t to_ms)
{
	if (level == LEVEL_DAY) {
		add_level(range, level, from_ms, to_ms);
		return;
	}
	int64_t coarse_ms = level_span_ms(level + 1);
	int64_t first = up_to(from_ms, coarse_ms);
	int64_t last = down_to(to_ms, coarse_ms);
	if (first >= last) {
		add_level(range, level, from_ms, to_ms);
		return;
	}
	add_level(range, level, from_ms, first);
	add_rolled(range, level + 1, first, last);
	add_level(range, level, last, to_ms);
}

static void add_exactly(const struct range *range, int64_t from_ms, int64_t to_ms)
{
	int64_t minute_ms = level_span_ms(LEVEL_MINUTE);
	int64_t first = up_to(from_ms, minute_ms);
	int64_t last = down_to(to_ms, minute_ms);
	if (first >= last) {
		add_rolled_samples(range, from_ms, to_ms);
		return;
	}
	add_rolled_samples(range, from_ms, first);
	add_rolled(range, LEVEL_MINUTE, first, last);
	add_rolled_samples(range, last, to_ms);
}

static void add_unrolled(const struct range *range, int64_t from_ms, int64_t to_ms)
{
	uint64_t from = key_floor(range->check.number) + (uint64_t)from_ms;
	if (from <= range->check.watermark)
		from = range->check.watermark + 1;
	add_keys(range, range->inquiry->samples, from,
		key_floor(range->check.number) + (uint64_t)to_ms);
}

static struct percentiles percentiles_of(const struct distribution *d)
{
	return (struct percentiles){
		.p50_us = distribution_percentile(d, 0.5),
		.p90_us = distribution_percentile(d, 0.9),
		.p95_us = distribution_percentile(d, 0.95),
		.p99_us = distribution_percentile(d, 0.99),
	};
}

/* The sums are empty afterwards. */
static struct span_sums take(struct sums *sums, int64_t from_wall_us)
{
	struct span_sums taken = {
		.from_wall_us = from_wall_us,
		.pass = sums->outcomes[OUTCOME_PASS],
		.warn = sums->outcomes[OUTCOME_WARN],
		.fail = sums->outcomes[OUTCOME_FAIL],
		.skip = sums->outcomes[OUTCOME_SKIP],
		.excluded = sums->excluded,
		.missed = sums->missed,
		.sent = sums->sent,
		.tokens = sums->tokens,
		.duration_sum_us = sums->duration_sum_us,
		.duration = percentiles_of(&sums->latency[LATENCY_DURATION]),
		.ttfb = percentiles_of(&sums->latency[LATENCY_TTFB]),
		.ttft = percentiles_of(&sums->latency[LATENCY_TTFT]),
	};
	sums_clear(sums);
	return taken;
}

static void begin(struct reader *reader)
{
	sqlite3_step(reader_ask(reader, ASK_BEGIN).stmt);
	reader_done(reader, ASK_BEGIN);
}

static void end(struct reader *reader)
{
	sqlite3_step(reader_ask(reader, ASK_END).stmt);
	reader_done(reader, ASK_END);
}

static int64_t ms_of(int64_t wall_us)
{
	return key_ms(key_of_time(0, wall_us));
}

struct span_sums reader_summary(
	struct reader *reader, const char *check_id, int64_t from_wall_us, int64_t to_wall_us)
{
	int64_t from_ms = ms_of(from_wall_us);
	int64_t to_ms = ms_of(to_wall_us);
	bool exact = to_ms - from_ms <= SUMMARY_EXACT_US / US_PER_MS;
	if (!exact) {
		from_ms = down_to(from_ms, level_span_ms(LEVEL_HOUR));
		to_ms = ms_of(up_to(to_ms, level_span_ms(LEVEL_HOUR)) * US_PER_MS);
	}
	begin(reader);
	struct known_check check = reader_check(reader, check_id);
	struct range range = {&summing, reader, check, NULL, NULL};
	if (check.number && exact)
		add_exactly(&range, from_ms, to_ms);
	else if (check.number)
		add_rolled(&range, LEVEL_HOUR, from_ms, to_ms);
	if (check.number)
		add_unrolled(&range, from_ms, to_ms);
	end(reader);
	return take(&reader->sums, from_ms * US_PER_MS);
}

/* --- counts --- */

static void add_counted(const struct range *range, sqlite3_stmt *stmt, bool is_sample)
{
	struct slo_count *count = range->ctx;
	(void)is_sample;
	count->good += column_count(stmt, 1);
	count->bad += column_count(stmt, 2);
}

static const struct inquiry counting = {
	.rows = {ASK_COUNT_MINUTES, ASK_COUNT_HOURS, ASK_COUNT_DAYS},
	.singles = ASK_COUNT_SAMPLES,
	.samples = ASK_COUNT_SAMPLES,
	.add = add_counted};

/* The latest of the beginnings before `end`, or `end` when there is none. */
static int64_t begin_before(const int64_t *from_ms, size_t n, int64_t end_ms)
{
	int64_t latest = -1;
	for (size_t i = 0; i < n; i++)
		if (from_ms[i] < end_ms && from_ms[i] > latest)
			latest = from_ms[i];
	return latest < 0 ? end_ms : latest;
}

void reader_counts(struct reader *reader, const char *check_id, const int64_t *from_wall_us,
	struct slo_count *counts, size_t n, int64_t to_wall_us)
{
	int64_t from_ms[READER_COUNTS_MAX];
	int64_t end_ms = ms_of(up_to(ms_of(to_wall_us), level_span_ms(LEVEL_MINUTE)) * US_PER_MS);
	int64_t begin_ms = 0;
	assert(n <= READER_COUNTS_MAX);
	for (size_t i = 0; i < n; i++)
		from_ms[i] = down_to(ms_of(from_wall_us[i]), level_span_ms(LEVEL_MINUTE));
	memset(counts, 0, n * sizeof(*counts));
	begin(reader);
	struct known_check check = reader_check(reader, check_id);
	for (; check.number && (begin_ms = begin_before(from_ms, n, end_ms)) < end_ms;
		end_ms = begin_ms) {
		struct slo_count piece = {0};
		struct range range = {&counting, reader, check, NULL, &piece};
		add_rolled(&range, LEVEL_MINUTE, begin_ms, end_ms);
		add_unrolled(&range, begin_ms, end_ms);
		for (size_t i = 0; i < n; i++) {
			counts[i].good += from_ms[i] <= begin_ms ? piece.good : 0;
			counts[i].bad += from_ms[i] <= begin_ms ? piece.bad : 0;
		}
	}
	end(reader);
}

/* --- days --- */

struct days {
	int64_t from_ms;
	struct slo_count *counts;
	size_t n;
};

static void add_day(const struct range *range, sqlite3_stmt *stmt, bool is_sample)
{
	const struct days *days = range->ctx;
	uint64_t key = (uint64_t)sqlite3_column_int64(stmt, 0);
	size_t at = (size_t)((key_ms(key) - days->from_ms) / level_span_ms(LEVEL_DAY));
	(void)is_sample;
	if (at >= days->n)
		return;
	days->counts[at].good += column_count(stmt, 1);
	days->counts[at].bad += column_count(stmt, 2);
}

static const struct inquiry daily = {.rows = {ASK_COUNT_MINUTES, ASK_COUNT_HOURS, ASK_EACH_DAY},
	.singles = ASK_COUNT_SAMPLES,
	.samples = ASK_COUNT_SAMPLES,
	.add = add_day};

void reader_days(struct reader *reader, const char *check_id, int64_t from_wall_us,
	struct slo_count *counts, size_t n)
{
	int64_t day_ms = level_span_ms(LEVEL_DAY);
	int64_t from_ms = down_to(ms_of(from_wall_us), day_ms);
	struct days days = {from_ms, counts, n};
	memset(counts, 0, n * sizeof(*counts));
	begin(reader);
	struct known_check check = reader_check(reader, check_id);
	struct range range = {&daily, reader, check, NULL, &days};
	if (check.number)
		add_level(&range, LEVEL_DAY, from_ms, from_ms + (int64_t)n * day_ms);
	for (size_t i = 0; check.number && i < n; i++, from_ms += day_ms)
		if (key_floor(check.number) + (uint64_t)(from_ms + day_ms) > check.watermark)
			add_unrolled(&range, from_ms, from_ms + day_ms);
	end(reader);
}

/* --- series --- */

static enum level level_of(int64_t step_ms)
{
	enum level level = LEVEL_MINUTE;
	while (level + 1 < LEVEL_COUNT && step_ms >= level_span_ms(level + 1))
		level++;
	return level;
}

/* A series that is being filled, point by point. */
struct filling {
	struct series *series;
	size_t at;
};

static void finish_point(struct filling *filling, struct sums *sums)
{
	struct span_sums *point = &filling->series->points[filling->at];
	*point = take(sums, point->from_wall_us);
}

static void reach(void *ctx, struct sums *sums, uint64_t key)
{
	struct filling *filling = ctx;
	const struct series *series = filling->series;
	int64_t after_us = key_ms(key) * US_PER_MS - series->from_wall_us;
	size_t at = (size_t)(after_us / series->step_us);
	if (at == filling->at || at >= series->n)
		return;
	finish_point(filling, sums);
	filling->at = at;
}

static void fill(struct reader *reader, const char *check_id, enum level level, int64_t from_ms,
	int64_t to_ms, struct series *series)
{
	struct filling filling = {.series = series};
	begin(reader);
	struct known_check check = reader_check(reader, check_id);
	struct range range = {&summing, reader, check, reach, &filling};
	if (check.number) {
		add_level(&range, level, from_ms, to_ms);
		add_unrolled(&range, from_ms, to_ms);
	}
	finish_point(&filling, &reader->sums);
	end(reader);
}

bool reader_series(struct reader *reader, struct arena *arena, const char *check_id,
	int64_t from_wall_us, int64_t to_wall_us, int64_t step_us, struct series *series,
	struct error *error)
{
	enum level level = level_of(step_us / US_PER_MS);
	int64_t span_ms = level_span_ms(level);
	int64_t from_ms = down_to(ms_of(from_wall_us), span_ms);
	int64_t to_ms = ms_of(to_wall_us);
	if (step_us <= 0 || to_ms <= from_ms)
		return error_set(error, "there is nothing in that range");
	int64_t step_ms = up_to(ms_of(step_us), span_ms);
	if (step_ms < span_ms)
		step_ms = span_ms;
	int64_t n = (to_ms - from_ms + step_ms - 1) / step_ms;
	if (n > SERIES_POINTS_MAX)
		return error_set(error, "more than %d points: a longer step, or a shorter range",
			SERIES_POINTS_MAX);
	*series = (struct series){.from_wall_us = from_ms * US_PER_MS,
		.step_us = step_ms * US_PER_MS,
		.n = (size_t)n,
		.points = ARENA_ARRAY(arena, (size_t)n, struct span_sums)};
	for (size_t i = 0; i < series->n; i++)
		series->points[i] =
			take(&reader->sums, series->from_wall_us + (int64_t)i * series->step_us);
	fill(reader, check_id, level, from_ms, ms_of((from_ms + n * step_ms) * US_PER_MS), series);
	return true;
}
