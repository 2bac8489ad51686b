/* serve/stream_view.h - a stream's own timeline: each frame that was kept on an axis of time, keep-alives
 * in a lane of their own, apart from events, tokens and ends; the pause that matters drawn and named, and
 * the limits that were expected, where the findings say them. Pure. */
#ifndef OUTRIDER_SERVE_STREAM_VIEW_H
#define OUTRIDER_SERVE_STREAM_VIEW_H

#include "base/value.h"
#include "serve/exhibit.h"

/* Adds "stream": a sentence, lanes, the stall, marks, limits, and the story in words. */
void stream_view_add(struct arena *arena, struct value *object, const struct exhibit *exhibit,
	int64_t length_us);

#endif
