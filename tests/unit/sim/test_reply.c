#include "unit.h"

#include "base/buf.h"
#include "sim/fault.h"
#include "sim/fault_parts.h"
#include "sim/gzip.h"

#include <stdio.h>
#include <zlib.h>

static struct arena arena;
static struct reply reply;
static struct http_request request;

static int set_up(void **state)
{
	(void)state;
	arena_init(&arena);
	reply = (struct reply){.arena = &arena, .server = "s"};
	http_read(STR("GET / HTTP/1.1\r\n\r\n"), &arena, &request);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_fini(&arena);
	return 0;
}

/* The script as text, without its date: waits as +us, endings by name. */
static struct str rendered(unsigned wire)
{
	struct script script;
	struct buf out = BUF_INIT(1 << 20);
	script_init(&script, &arena);
	reply_render(&reply, &request, wire, &script);
	for (size_t i = 0; i < script.n; i++) {
		const struct action *action = &script.actions[i];
		switch (action->kind) {
		case ACTION_WAIT: buf_printf(&out, "+%d ", (int)action->us); break;
		case ACTION_SEND:
		case ACTION_DRIP: buf_putstr(&out, action->bytes); break;
		case ACTION_REPEAT: buf_printf(&out, "{%.*s}", STR_ARG(action->bytes)); break;
		case ACTION_HOLD: buf_puts(&out, "hold"); break;
		case ACTION_FIN: buf_puts(&out, "fin"); break;
		case ACTION_RESET: buf_puts(&out, "reset"); break;
		}
	}
	if (script.close)
		buf_puts(&out, "close");
	struct str text = arena_str(&arena, buf_str(&out));
	ptrdiff_t date = str_find(text, STR("date: "), false);
	buf_fini(&out);
	if (date < 0)
		return text;
	return str_of(arena_printf(&arena, "%.*s%.*s", (int)date, text.p,
		STR_ARG(str_from(text,
			(size_t)date + sizeof("date: Sun, 22 Nov 2026 10:45:42 GMT\r\n") - 1))));
}

static void small_stream(void)
{
	reply_stream(&reply);
	reply_frame(&reply, FRAME_ROLE, STR("{\"r\":1}"), 0);
	reply_frame(&reply, FRAME_TOKEN, STR("{\"t\":1}"), 7);
	reply_frame(&reply, FRAME_TOKEN, STR("{\"t\":2}"), 7);
	reply_frame(&reply, FRAME_FINISH, STR("{\"f\":1}"), 0);
	reply_frame(&reply, FRAME_DONE, STR("[DONE]"), 0);
}

#define STREAM_HEAD                                                                                \
	"HTTP/1.1 200 OK\r\nserver: s\r\ncache-control: no-cache\r\nconnection: keep-alive\r\n"    \
	"content-type: text/event-stream; charset=utf-8\r\ntransfer-encoding: chunked\r\n\r\n"

static void a_body(void **state)
{
	(void)state;
	reply_body(&reply, 404, "application/json", STR("{}"));
	reply_header(&reply, "x-a", "b");
	assert_str(rendered(0), "HTTP/1.1 404 Not Found\r\nserver: s\r\ncontent-length: 2\r\n"
				"content-type: application/json\r\nx-a: b\r\n\r\n{}");
	assert_str(rendered(WIRE_CHUNKED),
		"HTTP/1.1 404 Not Found\r\nserver: s\r\ncontent-type: application/json\r\nx-a: "
		"b\r\n"
		"transfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n");
	assert_str(rendered(WIRE_HTTP10), "HTTP/1.0 404 Not Found\r\nserver: s\r\ncontent-type: "
					  "application/json\r\nx-a: b\r\n"
					  "connection: close\r\n\r\n{}close");
	assert_true(str_find(rendered(WIRE_LENGTH_LONG), STR("content-length: 66\r\n"), false) > 0);
	reply.head_only = true;
	assert_str(rendered(0), "HTTP/1.1 404 Not Found\r\nserver: s\r\ncontent-length: 2\r\n"
				"content-type: application/json\r\nx-a: b\r\n\r\n");
	reply.headless = true;
	assert_str(rendered(0), "");
}

