#include "serve/results.h"

#include "serve/api_json.h"
#include "serve/words.h"

enum { CHUNK = 1000 }; /* rows read at once when an outcome is wanted */

static bool find_outcome(const char *name, enum outcome *found)
{
	for (unsigned i = 0; i < OUTCOME_COUNT; i++) {
		if (strcmp(name, outcome_name((enum outcome)i)) != 0)
			continue;
		*found = (enum outcome)i;
		return true;
	}
	return false;
}

const char *results_question(const struct http_request *request, size_t usual_limit,
	size_t limit_max, struct results_question *question)
{
	*question = (struct results_question){
		.outcome = http_param(request, "outcome"), .now_wall_us = request->now_wall_us};
	const char *before = http_param(request, "before");
	const char *after = http_param(request, "after");
	if (!api_limit(request, usual_limit, limit_max, &question->limit))
		return arena_printf(request->arena,
			"The parameter limit is a number from 1 to %zu.", limit_max);
	if (before && (!words_parse_key(before, &question->before) || !question->before))
		return "The parameter before is the id of a result.";
	if (after && !words_parse_key(after, &question->after))
		return "The parameter after is the id of a result.";
	if (after && !question->after)
		question->after = 1; /* from the oldest: every key is above */
	if (before && after)
		return "The parameters before and after exclude each other.";
	if (question->outcome && !find_outcome(question->outcome, &question->wanted))
		return "The parameter outcome is pass, warn, fail or skip.";
	return NULL;
}

static size_t read_chunk(struct reader *reader, struct arena *arena, const char *check_id,
	const struct results_question *question, uint64_t cursor, size_t limit,
	struct result_row **rows)
{
	return question->after ? reader_results_after(reader, arena, check_id, cursor, limit, rows)
			       : reader_results(reader, arena, check_id, cursor, limit, rows);
}

/* Takes those that are wanted, as many as there is room for; moves the cursor past each. */
static size_t take(struct results *results, struct arena *arena, const struct result_row *rows,
	size_t n, const struct results_question *question)
{
	size_t i = 0;
	for (; i < n && results->n < question->limit; i++) {
		results->cursor = rows[i].key;
		if (question->outcome && rows[i].outcome != question->wanted)
			continue;
		struct result_row *row = &results->rows[results->n++];
		*row = rows[i];
		row->message = arena_strdup(arena, rows[i].message);
	}
	return i;
}

static void turn_round(struct results *results)
{
	for (size_t i = 0; i < results->n / 2; i++) {
		struct result_row *first = &results->rows[i];
		struct result_row *last = &results->rows[results->n - 1 - i];
		struct result_row row = *first;
		*first = *last;
		*last = row;
	}
}

struct results results_find(struct reader *reader, struct arena *arena, const char *check_id,
	const struct results_question *question)
{
	struct results results = {.cursor = question->after ? question->after : question->before};
	if (!results.cursor)
		results.cursor = reader_newest(reader, check_id, question->now_wall_us);
	size_t chunk = question->outcome ? CHUNK : question->limit + 1;
	results.rows = ARENA_ARRAY(arena, question->limit, struct result_row);
	results.more = true;
	for (size_t seen = 0;
		seen < RESULTS_SCAN_MAX && results.n < question->limit && results.more;) {
		struct arena scratch;
		struct result_row *rows = NULL;
		arena_init(&scratch);
		size_t n = read_chunk(
			reader, &scratch, check_id, question, results.cursor, chunk, &rows);
		results.more = take(&results, arena, rows, n, question) < n || n == chunk;
		seen += n;
		arena_fini(&scratch);
	}
	if (question->after)
		turn_round(&results);
	return results;
}
