#include "serve/api.h"

#include "base/clock.h"
#include "base/text.h"
#include "serve/api_json.h"
#include "serve/people.h"
#include "serve/problem.h"
#include "serve/wishing.h"
#include "serve/words.h"

#include <stdlib.h>

enum { WINDOWS_LIMIT = 50, WINDOWS_LIMIT_MAX = 500, SERVICE_ID_MAX = CHECK_ID_MAX, SCOPE_MAX = 10 };

static const char *const state_names[] = {[WINDOWS_ALL] = "all",
	[WINDOW_OPEN] = "open",
	[WINDOW_COMING] = "coming",
	[WINDOW_OVER] = "over"};

enum { STATES = sizeof(state_names) / sizeof(state_names[0]) };

/* --- what there is --- */

static void put_all(struct json_writer *w, bool all)
{
	if (all)
		jw_null(w, "checks"); /* it is for all of them */
	else
		jw_array(w, "checks");
}

static void put_window(
	struct json_writer *w, const struct http_request *request, const struct window_row *row)
{
	jw_int(w, "id", row->id);
	jw_text(w, "state", state_names[window_state(row, request->now_wall_us)]);
	api_foreign(w, "title", row->title, PEOPLE_TITLE_MAX);
	api_time(w, "from", row->from_wall_us);
	api_time(w, "until", row->until_wall_us);
	api_time(w, "created_at", row->created_wall_us);
	if (request->internals && *row->by)
		api_foreign(w, "created_by", row->by, PEOPLE_NAME_MAX);
	else
		jw_null(w, "created_by");
	api_time(w, "ended_at", row->ended_wall_us);
	put_all(w, row->n_checks == 0);
	for (size_t i = 0; i < row->n_checks; i++)
		jw_text(w, NULL, row->check_ids[i]);
	if (row->n_checks)
		jw_array_end(w);
}

/* One of the file: by what it says, and how it stands. */
static void put_planned(struct json_writer *w, const struct board_plan *plan,
	const struct maintenance_window *window, int64_t now_wall_us)
{
	struct maintenance_state state =
		maintenance_at(&window->when, now_wall_us, (struct zone){clock_ahead_us, NULL});
	bool ever = state.change_us != INT64_MAX;
	bool recurs = window->when.days != 0;
	jw_object(w, NULL);
	jw_text(w, "state",
		state_names[state.inside ? WINDOW_OPEN
			    : ever       ? WINDOW_COMING
					 : WINDOW_OVER]);
	api_foreign(w, "title", window->title, PEOPLE_TITLE_MAX);
	jw_bool(w, "recurring", recurs);
	int64_t from_us = state.inside ? state.since_us : state.change_us;
	int64_t until_us =
		state.inside ? state.change_us : state.change_us + window->when.length_us;
	api_time(w, "from", !recurs ? window->when.from_us : ever ? from_us : 0);
	api_time(w, "until", !recurs ? window->when.until_us : ever ? until_us : 0);
	put_all(w, window->all);
	for (size_t i = 0; i < window->n_checks && !window->all; i++)
		jw_text(w, NULL, plan->checks[window->checks[i]].id);
	if (!window->all)
		jw_array_end(w);
	jw_object_end(w);
}

/* What is wrong with the question, or NULL. */
static const char *read_question(const struct http_request *request, enum window_state *state,
	uint64_t *before, size_t *limit)
{
	const char *name = http_param(request, "state");
	const char *text = http_param(request, "before");
	bool found = !name;
	*state = WINDOWS_ALL;
	*before = 0;
	for (unsigned i = 0; !found && i < STATES; i++) {
		found = strcmp(name, state_names[i]) == 0;
		*state = (enum window_state)i;
	}
	if (!found)
		return "The parameter state is open, coming, over or all.";
	if (!api_limit(request, WINDOWS_LIMIT, WINDOWS_LIMIT_MAX, limit))
		return "The parameter limit is a number from 1 to 500.";
	if (text && (!words_parse_decimal(text, before) || *before == 0 || *before > INT64_MAX))
		return "The parameter before is the id of a window.";
	return NULL;
}

