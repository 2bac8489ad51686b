#include "serve/api.h"

#include "serve/api_json.h"
#include "serve/people.h"
#include "serve/problem.h"
#include "serve/wishing.h"
#include "serve/words.h"

static const struct entry_rule said_rules[] = {
	{.name = "text", .max = PEOPLE_NOTE_MAX, .lines = true},
};

static const struct entry_rule ack_rules[] = {
	{.name = "text", .max = PEOPLE_NOTE_MAX, .lines = true},
	{.name = "until", .max = WISHING_MOMENT_MAX},
	{.name = "duration", .max = WISHING_MOMENT_MAX, .number = true},
};

enum { ACK_RULES = sizeof(ack_rules) / sizeof(ack_rules[0]) };
enum { SAID_RULES = sizeof(said_rules) / sizeof(said_rules[0]) };

/* What was done to what, and for whom. */
static void answer_done(const struct http_request *request, struct http_response *response,
	unsigned status, const char *key, const char *what, const char *done)
{
	struct buf body = BUF_INIT(SITE_PAGE_MAX);
	struct json_writer w = json_writer_to(&body);
	jw_object(&w, NULL);
	jw_text(&w, key, what);
	jw_text(&w, "done", done);
	api_foreign(&w, "by", request->user, PEOPLE_NAME_MAX);
	jw_object_end(&w);
	wishing_done(request, response, status, &body, NULL, done);
}

static void ask_of_check(struct site *site, const struct http_request *request,
	struct http_response *response, enum wish_kind kind, const char *done)
{
	const char *id = request->segments[3];
	struct wish wish = {.kind = kind, .by = request->user, .check = id};
	struct wish_answer answer;
	struct entries nothing;
	if (!wishing_begin(site, request, NULL, 0, &nothing, response) ||
		!wishing_grant(site, request, &wish, &answer, response))
		return;
	answer_done(request, response, kind == WISH_RUN ? 202 : 200, "check", id, done);
}

void api_run(struct site *site, const struct http_request *request, struct http_response *response)
{
	ask_of_check(site, request, response, WISH_RUN, "run");
}

void api_pause(
	struct site *site, const struct http_request *request, struct http_response *response)
{
	ask_of_check(site, request, response, WISH_PAUSE, "pause");
}

void api_resume(
	struct site *site, const struct http_request *request, struct http_response *response)
{
	ask_of_check(site, request, response, WISH_RESUME, "resume");
}

/* known: history has it, so that it may be over. */
static bool find_incident(
	struct site *site, const struct http_request *request, uint64_t *id, bool *known)
{
	const char *name = request->segments[3];
	struct reader *reader = history_reader(site->history, request->now_wall_us);
	struct incident_story story;
	*known = reader && api_find_incident(reader, request->arena, name, &story);
	if (*known)
		*id = story.row.id;
	return *known || words_parse_key(name, id) || words_parse_hex(name, id);
}

static void ask_of_incident(struct site *site, const struct http_request *request,
	struct http_response *response, const struct wish *wanted, const char *done)
{
	struct wish wish = *wanted;
	struct wish_answer answer = {.end = WISH_REFUSED};
	bool known = false;
	if (find_incident(site, request, &wish.incident, &known))
		wishing_ask(site, &wish, &answer);
	if (answer.end == WISH_REFUSED && !known) {
		problem_answer(site, request, response, 404, "There is no incident of this id.");
		return;
	}
	if (answer.end != WISH_GRANTED) {
		wishing_refuse(site, request, &answer, response);
		return;
	}
	answer_done(
		request, response, 200, "incident", words_key(request->arena, wish.incident), done);
}

void api_acknowledge(
	struct site *site, const struct http_request *request, struct http_response *response)
{
	struct entries entries;
	if (!wishing_begin(site, request, ack_rules, ACK_RULES, &entries, response))
		return;
	struct wish wish = {.kind = WISH_ACKNOWLEDGE,
		.by = request->user,
		.text = entries_text(&entries, "text")};
	const char *wrong = wishing_end(&entries, request->now_wall_us, &wish.until_us);
	if (!wrong && wish.until_us && wish.until_us <= request->now_wall_us)
		wrong = "until: it is over already.";
	if (wrong) {
		problem_answer(site, request, response, 422, wrong);
		return;
	}
	ask_of_incident(site, request, response, &wish, "acknowledge");
}

void api_note(struct site *site, const struct http_request *request, struct http_response *response)
{
	struct entries entries;
	if (!wishing_begin(site, request, said_rules, SAID_RULES, &entries, response))
		return;
	struct wish wish = {
		.kind = WISH_NOTE, .by = request->user, .text = entries_text(&entries, "text")};
	if (!wish.text) {
		problem_answer(site, request, response, 422, "text: it is missing.");
		return;
	}
	ask_of_incident(site, request, response, &wish, "note");
}
