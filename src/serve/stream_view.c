#include "serve/stream_view.h"

#include "base/text.h"
#include "serve/axis.h"
#include "serve/stream_story.h"
#include "serve/words.h"

enum {
	LANE_WIDTH = 10000, /* of a lane's picture, which is stretched */
	LANE_HEIGHT = 16,
	PAUSE_SHARE = 8, /* a pause is worth a word from this part of the time on, */
	PAUSE_LEAST_US = 1000000, /* and from this length on */
	PATH_BYTES = 32 * TIMELINE_MAX,
};

#define KIND_BIT(kind) (1u << (kind))

/* Always: its being empty says something too. */
static const struct lane {
	const char *label, *class;
	unsigned kinds;
	bool always;
} lanes[] = {
	{"Tokens", "token", KIND_BIT(FRAME_TOKEN), true},
	{"Reasoning", "reasoning", KIND_BIT(FRAME_REASONING), false},
	{"Events", "event", KIND_BIT(FRAME_EVENT), false},
	{"Keep-alives", "comment", KIND_BIT(FRAME_COMMENT), false},
	{"Errors", "error", KIND_BIT(FRAME_ERROR) | KIND_BIT(FRAME_MALFORMED), false},
	{"End", "end", KIND_BIT(FRAME_FINISH) | KIND_BIT(FRAME_DONE), true},
};

struct picture {
	struct arena *arena;
	const struct exhibit *exhibit;
	struct value *stream;
	int64_t length_us;
};

static unsigned place_of(const struct picture *p, int64_t at_us)
{
	int64_t x = at_us * LANE_WIDTH / p->length_us;
	return (unsigned)(x < 0 ? 0 : x > LANE_WIDTH ? LANE_WIDTH : x);
}

/* How tall a frame stands in its lane. */
static const char *stroke(enum frame_kind kind)
{
	switch (kind) {
	case FRAME_COMMENT: return "6v4"; /* a dot: nothing was said */
	case FRAME_EVENT:
	case FRAME_REASONING: return "3v10";
	case FRAME_TOKEN: return "1v14";
	case FRAME_FINISH: return "5v6";
	case FRAME_ERROR:
	case FRAME_MALFORMED:
	case FRAME_DONE: return "1v14";
	case FRAME_KIND_COUNT: break;
	}
	return "8v1";
}

/* Others came between this frame and the one before, and were not kept: a line, in this one's lane. */
static void put_left_out(const struct picture *p, struct buf *d, size_t i)
{
	const struct frame *frame = &p->exhibit->frames[i];
	if (i && frame->left_out)
		buf_printf(d, "M%u 8H%u", place_of(p, frame[-1].at_us), place_of(p, frame->at_us));
}

static uint64_t put_lane(const struct picture *p, const struct lane *lane, struct buf *d)
{
	uint64_t n = 0;
	for (size_t i = 0; i < p->exhibit->n_frames; i++) {
		const struct frame *frame = &p->exhibit->frames[i];
		if (!(lane->kinds & KIND_BIT(frame->kind)))
			continue;
		n++;
		put_left_out(p, d, i);
		buf_printf(d, "M%u %s", place_of(p, frame->at_us), stroke(frame->kind));
	}
	return n;
}

/* The measures have counted all of them. */
static uint64_t counted(const struct exhibit *exhibit, const struct lane *lane, uint64_t kept)
{
	if (lane->kinds == KIND_BIT(FRAME_COMMENT))
		return exhibit->stream.keepalives;
	if (lane->kinds == KIND_BIT(FRAME_TOKEN))
		return exhibit->stream.tokens;
	return kept;
}

static const char *end_word(const struct measures *m)
{
	if (m->done)
		return "[DONE]";
	return m->finished ? "no [DONE]" : "none";
}

static void add_lanes(const struct picture *p)
{
	struct value *list = value_list(p->arena, p->stream, "lanes");
	for (size_t i = 0; i < sizeof(lanes) / sizeof(lanes[0]); i++) {
		struct buf d = BUF_INIT(PATH_BYTES);
		uint64_t kept = put_lane(p, &lanes[i], &d);
		if (kept || lanes[i].always) {
			struct value *lane = value_item(p->arena, list);
			bool end = lanes[i].kinds & KIND_BIT(FRAME_DONE);
			value_text(p->arena, lane, "label", lanes[i].label);
			value_text(p->arena, lane, "class", lanes[i].class);
			value_str(p->arena, lane, "d", arena_str(p->arena, buf_str(&d)));
			value_bool(p->arena, lane, "lacks", end && !p->exhibit->stream.done);
			if (end)
				value_text(p->arena, lane, "n", end_word(&p->exhibit->stream));
			else
				value_int(p->arena, lane, "n",
					(int64_t)counted(p->exhibit, &lanes[i], kept));
		}
		buf_fini(&d);
	}
}

