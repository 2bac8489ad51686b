#include "serve/stream_story.h"

#include "serve/words.h"

#include <inttypes.h>

enum {
	SENTENCE_MAX = 512,
	PAUSE_SHARE = 20, /* a pause between groups is told from this part of the time on */
};

static void put_count(struct buf *out, uint64_t n, const char *what)
{
	buf_printf(out, "%" PRIu64 " %s%s", n, what, n == 1 ? "" : "s");
}

/* Frames of a kind within a pause, those too that were left out between two of them. */
static uint64_t count_within(
	const struct exhibit *exhibit, const struct stream_pause *pause, enum frame_kind kind)
{
	uint64_t n = 0;
	for (size_t i = 0; i < exhibit->n_frames; i++) {
		const struct frame *frame = &exhibit->frames[i];
		if (frame->kind != kind || frame->at_us <= pause->at_us ||
			frame->at_us >= pause->at_us + pause->us)
			continue;
		n += 1 + (i && frame[-1].kind == kind ? frame->left_out : 0);
	}
	return n;
}

static void put_pause(struct buf *out, struct arena *arena, const struct exhibit *exhibit,
	const struct stream_pause *pause)
{
	uint64_t keepalives = count_within(exhibit, pause, FRAME_COMMENT);
	if (!pause->us)
		return;
	buf_printf(out, " %s %s", words_latency(arena, pause->us), pause->words);
	if (pause->at_us > 0)
		buf_printf(out, ", from %s on", words_latency(arena, pause->at_us));
	if (keepalives) {
		buf_puts(out, "; ");
		put_count(out, keepalives, "keep-alive");
		buf_puts(out, " came meanwhile");
	}
	buf_putc(out, '.');
}

void stream_sentence_add(struct arena *arena, struct value *stream, const struct exhibit *exhibit,
	const struct stream_pause *pause)
{
	const struct measures *m = &exhibit->stream;
	struct buf out = BUF_INIT(SENTENCE_MAX);
	put_count(&out, m->tokens, "token");
	buf_puts(&out, " in ");
	put_count(&out, m->chunks, "chunk");
	if (m->keepalives) {
		buf_puts(&out, ", ");
		put_count(&out, m->keepalives, "keep-alive");
	}
	if (m->malformed) {
		buf_puts(&out, ", ");
		put_count(&out, m->malformed, "malformed event");
	}
	if (m->error_events) {
		buf_puts(&out, ", ");
		put_count(&out, m->error_events, "error event");
	}
	buf_printf(&out, ", %s.", m->done ? "ended by [DONE]" : "no [DONE]");
	put_pause(&out, arena, exhibit, pause);
	value_str(arena, stream, "sentence", arena_str(arena, buf_str(&out)));
	buf_fini(&out);
}

/* Frames of one kind in a row. */
struct group {
	enum frame_kind kind;
	int64_t from_us, to_us;
	uint64_t n, bytes;
	uint64_t left_out; /* of any kind, before one of them */
};

static void put_group(struct arena *arena, struct value *story, const struct group *group,
	int64_t pause_us, int64_t long_us)
{
	struct value *item = value_item(arena, story);
	value_text(arena, item, "from", words_latency(arena, group->from_us));
	if (group->to_us > group->from_us)
		value_text(arena, item, "to", words_latency(arena, group->to_us));
	value_text(arena, item, "kind",
		group->kind == FRAME_COMMENT ? "keep-alive" : frame_kind_name(group->kind));
	value_int(arena, item, "n", (int64_t)group->n);
	value_int(arena, item, "bytes", (int64_t)group->bytes);
	if (group->left_out)
		value_int(arena, item, "left_out", (int64_t)group->left_out);
	if (pause_us >= long_us)
		value_text(arena, item, "pause", words_latency(arena, pause_us));
}

static bool goes_on(const struct group *group, const struct frame *frame, int64_t long_us)
{
	return group->kind == frame->kind && frame->at_us - group->to_us < long_us;
}

void stream_story_add(struct arena *arena, struct value *stream, const struct exhibit *exhibit)
{
	struct value *story = value_list(arena, stream, "story");
	const struct frame *frames = exhibit->frames;
	int64_t long_us = frames[exhibit->n_frames - 1].at_us / PAUSE_SHARE + 1;
	struct group group = {0};
	int64_t before_us = 0; /* when the group before ended */
	for (size_t i = 0; i < exhibit->n_frames; i++) {
		if (group.n && !goes_on(&group, &frames[i], long_us)) {
			put_group(arena, story, &group, group.from_us - before_us, long_us);
			before_us = group.to_us;
			group.n = 0;
		}
		if (!group.n)
			group = (struct group){.kind = frames[i].kind, .from_us = frames[i].at_us};
		group.to_us = frames[i].at_us;
		group.n++;
		group.left_out += frames[i].left_out;
		group.bytes += frames[i].bytes;
	}
	put_group(arena, story, &group, group.from_us - before_us, long_us);
}
