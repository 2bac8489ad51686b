#include "check/timeline.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

enum {
	ROOM_FIRST = 8, /* frames; doubled as they come */
	THINNED = 32, /* frames that go at once */
};

static const char *const frame_names[] = {
#define X(id, name) [FRAME_##id] = name,
	FRAME_KINDS(X)
#undef X
};

const char *frame_kind_name(enum frame_kind kind)
{
	return frame_names[kind];
}

void timeline_fini(struct timeline *timeline)
{
	free(timeline->frames);
	*timeline = (struct timeline){0};
}

static void leave_out(struct timeline *t, size_t at)
{
	t->frames[at + 1].left_out += 1 + t->frames[at].left_out;
	memmove(&t->frames[at], &t->frames[at + 1], (t->n - at - 1) * sizeof(*t->frames));
	t->n--;
	t->left_out++;
}

/* How long the pause would be that leaving a frame out makes. Of two alike the one stays that changes
 * the story; an end, an error and what is malformed stay in any case. */
static int64_t worth(const struct timeline *t, size_t at)
{
	const struct frame *f = &t->frames[at];
	int64_t span = f[1].at_us - f[-1].at_us;

	if (f->kind == f[-1].kind)
		return 2 * span;
	return f->kind >= FRAME_FINISH ? INT64_MAX / 2 : 2 * span + 1;
}

static void thin(struct timeline *t)
{
	for (int i = 0; i < THINNED; i++) {
		size_t least = TIMELINE_FIRST;
		for (size_t at = TIMELINE_FIRST; at + TIMELINE_LAST < t->n; at++)
			if (worth(t, at) < worth(t, least))
				least = at;
		leave_out(t, least);
	}
}

static void make_room(struct timeline *t)
{
	if (t->n == TIMELINE_MAX) {
		thin(t);
	} else if (t->n == t->room) {
		t->room = t->room ? 2 * t->room : ROOM_FIRST;
		t->frames = mem_grow(t->frames, t->room * sizeof(*t->frames));
	}
}

void timeline_add(struct timeline *t, int64_t at_us, enum frame_kind kind, size_t bytes)
{
	make_room(t);
	t->frames[t->n++] = (struct frame){
		.at_us = at_us,
		.bytes = bytes > UINT32_MAX ? UINT32_MAX : (uint32_t)bytes,
		.kind = kind,
	};
}
