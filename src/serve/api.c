#include "serve/api.h"

#include "base/clock.h"
#include "serve/api_json.h"
#include "serve/people.h"
#include "serve/problem.h"
#include "serve/summary.h"

enum { STATUS_MOMENT_S = 60 }; /* how old the shares of uptime may be */

/* The newest result, in the words of the run-once report. */
static void put_last(struct json_writer *w, const struct board_check *check)
{
	if (!check->has_last) {
		jw_null(w, "last");
		return;
	}
	const struct board_last *last = &check->last;
	jw_object(w, "last");
	api_key(w, "result", last->key);
	api_time(w, "at", last->started_wall_us);
	jw_text(w, "outcome", outcome_name(last->outcome));
	jw_text(w, "reason", reason_name(last->reason));
	jw_bool(w, "known_issue", last->known_issue);
	jw_bool(w, "maintenance", last->maintenance);
	jw_text(w, "message", last->message);
	jw_seconds(w, "duration_s", last->duration_us);
	jw_seconds(w, "ttfb_s", last->timing.ttfb_us);
	jw_seconds(w, "ttft_s", last->ttft_us);
	jw_text(w, "integrity", last->is_stream ? integrity_name(last->integrity) : NULL);
	if (last->http_status)
		jw_int(w, "http_status", last->http_status);
	else
		jw_null(w, "http_status");
	jw_bool(w, "passed_after_retry", last->passed_after_retry);
	jw_text(w, "request_id", *last->request_id ? last->request_id : NULL);
	jw_object_end(w);
}

static void put_known_issue(struct json_writer *w, const struct board_definition *definition)
{
	if (!definition->known_issue) {
		jw_null(w, "known_issue");
		return;
	}
	jw_object(w, "known_issue");
	jw_text(w, "reason", definition->known_issue);
	api_time(w, "until", definition->known_until_wall_us);
	jw_object_end(w);
}

static void put_tags(struct json_writer *w, const struct board_definition *definition)
{
	jw_array(w, "tags");
	for (size_t i = 0; i < definition->n_tags; i++)
		jw_text(w, NULL, definition->tags[i]);
	jw_array_end(w);
}

static void put_uptime(struct json_writer *w, const struct site *site, size_t index)
{
	jw_object(w, "uptime");
	for (unsigned i = 0; i < WINDOW_COUNT; i++) {
		enum window window = (enum window)i;
		double share = history_window(site->history, index, window).uptime;
		if (share >= 0)
			jw_real(w, window_name(window), share);
		else
			jw_null(w, window_name(window));
	}
	jw_object_end(w);
}

static void put_percentiles(struct json_writer *w, const struct site *site, size_t index)
{
	struct window_sums sums[WINDOW_COUNT];
	for (unsigned i = 0; i < WINDOW_COUNT; i++)
		sums[i] = history_window(site->history, index, (enum window)i);
	jw_object(w, "duration");
	for (unsigned i = 0; i < WINDOW_COUNT; i++) {
		jw_object(w, window_name((enum window)i));
		api_percentiles(w, sums[i].duration);
		jw_object_end(w);
	}
	jw_object_end(w);
	jw_object(w, "ttft");
	for (unsigned i = 0; i < WINDOW_COUNT; i++) {
		jw_object(w, window_name((enum window)i));
		api_percentiles(w, sums[i].ttft);
		jw_object_end(w);
	}
	jw_object_end(w);
}

static void put_pause(struct json_writer *w, const struct people *people, size_t index,
	const struct board_check *check)
{
	const struct pause_row *pause = check->paused ? people_pause(people, index) : NULL;
	api_time(w, "paused_at", check->paused ? check->since_wall_us : 0);
	if (pause && *pause->by)
		api_foreign(w, "paused_by", pause->by, PEOPLE_NAME_MAX);
	else
		jw_null(w, "paused_by");
}

