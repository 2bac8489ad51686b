#include "streaming.h"

static void what_is_no_content_is_no_token(void **state)
{
	(void)state;
	static const char *const chunks[] = {"{'choices':[{'delta':{'role':'assistant'}}]}",
		"{'choices':[{'delta':{'content':''}}]}",
		"{'choices':[{'delta':{'content':null}}]}", "{'choices':[{'delta':{'content':5}}]}",
		"{'choices':[{'delta':'x'}]}", "{'choices':[{'text':'x'}]}",
		"{'choices':[{'message':{'content':'x'}}]}",
		"{'choices':[{'delta':{}},{'delta':{'content':'second'}}]}",
		"{'choices':[{'delta':{'reasoning_content':'','tool_calls':[]}}]}",
		"{'choices':null}", "{'choices':[]}", "{}"};
	for (size_t i = 0; i < COUNT(chunks); i++)
		event((int64_t)i, chunks[i]);
	assert_int_equal(stream.m.chunks, COUNT(chunks));
	assert_int_equal(stream.m.malformed, 0);
	assert_int_equal(stream.m.tokens, 0);
	assert_ms(stream.m.ttfr_us, -1);
	assert_ms(stream.m.ttft_us, -1);
	assert_false(stream.m.done);
	for (size_t i = 0; i < stream.timeline.n; i++)
		assert_int_equal(stream.timeline.frames[i].kind, FRAME_EVENT);
}

static void json_that_is_no_chunk_is_malformed(void **state)
{
	(void)state;
	static const char *const others[] = {
		"[]", "5", "null", "'[DONE]'", "{'choices':{}}", "{'choices':'x'}"};
	for (size_t i = 0; i < COUNT(others); i++)
		event((int64_t)i, others[i]);
	assert_int_equal(stream.m.chunks, COUNT(others));
	assert_int_equal(stream.m.malformed, COUNT(others));
	assert_int_equal(stream.m.tokens, 0);
	assert_false(stream.m.done);
}

static void reasoning_and_tool_calls_are_responses(void **state)
{
	(void)state;
	static const char *const responses[] = {"'reasoning_content':'hm'", "'reasoning':'hm'",
		"'tool_calls':[{'index':0,'function':{'name':'f'}}]", "'content':'x'"};
	for (size_t i = 0; i < COUNT(responses); i++) {
		anew();
		delta(50, "'role':'assistant'");
		delta(200, responses[i]);
		delta(900, responses[i]);
		bool content = i + 1 == COUNT(responses);
		assert_ms(stream.m.ttfr_us, 200);
		assert_ms(stream.m.ttft_us, content ? 200 : -1);
		assert_ms(stream.m.token_gap_us, 700);
		assert_int_equal(
			stream.timeline.frames[1].kind, content ? FRAME_TOKEN : FRAME_REASONING);
	}
}

static void errors_inside_a_stream_are_seen(void **state)
{
	(void)state;
	token(10);
	event(20, "{'error':null}");
	event(21, "{'error':false}");
	event(22, "{'error':''}");
	event(23, "{'error':{}}");
	event(24, "{'usage':{},'error':{ }}"); /* this one is read as a tree */
	event(25, "{'usage':{},'error':''}");
	event(26, "{'usage':{},'error':false,'choices':[]}");
	assert_int_equal(stream.m.error_events, 0);
	event(30, "{'error':{'message':'overloaded','code':529}}");
	event(40, "{'error':'again'}");
	event(41, "{'error':{'message':null}}");
	assert_int_equal(stream.m.error_events, 3);
	assert_true(str_eq(buf_str(&stream.error_text), STR("overloaded")));
	assert_int_equal(stream.timeline.frames[8].kind, FRAME_ERROR);
	finish(50);
	done(50);
	ends(50, STREAM_CLEAN);
	assert_integrity(INTEGRITY_ERROR_EVENT);
}