/* A header of ten bytes, an empty block of two, a trailer of eight: not less. */
static void an_empty_body_is_compressed_whole(void **state)
{
	(void)state;
	reply_body(&reply, 200, "text/plain", STR(""));
	assert_true(str_find(rendered(WIRE_GZIP_ALWAYS), STR("content-length: 20\r\n"), false) > 0);
}

static void a_stream(void **state)
{
	(void)state;
	small_stream();
	assert_str(rendered(0),
		STREAM_HEAD "f\r\ndata: {\"r\":1}\n\n\r\n+7 f\r\ndata: {\"t\":1}\n\n\r\n+7 "
			    "f\r\ndata: {\"t\":2}\n\n\r\nf\r\ndata: {\"f\":1}\n\n\r\n"
			    "e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n");
	assert_str(rendered(WIRE_BURST | WIRE_CRLF | WIRE_NO_SPACE | WIRE_BOM), STREAM_HEAD
		"13\r\n\xef\xbb\xbf"
		"data:{\"r\":1}\r\n\r\n\r\n+7 10\r\ndata:{\"t\":1}\r\n\r\n\r\n+7 "
		"2f\r\ndata:{\"t\":2}\r\n\r\ndata:{\"f\":1}\r\n\r\ndata:[DONE]\r\n\r\n\r\n"
		"0\r\n\r\n");
	reply_cut(&reply, 1);
	assert_str(rendered(WIRE_CHUNK_EXTENSIONS | WIRE_TRAILERS),
		STREAM_HEAD "f;name=\"a\\\";b\";flag\r\ndata: {\"r\":1}\n\n\r\n"
			    "0\r\nx-checksum: none\r\nserver-timing: a;dur=1\r\n\r\n");
	assert_str(rendered(WIRE_MULTILINE | WIRE_CR),
		STREAM_HEAD "1d\r\ndata: {\rdata: \"r\":1\rdata: }\r\r\r\n0\r\n\r\n");
}

