#include "sim/fault_parts.h"

#include "base/asset.h"
#include "base/buf.h"

enum {
	PART_TEXT_MAX = 16 << 20,
	PART_FLOOD_US = 1000,
	PART_ENDLESS_HEAD_US = 1000,
};

void part_reset(struct script *script, int64_t span_us)
{
	(void)span_us;
	script_reset(script);
}

void part_silence(struct script *script, int64_t span_us)
{
	(void)span_us;
	script_hold(script);
}

void part_hang_up(struct script *script, int64_t span_us)
{
	(void)span_us;
	script_fin(script);
}

void part_garbage(struct script *script, int64_t span_us)
{
	(void)span_us;
	script_send(script, STR("SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n\x16\x03\x01\x02 garbage\r\n"),
		MARKS_NONE);
	script_fin(script);
}

void part_endless_head(struct script *script, int64_t span_us)
{
	static const char padding[] = "x-padding: 0123456789012345678901234567890123456789012345"
				      "678901234567890123456789012345678901234567890123456789\r\n";
	struct buf lines = BUF_INIT(PART_TEXT_MAX);
	(void)span_us;
	while (lines.n < 16 << 10)
		buf_puts(&lines, padding);
	script_send(script, STR("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"),
		mark_of(MARK_HEAD));
	script_repeat(script, arena_str(script->arena, buf_str(&lines)), PART_ENDLESS_HEAD_US, 0);
	buf_fini(&lines);
}

void part_endless_continue(struct script *script, int64_t span_us)
{
	(void)span_us;
	script_repeat(script, STR("HTTP/1.1 100 Continue\r\n\r\n"), PART_ENDLESS_HEAD_US, 0);
}

void part_nul_header(struct script *script, int64_t span_us)
{
	(void)span_us;
	script_send(script,
		STR("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-nul: a\0b\r\n"
		    "content-length: 15\r\n\r\n{\"status\":\"ok\"}"),
		mark_of(MARK_HEAD));
	script_fin(script);
}

void part_silent_body(struct reply *reply, int64_t span_us)
{
	(void)span_us;
	reply_insert(reply, 0, (struct frame){FRAME_HOLD, STR(""), 0});
}

/* JSON: a body or an event's data. */
static bool has_json(const struct frame *frame)
{
	return frame->kind < FRAME_DONE;
}

static struct str seal(struct arena *arena, struct buf *text)
{
	struct str kept = arena_str(arena, buf_str(text));
	buf_fini(text);
	return kept;
}

void part_huge_chunk(struct reply *reply, int64_t span_us)
{
	(void)span_us;
	reply_cut(reply, reply_middle(reply));
	reply_frame(reply, FRAME_WIRE, STR("FFFFFFFFFFFFFFFFFFFF\r\nmore than there is\r\n"), 0);
	reply_frame(reply, FRAME_FIN, STR(""), 0);
}

/* Where the answer is whole but for its end; within a stream: in a comment. */
void part_bomb(struct reply *reply, int64_t span_us)
{
	(void)span_us;
	reply_cut(reply, reply_middle(reply));
	reply_frame(reply, FRAME_BOMB, STR(""), 0);
}

static struct str joined(
	struct arena *arena, const char *before, struct str text, const char *after)
{
	struct buf out = BUF_INIT(PART_TEXT_MAX);
	buf_puts(&out, before);
	buf_putstr(&out, text);
	buf_puts(&out, after);
	return seal(arena, &out);
}

void part_truncate(struct reply *reply, int64_t span_us)
{
	(void)span_us;
	for (size_t i = 0; i < reply->n_frames; i++)
		if (reply->frames[i].kind == FRAME_BODY)
			reply->frames[i].text.n = reply->frames[i].text.n * 2 / 3;
}

void part_html(struct reply *reply, int64_t span_us)
{
	(void)span_us;
	reply_body(reply, 200, "text/html; charset=utf-8", asset_find("web/stand_in_ui.html"));
}

void part_empty_body(struct reply *reply, int64_t span_us)
{
	(void)span_us;
	for (size_t i = 0; i < reply->n_frames; i++)
		if (reply->frames[i].kind == FRAME_BODY)
			reply->frames[i].text.n = 0;
}

