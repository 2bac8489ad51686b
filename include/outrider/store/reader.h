/* store/reader.h - history for the pages, through a read-only connection. One for each thread. */
#ifndef OUTRIDER_STORE_READER_H
#define OUTRIDER_STORE_READER_H

#include "base/arena.h"
#include "base/error.h"
#include "check/outcome.h"
#include "watch/slo.h"

#include <stdint.h>

struct reader;

enum {
	READER_ROWS_MAX = 10000, /* of one answer; a higher limit is lowered to it */
	READER_AHEAD_S = 86400, /* so far may the clock have been ahead that wrote a result */
};

struct reader *reader_open(const char *path, struct error *error) MUST_CHECK;
void reader_close(struct reader *reader);
/* Questions so far that the file could not answer to their end: what they gave is not all. */
uint64_t reader_faults(const struct reader *reader);
/* A random text that this file has had since it was made, and its copies have. */
const char *reader_installation(struct reader *reader, struct arena *arena);

struct result_row {
	uint64_t key;
	int64_t started_wall_us, duration_us;
	enum outcome outcome;
	enum reason reason;
	int http_status;
	int64_t ttfb_us, ttft_us;
	const char *message; /* of a failure or warning; "" */
};

/* Where lists that are newest first begin: behind all that a clock may have said which is at most a day ahead of
 * now. What a clock that was wrong once wrote, years from now, does not stand before everything else; it is
 * found by its key, and by lists that begin there. 0: there is no such check. */
uint64_t reader_newest(struct reader *reader, const char *check_id, int64_t now_wall_us);

/* Newest first, with keys below before (0: from the last one). Returns how many. */
size_t reader_results(struct reader *reader, struct arena *arena, const char *check_id,
	uint64_t before, size_t limit, struct result_row **rows);
/* Oldest first, with keys above after. */
size_t reader_results_after(struct reader *reader, struct arena *arena, const char *check_id,
	uint64_t after, size_t limit, struct result_row **rows);

/* Of a latency in a span of time; -1: nothing was measured. Off by at most 1/16. */
struct percentiles {
	int64_t p50_us, p90_us, p95_us, p99_us;
};

/* What a span of one check's time adds up to, in rollups and in what is not yet in them. */
struct span_sums {
	int64_t from_wall_us;
	uint64_t pass, warn, fail, skip; /* results, but those excluded */
	uint64_t excluded; /* they ran in a maintenance window */
	uint64_t missed; /* slots */
	uint64_t sent, tokens; /* results that sent something, and what they cost, if said */
	int64_t duration_sum_us; /* of what was neither skipped nor excluded, as are the percentiles */
	struct percentiles duration, ttfb, ttft;
};

/* Of one check in [from, to). Up to SUMMARY_EXACT_US it is exact, beyond it its ends are those of
 * hours. The cost does not depend on how much history there is. */
#define SUMMARY_EXACT_US (INT64_C(48) * 3600 * 1000000)
struct span_sums reader_summary(
	struct reader *reader, const char *check_id, int64_t from_wall_us, int64_t to_wall_us);

enum { READER_COUNTS_MAX = 16 };
/* Of one check: what counts towards an objective in each of n spans, from from_wall_us[i] to to_wall_us,
 * whose ends are those of minutes. What several spans share is read once; history's length costs nothing. */
void reader_counts(struct reader *reader, const char *check_id, const int64_t *from_wall_us,
	struct slo_count *counts, size_t n, int64_t to_wall_us);

/* The same of each of n days (UTC), the first of which is that of from_wall_us. */
void reader_days(struct reader *reader, const char *check_id, int64_t from_wall_us,
	struct slo_count *counts, size_t n);

enum { SERIES_POINTS_MAX = 1500 };

struct series {
	int64_t from_wall_us, step_us; /* as they were understood */
	size_t n;
	struct span_sums *points; /* each of a step, the empty ones too */
};

/* Of one check over [from, to). The step is made whole minutes, or hours or days when it is that long,
 * and the first one begins where a minute, an hour, a day (UTC) does. False with an error: there would be
 * more than SERIES_POINTS_MAX points, or the range is empty. */
bool reader_series(struct reader *reader, struct arena *arena, const char *check_id,
	int64_t from_wall_us, int64_t to_wall_us, int64_t step_us, struct series *series,
	struct error *error) MUST_CHECK;

/* The evidence of a result as JSON, or NULL. */
const char *reader_evidence(struct reader *reader, struct arena *arena, uint64_t key);
bool reader_has_evidence(struct reader *reader, uint64_t key);
/* The newest result of that outcome with a key below before (0: of all) whose evidence is kept; 0: none.
 * The cost is that of the check's evidence since. */
uint64_t reader_newest_evidence(
	struct reader *reader, const char *check_id, uint64_t before, enum outcome outcome);

#endif
