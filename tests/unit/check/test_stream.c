#include "streaming.h"

#include <math.h>

static void clocks_start_at_the_attempt(void **state)
{
	(void)state;
	delta(100, "'role':'assistant'");
	delta(150, "'reasoning_content':'hm'");
	token(300);
	token(400);
	token(700);
	finish(710);
	done(720);
	ends(730, STREAM_CLEAN);
	const struct measures *m = &stream.m;
	assert_ms(m->ttfe_us, 100);
	assert_ms(m->ttfr_us, 150);
	assert_ms(m->ttft_us, 300);
	assert_ms(m->line_gap_us, 300);
	assert_ms(m->event_gap_us, 300);
	assert_ms(m->token_gap_us, 300);
	assert_ms(m->itl_us, 200); /* (700 - 300) / 2 */
	assert_ms(m->tpot_us, 215); /* (730 - 300) / 2 */
	assert_ms(m->last_token_us, 700);
	assert_ms(m->end_us, 730);
	assert_int_equal(m->tokens, 3);
	assert_int_equal(m->chunks, 6);
	assert_true(fabs(m->tokens_per_second - 7.5) < 1e-9);
	assert_true(m->estimated && m->done && m->finished && !m->burst);
	assert_true(str_eq(buf_str(&stream.content), STR("xxx")));
	assert_integrity(INTEGRITY_COMPLETE);
}

static void the_first_pause_is_a_line_gap_only(void **state)
{
	(void)state;
	token(900);
	token(950);
	finish(950);
	ends(2000, STREAM_CLEAN);
	assert_ms(stream.m.line_gap_us, 900);
	assert_ms(stream.m.event_gap_us, 50);
	assert_ms(stream.m.token_gap_us, 50); /* it finished: the end is no gap */
}

static void keepalives_hide_a_stall_from_lines_alone(void **state)
{
	(void)state;
	token(10);
	for (int64_t ms = 1000; ms < 8000; ms += 1000)
		at(ms, ": ping\n\n");
	token(8000);
	finish(8001);
	done(8002);
	ends(8003, STREAM_CLEAN);
	assert_ms(stream.m.line_gap_us, 1000);
	assert_ms(stream.m.event_gap_us, 7990);
	assert_ms(stream.m.token_gap_us, 7990);
	assert_int_equal(stream.m.keepalives, 7);
	assert_integrity(INTEGRITY_COMPLETE);
}

static void a_stall_to_the_end_is_a_token_gap(void **state)
{
	(void)state;
	token(10);
	at(1000, ": ping\n\n");
	ends(60010, STREAM_ABORTED);
	assert_ms(stream.m.token_gap_us, 60000);
	assert_ms(stream.m.line_gap_us, 990);
	assert_integrity(INTEGRITY_ABORTED);
}

static void silence_from_the_start_is_a_token_gap_too(void **state)
{
	(void)state;
	for (int64_t ms = 1500; ms < 20000; ms += 1500)
		at(ms, ": ping\n\n");
	ends(20000, STREAM_ABORTED);
	assert_ms(stream.m.token_gap_us, 20000);
	assert_ms(stream.m.line_gap_us, 1500);
	assert_ms(stream.m.event_gap_us, -1);
	assert_ms(stream.m.ttft_us, -1);
}

static void what_did_not_happen_is_minus_one(void **state)
{
	(void)state;
	ends(50, STREAM_CLEAN);
	const struct measures *m = &stream.m;
	const int64_t none[] = {m->ttfe_us, m->ttfr_us, m->ttft_us, m->event_gap_us, m->itl_us,
		m->tpot_us, m->last_token_us, m->prompt_tokens, m->completion_tokens,
		m->total_tokens};
	for (size_t i = 0; i < COUNT(none); i++)
		assert_int_equal(none[i], -1);
	assert_ms(m->line_gap_us, 0);
	assert_ms(m->end_us, 50);
	assert_true(m->tokens_per_second < 0);
	assert_false(m->estimated || m->done || m->finished || m->burst);
	assert_integrity(INTEGRITY_TRUNCATED);
}

static void one_token_has_no_rate(void **state)
{
	(void)state;
	event(5, "{'usage':{'completion_tokens':40}}");
	token(10);
	finish(12);
	ends(20, STREAM_CLEAN);
	assert_ms(stream.m.itl_us, -1);
	assert_ms(stream.m.tpot_us, -1);
	assert_true(stream.m.tokens_per_second < 0);
	assert_ms(stream.m.token_gap_us, -1);
	assert_false(stream.m.burst);
}

