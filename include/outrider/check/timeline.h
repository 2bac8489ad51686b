/* check/timeline.h - when each frame of a stream came, of what kind and how large: all of a short
 * stream; of a long one its first frames, its last, and the others thinned where they stand closest,
 * so that the longest pauses keep both their ends. What is left out is counted. At most TIMELINE_MAX
 * frames, allocated as they come. Owned by one run. Pure. */
#ifndef OUTRIDER_CHECK_TIMELINE_H
#define OUTRIDER_CHECK_TIMELINE_H

#include <stddef.h>
#include <stdint.h>

enum {
	TIMELINE_MAX = 128,
	TIMELINE_FIRST = 16, /* frames that are never left out, at the beginning ... */
	TIMELINE_LAST = 16, /* ... and at the end */
};

#define FRAME_KINDS(X)                                                                             \
	X(COMMENT, "comment") /* a keep-alive */                                                   \
	X(EVENT, "event") /* role, usage, empty delta */                                           \
	X(REASONING, "reasoning") /* reasoning or tool call */                                     \
	X(TOKEN, "token") /* content */                                                            \
	X(FINISH, "finish")                                                                        \
	X(ERROR, "error")                                                                          \
	X(MALFORMED, "malformed")                                                                  \
	X(DONE, "done")

enum frame_kind {
#define X(id, name) FRAME_##id,
	FRAME_KINDS(X)
#undef X
		FRAME_KIND_COUNT
};

const char *frame_kind_name(enum frame_kind kind);

struct frame {
	int64_t at_us; /* since the attempt's start */
	uint32_t bytes;
	enum frame_kind kind;
	uint32_t left_out; /* frames that came between the one before and this one */
};

struct timeline {
	struct frame *frames; /* heap */
	size_t n, room;
	uint64_t left_out; /* in all */
};

/* Zeroed memory is an empty one. */
void timeline_add(struct timeline *timeline, int64_t at_us, enum frame_kind kind, size_t bytes);
void timeline_fini(struct timeline *timeline);

#endif
