#include "serve/page_status.h"

#include "base/clock.h"
#include "base/fold.h"
#include "serve/auth.h"
#include "serve/incident_parts.h"
#include "serve/page_parts.h"
#include "serve/planned.h"
#include "serve/strip.h"
#include "serve/summary.h"
#include "serve/undelivered.h"
#include "serve/words.h"

#include <stdlib.h>

enum {
	PAGE_MOMENT_S = 10, /* how old "for 4 min" may be */
	PAGE_MESSAGE_MAX = 280, /* of what a service said; the API has all of it */
	PAGE_REFRESH_S = 30,
	PAGE_WORDS_MAX = 8, /* that are looked for; more are left out */
};

#define PAGE_BUDGET_LOW 0.25 /* of an error budget that is worth a word */

/* What a reader looks for; with scripts web/ts/filter.ts does it. */
struct sought {
	struct str words[PAGE_WORDS_MAX];
	size_t n;
	size_t found; /* checks so far */
};

static struct sought sought_of(const char *text)
{
	struct sought sought = {0};
	struct str rest = str_trim(str_of(text));
	while (rest.n && sought.n < PAGE_WORDS_MAX) {
		size_t n = 0;
		while (n < rest.n && rest.p[n] != ' ')
			n++;
		sought.words[sought.n++] = (struct str){rest.p, n};
		rest = str_trim(str_from(rest, n));
	}
	return sought;
}

/* Whether a row has all of them. */
static bool has_sought(const struct sought *sought, const struct value *row)
{
	static const struct str members[] = {{"title", 5}, {"id", 2}, {"word", 4}, {"known", 5}};
	for (size_t i = 0; i < sought->n; i++) {
		const struct value *note = value_get(row, STR("note"));
		const struct value *said = note ? value_get(note, STR("text")) : NULL;
		struct str place;
		bool has = said && fold_find(said->text, sought->words[i], &place);
		for (size_t j = 0; !has && j < sizeof(members) / sizeof(members[0]); j++) {
			const struct value *member = value_get(row, members[j]);
			has = member && fold_find(member->text, sought->words[i], &place);
		}
		if (!has)
			return false;
	}
	return true;
}

static const char *note_word(const struct board_last *last)
{
	if (last->outcome == OUTCOME_FAIL && last->reason == REASON_MASKED && *last->message)
		return "Failed, masked";
	switch (last->outcome) {
	case OUTCOME_PASS:
	case OUTCOME_COUNT: return "";
	case OUTCOME_WARN: return "Warned";
	case OUTCOME_FAIL: return "Failed";
	case OUTCOME_SKIP: return "Skipped";
	}
	return "";
}

/* What the newest result said, when it was not a plain pass. */
static void add_note(struct arena *arena, struct value *row, const struct board_check *check,
	int64_t now_wall_us)
{
	const struct board_last *last = &check->last;
	if (check_is_known_issue(check, now_wall_us))
		value_text(arena, row, "known", check->definition->known_issue);
	bool passed_over = last->outcome == OUTCOME_SKIP && check->health.state == HEALTH_UP;
	if (!check->has_last || last->outcome == OUTCOME_PASS || passed_over)
		return;
	const char *said = *last->message ? last->message : words_reason(last->reason);
	struct value *note = value_member(arena, row, "note");
	value_text(arena, note, "kind", outcome_name(last->outcome));
	value_text(arena, note, "word", note_word(last));
	value_text(arena, note, "text", words_inert(arena, said, PAGE_MESSAGE_MAX));
}

/* Of an error budget only when little of it is left. */
static void add_budget(struct arena *arena, struct value *row, const struct board_check *check)
{
	const struct slo *slo = &check->definition->slo;
	const struct slo_report *report = check->slo;
	if (!check->definition->enabled || !report || !(report->budget_left < PAGE_BUDGET_LOW))
		return;
	const char *window = words_elapsed(arena, slo->window_us);
	if (report->budget_left <= 0) {
		value_text(arena, row, "budget",
			arena_printf(arena, "spent. Of %s %s were good; the objective is %s.",
				window, words_percent(arena, report->availability),
				words_percent(arena, slo->objective)));
		return;
	}
	const char *left = arena_printf(
		arena, "%s of %s left", words_percent(arena, report->budget_left), window);
	if (report->exhausted_in_us >= 0)
		left = arena_printf(arena, "%s, at this rate for %s", left,
			words_elapsed(arena, report->exhausted_in_us));
	value_text(arena, row, "budget", left);
}

