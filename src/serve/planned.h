/* serve/planned.h - announced maintenance, as pages tell it: what goes on now, and what comes within a week. */
#ifndef OUTRIDER_SRC_SERVE_PLANNED_H
#define OUTRIDER_SRC_SERVE_PLANNED_H

#include "base/value.h"
#include "serve/site.h"

enum { PLANNED_DAYS = 7, PLANNED_SHOWN_MAX = 4 };

#define PLANNED_ALL SIZE_MAX

/* Adds the list "planned", what goes on first: {now, title, size, from, until}. check: an index of the plan, only
 * what goes on for it, or PLANNED_ALL. */
void planned_add(struct value *root, struct site *site, const struct http_request *request,
	const struct board_plan *plan, size_t check);

/* For somebody known: adds "maintenance", every window that goes on or comes, with ways to end those of people and
 * to plan another. check: only its windows, as above. Whether the form is open, by the parameter
 * `maintenance`. */
bool planned_manage(struct value *root, struct site *site, const struct http_request *request,
	const struct board_plan *plan, size_t check);

#endif