void api_windows(
	struct site *site, const struct http_request *request, struct http_response *response)
{
	enum window_state state;
	uint64_t before = 0;
	size_t limit = 0, n = 0;
	struct window_row *rows = NULL;
	const char *wrong = read_question(request, &state, &before, &limit);
	if (wrong) {
		problem_answer(site, request, response, 400, wrong);
		return;
	}
	const struct board_plan *plan = board_plan(site->board, request->arena);
	struct reader *reader = history_reader(site->history, request->now_wall_us);
	if (reader)
		n = reader_windows(reader, request->arena, state, request->now_wall_us,
			(int64_t)before, limit + 1, &rows);
	struct buf body = BUF_INIT(SITE_PAGE_MAX);
	struct json_writer w = json_writer_to(&body);
	jw_object(&w, NULL);
	jw_array(&w, "windows");
	for (size_t i = 0; i < n && i < limit; i++) {
		jw_object(&w, NULL);
		put_window(&w, request, &rows[i]);
		jw_object_end(&w);
	}
	jw_array_end(&w);
	jw_array(&w, "configured");
	for (size_t i = 0; i < plan->n_windows; i++)
		put_planned(&w, plan, &plan->windows[i], request->now_wall_us);
	jw_array_end(&w);
	jw_text(&w, "next",
		n > limit ? arena_printf(request->arena,
				    "/api/v1/maintenance?limit=%zu&before=%lld&state=%s", limit,
				    (long long)rows[limit - 1].id, state_names[state])
			  : NULL);
	jw_object_end(&w);
	api_answer_json(response, 200, &body);
}

static bool find_window(
	struct site *site, const struct http_request *request, struct window_row *row, uint64_t *id)
{
	struct reader *reader = history_reader(site->history, request->now_wall_us);
	*id = 0;
	if (!words_parse_decimal(request->segments[3], id) || *id > INT64_MAX)
		*id = 0;
	return *id && reader && reader_window(reader, request->arena, (int64_t)*id, row);
}

void api_window(
	struct site *site, const struct http_request *request, struct http_response *response)
{
	struct window_row row;
	uint64_t id = 0;
	if (!find_window(site, request, &row, &id)) {
		problem_answer(site, request, response, 404, "There is no window of this id.");
		return;
	}
	struct buf body = BUF_INIT(SITE_PAGE_MAX);
	struct json_writer w = json_writer_to(&body);
	jw_object(&w, NULL);
	put_window(&w, request, &row);
	jw_object_end(&w);
	api_answer_json(response, 200, &body);
}

/* --- what is asked for --- */

static const struct entry_rule window_rules[] = {
	{.name = "title", .max = PEOPLE_TITLE_MAX},
	{.name = "from", .max = WISHING_MOMENT_MAX},
	{.name = "until", .max = WISHING_MOMENT_MAX},
	{.name = "duration", .max = WISHING_MOMENT_MAX, .number = true},
	{.name = "checks", .max = CHECK_ID_MAX, .list = true},
	{.name = "services", .max = SERVICE_ID_MAX, .list = true},
	{.name = "scope", .max = SCOPE_MAX},
};

enum { WINDOW_RULES = sizeof(window_rules) / sizeof(window_rules[0]) };

/* What is wrong with it, or NULL. */
static const char *read_span(
	const struct http_request *request, const struct entries *entries, struct wish *wish)
{
	const char *from = entries_text(entries, "from");
	bool until = entries_text(entries, "until"), duration = entries_text(entries, "duration");
	wish->from_us = request->now_wall_us;
	if (from && !words_parse_moment(from, &wish->from_us))
		return "from: a time is expected, such as 2026-11-22T10:00:00Z.";
	if (until == duration)
		return "until, duration: one of the two is expected.";
	return wishing_end(entries, wish->from_us, &wish->until_us);
}

/* Whom a window is for. */
struct coverage {
	struct arena *arena;
	const struct board_plan *plan;
	const char **ids;
	size_t n;
};

static void add_service(struct coverage *coverage, size_t service)
{
	for (size_t i = 0; i < coverage->plan->n_checks; i++)
		if (coverage->plan->checks[i].service == service)
			coverage->ids[coverage->n++] = coverage->plan->checks[i].id;
}

static const char *add_services(struct coverage *coverage, const struct entries *entries)
{
	const char *const *names;
	size_t n = entries_list(entries, coverage->arena, "services", &names);
	bool *wanted = ARENA_ARRAY(coverage->arena, coverage->plan->n_services, bool);
	for (size_t i = 0; i < n; i++) {
		size_t at = 0;
		while (at < coverage->plan->n_services &&
			strcmp(coverage->plan->services[at].id, names[i]) != 0)
			at++;
		if (at == coverage->plan->n_services)
			return "services: there is none of this name.";
		wanted[at] = true;
	}
	for (size_t i = 0; i < coverage->plan->n_services; i++)
		if (wanted[i])
			add_service(coverage, i);
	return n && !coverage->n ? "services: they have no checks." : NULL;
}

/* Once, however often it is said. */
static void add_named(struct coverage *coverage, const char *id)
{
	size_t i = 0;
	while (i < coverage->n && strcmp(coverage->ids[i], id) != 0)
		i++;
	coverage->ids[i] = id;
	coverage->n += i == coverage->n;
}

