#include "serve/api.h"

#include "check/record.h"
#include "check/template.h"
#include "serve/api_json.h"
#include "serve/problem.h"
#include "serve/words.h"
#include "store/people.h"

enum { ALERTS_LIMIT = 100, ALERTS_LIMIT_MAX = 1000, NEXT_MAX = 4 * HTTP_TARGET_MAX };

static const char *const state_names[ALERT_STATES] = {[ALERT_WAITING] = "waiting",
	[ALERT_DELIVERED] = "delivered",
	[ALERT_DEAD] = "dead",
	[ALERT_DISMISSED] = "dismissed"};

static bool find_state(const char *name, int *state)
{
	*state = -1;
	for (int i = 0; name && i < ALERT_STATES; i++)
		if (strcmp(name, state_names[i]) == 0)
			*state = i;
	return !name || *state >= 0;
}

/* What is wrong with the question, or NULL. */
static const char *read_question(
	const struct http_request *request, struct alert_question *question, size_t *limit)
{
	const char *before = http_param(request, "before");
	uint64_t number = 0;
	*question = (struct alert_question){.channel = http_param(request, "channel")};
	if (!find_state(http_param(request, "state"), &question->state))
		return "The parameter state is waiting, delivered, dead or dismissed.";
	if (!api_limit(request, ALERTS_LIMIT, ALERTS_LIMIT_MAX, limit))
		return "The parameter limit is a number from 1 to 1000.";
	if (before && (!words_parse_decimal(before, &number) || number > INT64_MAX || number == 0))
		return "The parameter before is the id of an alert.";
	question->before = (int64_t)number;
	return NULL;
}

static const char *state_name(enum alert_state state)
{
	return (unsigned)state < ALERT_STATES ? state_names[state] : "waiting";
}

/* Without its text: that is for the channel. */
static void put_alert(struct json_writer *w, const struct alert_row *row)
{
	bool waits = row->state == ALERT_WAITING;
	jw_object(w, NULL);
	jw_int(w, "id", row->id);
	jw_text(w, "state", state_name(row->state));
	jw_text(w, "channel", row->channel);
	jw_text(w, "event", row->event);
	api_key(w, "incident", row->incident);
	jw_text(w, "dedup_key", row->dedup_key);
	api_time(w, "created_at", row->created_wall_us);
	jw_int(w, "tries", row->tries);
	api_time(w, "next_try_at", waits ? row->next_try_wall_us : 0);
	api_time(w, "finished_at", row->finished_wall_us);
	if (*row->error)
		api_foreign(w, "error", row->error, RECORD_MESSAGE_MAX);
	else
		jw_null(w, "error");
	jw_object_end(w);
}

static void put_next(
	struct json_writer *w, const struct alert_question *question, size_t limit, int64_t before)
{
	struct buf path = BUF_INIT(NEXT_MAX);
	buf_printf(&path, "/api/v1/alerts?limit=%zu&before=%lld", limit, (long long)before);
	if (question->state >= 0)
		buf_printf(&path, "&state=%s", state_names[question->state]);
	if (question->channel) {
		buf_puts(&path, "&channel=");
		url_escape(&path, str_of(question->channel));
	}
	if (before)
		jw_str(w, "next", buf_str(&path));
	else
		jw_null(w, "next");
	buf_fini(&path);
}

void api_alerts(
	struct site *site, const struct http_request *request, struct http_response *response)
{
	struct alert_question question;
	size_t limit = 0, n = 0;
	uint64_t counts[ALERT_STATES] = {0};
	struct alert_row *rows = NULL;
	const char *wrong = read_question(request, &question, &limit);
	if (wrong) {
		problem_answer(site, request, response, 400, wrong);
		return;
	}
	struct reader *reader = history_reader(site->history, request->now_wall_us);
	if (reader) {
		n = reader_alerts(reader, request->arena, &question, limit + 1, &rows);
		reader_alert_counts(reader, question.channel, counts);
	}
	struct buf body = BUF_INIT(SITE_PAGE_MAX);
	struct json_writer w = json_writer_to(&body);
	jw_object(&w, NULL);
	jw_object(&w, "counts");
	for (unsigned i = 0; i < ALERT_STATES; i++)
		jw_int(&w, state_names[i], (int64_t)counts[i]);
	jw_object_end(&w);
	jw_array(&w, "alerts");
	for (size_t i = 0; i < n && i < limit; i++)
		put_alert(&w, &rows[i]);
	jw_array_end(&w);
	put_next(&w, &question, limit, n > limit ? rows[limit - 1].id : 0);
	jw_object_end(&w);
	api_answer_json(response, 200, &body);
}
