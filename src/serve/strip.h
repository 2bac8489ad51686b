/* serve/strip.h - the newest results, and the last 90 days, as small pictures: one path for each kind, so
 * that a page of many checks stays small. */
#ifndef OUTRIDER_SERVE_STRIP_H
#define OUTRIDER_SERVE_STRIP_H

#include "base/value.h"
#include "serve/history.h"

/* Adds "strip": {title, paths: [{class, d}]}, for an SVG of 119 by 20. Shape tells outcomes apart as well as
 * colour does; the title says it in words. */
void strip_add(struct arena *arena, struct value *object, const struct board_check *check);

/* Adds "days": the same of 269 by 20, a bar for each day; a day that was not all good has a path of its own
 * with a tip, the latest STRIP_TITLES of them. "uptime_90d": the share of all that was good. NULL: not known. */
enum { STRIP_TITLES = 24 };
void strip_days_add(struct arena *arena, struct value *object, const struct history_days *days);

#endif
