#include "serve/page_incidents.h"

#include "serve/conceal.h"
#include "serve/incident_parts.h"
#include "serve/page_parts.h"
#include "serve/planned.h"
#include "serve/problem.h"
#include "serve/words.h"

enum {
	INCIDENTS_SHOWN = 40, /* of one page, beside those that are open */
	INCIDENTS_OPEN_MAX = 200,
	INCIDENTS_REFRESH_S = 30,
};

static const struct {
	const char *name, *label;
} filters[] = {
	[INCIDENTS_ALL] = {"all", "All"},
	[INCIDENTS_OPEN] = {"open", "Open"},
	[INCIDENTS_RESOLVED] = {"resolved", "Resolved"},
};

struct page {
	struct site *site;
	const struct http_request *request;
	struct arena *arena;
	const struct board_view *view;
	struct reader *reader; /* NULL: no history */
	enum incident_filter filter;
	uint64_t before; /* 0: from the newest */
};

/* What is wrong with the question, or NULL. */
static const char *read_question(struct page *page)
{
	const char *state = http_param(page->request, "state");
	const char *before = http_param(page->request, "before");
	bool known = !state;
	for (unsigned i = 0; state && i < sizeof(filters) / sizeof(filters[0]); i++)
		if (strcmp(state, filters[i].name) == 0) {
			page->filter = (enum incident_filter)i;
			known = true;
		}
	if (!known)
		return "The parameter state is open, resolved or all.";
	if (before && (!words_parse_key(before, &page->before) || !page->before))
		return "The parameter before is the id of an incident.";
	return NULL;
}

static const char *path_of(const struct page *page, enum incident_filter filter, uint64_t before)
{
	const char *state = filter == INCIDENTS_ALL ? "" : filters[filter].name;
	return arena_printf(page->arena, "/incidents%s%s%s%s%s", *state || before ? "?" : "",
		*state ? arena_printf(page->arena, "state=%s", state) : "",
		*state && before ? "&" : "", before ? "before=" : "",
		before ? words_key(page->arena, before) : "");
}

static void add_filters(const struct page *page, struct value *root)
{
	struct value *list = value_list(page->arena, root, "filters");
	for (unsigned i = 0; i < sizeof(filters) / sizeof(filters[0]); i++) {
		struct value *item = value_item(page->arena, list);
		value_text(page->arena, item, "label", filters[i].label);
		value_text(page->arena, item, "href", path_of(page, (enum incident_filter)i, 0));
		value_bool(page->arena, item, "here", i == page->filter);
	}
}

static struct value *add_group(const struct page *page, struct value *groups, const char *title)
{
	struct value *group = value_item(page->arena, groups);
	value_text(page->arena, group, "name", title);
	return value_list(page->arena, group, "rows");
}

static size_t ask(const struct page *page, enum incident_filter filter, uint64_t before,
	size_t limit, struct incident_row **rows)
{
	*rows = NULL;
	if (!page->reader)
		return 0;
	size_t n = reader_incidents(page->reader, page->arena, filter, before, limit, rows);
	conceal_incidents(page->request, *rows, n);
	return n;
}

static void add_row(const struct page *page, struct value *rows, const struct incident_row *row)
{
	incident_row_add(page->arena, value_item(page->arena, rows), page->view->plan, row,
		page->request->now_wall_us);
}

static void add_open(const struct page *page, struct value *groups)
{
	struct incident_row *rows;
	size_t n = ask(page, INCIDENTS_OPEN, 0, INCIDENTS_OPEN_MAX, &rows);
	if (n == 0)
		return;
	struct value *list = add_group(page, groups, "Open");
	for (size_t i = 0; i < n; i++)
		add_row(page, list, &rows[i]);
}

static const char *day_of(struct arena *arena, int64_t wall_us)
{
	struct value *time = value_object(arena);
	part_time(arena, time, "at", wall_us);
	return arena_str(arena, value_get(value_get(time, STR("at")), STR("day"))->text).p;
}

/* By the day on which they began. */
static void add_resolved(const struct page *page, struct value *root, struct value *groups)
{
	struct incident_row *rows;
	size_t n = ask(page, INCIDENTS_RESOLVED, page->before, INCIDENTS_SHOWN + 1, &rows);
	const char *day = "";
	struct value *list = NULL;
	for (size_t i = 0; i < n && i < INCIDENTS_SHOWN; i++) {
		const char *its_day = day_of(page->arena, rows[i].opened_wall_us);
		if (!list || strcmp(its_day, day) != 0)
			list = add_group(page, groups, its_day);
		day = its_day;
		add_row(page, list, &rows[i]);
	}
	if (n > INCIDENTS_SHOWN)
		value_text(page->arena, root, "older",
			path_of(page, page->filter, rows[INCIDENTS_SHOWN - 1].id));
}

static void add_way_back(const struct page *page, struct value *root)
{
	if (!page->before)
		return;
	uint64_t newer =
		page->reader ? reader_newer_incidents(page->reader, page->before, INCIDENTS_SHOWN)
			     : 0;
	value_text(page->arena, root, "newest", path_of(page, page->filter, 0));
	if (newer)
		value_text(page->arena, root, "newer", path_of(page, page->filter, newer));
}

static void add_sentence(const struct page *page, struct value *root)
{
	uint64_t *ids;
	size_t open = part_open_incidents(page->arena, page->view, &ids);
	face_add(page->arena, root, face_of_state(open ? HEALTH_DOWN : HEALTH_UP));
	value_text(page->arena, root, "sentence",
		open == 0   ? "No incident is open."
		: open == 1 ? "One incident is open."
			    : arena_printf(page->arena, "%zu incidents are open.", open));
	value_text(page->arena, root, "title",
		open ? arena_printf(page->arena, "Incidents, %zu open", open) : "Incidents");
}

static struct value *fill(const struct page *page)
{
	struct value *root = value_object(page->arena);
	part_layout(page->arena, root, page->view);
	part_stale(page->arena, root, page->view, page->request->now_wall_us);
	planned_add(root, page->site, page->request, page->view->plan, PLANNED_ALL);
	value_bool(page->arena, root, "at_incidents", true);
	value_int(page->arena, root, "refresh", INCIDENTS_REFRESH_S);
	add_sentence(page, root);
	add_filters(page, root);
	struct value *groups = value_list(page->arena, root, "groups");
	if (page->filter != INCIDENTS_RESOLVED && !page->before)
		add_open(page, groups);
	if (page->filter != INCIDENTS_OPEN)
		add_resolved(page, root, groups);
	add_way_back(page, root);
	value_bool(page->arena, root, "has_groups", value_truth(groups));
	return root;
}

void page_incidents(
	struct site *site, const struct http_request *request, struct http_response *response)
{
	struct page page = {.site = site, .request = request, .arena = request->arena};
	const char *wrong = read_question(&page);
	if (wrong) {
		problem_answer(site, request, response, 400, wrong);
		return;
	}
	struct board_view *view = board_view(site->board, request->arena, BOARD_STATE);
	conceal_checks(request, view);
	page.view = view;
	page.reader = history_reader(site->history, request->now_wall_us);
	struct buf body = BUF_INIT(SITE_PAGE_MAX);
	site_page(site, "incidents", fill(&page), &body, request->arena);
	http_answer(response, 200, "text/html; charset=utf-8", &body);
}
