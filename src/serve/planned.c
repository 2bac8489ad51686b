#include "serve/planned.h"

#include "base/clock.h"
#include "serve/incident_parts.h"
#include "serve/page_parts.h"
#include "serve/people.h"
#include "serve/words.h"

#define AHEAD_US (INT64_C(86400) * PLANNED_DAYS * US_PER_S)

enum { MANAGED_MAX = 200 }; /* windows on a page, to be ended */

struct list {
	struct value *values;
	struct arena *arena;
	int64_t now_wall_us;
	int64_t before_us; /* what begins later is left out */
	size_t max, n;
	const struct board_definition *only; /* windows of this check; NULL: of all */
	const char *query; /* of a way to end one; NULL: nobody may */
};

struct announced {
	const char *title;
	int64_t from_us, until_us;
	size_t n_checks; /* 0: all */
	int64_t id; /* 0: it is one of the file */
	const char *by;
};

static void add(struct list *list, const struct announced *window)
{
	if (window->from_us >= list->before_us || list->n++ >= list->max)
		return;
	struct value *item = value_item(list->arena, list->values);
	value_bool(list->arena, item, "now", window->from_us <= list->now_wall_us);
	value_text(list->arena, item, "title",
		words_inert(list->arena, window->title, PEOPLE_TITLE_MAX));
	value_text(list->arena, item, "size",
		window->n_checks ? incident_size(list->arena, window->n_checks) : "all checks");
	part_time(list->arena, item, "from", window->from_us);
	part_time(list->arena, item, "until", window->until_us);
	if (!list->query || !window->id)
		return;
	value_text(list->arena, item, "by", words_inert(list->arena, window->by, PEOPLE_NAME_MAX));
	value_text(list->arena, item, "end",
		arena_printf(list->arena, "/api/v1/maintenance/%lld/end%s", (long long)window->id,
			list->query));
}

static bool concerns(const struct list *list, const struct window_row *row)
{
	bool found = !list->only || row->n_checks == 0;
	for (size_t i = 0; i < row->n_checks && !found; i++)
		found = strcmp(row->check_ids[i], list->only->id) == 0;
	return found;
}

/* Of people. */
static void add_rows(struct list *list, struct reader *reader, enum window_state state)
{
	struct window_row *rows = NULL;
	size_t n = reader ? reader_windows(reader, list->arena, state, list->now_wall_us, 0,
				    list->max, &rows)
			  : 0;
	for (size_t i = 0; i < n; i++)
		if (concerns(list, &rows[i]))
			add(list, &(struct announced){rows[i].title, rows[i].from_wall_us,
					  rows[i].until_wall_us, rows[i].n_checks, rows[i].id,
					  rows[i].by});
}

static bool is_for(const struct list *list, const struct board_plan *plan,
	const struct maintenance_window *window)
{
	bool found = !list->only || window->all;
	for (size_t i = 0; i < window->n_checks && !found; i++)
		found = &plan->checks[window->checks[i]] == list->only;
	return found;
}

/* Of the file. */
static void add_configured(struct list *list, const struct board_plan *plan, bool inside)
{
	for (size_t i = 0; i < plan->n_windows; i++) {
		const struct maintenance_window *window = &plan->windows[i];
		struct maintenance_state state = maintenance_at(
			&window->when, list->now_wall_us, (struct zone){clock_ahead_us, NULL});
		if (state.inside != inside || state.change_us == INT64_MAX ||
			!is_for(list, plan, window))
			continue;
		int64_t length_us = window->when.days
					    ? window->when.length_us
					    : window->when.until_us - window->when.from_us;
		int64_t from_us = inside ? state.since_us : state.change_us;
		add(list, &(struct announced){.title = window->title,
				  .from_us = from_us,
				  .until_us = inside ? state.change_us : from_us + length_us,
				  .n_checks = window->all ? 0 : window->n_checks});
	}
}

static void add_all(struct list *list, struct site *site, const struct board_plan *plan)
{
	struct reader *reader = history_reader(site->history, list->now_wall_us);
	add_configured(list, plan, true);
	add_rows(list, reader, WINDOW_OPEN);
	add_configured(list, plan, false);
	add_rows(list, reader, WINDOW_COMING);
}

void planned_add(struct value *root, struct site *site, const struct http_request *request,
	const struct board_plan *plan, size_t check)
{
	bool one = check < plan->n_checks;
	struct list list = {.values = value_list(request->arena, root, "planned"),
		.arena = request->arena,
		.now_wall_us = request->now_wall_us,
		.before_us = request->now_wall_us + (one ? 1 : AHEAD_US),
		.max = one ? MANAGED_MAX : PLANNED_SHOWN_MAX,
		.only = one ? &plan->checks[check] : NULL};
	add_all(&list, site, plan);
}

/* --- for those who may change it --- */

static void add_services(struct arena *arena, struct value *form, const struct board_plan *plan)
{
	struct value *services = value_list(arena, form, "services");
	for (size_t i = 0; i < plan->n_services; i++) {
		struct value *service = value_item(arena, services);
		value_text(arena, service, "id", plan->services[i].id);
		value_text(arena, service, "title", plan->services[i].title);
	}
}

static void add_form(struct arena *arena, struct value *panel, const struct board_plan *plan,
	const struct list *list)
{
	struct value *form = value_member(arena, panel, "form");
	value_text(
		arena, form, "action", arena_printf(arena, "/api/v1/maintenance%s", list->query));
	if (list->only)
		value_text(arena, form, "service", plan->services[list->only->service].title);
	else
		add_services(arena, form, plan);
}

bool planned_manage(struct value *root, struct site *site, const struct http_request *request,
	const struct board_plan *plan, size_t check)
{
	struct arena *arena = request->arena;
	bool one = check < plan->n_checks;
	bool open = http_param(request, "maintenance") != NULL;
	if (!site->wishes.grant || !request->user)
		return false;
	struct value *panel = value_member(arena, root, "maintenance");
	struct list list = {.values = value_list(arena, panel, "windows"),
		.arena = arena,
		.now_wall_us = request->now_wall_us,
		.before_us = INT64_MAX,
		.max = MANAGED_MAX,
		.only = one ? &plan->checks[check] : NULL,
		.query = one ? part_check_path(arena, "?check=", plan->checks[check].id) : ""};
	add_all(&list, site, plan);
	value_bool(arena, panel, "has_windows", list.n > 0);
	value_text(arena, panel, "plan", "?maintenance#maintenance");
	if (open)
		add_form(arena, panel, plan, &list);
	return open;
}
