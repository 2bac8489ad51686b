#include "check/timeline.h"

#include "base/memory.h"

#include <stdlib.h>

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

/* Those that may go, linked past those that went. */
struct thinning {
	const struct frame *frames;
	unsigned char before[TIMELINE_MAX], after[TIMELINE_MAX];
	int64_t worth[TIMELINE_MAX]; /* INT64_MAX: it went, or stays in any case */
};

/* How long the pause would be that leaving a frame out makes. Of two alike the one stays that changes
 * the story; an end, an error and what is malformed stay as long as others can go. */
static int64_t worth(const struct thinning *t, size_t at)
{
	const struct frame *f = &t->frames[at], *before = &t->frames[t->before[at]];
	int64_t span = t->frames[t->after[at]].at_us - before->at_us;

	if (f->kind == before->kind)
		return 2 * span;
	return f->kind >= FRAME_FINISH ? INT64_MAX / 2 : 2 * span + 1;
}

static size_t least_worth(const struct thinning *t, size_t n)
{
	size_t least = TIMELINE_FIRST;

	for (size_t at = TIMELINE_FIRST + 1; at + TIMELINE_LAST < n; at++)
		if (t->worth[at] < t->worth[least])
			least = at;
	return least;
}

static void let_go(struct thinning *t, size_t at, size_t n)
{
	size_t before = t->before[at], after = t->after[at];

	t->worth[at] = INT64_MAX;
	t->after[before] = (unsigned char)after;
	t->before[after] = (unsigned char)before;
	if (before >= TIMELINE_FIRST)
		t->worth[before] = worth(t, before);
	if (after + TIMELINE_LAST < n)
		t->worth[after] = worth(t, after);
}

/* Closes the ranks: what stays moves up, and counts those before it that went. */
static void close_ranks(struct timeline *timeline, const struct thinning *t)
{
	size_t n = TIMELINE_FIRST;
	uint32_t gone = 0;

	for (size_t at = TIMELINE_FIRST; at < timeline->n; at++) {
		struct frame frame = timeline->frames[at];
		if (t->worth[at] == INT64_MAX) {
			gone += 1 + frame.left_out;
			continue;
		}
		frame.left_out += gone;
		gone = 0;
		timeline->frames[n++] = frame;
	}
	timeline->left_out += timeline->n - n;
	timeline->n = n;
}

static void thin(struct timeline *timeline)
{
	struct thinning t = {.frames = timeline->frames};

	for (size_t at = 1; at + 1 < timeline->n; at++) {
		t.before[at] = (unsigned char)(at - 1);
		t.after[at] = (unsigned char)(at + 1);
	}
	for (size_t at = TIMELINE_FIRST; at + TIMELINE_LAST < timeline->n; at++)
		t.worth[at] = worth(&t, at);
	for (int i = 0; i < THINNED; i++)
		let_go(&t, least_worth(&t, timeline->n), timeline->n);
	close_ranks(timeline, &t);
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
