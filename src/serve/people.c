#include "serve/people.h"

#include "base/clock.h"

#include <stdlib.h>

struct place {
	const char *id;
	size_t index;
};

struct people {
	const struct open_window **windows; /* of each check; NULL: nothing is known of any */
	const struct pause_row **pauses;
};

/* What is being put together. */
struct looking {
	struct people *people;
	struct arena *arena;
	struct reader *reader; /* may be NULL */
	const struct board_view *view;
	struct place *places; /* by id; NULL: not made yet */
	int64_t now_wall_us;
};

static int place_order(const void *a, const void *b)
{
	return strcmp(((const struct place *)a)->id, ((const struct place *)b)->id);
}

/* Its index; n_checks: it is not in the plan. */
static size_t find(struct looking *l, const char *id)
{
	const struct board_plan *plan = l->view->plan;
	if (!l->places) {
		l->places = ARENA_ARRAY(l->arena, plan->n_checks, struct place);
		for (size_t i = 0; i < plan->n_checks; i++)
			l->places[i] = (struct place){plan->checks[i].id, i};
		qsort(l->places, plan->n_checks, sizeof(*l->places), place_order);
	}
	struct place wanted = {.id = id};
	const struct place *found =
		bsearch(&wanted, l->places, plan->n_checks, sizeof(*l->places), place_order);
	return found ? found->index : plan->n_checks;
}

static void mark(struct looking *l, size_t index, const struct open_window *window)
{
	const struct open_window *before = l->people->windows[index];
	bool inside = l->view->checks[index].health.state == HEALTH_MAINTENANCE;
	if (inside && (!before || before->until_wall_us < window->until_wall_us))
		l->people->windows[index] = window;
}

static void mark_all(struct looking *l, const struct open_window *window)
{
	for (size_t i = 0; i < l->view->plan->n_checks; i++)
		mark(l, i, window);
}

static void look_at_file(struct looking *l)
{
	const struct board_plan *plan = l->view->plan;
	for (size_t i = 0; i < plan->n_windows; i++) {
		const struct maintenance_window *window = &plan->windows[i];
		struct maintenance_state state = maintenance_at(
			&window->when, l->now_wall_us, (struct zone){clock_ahead_us, NULL});
		if (!state.inside)
			continue;
		struct open_window *open = ARENA_NEW(l->arena, struct open_window);
		*open = (struct open_window){0, window->title, state.since_us, state.change_us};
		if (window->all)
			mark_all(l, open);
		for (size_t j = 0; j < window->n_checks; j++)
			mark(l, window->checks[j], open);
	}
}

static void look_at_database(struct looking *l)
{
	struct window_row *rows = NULL;
	size_t n = reader_windows(
		l->reader, l->arena, WINDOW_OPEN, l->now_wall_us, 0, PEOPLE_WINDOWS_MAX, &rows);
	for (size_t i = 0; i < n; i++) {
		const struct window_row *row = &rows[i];
		struct open_window *open = ARENA_NEW(l->arena, struct open_window);
		*open = (struct open_window){
			row->id, row->title, row->from_wall_us, row->until_wall_us};
		if (row->n_checks == 0)
			mark_all(l, open);
		for (size_t j = 0; j < row->n_checks; j++) {
			size_t index = find(l, row->check_ids[j]);
			if (index < l->view->plan->n_checks)
				mark(l, index, open);
		}
	}
}

static void look_at_pauses(struct looking *l)
{
	struct pause_row *rows = NULL;
	size_t n = reader_pauses(l->reader, l->arena, &rows);
	for (size_t i = 0; i < n; i++) {
		size_t index = find(l, rows[i].check_id);
		if (index < l->view->plan->n_checks)
			l->people->pauses[index] = &rows[i];
	}
}

const struct people *people_of(
	struct site *site, const struct http_request *request, const struct board_view *view)
{
	struct arena *arena = request->arena;
	struct people *people = ARENA_NEW(arena, struct people);
	struct looking l = {.people = people,
		.arena = arena,
		.reader = history_reader(site->history, request->now_wall_us),
		.view = view,
		.now_wall_us = request->now_wall_us};
	bool maintained = false, paused = false;
	for (size_t i = 0; i < view->plan->n_checks; i++) {
		maintained = maintained || view->checks[i].health.state == HEALTH_MAINTENANCE;
		paused = paused || view->checks[i].paused;
	}
	if (maintained) {
		people->windows =
			ARENA_ARRAY(arena, view->plan->n_checks, const struct open_window *);
		look_at_file(&l);
	}
	if (maintained && l.reader)
		look_at_database(&l);
	if (paused && l.reader && request->internals) {
		people->pauses = ARENA_ARRAY(arena, view->plan->n_checks, const struct pause_row *);
		look_at_pauses(&l);
	}
	return people;
}

const struct open_window *people_window(const struct people *people, size_t index)
{
	return people->windows ? people->windows[index] : NULL;
}

const struct pause_row *people_pause(const struct people *people, size_t index)
{
	return people->pauses ? people->pauses[index] : NULL;
}