static void add_numbers(struct arena *arena, struct value *row, const struct site *site,
	const struct board_check *check, size_t index)
{
	bool ran = check->has_last && check->last.outcome != OUTCOME_SKIP;
	struct window_sums day = history_window(site->history, index, WINDOW_24H);
	struct history_days days;
	bool known = history_days(site->history, index, &days);
	value_text(arena, row, "latency", words_latency(arena, ran ? check->last.duration_us : -1));
	value_text(arena, row, "ttft", words_latency(arena, ran ? check->last.ttft_us : -1));
	value_text(arena, row, "p50", words_latency(arena, day.duration.p50_us));
	value_text(arena, row, "p99", words_latency(arena, day.duration.p99_us));
	value_text(arena, row, "uptime", words_percent(arena, day.uptime));
	strip_days_add(arena, row, known ? &days : NULL);
}

static struct value *add_check(struct arena *arena, struct value *rows, const struct site *site,
	const struct board_view *view, size_t index, int64_t now_wall_us)
{
	const struct board_check *check = &view->checks[index];
	struct value *row = value_item(arena, rows);
	value_text(arena, row, "id", check->definition->id);
	value_text(arena, row, "href", part_check_path(arena, "/checks/", check->definition->id));
	value_text(arena, row, "title", check->definition->title);
	face_add(arena, row, face_of_check(check, now_wall_us));
	add_note(arena, row, check, now_wall_us);
	add_budget(arena, row, check);
	value_bool(arena, row, "flapping", health_flaps(check->health));
	if (check->since_wall_us) {
		part_time(arena, row, "since", check->since_wall_us);
		value_text(arena, row, "for",
			words_elapsed(arena, now_wall_us - check->since_wall_us));
	}
	add_numbers(arena, row, site, check, index);
	strip_add(arena, row, check);
	return row;
}

struct place {
	unsigned urgency;
	size_t index;
};

/* The most urgent first, then in the plan's order. */
static int place_order(const void *a, const void *b)
{
	const struct place *left = a;
	const struct place *right = b;
	if (left->urgency != right->urgency)
		return left->urgency < right->urgency ? -1 : 1;
	return left->index < right->index ? -1 : left->index > right->index;
}

static void add_service(struct arena *arena, struct value *services, const struct site *site,
	const struct board_view *view, struct sought *sought, size_t service, int64_t now_wall_us)
{
	size_t before = sought->found;
	struct summary summary = summary_of(view, service, now_wall_us);
	if (summary.total + summary.off == 0)
		return;
	struct value *group = value_item(arena, services);
	value_text(arena, group, "id", view->plan->services[service].id);
	value_text(arena, group, "title", view->plan->services[service].title);
	face_add(arena, group, face_of_state(summary.state));
	value_text(arena, group, "tally",
		arena_printf(arena, "%zu of %zu up", summary.counts[HEALTH_UP], summary.total));
	struct place *places = ARENA_ARRAY(arena, view->plan->n_checks, struct place);
	size_t n = 0;
	for (size_t i = 0; i < view->plan->n_checks; i++)
		if (view->plan->checks[i].service == service)
			places[n++] =
				(struct place){check_urgency(&view->checks[i], now_wall_us), i};
	qsort(places, n, sizeof(*places), place_order);
	struct value *rows = value_list(arena, group, "checks");
	for (size_t i = 0; i < n; i++) {
		struct value *row =
			add_check(arena, rows, site, view, places[i].index, now_wall_us);
		bool found = has_sought(sought, row);
		value_bool(arena, row, "hidden", !found);
		sought->found += found;
	}
	value_bool(arena, group, "hidden", sought->found == before);
}

static void add_services(struct arena *arena, struct value *root, const struct site *site,
	const struct board_view *view, struct sought *sought, int64_t now_wall_us)
{
	size_t n = view->plan->n_services;
	struct place *places = ARENA_ARRAY(arena, n, struct place);
	for (size_t i = 0; i < n; i++) {
		enum health_state state = summary_of(view, i, now_wall_us).state;
		places[i] = (struct place){state_urgency(state), i};
	}
	qsort(places, n, sizeof(*places), place_order);
	struct value *services = value_list(arena, root, "services");
	for (size_t i = 0; i < n; i++)
		add_service(arena, services, site, view, sought, places[i].index, now_wall_us);
}

static void add_count(struct arena *arena, struct value *counts, struct face face, size_t n)
{
	if (n == 0)
		return;
	struct value *count = value_item(arena, counts);
	face_add(arena, count, face);
	value_int(arena, count, "n", (int64_t)n);
}

