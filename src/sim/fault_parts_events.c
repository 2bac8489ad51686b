#include "sim/fault_parts.h"

#define OVERLOADED                                                                                 \
	"{\"error\":{\"message\":\"The model is overloaded\",\"type\":\"server_error\","           \
	"\"param\":null,\"code\":\"overloaded\"}}"

static bool is_json(const struct frame *frame)
{
	return frame->kind >= FRAME_ROLE && frame->kind < FRAME_DONE;
}

static void insert(struct reply *reply, size_t at, struct str text)
{
	reply_insert(reply, at, (struct frame){FRAME_OTHER, text, 0});
}

static void fail_at(struct reply *reply, size_t at)
{
	reply_cut(reply, at);
	reply_frame(reply, FRAME_OTHER, STR(OVERLOADED), 0);
	reply_frame(reply, FRAME_DONE, STR("[DONE]"), 0);
}

void part_error_event(struct reply *reply, int64_t span_us)
{
	(void)span_us;
	if (reply->stream)
		fail_at(reply, reply_middle(reply));
}

void part_error_first(struct reply *reply, int64_t span_us)
{
	(void)span_us;
	if (reply->stream)
		fail_at(reply, 0);
}

void part_malformed_event(struct reply *reply, int64_t span_us)
{
	struct frame frame = {FRAME_OTHER,
		STR("{\"id\":\"x\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"oh"), 0};
	(void)span_us;
	if (reply->stream)
		reply_insert(reply, reply_middle(reply), frame);
}

/* As other houses do it: a name, no [DONE]. */
void part_error_named(struct reply *reply, int64_t span_us)
{
	(void)span_us;
	if (!reply->stream)
		return;
	reply_cut(reply, reply_middle(reply));
	reply_frame(reply, FRAME_RAW,
		STR("event: error\ndata: {\"type\":\"overloaded_error\",\"message\":"
		    "\"Overloaded\"}\n\n"),
		0);
}

/* In the middle of a character. */
void part_clean_cut(struct reply *reply, int64_t span_us)
{
	(void)span_us;
	if (!reply->stream)
		return;
	reply_cut(reply, reply_middle(reply));
	reply_frame(reply, FRAME_RAW,
		STR("data: "
		    "{\"id\":\"x\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\xe2\x82"),
		0);
}

void part_no_chunks(struct reply *reply, int64_t span_us)
{
	(void)span_us;
	for (size_t i = 0; i < reply->n_frames; i++)
		if (is_json(&reply->frames[i]))
			reply->frames[i].text = STR("{\"progress\":\"working on it\"}");
}

void part_foreign_event(struct reply *reply, int64_t span_us)
{
	(void)span_us;
	if (reply->stream)
		insert(reply, reply_middle(reply), STR("[\"not\",\"a chunk\"]"));
}

/* The last token's text gets two bytes of a character of three. */
void part_half_character(struct reply *reply, int64_t span_us)
{
	(void)span_us;
	for (size_t i = reply->n_frames; i > 0; i--) {
		struct frame *frame = &reply->frames[i - 1];
		if (frame->kind != FRAME_TOKEN)
			continue;
		frame->text = part_swap(
			reply->arena, frame->text, "\"content\":\"", "\"content\":\"\xe2\x82");
		return;
	}
}

void part_nul_event(struct reply *reply, int64_t span_us)
{
	static const char text[] = "{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\0b\"}}]}";
	(void)span_us;
	if (reply->stream)
		insert(reply, reply_middle(reply), (struct str){text, sizeof(text) - 1});
}

static const struct frame done = {FRAME_DONE, {"[DONE]", 6}, 0};

void part_done_middle(struct reply *reply, int64_t span_us)
{
	(void)span_us;
	if (reply->stream)
		reply_insert(reply, reply_middle(reply), done);
}

void part_done_twice(struct reply *reply, int64_t span_us)
{
	(void)span_us;
	if (reply->stream)
		reply_insert(reply, reply->n_frames, done);
}

void part_behind_done(struct reply *reply, int64_t span_us)
{
	(void)span_us;
	if (reply->stream)
		insert(reply, reply->n_frames,
			STR("{\"id\":\"x\",\"object\":\"chat.completion.chunk\",\"choices\":[{"
			    "\"index\":0,\"delta\":{\"content\":\" and one thing more\"}}]}"));
}
