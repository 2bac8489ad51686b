/* store/sums.h - what a span of one check's time adds up to: a row of the rollups. Values. */
#ifndef OUTRIDER_STORE_SUMS_H
#define OUTRIDER_STORE_SUMS_H

#include "check/record.h"
#include "store/db.h"
#include "store/distribution.h"

/* result.flags, of sql/0001_init.sql. */
enum { RESULT_KNOWN_ISSUE = 1, RESULT_AFTER_RETRY = 2, RESULT_MAINTENANCE = 4 };

/* Rollups, from fine to coarse. Days are UTC's: each has 24 hours, whatever clocks on walls do. */
enum level { LEVEL_MINUTE, LEVEL_HOUR, LEVEL_DAY, LEVEL_COUNT };

int64_t level_span_ms(enum level level);
/* The key of the span that a key is in. */
uint64_t level_key(enum level level, uint64_t key);

/* Keys of one check's results. */
uint64_t key_floor(uint32_t number); /* its first possible one */
uint32_t key_number(uint64_t key);
int64_t key_ms(uint64_t key);
/* Of a check's wall time; times that no key can hold give the first or last one that can. */
uint64_t key_of_time(uint32_t number, int64_t wall_us);

enum latency { LATENCY_DURATION, LATENCY_TTFB, LATENCY_TTFT, LATENCY_COUNT };

/* A result as far as sums go. */
struct sample {
	uint64_t key;
	enum outcome outcome;
	bool excluded, sent;
	int64_t tokens;
	int64_t us[LATENCY_COUNT]; /* negative: not measured */
};

struct sample sample_of(const struct record *record, uint64_t key);
/* From the columns of the statements `unrolled`. */
struct sample sample_read(sqlite3_stmt *stmt);

struct sums {
	uint64_t outcomes[OUTCOME_COUNT];
	uint64_t excluded, missed, sent, tokens;
	int64_t duration_sum_us;
	struct distribution latency[LATENCY_COUNT];
};

void sums_init(struct sums *sums);
void sums_clear(struct sums *sums);
void sums_add(struct sums *sums, const struct sample *sample);

/* What stands in a file is not trusted: no count is negative. */
uint64_t column_count(sqlite3_stmt *stmt, int column);

/* Adds a row of a rollup, whose columns begin with pass at `column`. False: one of its histograms is
 * broken and was left out. */
bool sums_merge_row(struct sums *sums, sqlite3_stmt *stmt, int column);

/* Binds them in the order of the columns. The blobs live in `blobs` until the statement was run. */
void sums_bind(const struct sums *sums, struct binder *b, struct buf blobs[LATENCY_COUNT]);

#endif
