#include "serve/api.h"

#include "check/record.h"
#include "serve/api_json.h"
#include "serve/conceal.h"
#include "serve/problem.h"
#include "serve/words.h"

enum { INCIDENTS_LIMIT = 50, INCIDENTS_LIMIT_MAX = 500 };

/* What a list of incidents was asked for. */
struct question {
	enum incident_filter filter;
	const char *state; /* as given, or NULL */
	uint64_t before; /* 0: from the newest */
	size_t limit;
};

static bool find_filter(const char *state, enum incident_filter *filter)
{
	static const char *const names[] = {[INCIDENTS_ALL] = "all",
		[INCIDENTS_OPEN] = "open",
		[INCIDENTS_RESOLVED] = "resolved"};
	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(state, names[i]) != 0)
			continue;
		*filter = (enum incident_filter)i;
		return true;
	}
	return false;
}

/* What is wrong with the question, or NULL. */
static const char *read_question(const struct http_request *request, struct question *question)
{
	const char *before = http_param(request, "before");
	*question = (struct question){.state = http_param(request, "state")};
	if (question->state && !find_filter(question->state, &question->filter))
		return "The parameter state is open, resolved or all.";
	if (!api_limit(request, INCIDENTS_LIMIT, INCIDENTS_LIMIT_MAX, &question->limit))
		return "The parameter limit is a number from 1 to 500.";
	if (before && (!words_parse_key(before, &question->before) || !question->before))
		return "The parameter before is the id of an incident.";
	return NULL;
}

/* The members of an incident's object that every list has. */
static void put_row(struct json_writer *w, const struct incident_row *row, int64_t now_wall_us)
{
	bool open = row->resolved_wall_us == 0;
	int64_t end = open ? now_wall_us : row->resolved_wall_us;
	api_key(w, "id", row->id);
	jw_text(w, "check", row->check_id);
	jw_text(w, "state", open ? "open" : "resolved");
	api_foreign(w, "cause", row->cause, RECORD_MESSAGE_MAX);
	api_time(w, "opened_at", row->opened_wall_us);
	api_time(w, "resolved_at", row->resolved_wall_us);
	jw_seconds(w, "duration_s", end > row->opened_wall_us ? end - row->opened_wall_us : 0);
	api_key(w, "merged_into", row->merged_into);
	api_time(w, "acknowledged_at", row->acknowledged_wall_us);
	if (row->acknowledged_wall_us)
		api_foreign(w, "acknowledged_by", row->acknowledged_by, RECORD_MESSAGE_MAX);
	else
		jw_null(w, "acknowledged_by");
	api_time(w, "acknowledged_until",
		row->acknowledged_wall_us ? row->acknowledged_until_wall_us : 0);
	jw_int(w, "checks_total", (int64_t)row->n_checks);
}

static void put_next(struct json_writer *w, const struct http_request *request,
	const struct question *question, uint64_t before)
{
	if (!before) {
		jw_null(w, "next");
		return;
	}
	jw_text(w, "next",
		arena_printf(request->arena, "/api/v1/incidents?limit=%zu&before=%s%s%s",
			question->limit, words_key(request->arena, before),
			question->state ? "&state=" : "", question->state ? question->state : ""));
}

void api_incidents(
	struct site *site, const struct http_request *request, struct http_response *response)
{
	struct question question;
	const char *wrong = read_question(request, &question);
	if (wrong) {
		problem_answer(site, request, response, 400, wrong);
		return;
	}
	struct reader *reader = history_reader(site->history, request->now_wall_us);
	struct incident_row *rows = NULL;
	size_t n = reader ? reader_incidents(reader, request->arena, question.filter,
				    question.before, question.limit + 1, &rows)
			  : 0;
	conceal_incidents(request, rows, n);
	struct buf body = BUF_INIT(SITE_PAGE_MAX);
	struct json_writer w = json_writer_to(&body);
	jw_object(&w, NULL);
	jw_array(&w, "incidents");
	for (size_t i = 0; i < n && i < question.limit; i++) {
		jw_object(&w, NULL);
		put_row(&w, &rows[i], request->now_wall_us);
		jw_object_end(&w);
	}
	jw_array_end(&w);
	put_next(&w, request, &question, n > question.limit ? rows[question.limit - 1].id : 0);
	jw_object_end(&w);
	api_answer_json(response, 200, &body);
}

static void put_members(struct json_writer *w, const struct incident_story *story)
{
	jw_array(w, "checks");
	for (size_t i = 0; i < story->n_members; i++) {
		const struct incident_member *member = &story->members[i];
		jw_object(w, NULL);
		jw_text(w, "check", member->check_id);
		api_time(w, "joined_at", member->joined_wall_us);
		api_time(w, "left_at", member->left_wall_us);
		api_foreign(w, "message", member->message, RECORD_MESSAGE_MAX);
		jw_object_end(w);
	}
	jw_array_end(w);
}

static void put_timeline(struct json_writer *w, const struct incident_story *story)
{
	jw_array(w, "timeline");
	for (size_t i = 0; i < story->n_moments; i++) {
		const struct incident_moment *moment = &story->moments[i];
		jw_object(w, NULL);
		api_time(w, "at", moment->at_wall_us);
		jw_text(w, "event", moment->kind);
		jw_text(w, "check", *moment->check_id ? moment->check_id : NULL);
		api_key(w, "result", moment->key);
		if (moment->other)
			api_key(w, "merged_into", moment->other);
		api_foreign(w, "text", moment->text, RECORD_MESSAGE_MAX);
		if (*moment->by)
			api_foreign(w, "by", moment->by, RECORD_MESSAGE_MAX);
		jw_object_end(w);
	}
	jw_array_end(w);
}

void api_incident(
	struct site *site, const struct http_request *request, struct http_response *response)
{
	struct incident_story story;
	if (!api_has_incident(site, request, response, request->segments[3], &story))
		return;
	struct buf body = BUF_INIT(SITE_PAGE_MAX);
	struct json_writer w = json_writer_to(&body);
	conceal_story(request, &story);
	jw_object(&w, NULL);
	put_row(&w, &story.row, request->now_wall_us);
	put_members(&w, &story);
	put_timeline(&w, &story);
	jw_object_end(&w);
	api_answer_json(response, 200, &body);
}
