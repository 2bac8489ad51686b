/* What becomes of an alert that was given up: once more, or never. */
#include "serve/api.h"

#include "serve/api_json.h"
#include "serve/people.h"
#include "serve/problem.h"
#include "serve/wishing.h"
#include "serve/words.h"
#include "store/people.h"

static bool find(struct site *site, const struct http_request *request, struct alert_row *row,
	bool *superseded)
{
	struct reader *reader = history_reader(site->history, request->now_wall_us);
	uint64_t id = 0;
	return words_parse_decimal(request->segments[3], &id) && id <= INT64_MAX && reader &&
	       reader_alert(reader, request->arena, (int64_t)id, row, superseded);
}

/* Why it can't be, or NULL. */
static const char *objection(const struct alert_row *row, bool superseded, bool retry)
{
	if (row->state != ALERT_DEAD)
		return "The alert was not given up, or that is settled already.";
	if (retry && superseded)
		return "What came after it was delivered: it would be old news.";
	return NULL;
}

static void ask_of_alert(struct site *site, const struct http_request *request,
	struct http_response *response, enum wish_kind kind, const char *done)
{
	struct entries nothing;
	struct alert_row row;
	struct wish_answer answer;
	bool superseded = false;
	if (!wishing_begin(site, request, NULL, 0, &nothing, response))
		return;
	if (!history_is_readable(site->history, request->now_wall_us)) {
		problem_answer(
			site, request, response, 503, "The outbox can't be read at the moment.");
		return;
	}
	if (!find(site, request, &row, &superseded)) {
		problem_answer(site, request, response, 404, "There is no alert of this id.");
		return;
	}
	const char *why = objection(&row, superseded, kind == WISH_ALERT_RETRY);
	if (why) {
		problem_answer(site, request, response, 409, why);
		return;
	}
	struct wish wish = {.kind = kind, .by = request->user, .alert = row.id};
	if (!wishing_grant(site, request, &wish, &answer, response))
		return;
	struct buf body = BUF_INIT(SITE_PAGE_MAX);
	struct json_writer w = json_writer_to(&body);
	jw_object(&w, NULL);
	jw_int(&w, "id", row.id);
	jw_text(&w, "done", done);
	api_foreign(&w, "by", request->user, PEOPLE_NAME_MAX);
	jw_object_end(&w);
	wishing_done(request, response, 200, &body, NULL, done);
}

void api_alert_retry(
	struct site *site, const struct http_request *request, struct http_response *response)
{
	ask_of_alert(site, request, response, WISH_ALERT_RETRY, "retry");
}

void api_alert_dismiss(
	struct site *site, const struct http_request *request, struct http_response *response)
{
	ask_of_alert(site, request, response, WISH_ALERT_DISMISS, "dismiss");
}
