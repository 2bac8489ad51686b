/* serve/results.h - a check's results a page at a time, by cursor: what was asked for, and the walk
 * through history that finds it. The server's thread. */
#ifndef OUTRIDER_SERVE_RESULTS_H
#define OUTRIDER_SERVE_RESULTS_H

#include "serve/http.h"
#include "store/reader.h"

enum { RESULTS_SCAN_MAX = 20000 }; /* rows looked at for one answer when an outcome is wanted */

struct results_question {
	size_t limit;
	uint64_t before; /* only those with keys below; 0: from the newest */
	uint64_t after; /* or those next above; 0: not asked so */
	const char *outcome; /* as given, or NULL */
	enum outcome wanted;
	int64_t now_wall_us;
};

/* Reads limit, before, after and outcome. What is wrong with them, in one sentence, or NULL. */
const char *results_question(const struct http_request *request, size_t usual_limit,
	size_t limit_max, struct results_question *question);

struct results {
	struct result_row *rows; /* newest first */
	size_t n;
	bool more; /* beyond them, in the direction of the question; */
	uint64_t cursor; /* from there on */
};

struct results results_find(struct reader *reader, struct arena *arena, const char *check_id,
	const struct results_question *question);

#endif