static void add_counts(struct arena *arena, struct value *root, const struct summary *summary)
{
	static const enum health_state order[] = {
		HEALTH_DOWN, HEALTH_DEGRADED, HEALTH_UP, HEALTH_MAINTENANCE, HEALTH_UNKNOWN};
	struct value *counts = value_list(arena, root, "counts");
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		size_t skipped = order[i] == HEALTH_UNKNOWN ? summary->skipped : 0;
		size_t n = summary->counts[order[i]] - skipped;
		add_count(arena, counts, face_of_state(order[i]), n);
	}
	add_count(arena, counts, (struct face){"off", "Skipped"}, summary->skipped);
	add_count(arena, counts, (struct face){"known", "Known issue"}, summary->known);
	add_count(arena, counts, (struct face){"off", "Off"}, summary->off);
}

/* For the tab: "2 down". */
static const char *headline(struct arena *arena, const struct summary *summary)
{
	size_t down = summary->counts[HEALTH_DOWN];
	size_t degraded = summary->counts[HEALTH_DEGRADED];
	if (down)
		return arena_printf(arena, "%zu down", down);
	if (degraded)
		return arena_printf(arena, "%zu degraded", degraded);
	return summary->state == HEALTH_UP ? "All up" : "Status";
}

static struct value *fill(
	struct site *site, const struct http_request *request, const struct board_view *view)
{
	struct arena *arena = request->arena;
	int64_t now_wall_us = request->now_wall_us;
	struct summary summary = summary_of(view, SUMMARY_ALL, now_wall_us);
	struct buf sentence = BUF_INIT(SITE_PAGE_MAX);
	summary_sentence(&sentence, view, &summary, now_wall_us);
	struct value *root = value_object(arena);
	value_text(arena, root, "title", headline(arena, &summary));
	value_str(arena, root, "sentence", arena_str(arena, buf_str(&sentence)));
	face_add(arena, root, face_of_state(summary.state));
	part_layout(arena, root, view);
	part_stale(arena, root, view, now_wall_us);
	planned_add(root, site, request, view->plan, PLANNED_ALL);
	value_bool(arena, root, "at_status", true);
	undelivered_add(root, site, request);
	bool done = part_done(root, request);
	if (!planned_manage(root, site, request, view->plan, PLANNED_ALL))
		value_text(arena, root, "refresh",
			arena_printf(arena, done ? "%d; url=/" : "%d", PAGE_REFRESH_S));
	add_counts(arena, root, &summary);
	incidents_open_add(root, site, request, view);
	struct sought sought = sought_of(http_param(request, "q"));
	add_services(arena, root, site, view, &sought, now_wall_us);
	value_text(arena, root, "sought", http_param(request, "q"));
	value_bool(arena, root, "nothing", sought.n && !sought.found);
	buf_fini(&sentence);
	return root;
}

void page_status(
	struct site *site, const struct http_request *request, struct http_response *response)
{
	int64_t moment = request->now_wall_us / (PAGE_MOMENT_S * US_PER_S);
	bool usual = !http_param(request, "done") && !http_param(request, "maintenance") &&
		     !http_param(request, "q");
	if (usual &&
		site_answer_kept(site, &site->status_page[request->internals], moment, response))
		return;
	const struct board_view *view = site_view(site, request);
	struct value *root = fill(site, request, view);
	struct buf body = BUF_INIT(SITE_PAGE_MAX);
	site_page(site, "status", root, &body, request->arena);
	http_answer(response, 200, "text/html; charset=utf-8", &body);
	if (usual)
		site_keep(site, &site->status_page[request->internals], moment, view->generation,
			response);
}

/* As a page asks for it: "/favicon.svg?down". */
static enum health_state asked_state(const struct http_request *request)
{
	unsigned state = 0;
	while (state < HEALTH_COUNT &&
		!http_param(request, face_of_state((enum health_state)state).kind))
		state++;
	return state < HEALTH_COUNT ? (enum health_state)state : HEALTH_UNKNOWN;
}

/* Everybody gets one, but who may not see how things stand gets the colour that they ask for. */
void page_favicon(
	struct site *site, const struct http_request *request, struct http_response *response)
{
	const struct board_view *view = board_view(site->board, request->arena, BOARD_STATE);
	struct summary summary = summary_of(view, SUMMARY_ALL, request->now_wall_us);
	struct value *root = value_object(request->arena);
	bool told = request->internals || auth_ways(site->auth).is_public;
	enum health_state state = told ? summary.state : asked_state(request);
	value_bool(request->arena, root, face_of_state(state).kind, true);
	struct buf body = BUF_INIT(SITE_PAGE_MAX);
	site_render(site, "favicon", root, &body);
	http_answer(response, 200, "image/svg+xml", &body);
}
