#include "base/buf.h"
#include "base/clock.h"
#include "sim/fault_parts.h"

#include <stdio.h>

enum { PART_EVENT_MAX = 1 << 20, PART_LONG_ID = 512, PART_LONG_TOKENS = 2000 };

#define CHUNK(choices)                                                                             \
	"{\"id\":\"x\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":"              \
	"\"janus-router\",\"choices\":" choices "}"
#define DELTA(members) CHUNK("[{\"index\":0,\"delta\":{" members "}}]")

/* Of the first frame of this kind; none: the number of frames. */
static size_t place_of(const struct reply *reply, enum frame_kind kind)
{
	size_t i = 0;
	while (i < reply->n_frames && reply->frames[i].kind != kind)
		i++;
	return i;
}

static void put_before(
	struct reply *reply, enum frame_kind before, enum frame_kind kind, struct str text)
{
	size_t at = place_of(reply, before);
	if (at < reply->n_frames)
		reply_insert(reply, at, (struct frame){kind, text, 0});
}

void part_keepalives(struct reply *reply, int64_t span_us)
{
	struct frame comment = {FRAME_COMMENT, STR("keepalive"), 0};
	(void)span_us;
	if (!reply->stream)
		return;
	for (size_t i = 0; i < reply->n_frames; i += 2)
		reply_insert(reply, i, comment);
}

void part_reasoning_after(struct reply *reply, int64_t span_us)
{
	(void)span_us;
	put_before(reply, FRAME_FINISH, FRAME_REASONING,
		STR(DELTA("\"reasoning_content\":\"Terminating sandbox...\\n\"")));
}

void part_empty_comments(struct reply *reply, int64_t span_us)
{
	(void)span_us;
	for (size_t i = 0; reply->stream && i < reply->n_frames; i += 2)
		reply_insert(reply, i, (struct frame){FRAME_COMMENT, STR(""), 0});
}

/* The last token comes with its finish_reason. */
void part_finish_content(struct reply *reply, int64_t span_us)
{
	size_t finish = place_of(reply, FRAME_FINISH);
	(void)span_us;
	if (finish == reply->n_frames)
		return;
	for (size_t i = finish; i > 0; i--) {
		struct frame *frame = &reply->frames[i - 1];
		if (frame->kind != FRAME_TOKEN)
			continue;
		frame->kind = FRAME_NOTE;
		frame->text = part_swap(
			reply->arena, frame->text, "\"}}]}", "\"},\"finish_reason\":\"stop\"}]}");
		for (i = finish; i + 1 < reply->n_frames; i++)
			reply->frames[i] = reply->frames[i + 1];
		reply->n_frames--;
		return;
	}
}

void part_openai_members(struct reply *reply, int64_t span_us)
{
	(void)span_us;
	for (size_t i = 0; i < reply->n_frames; i++) {
		struct frame *frame = &reply->frames[i];
		bool bare = frame->kind >= FRAME_ROLE && frame->kind <= FRAME_FINISH &&
			    frame->kind != FRAME_NOTE;
		if (!bare)
			continue;
		frame->text = part_swap(reply->arena, frame->text, "\"choices\":[{",
			"\"system_fingerprint\":\"fp_1\",\"service_tier\":\"default\",\"usage\":"
			"null,"
			"\"obfuscation\":\"aaaa\",\"choices\":[{\"logprobs\":{\"content\":[{"
			"\"token\":"
			"\"a\",\"logprob\":-0.1,\"bytes\":[97],\"top_logprobs\":[]}],\"refusal\":"
			"null},");
		frame->text = part_swap(reply->arena, frame->text, "\"role\":\"assistant\"",
			"\"role\":\"assistant\",\"refusal\":null");
	}
}

/* One way to say so after the other. */
void part_no_error(struct reply *reply, int64_t span_us)
{
	static const char *const ways[] = {"null", "false", "\"\"", "{}", "[]", "0"};
	(void)span_us;
	for (size_t i = 0; i < reply->n_frames; i++) {
		char with[64];
		snprintf(with, sizeof(with),
			"\"error\":%s,\"choices\":", ways[i % (sizeof(ways) / sizeof(ways[0]))]);
		if (reply->frames[i].kind < FRAME_DONE)
			reply->frames[i].text = part_swap(
				reply->arena, reply->frames[i].text, "\"choices\":", with);
	}
}

void part_tool_calls(struct reply *reply, int64_t span_us)
{
	(void)span_us;
	put_before(reply, FRAME_TOKEN, FRAME_OTHER,
		STR(DELTA("\"tool_calls\":[{\"index\":0,\"id\":\"call_1\",\"type\":\"function\","
			  "\"function\":{\"name\":\"search\",\"arguments\":\"\"}}]")));
	put_before(reply, FRAME_TOKEN, FRAME_OTHER,
		STR(DELTA("\"content\":null,\"tool_calls\":[{\"index\":0,\"function\":{"
			  "\"arguments\":\"{\\\"q\\\":1}\"}}]")));
}

void part_reasoning_first(struct reply *reply, int64_t span_us)
{
	(void)span_us;
	put_before(reply, FRAME_TOKEN, FRAME_REASONING,
		STR(DELTA("\"reasoning_content\":\"Let me think.\"")));
	put_before(reply, FRAME_TOKEN, FRAME_REASONING,
		STR(DELTA("\"content\":\"\",\"reasoning\":\"Done thinking.\"")));
}

void part_no_choices(struct reply *reply, int64_t span_us)
{
	(void)span_us;
	put_before(reply, FRAME_TOKEN, FRAME_OTHER, STR(CHUNK("null")));
	put_before(reply, FRAME_TOKEN, FRAME_OTHER, STR(CHUNK("[]")));
	put_before(reply, FRAME_FINISH, FRAME_OTHER,
		STR("{\"id\":\"x\",\"object\":\"chat.completion.chunk\"}"));
}

/* What an id begins with may be demanded. */
static struct str lengthen_ids(struct arena *arena, struct str text)
{
	struct str member = STR("\"id\":\"");
	struct buf out = BUF_INIT(PART_EVENT_MAX);
	ptrdiff_t at;
	while ((at = str_find(text, member, false)) >= 0) {
		size_t end = (size_t)at + member.n;
		while (end < text.n && text.p[end] != '"')
			end += text.p[end] == '\\' ? 2 : 1;
		if (end >= text.n)
			break;
		buf_putstr(&out, (struct str){text.p, end});
		for (size_t n = 0; n < PART_LONG_ID; n += 16)
			buf_puts(&out, "0123456789abcdef");
		text = str_from(text, end);
	}
	buf_putstr(&out, text);
	struct str longer = arena_str(arena, buf_str(&out));
	buf_fini(&out);
	return longer;
}

void part_long_ids(struct reply *reply, int64_t span_us)
{
	(void)span_us;
	for (size_t i = 0; i < reply->n_frames; i++)
		if (reply->frames[i].kind < FRAME_DONE)
			reply->frames[i].text = lengthen_ids(reply->arena, reply->frames[i].text);
}

/* Its words stay: what they must be is the check's to say. */
void part_long_stream(struct reply *reply, int64_t span_us)
{
	size_t at = place_of(reply, FRAME_FINISH);
	(void)span_us;
	if (at == reply->n_frames)
		return;
	for (size_t i = 0; i < PART_LONG_TOKENS; i++)
		reply_insert(reply, at,
			(struct frame){FRAME_REASONING,
				STR(DELTA("\"reasoning_content\":\" and so on\"")), 0});
}