/* What each edit leaves of the small stream's events and ends. */
static void edits(void **state)
{
	static const struct {
		void (*edit)(struct reply *reply, int64_t span_us);
		int64_t span_us;
		const char *expected;
	} cases[] = {
		{part_slow_first_token, 100, "r1 +107 t1 +7 t2 f1 [DONE] "},
		{part_slow_tokens, 100, "r1 +107 t1 +107 t2 f1 [DONE] "},
		{part_gap, 100, "r1 +7 t1 +107 t2 f1 [DONE] "},
		{part_stall, 4000000,
			"r1 +7 t1 +1500000 :ping +1500000 :ping +1000007 t2 f1 [DONE] "},
		{part_cut, 0, "r1 +7 t1 fin"},
		{part_stream_reset, 0, "r1 +7 t1 reset"},
		{part_no_done, 0, "r1 +7 t1 +7 t2 f1 "},
		{part_no_finish, 0, "r1 +7 t1 +7 t2 [DONE] "},
		{part_empty_stream, 0, ""},
		{part_done_only, 0, "[DONE] "},
		{part_keepalives, 0,
			":keepalive r1 :keepalive +7 t1 :keepalive +7 t2 :keepalive f1 "
			":keepalive [DONE] "},
		{part_left_open, 0, "r1 +7 t1 +7 t2 f1 [DONE] hold"},
		{part_silent_body, 0, "hold"},
		{part_killed, 0, "r1 +7 t1 fin"},
		{part_done_middle, 0, "r1 +7 t1 [DONE] +7 t2 f1 [DONE] "},
		{part_done_twice, 0, "r1 +7 t1 +7 t2 f1 [DONE] [DONE] "},
		{part_behind_done, 0, "r1 +7 t1 +7 t2 f1 [DONE] i: "},
		{part_error_event, 0, "r1 +7 t1 eo [DONE] "},
		{part_error_first, 0, "eo [DONE] "},
		{part_error_named, 0, "r1 +7 t1 e: "},
		{part_foreign_event, 0, "r1 +7 t1 n\" +7 t2 f1 [DONE] "},
		{part_no_chunks, 0, "pg +7 pg +7 pg pg [DONE] "},
		{part_empty_comments, 0, ": r1 : +7 t1 : +7 t2 : f1 : [DONE] "},
		{part_finish_content, 0, "r1 +7 t1 +7 t2 [DONE] "},
		{part_tool_calls, 0, "r1 i: i: +7 t1 +7 t2 f1 [DONE] "},
		{part_reasoning_first, 0, "r1 i: i: +7 t1 +7 t2 f1 [DONE] "},
		{part_reasoning_after, 0, "r1 +7 t1 +7 t2 i: f1 [DONE] "},
		{part_no_choices, 0, "r1 i: i: +7 t1 +7 t2 i: f1 [DONE] "},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buf seen = BUF_INIT(4096);
		small_stream();
		cases[i].edit(&reply, cases[i].span_us);
		bool over = false;
		for (size_t k = 0; k < reply.n_frames && !over; k++) {
			const struct frame *frame = &reply.frames[k];
			if (frame->wait_us)
				buf_printf(&seen, "+%d ", (int)frame->wait_us);
			over = frame->kind >= FRAME_HOLD;
			if (over)
				buf_puts(&seen, frame->kind == FRAME_HOLD  ? "hold"
						: frame->kind == FRAME_FIN ? "fin"
									   : "reset");
			else if (frame->kind == FRAME_COMMENT)
				buf_printf(&seen, ":%.*s ", STR_ARG(frame->text));
			else if (frame->kind == FRAME_DONE)
				buf_puts(&seen, "[DONE] ");
			else
				buf_printf(&seen, "%c%c ", frame->text.p[2], frame->text.p[5]);
		}
		if (strcmp(buf_text(&seen), cases[i].expected) != 0)
			fail_msg("case %zu: got %s, expected %s", i, buf_text(&seen),
				cases[i].expected);
		buf_fini(&seen);
	}
}

static void edits_of_bodies(void **state)
{
	static const struct {
		void (*edit)(struct reply *reply, int64_t span_us);
		const char *expected;
	} cases[] = {
		{part_truncate, "{\"a\":[1,\"]\",[2]]"},
		{part_empty_body, ""},
		{part_garbage_tail, "{\"a\":[1,\"]\",[2]],\"b\":[]}}}"},
		{part_wrap_in_list, "[{\"a\":[1,\"]\",[2]],\"b\":[]}]"},
		{part_empty_lists, "{\"a\":[],\"b\":[]}"},
		{part_lists_to_objects, "{\"a\":{},\"b\":{}}"},
		/* no stream, nothing to do */
		{part_cut, "{\"a\":[1,\"]\",[2]],\"b\":[]}"},
		{part_stall, "{\"a\":[1,\"]\",[2]],\"b\":[]}"},
		{part_gap, "{\"a\":[1,\"]\",[2]],\"b\":[]}"},
		{part_done_only, "{\"a\":[1,\"]\",[2]],\"b\":[]}"},
		{part_error_first, "{\"a\":[1,\"]\",[2]],\"b\":[]}"},
		{part_clean_cut, "{\"a\":[1,\"]\",[2]],\"b\":[]}"},
		{part_no_chunks, "{\"a\":[1,\"]\",[2]],\"b\":[]}"},
		{part_done_twice, "{\"a\":[1,\"]\",[2]],\"b\":[]}"},
		{part_tool_calls, "{\"a\":[1,\"]\",[2]],\"b\":[]}"},
		{part_empty_comments, "{\"a\":[1,\"]\",[2]],\"b\":[]}"},
		{part_finish_content, "{\"a\":[1,\"]\",[2]],\"b\":[]}"},
		{part_long_stream, "{\"a\":[1,\"]\",[2]],\"b\":[]}"},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		reply_body(&reply, 200, "application/json", STR("{\"a\":[1,\"]\",[2]],\"b\":[]}"));
		cases[i].edit(&reply, 9000000);
		assert_int_equal(reply.n_frames, 1);
		assert_str(reply.frames[0].text, cases[i].expected);
	}
}