void part_garbage_tail(struct reply *reply, int64_t span_us)
{
	(void)span_us;
	for (size_t i = 0; i < reply->n_frames; i++)
		if (has_json(&reply->frames[i]))
			reply->frames[i].text =
				joined(reply->arena, "", reply->frames[i].text, "}}");
}

void part_wrap_in_list(struct reply *reply, int64_t span_us)
{
	(void)span_us;
	for (size_t i = 0; i < reply->n_frames; i++)
		if (has_json(&reply->frames[i]))
			reply->frames[i].text =
				joined(reply->arena, "[", reply->frames[i].text, "]");
}

/* Just behind the list that opens at `at`. */
static size_t list_end(struct str text, size_t at)
{
	size_t depth = 0;
	bool quoted = false;
	for (; at < text.n; at++) {
		char c = text.p[at];
		if (c == '\\' && quoted)
			at++;
		else if (c == '"')
			quoted = !quoted;
		else if (!quoted && c == '[')
			depth++;
		else if (!quoted && c == ']' && --depth == 0)
			return at + 1;
	}
	return text.n;
}

static struct str replace_lists(struct arena *arena, struct str text, const char *by)
{
	struct buf out = BUF_INIT(PART_TEXT_MAX);
	ptrdiff_t at;
	while ((at = str_find(text, STR(":["), false)) >= 0) {
		buf_putstr(&out, (struct str){text.p, (size_t)at + 1});
		buf_puts(&out, by);
		text = str_from(text, list_end(text, (size_t)at + 1));
	}
	buf_putstr(&out, text);
	return seal(arena, &out);
}

static void replace_all_lists(struct reply *reply, const char *by)
{
	for (size_t i = 0; i < reply->n_frames; i++)
		if (has_json(&reply->frames[i]))
			reply->frames[i].text =
				replace_lists(reply->arena, reply->frames[i].text, by);
}

void part_empty_lists(struct reply *reply, int64_t span_us)
{
	(void)span_us;
	replace_all_lists(reply, "[]");
}

void part_lists_to_objects(struct reply *reply, int64_t span_us)
{
	(void)span_us;
	replace_all_lists(reply, "{}");
}

static bool is_composed(struct str text)
{
	return text.n && (text.p[0] == '{' || text.p[0] == '[');
}

static struct str spread(struct arena *arena, struct str text)
{
	struct buf out = BUF_INIT(PART_TEXT_MAX);
	bool quoted = false;
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];
		if (c == '"')
			quoted = !quoted;
		if (c == ':' && !quoted)
			buf_puts(&out, " :\r\n\t ");
		else
			buf_putc(&out, c);
		if (c == '\\' && quoted && i + 1 < text.n)
			buf_putc(&out, text.p[++i]);
	}
	return seal(arena, &out);
}

void part_spread(struct reply *reply, int64_t span_us)
{
	(void)span_us;
	for (size_t i = 0; i < reply->n_frames; i++)
		if (reply->frames[i].kind == FRAME_BODY && is_composed(reply->frames[i].text))
			reply->frames[i].text = spread(reply->arena, reply->frames[i].text);
}

void part_endless_body(struct reply *reply, int64_t span_us)
{
	(void)span_us;
	struct str text = STR(" \n");
	if (reply->stream)
		text = STR("data: {\"id\":\"x\",\"object\":\"chat.completion.chunk\",\"choices\":"
			   "[{\"index\":0,\"delta\":{\"content\":\"and on \"}}]}\n\n");
	reply_cut(reply, 0);
	reply_frame(reply, FRAME_FLOOD, text, PART_FLOOD_US);
}

void part_bad_chunk(struct reply *reply, int64_t span_us)
{
	(void)span_us;
	reply_cut(reply, reply_middle(reply));
	reply_frame(reply, FRAME_WIRE, STR("zz\r\nno size at all\r\n"), 0);
	reply_frame(reply, FRAME_FIN, STR(""), 0);
}

struct str part_swap(struct arena *arena, struct str text, const char *from, const char *to)
{
	ptrdiff_t at = str_find(text, str_of(from), false);
	if (at < 0)
		return text;
	struct buf out = BUF_INIT(PART_TEXT_MAX);
	for (; at >= 0; at = str_find(text, str_of(from), false)) {
		buf_putstr(&out, (struct str){text.p, (size_t)at});
		buf_puts(&out, to);
		text = str_from(text, (size_t)at + strlen(from));
	}
	buf_putstr(&out, text);
	return seal(arena, &out);
}
