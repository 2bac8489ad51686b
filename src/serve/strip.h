/* serve/strip.h - the latest results of a check as a small picture: one bar for each, the newest at
 * the right; how tall a bar stands tells its outcome as much as its colour does. Pure. */
#ifndef OUTRIDER_SERVE_STRIP_H
#define OUTRIDER_SERVE_STRIP_H

#include "serve/value.h"
#include "serve/view.h"

/* Adds "strip" to object: paths (class, d) and a title in words. */
void strip_add(struct arena *arena, struct value *object, const struct board_check *check);

#endif
