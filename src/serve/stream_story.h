/* serve/stream_story.h - what a stream's timeline shows, in words: a sentence, and frames of one kind taken
 * together, with the pauses between. Pure. */
#ifndef OUTRIDER_SERVE_STREAM_STORY_H
#define OUTRIDER_SERVE_STREAM_STORY_H

#include "base/value.h"
#include "serve/exhibit.h"

struct stream_pause {
	int64_t at_us, us; /* us 0: none */
	const char *words; /* "without a token" */
};

/* Adds "sentence". */
void stream_sentence_add(struct arena *arena, struct value *stream, const struct exhibit *exhibit,
	const struct stream_pause *pause);
/* Adds "story": from, to, kind, n, bytes, pause (before it, where it is long). */
void stream_story_add(struct arena *arena, struct value *stream, const struct exhibit *exhibit);

#endif