/* As others send one: the name says it, the data are anything. */
static void an_event_named_error_is_an_error(void **state)
{
	(void)state;
	static const struct {
		const char *data, *text;
		unsigned malformed;
	} table[] = {
		{"{\"type\":\"overloaded_error\",\"message\":\"busy\"}", "busy", 0},
		{"{\"type\":\"error\",\"error\":{\"message\":\"busy\"}}", "busy", 0},
		{"{\"choices\":[],\"code\":5}", "{\"choices\":[],\"code\":5}", 0},
		{"upstream died", "upstream died", 1},
	};
	for (size_t i = 0; i < COUNT(table); i++) {
		char text[256];
		anew();
		token(10);
		snprintf(text, sizeof(text), "event: error\ndata: %s\n\n", table[i].data);
		at(20, text);
		at(30, "event: message\ndata: {}\n\n");
		finish(50);
		done(50);
		ends(50, STREAM_CLEAN);
		assert_int_equal(stream.m.error_events, 1);
		assert_int_equal(stream.m.malformed, table[i].malformed);
		assert_true(str_eq(buf_str(&stream.error_text), str_of(table[i].text)));
		assert_int_equal(stream.timeline.frames[1].kind, FRAME_ERROR);
		assert_integrity(INTEGRITY_ERROR_EVENT);
	}
}

static void an_error_without_a_message_is_shown_as_it_is(void **state)
{
	(void)state;
	event(10, "{'error':{'code':5},'choices':[]}");
	assert_true(str_eq(buf_str(&stream.error_text), STR("{\"code\":5}")));
}

static void events_that_are_not_json_are_counted(void **state)
{
	(void)state;
	token(10);
	event(20, "{'choices':[");
	event(30, "Working...");
	at(40, "data:\n\n");
	at(50, "data: {\"a\":\"\xff\n\n");
	finish(60);
	done(60);
	ends(60, STREAM_CLEAN);
	assert_int_equal(stream.m.malformed, 4);
	assert_int_equal(stream.m.chunks, 2);
	assert_integrity(INTEGRITY_MALFORMED);
}

static void done_is_known_in_every_spelling(void **state)
{
	(void)state;
	static const char *const spellings[] = {"data: [DONE]\n\n", "data:[DONE]\r\n\r\n",
		"data:  [DONE] \n\n", "data: [DONE]\n", "data: [DONE]",
		"event: x\ndata: [DONE]\n\n"};
	for (size_t i = 0; i < COUNT(spellings); i++) {
		anew();
		token(10);
		finish(20);
		at(30, spellings[i]);
		ends(500, STREAM_CLEAN);
		assert_true(stream.m.done);
		assert_int_equal(stream.m.chunks, 2);
		assert_int_equal(stream.m.malformed, 0);
		assert_ms(stream.timeline.frames[2].at_us, 30); /* it came with the last bytes */
		assert_integrity(INTEGRITY_COMPLETE);
	}
}

static void nothing_may_follow_done(void **state)
{
	(void)state;
	token(10);
	finish(20);
	done(30);
	done(40); /* again: no harm */
	assert_int_equal(stream.m.malformed, 0);
	token(50);
	ends(60, STREAM_CLEAN);
	assert_int_equal(stream.m.malformed, 1);
	assert_int_equal(stream.timeline.frames[4].kind, FRAME_MALFORMED);
	assert_integrity(INTEGRITY_MALFORMED);
}

