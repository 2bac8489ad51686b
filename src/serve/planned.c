#include "serve/planned.h"

#include "base/clock.h"
#include "serve/incident_parts.h"
#include "serve/page_parts.h"
#include "serve/people.h"
#include "serve/words.h"

#define AHEAD_US (INT64_C(86400) * PLANNED_DAYS * US_PER_S)

struct list {
	struct value *values;
	struct arena *arena;
	int64_t now_wall_us;
	size_t n;
};

struct announced {
	const char *title;
	int64_t from_us, until_us;
	size_t n_checks; /* 0: all */
};

static void add(struct list *list, const struct announced *window)
{
	if (list->n++ >= PLANNED_SHOWN_MAX)
		return;
	struct value *item = value_item(list->arena, list->values);
	value_bool(list->arena, item, "now", window->from_us <= list->now_wall_us);
	value_text(list->arena, item, "title",
		words_inert(list->arena, window->title, PEOPLE_TITLE_MAX));
	value_text(list->arena, item, "size",
		window->n_checks ? incident_size(list->arena, window->n_checks) : "all checks");
	part_time(list->arena, item, "from", window->from_us);
	part_time(list->arena, item, "until", window->until_us);
}

/* Of people. */
static void add_rows(struct list *list, struct reader *reader, enum window_state state)
{
	struct window_row *rows = NULL;
	size_t n = reader ? reader_windows(reader, list->arena, state, list->now_wall_us, 0,
				    PLANNED_SHOWN_MAX, &rows)
			  : 0;
	for (size_t i = 0; i < n; i++)
		if (rows[i].from_wall_us < list->now_wall_us + AHEAD_US)
			add(list, &(struct announced){rows[i].title, rows[i].from_wall_us,
					  rows[i].until_wall_us, rows[i].n_checks});
}

/* Of the file. */
static void add_configured(struct list *list, const struct board_plan *plan, bool inside)
{
	for (size_t i = 0; i < plan->n_windows; i++) {
		const struct maintenance_window *window = &plan->windows[i];
		struct maintenance_state state = maintenance_at(
			&window->when, list->now_wall_us, (struct zone){clock_ahead_us, NULL});
		if (state.inside != inside || state.change_us == INT64_MAX)
			continue;
		int64_t length_us = window->when.days
					    ? window->when.length_us
					    : window->when.until_us - window->when.from_us;
		int64_t from_us = inside ? state.since_us : state.change_us;
		if (from_us < list->now_wall_us + AHEAD_US)
			add(list, &(struct announced){window->title, from_us,
					  inside ? state.change_us : from_us + length_us,
					  window->all ? 0 : window->n_checks});
	}
}

void planned_add(struct value *root, struct site *site, const struct http_request *request,
	const struct board_plan *plan)
{
	struct reader *reader = history_reader(site->history, request->now_wall_us);
	struct list list = {.values = value_list(request->arena, root, "planned"),
		.arena = request->arena,
		.now_wall_us = request->now_wall_us};
	add_configured(&list, plan, true);
	add_rows(&list, reader, WINDOW_OPEN);
	add_configured(&list, plan, false);
	add_rows(&list, reader, WINDOW_COMING);
}
