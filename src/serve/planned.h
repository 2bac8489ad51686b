/* serve/planned.h - announced maintenance, as pages tell it: what goes on now, and what comes within a week. */
#ifndef OUTRIDER_SRC_SERVE_PLANNED_H
#define OUTRIDER_SRC_SERVE_PLANNED_H

#include "serve/site.h"
#include "serve/value.h"

enum { PLANNED_DAYS = 7, PLANNED_SHOWN_MAX = 4 };

/* Adds the list "planned", what goes on first: {now, title, size, from, until}. */
void planned_add(struct value *root, struct site *site, const struct http_request *request,
	const struct board_plan *plan);

#endif
