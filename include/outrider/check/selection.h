/* check/selection.h - which checks of a plan are meant: by id or glob, by tags, by service. Pure. */
#ifndef OUTRIDER_CHECK_SELECTION_H
#define OUTRIDER_CHECK_SELECTION_H

#include "check/plan.h"

enum { SELECTION_MAX = 256, TAG_EXPRESSION_DEPTH_MAX = 32 };

struct tag_expression;

struct selection {
	const char *ids[SELECTION_MAX]; /* ids or globs; any may match; none: all. An id without
	                                   its matrix values means all of them. */
	size_t n_ids;
	const struct tag_expression *tags; /* NULL: any */
	const char *services[SELECTION_MAX];
	size_t n_services;
	const struct check_list *among; /* NULL: any; else only these */
};

/* Ids of checks, as they are, in the order of strcmp. */
struct check_list {
	const char *const *ids;
	size_t n;
};

bool check_list_has(const struct check_list *list, const char *id);

/* tag | not E | E and E | E or E | (E); `not` binds before `and` before `or`. A tag is
 * [A-Za-z0-9_.-]+. The error names the column. */
const struct tag_expression *tag_expression_parse(
	struct arena *arena, const char *text, struct error *error) MUST_CHECK;

bool selection_has(const struct selection *selection, const struct check *check);

/* False, with an error that names it, when an id, a glob or a service matches nothing in the plan,
 * or all together select no check. */
bool selection_validate(
	const struct selection *selection, const struct plan *plan, struct error *error) MUST_CHECK;

#endif
