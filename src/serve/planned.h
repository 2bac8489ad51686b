/* serve/planned.h - announced maintenance, as pages tell it: what goes on now, and what comes within a week. */
#ifndef OUTRIDER_SRC_SERVE_PLANNED_H
#define OUTRIDER_SRC_SERVE_PLANNED_H

#include "base/value.h"
#include "serve/site.h"

enum { PLANNED_DAYS = 7, PLANNED_SHOWN_MAX = 4 };

/* Adds the list "planned", what goes on first: {now, title, size, from, until}. */
void planned_add(struct value *root, struct site *site, const struct http_request *request,
	const struct board_plan *plan);

/* For somebody known: adds "maintenance", every window that goes on or comes, with ways to end those of people and
 * to plan another. check: an index of the plan, only of its windows, or PLANNED_ALL. Whether the form is
 * open, by the parameter `maintenance`. */
#define PLANNED_ALL SIZE_MAX
bool planned_manage(struct value *root, struct site *site, const struct http_request *request,
	const struct board_plan *plan, size_t check);

#endif
