/* store/reader.h - history for the pages, through a read-only connection. One for each thread. */
#ifndef OUTRIDER_STORE_READER_H
#define OUTRIDER_STORE_READER_H

#include "base/arena.h"
#include "base/error.h"
#include "check/outcome.h"

#include <stdint.h>

struct reader;

enum { READER_ROWS_MAX = 10000 }; /* of one answer; a higher limit is lowered to it */

struct reader *reader_open(const char *path, struct error *error) MUST_CHECK;
void reader_close(struct reader *reader);

struct result_row {
	uint64_t key;
	int64_t started_wall_us, duration_us;
	enum outcome outcome;
	enum reason reason;
	int http_status;
	int64_t ttfb_us, ttft_us;
	const char *message; /* of a failure or warning; "" */
};

/* Newest first, with keys below before (0: from the newest). Returns how many. */
size_t reader_results(struct reader *reader, struct arena *arena, const char *check_id,
	uint64_t before, size_t limit, struct result_row **rows);

struct uptime {
	uint64_t pass, warn, fail, skip;
};

/* Of one check since a wall time. */
struct uptime reader_uptime(struct reader *reader, const char *check_id, int64_t since_wall_us);

/* What the runs of one check that sent something cost since a wall time. */
struct cost {
	uint64_t runs, tokens; /* prompt and completion, as far as they were said */
};

struct cost reader_cost(struct reader *reader, const char *check_id, int64_t since_wall_us);

struct incident_row {
	uint64_t id;
	const char *check_id, *cause;
	int64_t opened_wall_us, resolved_wall_us; /* 0: open */
};

/* Newest first. */
size_t reader_incidents(struct reader *reader, struct arena *arena, bool only_open, size_t limit,
	struct incident_row **rows);

/* The evidence of a result as JSON, or NULL. */
const char *reader_evidence(struct reader *reader, struct arena *arena, uint64_t key);

#endif