/* --- the pause that matters --- */

static const struct pause_kind {
	const char *subject, *words;
} pause_kinds[] = {
	{"stream.token_gap", "without a token"},
	{"stream.ttft", "to the first token"},
	{"stream.line_gap", "of silence"},
};

enum { PAUSE_KINDS = sizeof(pause_kinds) / sizeof(pause_kinds[0]) };

static struct stream_pause pause_of(const struct measures *m, size_t kind)
{
	const struct stream_pause pauses[PAUSE_KINDS] = {
		{m->token_gap_at_us, m->token_gap_us, pause_kinds[0].words},
		{0, m->ttft_us, pause_kinds[1].words},
		{m->line_gap_at_us, m->line_gap_us, pause_kinds[2].words},
	};
	return pauses[kind];
}

static const struct finding *finding_of(const struct exhibit *exhibit, const char *subject)
{
	for (size_t i = 0; i < exhibit->n_findings; i++)
		if (exhibit->findings[i].subject &&
			strcmp(exhibit->findings[i].subject, subject) == 0)
			return &exhibit->findings[i];
	return NULL;
}

/* What was complained of, else the longest one that keep-alives may hide. */
static struct stream_pause choose_pause(const struct picture *p)
{
	struct stream_pause longest = {0};
	for (size_t i = 0; i < PAUSE_KINDS; i++) {
		struct stream_pause pause = pause_of(&p->exhibit->stream, i);
		const struct finding *finding = finding_of(p->exhibit, pause_kinds[i].subject);
		if (pause.us <= 0 || pause.at_us < 0)
			continue;
		if (finding && finding->outcome != OUTCOME_PASS)
			return pause;
		if (pause.us > longest.us)
			longest = pause;
	}
	bool long_enough = longest.us >= PAUSE_LEAST_US && longest.us >= p->length_us / PAUSE_SHARE;
	return long_enough ? longest : (struct stream_pause){0};
}

/* Where a label's text begins: in the middle of its piece, but never over the edge of a narrow
 * window, where it takes up to two thirds of the picture. */
static const char *anchor_of(double middle)
{
	return middle < 0.35 ? "start" : middle > 0.65 ? "end" : "middle";
}

static void add_stall(const struct picture *p, const struct stream_pause *pause)
{
	if (!pause->us)
		return;
	struct value *stall = value_member(p->arena, p->stream, "stall");
	double from = (double)pause->at_us / (double)p->length_us;
	double share = (double)pause->us / (double)p->length_us;
	double middle = from + share / 2;
	const char *anchor = anchor_of(middle);
	int64_t at_us = pause->at_us + pause->us / 2;
	if (strcmp(anchor, "start") == 0)
		at_us = pause->at_us;
	if (strcmp(anchor, "end") == 0)
		at_us = pause->at_us + pause->us;
	value_text(p->arena, stall, "x", axis_place(p->arena, pause->at_us, p->length_us));
	value_text(p->arena, stall, "width", axis_place(p->arena, pause->us, p->length_us));
	value_text(p->arena, stall, "end",
		axis_place(p->arena, pause->at_us + pause->us, p->length_us));
	value_text(p->arena, stall, "at", axis_place(p->arena, at_us, p->length_us));
	value_text(p->arena, stall, "anchor", anchor);
	value_text(p->arena, stall, "label",
		arena_printf(p->arena, "%s %s", words_latency(p->arena, pause->us), pause->words));
}

/* --- marks and limits --- */

static void add_mark(const struct picture *p, struct value *marks, const char *kind, int64_t at_us,
	const char *label, bool left)
{
	struct value *mark = value_item(p->arena, marks);
	value_text(p->arena, mark, "class", kind);
	value_text(p->arena, mark, "x", axis_place(p->arena, at_us, p->length_us));
	value_text(p->arena, mark, "label", label);
	value_text(p->arena, mark, "anchor", left ? "end" : "start");
	value_text(p->arena, mark, "dx", left ? "-4" : "4");
}