/* Each row breaks everything the rows above it break, one thing less at a time. */
static void the_first_word_that_holds_is_the_word(void **state)
{
	(void)state;
	static const struct {
		bool masked, error;
		enum stream_end how;
		bool finish, token, malformed, done;
		enum integrity word;
	} table[] = {
		{true, true, STREAM_ABORTED, false, false, true, false, INTEGRITY_MASKED},
		{false, true, STREAM_ABORTED, false, false, true, false, INTEGRITY_ERROR_EVENT},
		{false, false, STREAM_ABORTED, false, false, true, false, INTEGRITY_ABORTED},
		{false, false, STREAM_BROKEN, false, false, true, false, INTEGRITY_TRUNCATED},
		{false, false, STREAM_BROKEN, true, true, false, true, INTEGRITY_TRUNCATED},
		{false, false, STREAM_CLEAN, false, true, true, true, INTEGRITY_TRUNCATED},
		{false, false, STREAM_CLEAN, true, false, true, false, INTEGRITY_EMPTY},
		{false, false, STREAM_CLEAN, true, true, true, false, INTEGRITY_MALFORMED},
		{false, false, STREAM_CLEAN, true, true, false, false, INTEGRITY_UNDONE},
		{false, false, STREAM_CLEAN, true, true, false, true, INTEGRITY_COMPLETE},
	};
	for (size_t i = 0; i < COUNT(table); i++) {
		anew();
		if (table[i].error)
			event(1, "{'error':'x'}");
		if (table[i].malformed)
			event(2, "{");
		if (table[i].token)
			token(3);
		if (table[i].finish)
			finish(4);
		if (table[i].done)
			done(5);
		ends(6, table[i].how);
		assert_int_equal(stream_integrity(&stream, table[i].masked), table[i].word);
	}
}

static void the_text_is_capped(void **state)
{
	(void)state;
	enum { PIECE = SSE_DATA_MAX / 2 };
	struct buf big = BUF_INIT(SIZE_MAX);
	buf_puts(&big, "data: {\"choices\":[{\"delta\":{\"content\":\"");
	size_t before = big.n;
	for (int i = 0; i < SSE_DATA_MAX; i++)
		buf_putc(&big, 'a');
	buf_puts(&big, "\"}}]}\n\n");
	stream_feed(&stream, buf_str(&big), ZERO_US); /* longer than an event may be */
	assert_int_equal(stream.m.malformed, 1);
	big.n = before + PIECE;
	buf_puts(&big, "\"}}]}\n\n");
	for (int i = 0; i < STREAM_CONTENT_MAX / PIECE; i++)
		stream_feed(&stream, buf_str(&big), ZERO_US);
	assert_int_equal(stream.content.n, STREAM_CONTENT_MAX);
	assert_false(stream.content.cut);
	token(1);
	assert_int_equal(stream.content.n, STREAM_CONTENT_MAX);
	assert_true(stream.content.cut);
	buf_fini(&big);
}

static void broken_characters_are_malformed_and_read(void **state)
{
	(void)state;
	at(10, "data: {\"choices\":[{\"delta\":{\"content\":\"caf\xe9 \xf0\x9f\"}}]}\n\n");
	finish(20);
	done(20);
	ends(20, STREAM_CLEAN);
	assert_true(str_eq(buf_str(&stream.content), STR("caf\xef\xbf\xbd \xef\xbf\xbd")));
	assert_int_equal(stream.m.malformed, 1);
	assert_int_equal(stream.m.chunks, 2);
	assert_integrity(INTEGRITY_MALFORMED);
}

static void what_was_unfinished_when_it_broke_is_dropped(void **state)
{
	(void)state;
	token(10);
	at(20, "data: {\"choices\":[{\"delta\":{\"cont");
	ends(30, STREAM_BROKEN);
	ends(99, STREAM_CLEAN); /* the first end counts */
	assert_int_equal(stream.m.malformed, 0);
	assert_int_equal(stream.m.chunks, 1);
	assert_ms(stream.m.end_us, 30);
	assert_integrity(INTEGRITY_TRUNCATED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_no_content_is_no_token),
		TEST(json_that_is_no_chunk_is_malformed),
		TEST(reasoning_and_tool_calls_are_responses),
		TEST(errors_inside_a_stream_are_seen),
		TEST(an_event_named_error_is_an_error),
		TEST(an_error_without_a_message_is_shown_as_it_is),
		TEST(events_that_are_not_json_are_counted),
		TEST(done_is_known_in_every_spelling),
		TEST(nothing_may_follow_done),
		TEST(the_first_word_that_holds_is_the_word),
		TEST(the_text_is_capped),
		TEST(broken_characters_are_malformed_and_read),
		TEST(what_was_unfinished_when_it_broke_is_dropped),
	};
	return RUN(tests);
}
