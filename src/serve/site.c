#include "serve/site.h"

#include "base/asset.h"
#include "base/memory.h"
#include "serve/auth.h"
#include "serve/conceal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static const struct {
	const char *name, *path;
} template_files[] = {
	{"layout", "web/layout.html"},
	{"glyphs", "web/glyphs.html"},
	{"status", "web/status.html"},
	{"maintenance", "web/maintenance.html"},
	{"undelivered", "web/undelivered.html"},
	{"incidents", "web/incidents.html"},
	{"incident", "web/incident.html"},
	{"findings", "web/findings.html"},
	{"check", "web/check.html"},
	{"check_head", "web/check_head.html"},
	{"check_result", "web/check_result.html"},
	{"check_timeline", "web/check_timeline.html"},
	{"check_exchange", "web/check_exchange.html"},
	{"check_charts", "web/check_charts.html"},
	{"check_history", "web/check_history.html"},
	{"problem", "web/problem.html"},
	{"favicon", "web/favicon.svg"},
	{"badge", "web/badge.svg"},
	{"feed", "web/feed.xml"},
};

static bool load_template(
	struct site *site, const char *name, const char *path, struct error *error)
{
	struct str source = asset_find(path);
	if (!source.p)
		return error_set(error, "%s is not built in", path);
	struct mustache *compiled = mustache_new(source, error);
	if (!compiled)
		return error_wrap(error, "%s", path);
	site->templates[site->n_templates++] = (struct site_template){name, compiled};
	return true;
}

static bool load(struct site *site, struct error *error)
{
	for (size_t i = 0; i < sizeof(template_files) / sizeof(template_files[0]); i++)
		if (!load_template(site, template_files[i].name, template_files[i].path, error))
			return false;
	return files_load(&site->files, error);
}

struct site *site_new(
	struct board *board, const char *database, struct wish_granter wishes, struct error *error)
{
	struct site *site = MEM_NEW(struct site);
	site->board = board;
	site->wishes = wishes;
	site->auth = auth_new();
	site->history = history_new(database);
	site->objectives = objectives_new();
	if (load(site, error))
		return site;
	site_free(site);
	return NULL;
}

void site_free(struct site *site)
{
	if (!site)
		return;
	for (size_t i = 0; i < site->n_templates; i++)
		mustache_free(site->templates[i].compiled);
	files_fini(&site->files);
	site_forget(site);
	auth_free(site->auth);
	objectives_free(site->objectives);
	history_free(site->history);
	arena_fini(&site->scratch);
	free(site);
}

static void fill_objectives(struct site *site, struct board_view *view, int64_t now_wall_us)
{
	objectives_refresh(site->objectives, site->board, view, site->history, now_wall_us);
	objectives_fill(site->objectives, view);
}

struct board_view *site_view(struct site *site, const struct http_request *request)
{
	struct board_view *view = board_view(site->board, request->arena, BOARD_STATE);
	history_refresh(site->history, view, request->now_wall_us);
	history_fill(site->history, request->arena, view);
	fill_objectives(site, view, request->now_wall_us);
	conceal_checks(request, view);
	return view;
}

struct board_view *site_view_metrics(struct site *site, struct arena *arena, int64_t now_wall_us)
{
	struct board_view *view = board_view(site->board, arena, BOARD_METRICS);
	fill_objectives(site, view, now_wall_us);
	for (size_t i = 0; i < view->plan->n_checks; i++) {
		if (!view->checks[i].slo)
			continue;
		struct slo_report *report = ARENA_NEW(arena, struct slo_report);
		*report = *view->checks[i].slo; /* the view outlives this turn of the thread */
		view->checks[i].slo = report;
	}
	return view;
}

void site_tick(struct site *site, int64_t now_wall_us)
{
	objectives_refresh(site->objectives, site->board, NULL, site->history, now_wall_us);
	history_tick(site->history, site->board, now_wall_us);
}

static const struct mustache *find_template(const struct site *site, struct str name)
{
	for (size_t i = 0; i < site->n_templates; i++)
		if (str_eq(name, str_of(site->templates[i].name)))
			return site->templates[i].compiled;
	return NULL;
}

struct page {
	const struct site *site;
	const char *content;
};

static const struct mustache *find_partial(void *ctx, struct str name)
{
	const struct page *page = ctx;
	bool content = page->content && str_eq(name, STR("content"));
	return find_template(page->site, content ? str_of(page->content) : name);
}

/* What pages of a kind need beside what all do; NULL: nothing. */
static const char *sheet_of(const struct site *site, const char *page)
{
	static const struct {
		const char *page, *sheet;
	} sheets[] = {{"status", "status.css"}, {"check", "check.css"},
		{"incidents", "incident.css"}, {"incident", "incident.css"}};
	for (size_t i = 0; i < sizeof(sheets) / sizeof(sheets[0]); i++)
		if (strcmp(page, sheets[i].page) == 0)
			return files_name(&site->files, sheets[i].sheet);
	return NULL;
}

void site_page(struct site *site, const char *name, struct value *root, struct buf *out,
	struct arena *arena)
{
	struct page page = {site, name};
	const struct mustache_manner manner = {html_escape, find_partial, &page};
	value_text(arena, root, "style", files_name(&site->files, "base.css"));
	value_text(arena, root, "script", files_name(&site->files, "app.js"));
	value_text(arena, root, "page_style", sheet_of(site, name));
	value_text(arena, root, "chart_script", files_name(&site->files, "chart.js"));
	value_text(arena, root, "version", OUTRIDER_VERSION);
	value_bool(arena, root, "has_users",
		auth_ways(site->auth).users); /* no browser sends tokens */
	mustache_render(find_template(site, STR("layout")), root, &manner, out);
}

void site_render(struct site *site, const char *name, const struct value *root, struct buf *out)
{
	struct page page = {site, NULL};
	const struct mustache_manner manner = {html_escape, find_partial, &page};
	mustache_render(find_template(site, str_of(name)), root, &manner, out);
}

bool site_answer_kept(struct site *site, struct rendering *rendering, int64_t moment,
	struct http_response *response)
{
	bool current = rendering->payload && rendering->moment == moment &&
		       !history_behind(site->history) &&
		       rendering->generation == board_generation(site->board) &&
		       rendering->history == history_generation(site->history) &&
		       rendering->objectives == objectives_generation(site->objectives);
	if (!current)
		return false;
	response->status = 200;
	response->payload = payload_hold(rendering->payload);
	return true;
}

void site_forget(struct site *site)
{
	for (int internals = 0; internals < 2; internals++) {
		struct rendering *kept[] = {
			&site->status_page[internals], &site->status_json[internals]};
		for (size_t i = 0; i < 2; i++) {
			payload_drop(kept[i]->payload);
			kept[i]->payload = NULL;
		}
	}
}

void site_keep(struct site *site, struct rendering *rendering, int64_t moment, uint64_t generation,
	const struct http_response *response)
{
	payload_drop(rendering->payload);
	*rendering = (struct rendering){
		.payload = payload_hold(response->payload),
		.generation = generation,
		.history = history_generation(site->history),
		.objectives = objectives_generation(site->objectives),
		.moment = moment,
	};
}
