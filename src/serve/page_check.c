#include "serve/page_check.h"

#include "serve/check_page.h"
#include "serve/page_parts.h"
#include "serve/planned.h"
#include "serve/problem.h"
#include "serve/words.h"

/* What is wrong with the question, or NULL. */
static const char *read_question(struct check_page *page)
{
	const char *result = http_param(page->request, "result");
	const char *wrong = check_range_read(page->request, &page->range);
	if (!wrong)
		wrong = results_question(
			page->request, CHECK_RESULTS, CHECK_RESULTS, &page->question);
	if (!wrong && result && !words_parse_key(result, &page->result))
		wrong = "The parameter result is the id of a result.";
	return wrong;
}

/* What failed last comes before how it did over time, where that matters now. */
static bool explains_first(const struct check_page *page)
{
	enum health_state state = page->check->health.state;
	bool failed = page->check->has_last && page->check->last.outcome == OUTCOME_FAIL;
	return page->result || failed || state == HEALTH_DOWN || state == HEALTH_DEGRADED;
}

static void fill_head(const struct check_page *page, struct value *root)
{
	value_text(page->arena, root, "title", page->check->definition->title);
	part_layout(page->arena, root, page->view);
	part_done(root, page->request);
	value_text(page->arena, root, "only", page->path + strlen("/checks/")); /* its events */
	check_head_add(page, root);
}

static bool fill(const struct check_page *page, struct value *root)
{
	fill_head(page, root);
	value_bool(page->arena, root, "explains_first", explains_first(page));
	if (!check_result_add(page, root))
		return false;
	check_charts_add(page, root);
	check_history_add(page, root);
	planned_add(root, page->site, page->request, page->view->plan, page->index);
	planned_manage(root, page->site, page->request, page->view->plan, page->index);
	return true;
}

/* Nobody runs it; what it found may be kept. */
static void answer_without(const struct check_page *page, struct http_response *response)
{
	const struct http_request *request = page->request;
	const char *id = request->segments[1];
	struct reader *reader = history_reader(page->site->history, request->now_wall_us);
	uint64_t newest = reader ? reader_newest(reader, id, request->now_wall_us) : 0;
	if (!newest) {
		problem_answer(page->site, request, response, 404, "There is no check of this id.");
		return;
	}
	const char *path = part_check_path(page->arena, "/api/v1/checks/", id);
	problem_answer_results(page->site, request, response, 404,
		"This check was removed from the configuration, or has another id now. What it "
		"found "
		"is kept for a while.",
		arena_printf(page->arena, "%s/results", path));
}

/* Finds the check, and reads what is asked. False: it is answered. */
static bool begin(struct check_page *page, struct http_response *response)
{
	const struct http_request *request = page->request;
	page->view = site_view(page->site, request);
	page->index = board_find(page->view->plan, request->segments[1]);
	if (page->index == page->view->plan->n_checks) {
		answer_without(page, response);
		return false;
	}
	const char *wrong = read_question(page);
	if (wrong) {
		problem_answer(page->site, request, response, 400, wrong);
		return false;
	}
	page->check = &page->view->checks[page->index];
	if (page->range.name)
		check_range_fit(&page->range, page->check->definition->every_us);
	page->path = part_check_path(page->arena, "/checks/", page->check->definition->id);
	page->api_path =
		part_check_path(page->arena, "/api/v1/checks/", page->check->definition->id);
	return true;
}

static void finish(const struct check_page *page, struct value *root,
	struct http_response *response, unsigned status)
{
	struct buf body = BUF_INIT(SITE_PAGE_MAX);
	site_page(page->site, "check", root, &body, page->arena);
	http_answer(response, status, "text/html; charset=utf-8", &body);
}

void page_check(
	struct site *site, const struct http_request *request, struct http_response *response)
{
	struct check_page page = {.site = site, .request = request, .arena = request->arena};
	struct value *root = value_object(page.arena);
	if (!begin(&page, response))
		return;
	page.reader = history_reader(site->history, request->now_wall_us);
	if (!fill(&page, root))
		problem_answer(site, request, response, 404,
			"There is no result of this id, or it is no longer kept.");
	else
		finish(&page, root, response, 200);
}

void page_check_bare(
	struct site *site, const struct http_request *request, struct http_response *response)
{
	struct check_page page = {.site = site, .request = request, .arena = request->arena};
	struct value *root = value_object(page.arena);
	if (!begin(&page, response))
		return;
	fill_head(&page, root);
	value_bool(page.arena, root, "unreadable", true);
	finish(&page, root, response, 503);
}