/* The maintenance window that it is in. */
static void put_window(struct json_writer *w, const struct people *people, size_t index)
{
	const struct open_window *window = people_window(people, index);
	if (!window) {
		jw_null(w, "maintenance");
		return;
	}
	jw_object(w, "maintenance");
	if (window->id)
		jw_int(w, "window", window->id);
	else
		jw_null(w, "window");
	api_foreign(w, "title", window->title, PEOPLE_TITLE_MAX);
	api_time(w, "from", window->from_wall_us);
	api_time(w, "until", window->until_wall_us);
	jw_object_end(w);
}

/* The members of a check's object that every list has. */
static void put_state(struct json_writer *w, const struct site *site, const struct board_view *view,
	const struct people *people, size_t index)
{
	const struct board_check *check = &view->checks[index];
	const struct board_definition *definition = check->definition;
	jw_text(w, "id", definition->id);
	jw_text(w, "title", definition->title);
	jw_text(w, "service", view->plan->services[definition->service].id);
	put_tags(w, definition);
	jw_bool(w, "enabled", definition->enabled);
	jw_bool(w, "paused", check->paused);
	put_pause(w, people, index, check);
	put_window(w, people, index);
	jw_bool(w, "running", check->running);
	jw_text(w, "state", health_name(check->health.state));
	jw_bool(w, "flapping", health_flaps(check->health));
	api_time(w, "since", check->since_wall_us);
	api_key(w, "incident", check->incident);
	jw_bool(w, "acknowledged", check->acknowledged);
	put_known_issue(w, definition);
	put_last(w, check);
	api_time(w, "next_at", check->next_wall_us);
	put_uptime(w, site, index);
	put_percentiles(w, site, index);
	api_slo(w, "slo", &definition->slo, check->slo);
	jw_int(w, "missed", (int64_t)check->missed);
}

static void put_definition(
	struct json_writer *w, const struct board_view *view, const struct board_check *check)
{
	const struct board_definition *definition = check->definition;
	jw_text(w, "description", definition->description);
	jw_text(w, "runbook", definition->runbook);
	jw_text(w, "spec", definition->spec);
	jw_text(w, "request", *definition->asks ? definition->asks : NULL);
	jw_int(w, "steps", definition->n_steps);
	jw_seconds(w, "every_s", definition->every_us ? definition->every_us : -1);
	jw_seconds(w, "timeout_s", definition->timeout_us);
	jw_array(w, "depends_on");
	for (size_t i = 0; i < definition->n_depends_on; i++)
		jw_text(w, NULL, view->plan->checks[definition->depends_on[i]].id);
	jw_array_end(w);
}

static void put_demands(struct json_writer *w, const struct board_definition *definition)
{
	jw_array(w, "expectations");
	for (size_t i = 0; i < definition->n_demands; i++) {
		const struct board_demand *demand = &definition->demands[i];
		jw_object(w, NULL);
		if (demand->step)
			jw_int(w, "step", demand->step);
		else
			jw_null(w, "step");
		jw_text(w, "subject", demand->subject);
		jw_text(w, "expected", demand->expected);
		jw_text(w, "otherwise", outcome_name(demand->severity));
		jw_object_end(w);
	}
	jw_array_end(w);
}

static void put_recent(struct json_writer *w, const struct board_check *check)
{
	jw_array(w, "recent");
	for (size_t i = 0; i < check->n_recent; i++) {
		jw_object(w, NULL);
		api_key(w, "result", check->recent[i].key);
		jw_text(w, "outcome", outcome_name(check->recent[i].outcome));
		jw_text(w, "reason", reason_name(check->recent[i].reason));
		jw_object_end(w);
	}
	jw_array_end(w);
}

static void put_summary(struct json_writer *w, const struct summary *summary)
{
	jw_object(w, "summary");
	jw_int(w, "total", (int64_t)summary->total);
	for (unsigned state = 0; state < HEALTH_COUNT; state++)
		jw_int(w, health_name((enum health_state)state), (int64_t)summary->counts[state]);
	jw_int(w, "skipped", (int64_t)summary->skipped);
	jw_int(w, "known_issues", (int64_t)summary->known);
	jw_int(w, "off", (int64_t)summary->off);
	jw_object_end(w);
}

