/* serve/incident_parts.h - what pages say of an incident, wherever it is named. Fills templates' values; all
 * of it lives in the request's arena. */
#ifndef OUTRIDER_SERVE_INCIDENT_PARTS_H
#define OUTRIDER_SERVE_INCIDENT_PARTS_H

#include "base/value.h"
#include "serve/site.h"
#include "store/reader_incidents.h"

/* "/incidents/0123456789abcdef" */
const char *incident_path(struct arena *arena, uint64_t id);

/* What it is about, as people call it: the check's title, or its id when it is not in the plan. */
const char *incident_title(const struct board_plan *plan, const char *check_id);

/* "gateway-stream" and 2: "3 checks". */
const char *incident_size(struct arena *arena, size_t n_checks);

/* Adds kind, word, href, title, id, cause, size, opened, for, resolved, acknowledged {by, iso, day, clock}. */
void incident_row_add(struct arena *arena, struct value *object, const struct board_plan *plan,
	const struct incident_row *row, int64_t now_wall_us);

/* Adds the list "open": the incidents that checks of the view are in, newest first, OPEN_SHOWN_MAX of them, and
 * "open_more" for the rest. The board knows them sooner than the database, which knows more of them. */
enum { OPEN_SHOWN_MAX = 8 };
void incidents_open_add(struct value *root, struct site *site, const struct http_request *request,
	const struct board_view *view);

#endif