/* A usage chunk with any legal shape of choices is an event, and no token. */
static void usage_comes_in_many_shapes(void **state)
{
	(void)state;
	static const char *const chunks[] = {
		"{'choices':[],'usage':{'prompt_tokens':7,'completion_tokens':20,'total_tokens':27}"
		"}",
		"{'choices':null,'usage':{'prompt_tokens':7,'completion_tokens':20,'total_tokens':"
		"27}}",
		"{'usage':{'prompt_tokens':7,'completion_tokens':20,'total_tokens':27}}",
		"{'choices':[null],'usage':{'prompt_tokens':7,'completion_tokens':20,'total_tokens'"
		":27}}",
		"{'choices':[{'delta':null}],'usage':{'prompt_tokens':7,'completion_tokens':20,"
		"'total_tokens':27}}",
		"{'choices':[{'delta':{}}],'usage':{'prompt_tokens':7,'completion_tokens':20,"
		"'total_tokens':27}}",
	};
	for (size_t i = 0; i < COUNT(chunks); i++) {
		anew();
		token(100);
		token(1100);
		event(1200, chunks[i]);
		event(1250, "{'usage':null}");
		event(1260, "{'usage':{'prompt_tokens':null,'total_tokens':-5,'completion_tokens':'"
			    "x'}}");
		finish(1300);
		done(1300);
		ends(1300, STREAM_CLEAN);
		assert_int_equal(stream.m.prompt_tokens, 7);
		assert_int_equal(stream.m.completion_tokens, 20);
		assert_int_equal(stream.m.total_tokens, 27);
		assert_int_equal(stream.m.tokens, 2);
		assert_int_equal(stream.m.malformed, 0);
		assert_true(fabs(stream.m.tokens_per_second - 20) < 1e-9);
		assert_false(stream.m.estimated);
		assert_integrity(INTEGRITY_COMPLETE);
	}
}

static void an_answer_in_one_read_is_a_burst(void **state)
{
	(void)state;
	at(70, "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n"
	       "data: {\"choices\":[{\"delta\":{\"content\":\"b\"}}]}\n\n"
	       "data: {\"choices\":[{\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n");
	ends(80, STREAM_CLEAN);
	assert_true(stream.m.burst);
	assert_int_equal(stream.m.tokens, 2);
	assert_ms(stream.m.ttft_us, 70);
	assert_ms(stream.m.itl_us, 0);
	assert_true(stream.m.tokens_per_second < 0);
	assert_integrity(INTEGRITY_COMPLETE);
}

static void the_timeline_names_what_came(void **state)
{
	(void)state;
	at(1, ": ping\n");
	at(2, "data: {\"choices\":[{\"delta\":{\"role\":\"assistant\"}}]}\n\n");
	at(3, "data: {\"choices\":[{\"delta\":{\"reasoning\":\"hm\"}}]}\n\n");
	token(4);
	at(5, "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n");
	at(6, "data: {\"error\":\"x\"}\n\n");
	at(7, "data: {\n\n");
	at(8, "data: [DONE]\n\n");
	static const enum frame_kind kinds[] = {FRAME_COMMENT, FRAME_EVENT, FRAME_REASONING,
		FRAME_TOKEN, FRAME_FINISH, FRAME_ERROR, FRAME_MALFORMED, FRAME_DONE};
	assert_int_equal(stream.timeline.n, COUNT(kinds));
	for (size_t i = 0; i < COUNT(kinds); i++) {
		assert_int_equal(stream.timeline.frames[i].kind, kinds[i]);
		assert_ms(stream.timeline.frames[i].at_us, (int64_t)i + 1);
	}
	assert_int_equal(stream.timeline.frames[0].bytes, 5);
}

static void an_error_must_say_something(void **state)
{
	(void)state;
	at(1, "data: {\"error\":null}\n\n");
	at(1, "data: {\"error\": false}\n\n");
	at(1, "data: {\"error\":\"\"}\n\n");
	at(1, "data: {\"error\": {}}\n\n");
	at(1, "data: {\"error\":[ ]}\n\n");
	at(1, "data: {\"error\":0}\n\n");
	at(1, "data: {\"error\": 0.0}\n\n");
	assert_int_equal(stream.m.chunks, 7);
	assert_int_equal(stream.m.error_events, 0);
	at(2, "data: {\"error\":1}\n\n");
	at(2, "data: {\"error\":true}\n\n");
	at(2, "data: {\"error\":[null]}\n\n");
	assert_int_equal(stream.m.error_events, 3);
}

static void pauses_know_when_they_began(void **state)
{
	(void)state;
	at(5, ": ping\n");
	token(10);
	token(20);
	at(25, ": ping\n");
	token(40);
	token(45);
	assert_ms(stream.m.token_gap_us, 20);
	assert_ms(stream.m.token_gap_at_us, 20);
	assert_ms(stream.m.event_gap_at_us, 20);
	assert_ms(stream.m.line_gap_us, 15);
	assert_ms(stream.m.line_gap_at_us, 25);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(clocks_start_at_the_attempt),
		TEST(the_first_pause_is_a_line_gap_only),
		TEST(keepalives_hide_a_stall_from_lines_alone),
		TEST(a_stall_to_the_end_is_a_token_gap),
		TEST(silence_from_the_start_is_a_token_gap_too),
		TEST(what_did_not_happen_is_minus_one),
		TEST(one_token_has_no_rate),
		TEST(usage_comes_in_many_shapes),
		TEST(an_answer_in_one_read_is_a_burst),
		TEST(the_timeline_names_what_came),
		TEST(an_error_must_say_something),
		TEST(pauses_know_when_they_began),
	};
	return RUN(tests);
}
