#include "serve/api.h"

#include "base/json.h"
#include "base/text.h"
#include "check/record.h"
#include "check/template.h"
#include "serve/api_json.h"
#include "serve/csv.h"
#include "serve/problem.h"
#include "serve/results.h"
#include "serve/words.h"

#include <inttypes.h>
#include <stdio.h>

enum {
	RESULTS_LIMIT = 100,
	RESULTS_LIMIT_MAX = 1000,
	NEXT_MAX = 4 * HTTP_TARGET_MAX, /* escaped, a byte becomes three */
};

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

static void put_next(struct json_writer *w, const struct http_request *request,
	const struct results_question *question, const struct results *results)
{
	if (!results->more) {
		jw_null(w, "next");
		return;
	}
	struct buf path = BUF_INIT(NEXT_MAX);
	buf_puts(&path, "/api/v1/checks/");
	url_escape(&path, str_of(request->segments[3]));
	buf_printf(&path, "/results?limit=%zu&%s=%s", question->limit,
		question->after ? "after" : "before", words_key(request->arena, results->cursor));
	if (question->outcome)
		buf_printf(&path, "&outcome=%s", question->outcome);
	jw_str(w, "next", buf_str(&path));
	buf_fini(&path);
}

static void put_json(struct buf *out, const struct http_request *request,
	const struct results_question *question, const struct results *results)
{
	struct json_writer w = json_writer_to(out);
	jw_object(&w, NULL);
	jw_text(&w, "check", request->segments[3]);
	jw_array(&w, "results");
	for (size_t i = 0; i < results->n; i++) {
		jw_object(&w, NULL);
		put_row(&w, &results->rows[i]);
		jw_object_end(&w);
	}
	jw_array_end(&w);
	put_next(&w, request, question, results);
	jw_object_end(&w);
}

/* With the names that the JSON has. */
static void put_csv(struct buf *out, const struct results *results)
{
	struct csv csv = {.out = out};
	char time[TEXT_TIME_MAX], key[24];
	buf_puts(out, "result,at,outcome,reason,http_status,duration_s,ttfb_s,ttft_s,message\r\n");
	for (size_t i = 0; i < results->n; i++) {
		const struct result_row *row = &results->rows[i];
		struct buf message = BUF_INIT(8 * RECORD_MESSAGE_MAX);
		text_inert(&message, str_of(row->message), RECORD_MESSAGE_MAX);
		snprintf(key, sizeof(key), "%016" PRIx64, row->key);
		csv_text(&csv, key);
		csv_text(&csv, text_time(row->started_wall_us, time));
		csv_text(&csv, outcome_name(row->outcome));
		csv_text(&csv, reason_name(row->reason));
		if (row->http_status)
			csv_int(&csv, row->http_status);
		else
			csv_text(&csv, NULL);
		csv_seconds(&csv, row->duration_us);
		csv_seconds(&csv, row->ttfb_us);
		csv_seconds(&csv, row->ttft_us);
		csv_text(&csv, buf_text(&message));
		csv_end(&csv);
		buf_fini(&message);
	}
}

/* Whether the answer is a table; false: something else was asked for. */
static bool read_format(const struct http_request *request, bool *csv)
{
	const char *format = http_param(request, "format");
	*csv = format ? strcmp(format, "csv") == 0 : http_prefers_csv(request->accept);
	return !format || *csv || strcmp(format, "json") == 0;
}

/* One that was removed is, as long as its results are kept. */
static bool is_known(struct site *site, const struct http_request *request, struct reader *reader)
{
	const struct board_plan *plan = board_plan(site->board, request->arena);
	const char *id = request->segments[3];
	return board_find(plan, id) < plan->n_checks ||
	       (reader && reader_newest(reader, id, request->now_wall_us));
}

void api_check_results(
	struct site *site, const struct http_request *request, struct http_response *response)
{
	struct reader *reader = history_reader(site->history, request->now_wall_us);
	struct results_question question;
	bool csv = false;
	if (!is_known(site, request, reader)) {
		problem_answer(site, request, response, 404, "There is no check of this id.");
		return;
	}
	const char *wrong = results_question(request, RESULTS_LIMIT, RESULTS_LIMIT_MAX, &question);
	if (!wrong && !read_format(request, &csv))
		wrong = "The parameter format is json or csv.";
	if (wrong) {
		problem_answer(site, request, response, 400, wrong);
		return;
	}
	struct results results = {0};
	if (reader)
		results = results_find(reader, request->arena, request->segments[3], &question);
	struct buf body = BUF_INIT(SITE_PAGE_MAX);
	response->varies = true;
	if (csv) {
		put_csv(&body, &results);
		http_answer(response, 200, "text/csv; charset=utf-8; header=present", &body);
		return;
	}
	put_json(&body, request, &question, &results);
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
