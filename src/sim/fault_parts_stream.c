#include "base/clock.h"
#include "sim/fault_parts.h"

enum { PART_LINE_FLOOD_US = 1000 };

#define PING_US (1500 * US_PER_MS)

static void cut_with(struct reply *reply, size_t at, enum frame_kind kind)
{
	reply_cut(reply, at);
	reply_frame(reply, kind, STR(""), 0);
}

void part_left_open(struct reply *reply, int64_t span_us)
{
	(void)span_us;
	if (reply->stream)
		reply_frame(reply, FRAME_HOLD, STR(""), 0);
}

void part_endless_line(struct reply *reply, int64_t span_us)
{
	(void)span_us;
	if (!reply->stream)
		return;
	reply_cut(reply, reply_middle(reply));
	reply_frame(reply, FRAME_FLOOD, STR("data: and on and on "), PART_LINE_FLOOD_US);
}

static bool is_token(const struct frame *frame)
{
	return frame->kind == FRAME_TOKEN || frame->kind == FRAME_NOTE;
}

void part_slow_first_token(struct reply *reply, int64_t span_us)
{
	for (size_t i = 0; i < reply->n_frames; i++) {
		if (!is_token(&reply->frames[i]))
			continue;
		reply->frames[i].wait_us += span_us;
		return;
	}
}

void part_slow_tokens(struct reply *reply, int64_t span_us)
{
	for (size_t i = 0; i < reply->n_frames; i++)
		if (is_token(&reply->frames[i]))
			reply->frames[i].wait_us += span_us;
}

void part_gap(struct reply *reply, int64_t span_us)
{
	size_t at = reply_middle(reply);
	if (reply->stream && at < reply->n_frames)
		reply->frames[at].wait_us += span_us;
}

void part_stall(struct reply *reply, int64_t span_us)
{
	size_t at = reply_middle(reply);
	if (!reply->stream)
		return;
	if (at < reply->n_frames)
		reply->frames[at].wait_us += span_us % PING_US;
	for (int64_t us = PING_US; us <= span_us; us += PING_US)
		reply_insert(reply, at, (struct frame){FRAME_COMMENT, STR("ping"), PING_US});
}

void part_pings_for_ever(struct reply *reply, int64_t span_us)
{
	(void)span_us;
	if (!reply->stream)
		return;
	reply_cut(reply, reply_middle(reply));
	reply_frame(reply, FRAME_COMMENTS, STR("ping"), PING_US);
}

void part_comment_flood(struct reply *reply, int64_t span_us)
{
	(void)span_us;
	if (!reply->stream)
		return;
	reply_cut(reply, reply_middle(reply));
	reply_frame(reply, FRAME_FLOOD, STR(": nothing to say\n\n"), PART_LINE_FLOOD_US);
}

void part_cut(struct reply *reply, int64_t span_us)
{
	(void)span_us;
	if (reply->stream)
		cut_with(reply, reply_middle(reply), FRAME_FIN);
}

void part_stream_reset(struct reply *reply, int64_t span_us)
{
	(void)span_us;
	if (reply->stream)
		cut_with(reply, reply_middle(reply), FRAME_RESET);
}

static void drop(struct reply *reply, enum frame_kind kind)
{
	size_t kept = 0;
	for (size_t i = 0; i < reply->n_frames; i++)
		if (reply->frames[i].kind != kind)
			reply->frames[kept++] = reply->frames[i];
	reply->n_frames = kept;
}

void part_no_done(struct reply *reply, int64_t span_us)
{
	(void)span_us;
	drop(reply, FRAME_DONE);
}

void part_no_finish(struct reply *reply, int64_t span_us)
{
	(void)span_us;
	drop(reply, FRAME_FINISH);
}

void part_empty_stream(struct reply *reply, int64_t span_us)
{
	(void)span_us;
	if (reply->stream)
		reply_cut(reply, 0);
}

void part_done_only(struct reply *reply, int64_t span_us)
{
	(void)span_us;
	if (reply->stream)
		cut_with(reply, 0, FRAME_DONE);
	if (reply->stream)
		reply->frames[0].text = STR("[DONE]");
}

void part_killed(struct reply *reply, int64_t span_us)
{
	(void)span_us;
	if (reply->stream)
		cut_with(reply, reply_middle(reply), FRAME_FIN);
	else
		cut_with(reply, 0, FRAME_RESET);
	reply->headless = !reply->stream;
}
