/* A check's history as a series: counts and percentiles of each step. */
#include "serve/api.h"

#include "base/clock.h"
#include "base/text.h"
#include "serve/api_json.h"
#include "serve/problem.h"
#include "serve/words.h"

#define SERIES_LENGTH_US (INT64_C(86400) * US_PER_S)
enum { SERIES_POINTS = 288 };

enum metric { METRIC_DURATION, METRIC_TTFB, METRIC_TTFT, METRIC_COUNT };

static const char *const metric_names[] = {"duration", "ttfb", "ttft"};

struct question {
	int64_t from_us, to_us, step_us;
	enum metric metric;
};

static bool read_time(
	const struct http_request *request, const char *name, int64_t usual_us, int64_t *wall_us)
{
	const char *text = http_param(request, name);
	*wall_us = usual_us;
	return !text || words_parse_moment(text, wall_us);
}

/* What is wrong with its ends, or NULL. */
static const char *read_range(const struct http_request *request, struct question *question)
{
	int64_t now_us = request->now_wall_us;
	if (!read_time(request, "to", now_us, &question->to_us))
		return "The parameter to is a time such as 2026-11-22T10:00:00Z.";
	if (!read_time(request, "from", question->to_us - SERIES_LENGTH_US, &question->from_us))
		return "The parameter from is a time such as 2026-11-22T10:00:00Z.";
	if (question->to_us > now_us + READER_AHEAD_S * US_PER_S)
		return "The parameter to is more than a day ahead.";
	if (question->from_us > now_us)
		return "The parameter from is a time that has not come yet.";
	if (question->from_us >= question->to_us)
		return "The parameter from is not before to.";
	return NULL;
}

static bool read_metric(const struct http_request *request, enum metric *metric)
{
	const char *name = http_param(request, "metric");
	*metric = METRIC_DURATION;
	if (!name)
		return true;
	for (unsigned i = 0; i < METRIC_COUNT; i++)
		if (strcmp(name, metric_names[i]) == 0) {
			*metric = (enum metric)i;
			return true;
		}
	return false;
}

/* What is wrong with the question, or NULL. */
static const char *read_question(const struct http_request *request, struct question *question)
{
	const char *step = http_param(request, "step");
	const char *wrong = read_range(request, question);
	if (wrong)
		return wrong;
	question->step_us = (question->to_us - question->from_us) / SERIES_POINTS;
	if (step && (!text_parse_duration(str_of(step), &question->step_us) || !question->step_us))
		return "The parameter step is a duration such as 5m or 1h.";
	if (!read_metric(request, &question->metric))
		return "The parameter metric is duration, ttfb or ttft.";
	return NULL;
}

static struct percentiles percentiles_of(const struct span_sums *point, enum metric metric)
{
	switch (metric) {
	case METRIC_DURATION: return point->duration;
	case METRIC_TTFB: return point->ttfb;
	case METRIC_TTFT: return point->ttft;
	case METRIC_COUNT: break;
	}
	return (struct percentiles){-1, -1, -1, -1};
}

static void put_point(struct json_writer *w, const struct span_sums *point, enum metric metric)
{
	char text[TEXT_TIME_MAX];
	jw_object(w, NULL);
	jw_text(w, "at", text_time(point->from_wall_us, text)); /* 1970 is a time, too */
	jw_int(w, "count", (int64_t)(point->pass + point->warn + point->fail + point->skip));
	jw_int(w, "pass", (int64_t)point->pass);
	jw_int(w, "warn", (int64_t)point->warn);
	jw_int(w, "fail", (int64_t)point->fail);
	jw_int(w, "skip", (int64_t)point->skip);
	jw_int(w, "in_maintenance", (int64_t)point->excluded);
	jw_int(w, "missed", (int64_t)point->missed);
	jw_int(w, "tokens", (int64_t)point->tokens);
	api_percentiles(w, percentiles_of(point, metric));
	jw_object_end(w);
}

static void put_series(struct buf *out, const char *check_id, const struct question *question,
	const struct series *series)
{
	struct json_writer w = json_writer_to(out);
	jw_object(&w, NULL);
	jw_text(&w, "check", check_id);
	jw_text(&w, "metric", metric_names[question->metric]);
	jw_seconds(&w, "step_s", series->step_us);
	jw_array(&w, "points");
	for (size_t i = 0; i < series->n; i++)
		put_point(&w, &series->points[i], question->metric);
	jw_array_end(&w);
	jw_object_end(&w);
}

void api_check_series(
	struct site *site, const struct http_request *request, struct http_response *response)
{
	const struct board_view *view = board_view(site->board, request->arena, BOARD_STATE);
	const char *id = request->segments[3];
	struct reader *reader = history_reader(site->history, request->now_wall_us);
	struct series series = {0};
	struct error error = {""};
	struct question question;
	if (board_find(view->plan, id) == view->plan->n_checks) {
		problem_answer(site, request, response, 404, "There is no check of this id.");
		return;
	}
	const char *wrong = read_question(request, &question);
	if (!wrong && reader &&
		!reader_series(reader, request->arena, id, question.from_us, question.to_us,
			question.step_us, &series, &error))
		wrong = error.text;
	if (wrong) {
		problem_answer(site, request, response, 400, wrong);
		return;
	}
	struct buf body = BUF_INIT(SITE_PAGE_MAX);
	put_series(&body, id, &question, &series);
	api_answer_json(response, 200, &body);
}
