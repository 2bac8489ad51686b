/* serve/axis.h - an axis of time or of durations in a picture: where its marks stand, and how they are
 * called. Places are shares of the width, as SVG writes them: "12.34%". Pure. */
#ifndef OUTRIDER_SERVE_AXIS_H
#define OUTRIDER_SERVE_AXIS_H

#include "base/value.h"

/* A round distance between marks, so that there are at most `parts` of them in length_us. */
int64_t axis_step(int64_t length_us, unsigned parts);
/* A round length: 0, "250 ms", "2 s", "10 min". */
const char *axis_label(struct arena *arena, int64_t us);
/* us of length_us, within 0 and 100 %. */
const char *axis_place(struct arena *arena, int64_t us, int64_t length_us);

/* Adds KEY: the marks of an axis from 0 to length_us, each with x and label; the last one that stands near
 * the end is `last`, so that its label can turn to the left. */
void axis_add(struct arena *arena, struct value *object, const char *key, int64_t length_us,
	unsigned parts);

#endif
