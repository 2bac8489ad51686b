#include "serve/api_json.h"

#include "base/text.h"
#include "serve/problem.h"
#include "serve/words.h"

#include <inttypes.h>
#include <stdio.h>

void api_time(struct json_writer *w, const char *key, int64_t wall_us)
{
	char text[TEXT_TIME_MAX];
	jw_text(w, key, wall_us ? text_time(wall_us, text) : NULL);
}

void api_key(struct json_writer *w, const char *key, uint64_t id)
{
	char text[24];
	snprintf(text, sizeof(text), "%016" PRIx64, id);
	jw_text(w, key, id ? text : NULL);
}

void api_foreign(struct json_writer *w, const char *key, const char *text, size_t max)
{
	struct buf inert = BUF_INIT(4 * max + 4);
	text_inert(&inert, str_of(text), max);
	jw_str(w, key, buf_str(&inert));
	buf_fini(&inert);
}

void api_percentiles(struct json_writer *w, struct percentiles percentiles)
{
	jw_seconds(w, "p50_s", percentiles.p50_us);
	jw_seconds(w, "p90_s", percentiles.p90_us);
	jw_seconds(w, "p95_s", percentiles.p95_us);
	jw_seconds(w, "p99_s", percentiles.p99_us);
}

void api_slo(struct json_writer *w, const char *key, const struct slo *slo,
	const struct slo_report *report)
{
	const struct slo_report known = report ? *report : slo_unknown();
	if (!(slo->objective > 0)) {
		jw_null(w, key);
		return;
	}
	jw_object(w, key);
	jw_real(w, "objective", slo->objective);
	jw_seconds(w, "window_s", slo->window_us);
	jw_real(w, "availability", known.availability);
	jw_real(w, "budget_left", known.budget_left);
	jw_object(w, "burn_rates");
	for (unsigned i = 0; i < SLO_SPAN_COUNT; i++)
		jw_real(w, slo_span_name((enum slo_span)i), known.burn[i]);
	jw_object_end(w);
	jw_seconds(w, "exhausted_in_s", known.exhausted_in_us);
	jw_object_end(w);
}

bool api_limit(const struct http_request *request, size_t usual, size_t max, size_t *limit)
{
	const char *text = http_param(request, "limit");
	uint64_t number = usual;
	if (text && (!words_parse_decimal(text, &number) || number == 0 || number > max))
		return false;
	*limit = (size_t)number;
	return true;
}

bool api_find_incident(
	struct reader *reader, struct arena *arena, const char *name, struct incident_story *story)
{
	uint64_t id = 0;
	if (words_parse_key(name, &id) && reader_incident(reader, arena, id, story))
		return true;
	return words_parse_hex(name, &id) && reader_incident(reader, arena, id, story);
}

static bool is_open(struct site *site, const struct http_request *request, const char *name)
{
	uint64_t id = 0;
	bool open = false;
	if (!words_parse_key(name, &id) && !words_parse_hex(name, &id))
		return false;
	const struct board_view *view = board_view(site->board, request->arena, BOARD_STATE);
	for (size_t i = 0; id && !open && i < view->plan->n_checks; i++)
		open = view->checks[i].incident == id;
	return open;
}

bool api_has_incident(struct site *site, const struct http_request *request,
	struct http_response *response, const char *name, struct incident_story *story)
{
	struct reader *reader = history_reader(site->history, request->now_wall_us);
	if (reader && api_find_incident(reader, request->arena, name, story))
		return true;
	if (!reader || !is_open(site, request, name)) {
		problem_answer(site, request, response, 404, "There is no incident of this id.");
		return false;
	}
	problem_answer(site, request, response, 503,
		"This incident begins just now and is not stored yet. Try again in a second.");
	response->retry_after_s = 1;
	return false;
}

void api_answer_json(struct http_response *response, unsigned status, struct buf *body)
{
	buf_putc(body, '\n');
	http_answer(response, status, "application/json", body);
}