static void put_services(struct json_writer *w, const struct board_view *view, int64_t now_wall_us)
{
	jw_array(w, "services");
	for (size_t i = 0; i < view->plan->n_services; i++) {
		jw_object(w, NULL);
		jw_text(w, "id", view->plan->services[i].id);
		jw_text(w, "title", view->plan->services[i].title);
		jw_text(w, "state", health_name(summary_of(view, i, now_wall_us).state));
		jw_array(w, "checks");
		for (size_t j = 0; j < view->plan->n_checks; j++)
			if (view->plan->checks[j].service == i)
				jw_text(w, NULL, view->plan->checks[j].id);
		jw_array_end(w);
		jw_object_end(w);
	}
	jw_array_end(w);
}

static void put_status(struct buf *out, const struct site *site, const struct board_view *view,
	const struct people *people, int64_t now_wall_us)
{
	struct summary summary = summary_of(view, SUMMARY_ALL, now_wall_us);
	struct buf sentence = BUF_INIT(SITE_PAGE_MAX);
	summary_sentence(&sentence, view, &summary, now_wall_us);
	struct json_writer w = json_writer_to(out);
	jw_object(&w, NULL);
	jw_text(&w, "state", health_name(summary.state));
	jw_str(&w, "sentence", buf_str(&sentence));
	jw_text(&w, "mode", view->plan->mode);
	jw_bool(&w, "demo", view->plan->demo);
	if (view->plan->demo)
		api_time(&w, "generated_until", view->self.generated_wall_us);
	api_time(&w, "updated_at", view->updated_wall_us);
	jw_text(&w, "version", OUTRIDER_VERSION);
	put_summary(&w, &summary);
	put_services(&w, view, now_wall_us);
	jw_array(&w, "checks");
	for (size_t i = 0; i < view->plan->n_checks; i++) {
		jw_object(&w, NULL);
		put_state(&w, site, view, people, i);
		jw_object_end(&w);
	}
	jw_array_end(&w);
	jw_object_end(&w);
	buf_fini(&sentence);
}

void api_status(
	struct site *site, const struct http_request *request, struct http_response *response)
{
	int64_t moment = request->now_wall_us / (STATUS_MOMENT_S * US_PER_S);
	if (site_answer_kept(site, &site->status_json[request->internals], moment, response))
		return;
	const struct board_view *view = site_view(site, request);
	struct buf body = BUF_INIT(SITE_PAGE_MAX);
	const struct people *people = people_of(site, request, view);
	put_status(&body, site, view, people, request->now_wall_us);
	api_answer_json(response, 200, &body);
	site_keep(site, &site->status_json[request->internals], moment, view->generation, response);
}

void api_checks(
	struct site *site, const struct http_request *request, struct http_response *response)
{
	const struct board_view *view = site_view(site, request);
	const struct people *people = people_of(site, request, view);
	struct buf body = BUF_INIT(SITE_PAGE_MAX);
	struct json_writer w = json_writer_to(&body);
	jw_object(&w, NULL);
	jw_array(&w, "checks");
	for (size_t i = 0; i < view->plan->n_checks; i++) {
		jw_object(&w, NULL);
		put_state(&w, site, view, people, i);
		put_definition(&w, view, &view->checks[i]);
		jw_object_end(&w);
	}
	jw_array_end(&w);
	jw_object_end(&w);
	api_answer_json(response, 200, &body);
}

void api_check(
	struct site *site, const struct http_request *request, struct http_response *response)
{
	const struct board_view *view = site_view(site, request);
	size_t index = board_find(view->plan, request->segments[3]);
	if (index == view->plan->n_checks) {
		problem_answer(site, request, response, 404, "There is no check of this id.");
		return;
	}
	const struct people *people = people_of(site, request, view);
	struct buf body = BUF_INIT(SITE_PAGE_MAX);
	struct json_writer w = json_writer_to(&body);
	jw_object(&w, NULL);
	put_state(&w, site, view, people, index);
	put_definition(&w, view, &view->checks[index]);
	put_demands(&w, view->checks[index].definition);
	put_recent(&w, &view->checks[index]);
	jw_object_end(&w);
	api_answer_json(response, 200, &body);
}