/* As many bytes as it says, in few, and readable as what it claims to be. */
static void a_bomb(void **state)
{
	enum { MEGABYTES = 5, MEGABYTE = 1 << 20 };
	struct gzip *gzip = gzip_new(false);
	z_stream z = {.next_in = NULL};
	char *out = arena_alloc(&arena, (MEGABYTES + 1) * MEGABYTE);
	(void)state;
	struct str head = gzip_piece(gzip, STR("{}"), false, &arena);
	struct str bomb = gzip_bomb(gzip, MEGABYTES, &arena);
	assert_true(bomb.n < MEGABYTES * 2048);
	assert_int_equal(inflateInit2(&z, 31), Z_OK);
	z.next_out = (Bytef *)out;
	z.avail_out = (MEGABYTES + 1) * MEGABYTE;
	z.next_in = (z_const Bytef *)head.p;
	z.avail_in = (uInt)head.n;
	assert_int_equal(inflate(&z, Z_NO_FLUSH), Z_OK);
	z.next_in = (z_const Bytef *)bomb.p;
	z.avail_in = (uInt)bomb.n;
	assert_int_equal(inflate(&z, Z_NO_FLUSH), Z_OK);
	assert_int_equal(z.total_out, 2 + MEGABYTES * MEGABYTE);
	assert_true(out[0] == '{' && out[2] == ' ' && out[1 + MEGABYTES * MEGABYTE] == ' ');
	inflateEnd(&z);
	gzip_free(gzip);
}

static void a_date(void **state)
{
	(void)state;
	assert_string_equal(
		reply_date(&arena, INT64_C(784111777000000)), "Sun, 06 Nov 1994 08:49:37 GMT");
}

static void swaps(void **state)
{
	(void)state;
	assert_str(part_swap(&arena, STR("aXbXX"), "X", "--"), "a--b----");
	assert_str(part_swap(&arena, STR("abc"), "X", "--"), "abc");
	assert_str(part_swap(&arena, STR("XaX"), "X", ""), "a");
}

static void frames_are_bounded(void **state)
{
	(void)state;
	reply_stream(&reply);
	for (int i = 0; i < REPLY_FRAMES_MAX + 5; i++)
		reply_frame(&reply, FRAME_TOKEN, STR("{}"), 0);
	reply_insert(&reply, 0, (struct frame){FRAME_ROLE, STR("{}"), 0});
	assert_int_equal(reply.n_frames, REPLY_FRAMES_MAX);
	assert_int_equal(reply.frames[0].kind, FRAME_TOKEN);
	for (int i = 0; i < REPLY_HEADERS_MAX + 5; i++)
		reply_header(&reply, "a", "b");
	assert_int_equal(reply.n_headers, REPLY_HEADERS_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_body, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			an_empty_body_is_compressed_whole, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_stream, set_up, tear_down),
		cmocka_unit_test_setup_teardown(edits, set_up, tear_down),
		cmocka_unit_test_setup_teardown(edits_of_bodies, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_bomb, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_date, set_up, tear_down),
		cmocka_unit_test_setup_teardown(swaps, set_up, tear_down),
		cmocka_unit_test_setup_teardown(frames_are_bounded, set_up, tear_down),
	};
	return RUN(tests);
}
