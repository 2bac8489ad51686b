#include "serve/conceal.h"

/* A check's definition is shared by all views. */
static void conceal_issue(struct arena *arena, struct board_check *check)
{
	if (!check->definition->known_issue)
		return;
	struct board_definition *copy = ARENA_NEW(arena, struct board_definition);
	*copy = *check->definition;
	copy->known_issue = "";
	check->definition = copy;
}

void conceal_checks(const struct http_request *request, struct board_view *view)
{
	if (request->internals)
		return;
	view->concealed = true;
	for (size_t i = 0; i < view->plan->n_checks; i++) {
		struct board_last *last = &view->checks[i].last;
		last->message = last->request_id = last->address = "";
		conceal_issue(request->arena, &view->checks[i]);
	}
}

void conceal_incidents(const struct http_request *request, struct incident_row *rows, size_t n)
{
	for (size_t i = 0; !request->internals && i < n; i++)
		rows[i].cause = rows[i].acknowledged_by = "";
}

void conceal_story(const struct http_request *request, struct incident_story *story)
{
	if (request->internals)
		return;
	conceal_incidents(request, &story->row, 1);
	for (size_t i = 0; i < story->n_members; i++)
		story->members[i].message = "";
	for (size_t i = 0; i < story->n_moments; i++)
		story->moments[i].text = story->moments[i].by = "";
}
