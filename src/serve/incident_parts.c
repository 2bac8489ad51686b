#include "serve/incident_parts.h"

#include "base/clock.h"
#include "check/record.h"
#include "serve/conceal.h"
#include "serve/page_parts.h"
#include "serve/words.h"

#include <stdlib.h>

#define DAY_US (INT64_C(86400) * US_PER_S)

enum {
	CAUSE_SHOWN_MAX = 280
}; /* bytes of what a service said; the incident's page has all of it */

const char *incident_path(struct arena *arena, uint64_t id)
{
	return arena_printf(arena, "/incidents/%s", words_key(arena, id));
}

const char *incident_title(const struct board_plan *plan, const char *check_id)
{
	size_t index = board_find(plan, check_id);
	return index < plan->n_checks ? plan->checks[index].title : check_id;
}

const char *incident_size(struct arena *arena, size_t n_checks)
{
	return arena_printf(arena, "%zu check%s", n_checks, n_checks == 1 ? "" : "s");
}

static struct face face_of(const struct incident_row *row)
{
	if (row->merged_into)
		return (struct face){"off", "Merged"};
	return row->resolved_wall_us ? (struct face){"up", "Resolved"}
				     : (struct face){"down", "Open"};
}

void incident_row_add(struct arena *arena, struct value *object, const struct board_plan *plan,
	const struct incident_row *row, int64_t now_wall_us)
{
	int64_t end_us = row->resolved_wall_us ? row->resolved_wall_us : now_wall_us;
	face_add(arena, object, face_of(row));
	value_text(arena, object, "href", incident_path(arena, row->id));
	value_text(arena, object, "title", incident_title(plan, row->check_id));
	value_text(arena, object, "id", row->check_id);
	value_text(arena, object, "cause", words_inert(arena, row->cause, CAUSE_SHOWN_MAX));
	value_text(arena, object, "size", incident_size(arena, row->n_checks));
	value_text(arena, object, "for", words_elapsed(arena, end_us - row->opened_wall_us));
	part_time(arena, object, "opened", row->opened_wall_us);
	value_bool(arena, object, "days", row->opened_wall_us / DAY_US != end_us / DAY_US);
	if (row->resolved_wall_us)
		part_time(arena, object, "resolved", row->resolved_wall_us);
	if (!row->acknowledged_wall_us)
		return;
	part_time(arena, object, "acknowledged", row->acknowledged_wall_us);
	struct value *acknowledged = (struct value *)value_get(object, STR("acknowledged"));
	value_text(arena, acknowledged, "by",
		words_inert(arena, row->acknowledged_by, CAUSE_SHOWN_MAX));
	if (row->acknowledged_until_wall_us)
		part_time(arena, acknowledged, "until", row->acknowledged_until_wall_us);
}

/* --- those that are open --- */

/* As much as the board knows of it. */
static struct incident_row seen_on_board(const struct board_view *view, uint64_t id)
{
	struct incident_row row = {.id = id,
		.check_id = "",
		.cause = "",
		.acknowledged_by = "",
		.opened_wall_us =
			(int64_t)(id & ((UINT64_C(1) << RESULT_KEY_TIME_BITS) - 1)) * US_PER_MS};
	for (size_t i = 0; i < view->plan->n_checks; i++) {
		const struct board_check *check = &view->checks[i];
		if (check->incident != id)
			continue;
		const struct board_check *root =
			check->root >= 0 && (size_t)check->root < view->plan->n_checks
				? &view->checks[check->root]
				: check;
		row.check_id = root->definition->id;
		row.cause = root->has_last ? root->last.message : "";
		row.n_checks++;
	}
	return row;
}

static void add_names(struct arena *arena, struct value *item, const struct board_view *view,
	const struct incident_row *row)
{
	enum { NAMES_MAX = 3 };
	struct value *names = value_list(arena, item, "names");
	size_t named = 0, others = 0;
	for (size_t i = 0; i < view->plan->n_checks; i++) {
		const struct board_check *check = &view->checks[i];
		if (check->incident != row->id || strcmp(check->definition->id, row->check_id) == 0)
			continue;
		if (named++ >= NAMES_MAX) {
			others++;
			continue;
		}
		struct value *name = value_item(arena, names);
		value_text(arena, name, "id", check->definition->id);
		value_text(arena, name, "href",
			part_check_path(arena, "/checks/", check->definition->id));
	}
	value_bool(arena, item, "has_names", named > 0);
	if (others)
		value_int(arena, item, "others", (int64_t)others);
}

static const struct incident_row *find_row(const struct incident_row *rows, size_t n, uint64_t id)
{
	for (size_t i = 0; i < n; i++)
		if (rows[i].id == id)
			return &rows[i];
	return NULL;
}

static int newest_first(const void *a, const void *b)
{
	const uint64_t time = (UINT64_C(1) << RESULT_KEY_TIME_BITS) - 1;
	uint64_t left = *(const uint64_t *)a & time;
	uint64_t right = *(const uint64_t *)b & time;
	return left > right ? -1 : left < right;
}

void incidents_open_add(struct value *root, struct site *site, const struct http_request *request,
	const struct board_view *view)
{
	struct arena *arena = request->arena;
	uint64_t *ids;
	size_t n = part_open_incidents(arena, view, &ids);
	struct value *open = value_list(arena, root, "open");
	value_bool(arena, root, "has_open", n > 0);
	if (n == 0)
		return;
	struct incident_row *rows = NULL;
	struct reader *reader = history_reader(site->history, request->now_wall_us);
	size_t n_rows = reader ? reader_incidents(reader, arena, INCIDENTS_OPEN, 0,
					 2 * OPEN_SHOWN_MAX, &rows)
			       : 0;
	conceal_incidents(request, rows, n_rows);
	qsort(ids, n, sizeof(*ids), newest_first);
	for (size_t i = 0; i < n && i < OPEN_SHOWN_MAX; i++) {
		struct incident_row row = seen_on_board(view, ids[i]);
		const struct incident_row *stored = find_row(rows, n_rows, ids[i]);
		struct value *item = value_item(arena, open);
		incident_row_add(
			arena, item, view->plan, stored ? stored : &row, request->now_wall_us);
		add_names(arena, item, view, stored ? stored : &row);
	}
	if (n > OPEN_SHOWN_MAX)
		value_int(arena, root, "open_more", (int64_t)(n - OPEN_SHOWN_MAX));
}