/* "at most 5s, warns above 2s": the duration behind those words, or -1. */
static int64_t duration_behind(const char *words, const char *expected)
{
	int64_t us = -1;
	const char *at = expected ? strstr(expected, words) : NULL;
	if (!at)
		return -1;
	at += strlen(words);
	return text_parse_duration((struct str){at, strcspn(at, ", ")}, &us) ? us : -1;
}

static int64_t limit_of(const struct picture *p, const char *subject)
{
	const struct finding *finding = finding_of(p->exhibit, subject);
	int64_t us = duration_behind("at most ", finding ? finding->expected : NULL);
	return us >= 0 || !finding ? us : duration_behind("warns above ", finding->expected);
}

/* What lies beyond the picture is not drawn. */
static void add_limits(const struct picture *p)
{
	struct value *limits = value_list(p->arena, p->stream, "limits");
	const struct measures *m = &p->exhibit->stream;
	int64_t token_us = limit_of(p, "stream.ttft"), pause_us = limit_of(p, "stream.token_gap");
	int64_t pause_at_us =
		m->token_gap_us >= 0 && pause_us >= 0 ? m->token_gap_at_us + pause_us : -1;
	bool token = token_us > 0 && token_us <= p->length_us;
	bool pause = pause_at_us > 0 && pause_at_us <= p->length_us;
	bool both = token && pause;
	if (token)
		add_mark(p, limits, "limit", token_us,
			arena_printf(p->arena, "token: %s", axis_label(p->arena, token_us)),
			both ? token_us < pause_at_us : token_us > p->length_us / 2);
	if (pause)
		add_mark(p, limits, "limit", pause_at_us,
			arena_printf(p->arena, "pause: %s", axis_label(p->arena, pause_us)),
			both ? token_us >= pause_at_us : pause_at_us > p->length_us / 2);
	value_bool(p->arena, p->stream, "has_limits", value_truth(limits));
}

static void add_first_token(const struct picture *p)
{
	int64_t at_us = p->exhibit->stream.ttft_us;
	struct value *marks = value_list(p->arena, p->stream, "marks");
	if (at_us >= 0)
		add_mark(p, marks, "first", at_us,
			arena_printf(p->arena, "first token %s", words_latency(p->arena, at_us)),
			at_us > p->length_us / 2);
}

/* Where a stream stopped that did not say that it was at its end. */
static void add_break(const struct picture *p)
{
	const struct measures *m = &p->exhibit->stream;
	if (m->done || m->end_us < 0)
		return;
	struct value *broken = value_member(p->arena, p->stream, "broken");
	value_text(p->arena, broken, "x", axis_place(p->arena, m->end_us, p->length_us));
}

static void add_facts(const struct picture *p)
{
	const struct measures *m = &p->exhibit->stream;
	struct arena *arena = p->arena;
	char rate[TEXT_RATE_MAX];
	value_text(arena, p->stream, "integrity", p->exhibit->integrity);
	value_bool(arena, p->stream, "complete",
		p->exhibit->integrity && strcmp(p->exhibit->integrity, "complete") == 0);
	value_text(arena, p->stream, "ttft", words_latency(arena, m->ttft_us));
	value_text(arena, p->stream, "token_gap", words_latency(arena, m->token_gap_us));
	value_text(arena, p->stream, "line_gap", words_latency(arena, m->line_gap_us));
	if (m->tokens_per_second >= 0)
		value_text(arena, p->stream, "rate",
			arena_printf(arena, "%s/s%s", text_rate(m->tokens_per_second, rate),
				m->estimated ? ", estimated" : ""));
	if (p->exhibit->frames_left_out)
		value_int(arena, p->stream, "left_out", (int64_t)p->exhibit->frames_left_out);
	value_bool(arena, p->stream, "burst", m->burst);
}

void stream_view_add(
	struct arena *arena, struct value *object, const struct exhibit *exhibit, int64_t length_us)
{
	if (!exhibit->is_stream)
		return;
	struct picture p = {arena, exhibit, value_member(arena, object, "stream"), length_us};
	struct stream_pause pause = choose_pause(&p);
	add_facts(&p);
	stream_sentence_add(arena, p.stream, exhibit, &pause);
	if (exhibit->n_frames == 0)
		return;
	value_bool(arena, p.stream, "drawn", true);
	add_lanes(&p);
	add_stall(&p, &pause);
	add_first_token(&p);
	add_limits(&p);
	add_break(&p);
	stream_story_add(arena, p.stream, exhibit);
}