/* From the page of a check: for itself, its service, or all. */
static const char *add_around(struct coverage *coverage, const char *check, const char *name)
{
	size_t at = board_find(coverage->plan, check);
	if (at == coverage->plan->n_checks)
		return "check: there is none of this id.";
	if (!name || strcmp(name, "check") == 0)
		coverage->ids[coverage->n++] = coverage->plan->checks[at].id;
	else if (strcmp(name, "service") == 0)
		add_service(coverage, coverage->plan->checks[at].service);
	else if (strcmp(name, "everything") != 0)
		return "scope: it is check, service or everything.";
	return NULL;
}

/* What is wrong with it, or NULL. */
static const char *read_scope(struct site *site, const struct http_request *request,
	const struct entries *entries, struct wish *wish)
{
	const struct board_plan *plan = board_plan(site->board, request->arena);
	const char *check = http_param(request, "check");
	const char *name = entries_text(entries, "scope");
	const char *const *named;
	size_t n_named = entries_list(entries, request->arena, "checks", &named);
	struct coverage coverage = {.arena = request->arena,
		.plan = plan,
		.ids = ARENA_ARRAY(request->arena, n_named + plan->n_checks + 1, const char *)};
	const char *wrong = NULL;
	if (check && (n_named || entries_text(entries, "services")))
		wrong = "checks, services: the parameter check stands for them.";
	else if (!check && name)
		wrong = "scope: it is of a check, and the parameter check is missing.";
	else if (check)
		wrong = add_around(&coverage, check, name);
	else
		wrong = add_services(&coverage, entries);
	for (size_t i = 0; i < n_named; i++)
		add_named(&coverage, named[i]);
	wish->checks = coverage.ids;
	wish->n_checks = coverage.n;
	return wrong;
}

static void answer_opened(const struct http_request *request, struct http_response *response,
	const struct wish *wish, int64_t id)
{
	struct window_row row = {.id = id,
		.from_wall_us = wish->from_us,
		.until_wall_us = wish->until_us,
		.created_wall_us = request->now_wall_us,
		.title = wish->text,
		.by = wish->by,
		.check_ids = wish->checks,
		.n_checks = wish->n_checks};
	struct buf body = BUF_INIT(SITE_PAGE_MAX);
	struct json_writer w = json_writer_to(&body);
	jw_object(&w, NULL);
	put_window(&w, request, &row);
	jw_object_end(&w);
	wishing_done(request, response, 201, &body,
		arena_printf(request->arena, "/api/v1/maintenance/%lld", (long long)id), "window");
}

void api_window_open(
	struct site *site, const struct http_request *request, struct http_response *response)
{
	struct entries entries;
	struct wish_answer answer;
	if (!wishing_begin(site, request, window_rules, WINDOW_RULES, &entries, response))
		return;
	struct wish wish = {
		.kind = WISH_WINDOW, .by = request->user, .text = entries_text(&entries, "title")};
	const char *wrong =
		wish.text ? read_span(request, &entries, &wish) : "title: it is missing.";
	if (!wrong)
		wrong = read_scope(site, request, &entries, &wish);
	if (wrong) {
		problem_answer(site, request, response, 422, wrong);
		return;
	}
	if (wishing_grant(site, request, &wish, &answer, response))
		answer_opened(request, response, &wish, answer.window);
}

void api_window_end(
	struct site *site, const struct http_request *request, struct http_response *response)
{
	struct entries nothing;
	struct wish_answer answer;
	struct window_row row;
	uint64_t id = 0;
	if (!wishing_begin(site, request, NULL, 0, &nothing, response))
		return;
	bool known = find_window(site, request, &row, &id);
	if (!id) {
		problem_answer(site, request, response, 404, "There is no window of this id.");
		return;
	}
	struct wish wish = {.kind = WISH_WINDOW_END, .by = request->user, .window = (int64_t)id};
	wishing_ask(site, &wish, &answer);
	if (answer.end == WISH_UNKNOWN && known) /* but it is over */
		answer.end = WISH_REFUSED;
	if (answer.end != WISH_GRANTED) {
		wishing_refuse(site, request, &answer, response);
		return;
	}
	struct buf body = BUF_INIT(SITE_PAGE_MAX);
	struct json_writer w = json_writer_to(&body);
	jw_object(&w, NULL);
	jw_int(&w, "id", (int64_t)id);
	jw_text(&w, "done", "end");
	api_foreign(&w, "by", request->user, PEOPLE_NAME_MAX);
	jw_object_end(&w);
	wishing_done(request, response, 200, &body, NULL, "end");
}
