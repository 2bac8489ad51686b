#include "store/sums.h"

#include "base/clock.h"

#define KEY_MS_MAX ((INT64_C(1) << RESULT_KEY_TIME_BITS) - 1)

int64_t level_span_ms(enum level level)
{
	switch (level) {
	case LEVEL_MINUTE: return INT64_C(60) * 1000;
	case LEVEL_HOUR: return INT64_C(3600) * 1000;
	case LEVEL_DAY: return INT64_C(86400) * 1000;
	case LEVEL_COUNT: break;
	}
	return 1;
}

uint64_t level_key(enum level level, uint64_t key)
{
	return key - (uint64_t)(key_ms(key) % level_span_ms(level));
}

uint64_t key_floor(uint32_t number)
{
	return (uint64_t)number << RESULT_KEY_TIME_BITS;
}

uint32_t key_number(uint64_t key)
{
	return (uint32_t)(key >> RESULT_KEY_TIME_BITS);
}

int64_t key_ms(uint64_t key)
{
	return (int64_t)(key & (uint64_t)KEY_MS_MAX);
}

uint64_t key_of_time(uint32_t number, int64_t wall_us)
{
	int64_t ms = wall_us > 0 ? wall_us / US_PER_MS : 0;
	return key_floor(number) | (uint64_t)(ms < KEY_MS_MAX ? ms : KEY_MS_MAX);
}

static int64_t said(int64_t tokens)
{
	return tokens > 0 ? tokens : 0;
}

struct sample sample_of(const struct record *record, uint64_t key)
{
	return (struct sample){
		.key = key,
		.outcome = record->outcome,
		.excluded = record->maintenance,
		.sent = record->attempts > 0,
		.tokens = said(record->prompt_tokens) + said(record->completion_tokens),
		.us = {record->duration_us, record->timing.ttfb_us,
			record->is_stream ? record->stream.ttft_us : -1},
	};
}

struct sample sample_read(sqlite3_stmt *stmt)
{
	int64_t outcome = sqlite3_column_int64(stmt, 1);
	bool known = outcome >= 0 && outcome < OUTCOME_COUNT;
	return (struct sample){
		.key = (uint64_t)sqlite3_column_int64(stmt, 0),
		.outcome = known ? (enum outcome)outcome : OUTCOME_FAIL,
		.excluded = (sqlite3_column_int64(stmt, 2) & RESULT_MAINTENANCE) != 0,
		.sent = sqlite3_column_int64(stmt, 3) > 0,
		.tokens = said(sqlite3_column_int64(stmt, 4)),
		.us = {column_measure(stmt, 5), column_measure(stmt, 6), column_measure(stmt, 7)},
	};
}

void sums_init(struct sums *sums)
{
	*sums = (struct sums){0};
	for (size_t i = 0; i < LATENCY_COUNT; i++)
		sums->latency[i] = DISTRIBUTION_INIT;
}

void sums_clear(struct sums *sums)
{
	for (size_t i = 0; i < OUTCOME_COUNT; i++)
		sums->outcomes[i] = 0;
	sums->excluded = sums->missed = sums->sent = sums->tokens = 0;
	sums->duration_sum_us = 0;
	for (size_t i = 0; i < LATENCY_COUNT; i++)
		distribution_clear(&sums->latency[i]);
}

void sums_add(struct sums *sums, const struct sample *sample)
{
	sums->sent += sample->sent;
	if (sample->sent)
		sums->tokens += (uint64_t)sample->tokens;
	if (sample->excluded) {
		sums->excluded++;
		return;
	}
	sums->outcomes[sample->outcome]++;
	if (sample->outcome == OUTCOME_SKIP)
		return;
	sums->duration_sum_us += said(sample->us[LATENCY_DURATION]);
	for (size_t i = 0; i < LATENCY_COUNT; i++)
		distribution_add(&sums->latency[i], sample->us[i]);
}

uint64_t column_count(sqlite3_stmt *stmt, int column)
{
	int64_t count = sqlite3_column_int64(stmt, column);
	return count > 0 ? (uint64_t)count : 0;
}

bool sums_merge_row(struct sums *sums, sqlite3_stmt *stmt, int column)
{
	bool whole = true;
	for (size_t i = 0; i < OUTCOME_COUNT; i++)
		sums->outcomes[i] += column_count(stmt, column++);
	sums->excluded += column_count(stmt, column++);
	sums->missed += column_count(stmt, column++);
	sums->sent += column_count(stmt, column++);
	sums->tokens += column_count(stmt, column++);
	sums->duration_sum_us =
		(int64_t)((uint64_t)sums->duration_sum_us + column_count(stmt, column++));
	for (size_t i = 0; i < LATENCY_COUNT; i++, column++) {
		struct str blob = {.p = sqlite3_column_blob(stmt, column)};
		blob.n = (size_t)sqlite3_column_bytes(stmt, column);
		whole = distribution_merge(&sums->latency[i], blob) && whole;
	}
	return whole;
}

void sums_bind(const struct sums *sums, struct binder *b, struct buf blobs[LATENCY_COUNT])
{
	for (size_t i = 0; i < OUTCOME_COUNT; i++)
		bind_int(b, (int64_t)sums->outcomes[i]);
	bind_int(b, (int64_t)sums->excluded);
	bind_int(b, (int64_t)sums->missed);
	bind_int(b, (int64_t)sums->sent);
	bind_int(b, (int64_t)sums->tokens);
	bind_int(b, sums->duration_sum_us);
	for (size_t i = 0; i < LATENCY_COUNT; i++) {
		buf_reset(&blobs[i]);
		distribution_put(&sums->latency[i], &blobs[i]);
		bind_blob(b, buf_str(&blobs[i]));
	}
}
