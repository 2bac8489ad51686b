#include "serve/api.h"

#include "base/json.h"
#include "check/record.h"
#include "check/template.h"
#include "serve/api_json.h"
#include "serve/problem.h"
#include "serve/words.h"

enum {
	RESULTS_LIMIT = 100,
	RESULTS_LIMIT_MAX = 1000,
	RESULTS_SCAN_MAX = 20000, /* rows looked at for one answer when an outcome is wanted */
	NEXT_MAX = 4 * HTTP_TARGET_MAX, /* escaped, a byte becomes three */
};

/* What a list of results was asked for. */
struct question {
	size_t limit;
	uint64_t before; /* 0: from the newest */
	const char *outcome; /* as given, or NULL */
	enum outcome wanted;
};

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

/* What is wrong with the question, or NULL. */
static const char *read_question(const struct http_request *request, struct question *question)
{
	*question = (struct question){.outcome = http_param(request, "outcome")};
	const char *before = http_param(request, "before");
	if (!api_limit(request, RESULTS_LIMIT, RESULTS_LIMIT_MAX, &question->limit))
		return "The parameter limit is a number from 1 to 1000.";
	if (before && !words_parse_key(before, &question->before))
		return "The parameter before is the id of a result.";
	if (question->outcome && !find_outcome(question->outcome, &question->wanted))
		return "The parameter outcome is pass, warn, fail or skip.";
	return NULL;
}

static void put_row(struct json_writer *w, const struct result_row *row)
{
	api_key(w, "result", row->key);
	api_time(w, "at", row->started_wall_us);
	jw_text(w, "outcome", outcome_name(row->outcome));
	jw_text(w, "reason", reason_name(row->reason));
	api_foreign(w, "message", row->message, RECORD_MESSAGE_MAX);
	jw_seconds(w, "duration_s", row->duration_us);
	jw_seconds(w, "ttfb_s", row->ttfb_us);
	jw_seconds(w, "ttft_s", row->ttft_us);
	if (row->http_status)
		jw_int(w, "http_status", row->http_status);
	else
		jw_null(w, "http_status");
}

/* Writes the rows that are wanted; returns the key to go on from, 0 at the end of history. */
static uint64_t put_rows(struct json_writer *w, struct reader *reader, const char *check_id,
	const struct question *question)
{
	uint64_t before = question->before;
	size_t chunk = question->outcome ? RESULTS_LIMIT_MAX : question->limit + 1;
	size_t put = 0;
	for (size_t seen = 0; seen < RESULTS_SCAN_MAX;) {
		struct arena arena;
		arena_init(&arena);
		struct result_row *rows = NULL;
		size_t n = reader_results(reader, &arena, check_id, before, chunk, &rows);
		for (size_t i = 0; i < n && put < question->limit; i++) {
			before = rows[i].key;
			if (question->outcome && rows[i].outcome != question->wanted)
				continue;
			jw_object(w, NULL);
			put_row(w, &rows[i]);
			jw_object_end(w);
			put++;
		}
		bool more = n == chunk || (n && before > rows[n - 1].key);
		arena_fini(&arena);
		if (put == question->limit || !more)
			return more ? before : 0;
		seen += n;
	}
	return before;
}

static void put_next(struct json_writer *w, const struct http_request *request,
	const struct question *question, uint64_t before)
{
	if (!before) {
		jw_null(w, "next");
		return;
	}
	struct buf path = BUF_INIT(NEXT_MAX);
	buf_puts(&path, "/api/v1/checks/");
	url_escape(&path, str_of(request->segments[3]));
	buf_printf(&path, "/results?limit=%zu&before=%s", question->limit,
		words_key(request->arena, before));
	if (question->outcome)
		buf_printf(&path, "&outcome=%s", question->outcome);
	jw_str(w, "next", buf_str(&path));
	buf_fini(&path);
}

void api_check_results(
	struct site *site, const struct http_request *request, struct http_response *response)
{
	const struct board_view *view = board_view(site->board, request->arena, BOARD_STATE);
	const char *id = request->segments[3];
	if (board_find(view->plan, id) == view->plan->n_checks) {
		problem_answer(site, request, response, 404, "There is no check of this id.");
		return;
	}
	struct question question;
	const char *wrong = read_question(request, &question);
	if (wrong) {
		problem_answer(site, request, response, 400, wrong);
		return;
	}
	struct reader *reader = history_reader(site->history, request->now_wall_us);
	struct buf body = BUF_INIT(SITE_PAGE_MAX);
	struct json_writer w = json_writer_to(&body);
	jw_object(&w, NULL);
	jw_text(&w, "check", id);
	jw_array(&w, "results");
	uint64_t before = reader ? put_rows(&w, reader, id, &question) : 0;
	jw_array_end(&w);
	put_next(&w, request, &question, before);
	jw_object_end(&w);
	api_answer_json(response, 200, &body);
}

/* The check that a result's key belongs to: the one with the same number in its other keys. */
static const char *check_of_key(const struct board_view *view, uint64_t key)
{
	for (size_t i = 0; i < view->plan->n_checks; i++) {
		const struct board_last *last = &view->checks[i].last;
		bool same = view->checks[i].has_last &&
			    last->key >> RESULT_KEY_TIME_BITS == key >> RESULT_KEY_TIME_BITS;
		if (same)
			return view->plan->checks[i].id;
	}
	return NULL;
}

static bool put_result(struct buf *out, const struct http_request *request, struct reader *reader,
	const struct board_view *view, uint64_t key)
{
	struct result_row *rows = NULL;
	const char *check = check_of_key(view, key);
	size_t n = check && key < UINT64_MAX
			   ? reader_results(reader, request->arena, check, key + 1, 1, &rows)
			   : 0;
	bool found = n && rows[0].key == key;
	const char *evidence = reader_evidence(reader, request->arena, key);
	if (!found && !evidence)
		return false;
	struct error error = {0};
	bool whole = evidence && json_valid(str_of(evidence), &error);
	struct json_writer w = json_writer_to(out);
	jw_object(&w, NULL);
	jw_text(&w, "check", check);
	if (found)
		put_row(&w, &rows[0]);
	else
		api_key(&w, "result", key);
	jw_raw(&w, "evidence", whole ? str_of(evidence) : STR("null"));
	jw_object_end(&w);
	return true;
}

void api_result(
	struct site *site, const struct http_request *request, struct http_response *response)
{
	const char *name = request->segments[3];
	const struct board_view *view = site_view(site, request);
	struct reader *reader = history_reader(site->history, request->now_wall_us);
	struct buf body = BUF_INIT(SITE_PAGE_MAX);
	uint64_t key = 0;
	bool found = reader && words_parse_key(name, &key) &&
		     put_result(&body, request, reader, view, key);
	if (!found && reader &&
		words_parse_decimal(name, &key)) /* 16 decimal digits look like hex */
		found = put_result(&body, request, reader, view, key);
	if (found)
		api_answer_json(response, 200, &body);
	else
		problem_answer(site, request, response, 404, "There is no result of this id.");
	buf_fini(&body);
}
