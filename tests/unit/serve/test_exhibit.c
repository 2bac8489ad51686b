/* Evidence read back: all of it, and what a broken or hostile file holds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "serve/exhibit.h"

#include <stdio.h>

static struct arena arena;
static struct exhibit exhibit;

static int setup(void **state)
{
	(void)state;
	arena_init(&arena);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_fini(&arena);
	return 0;
}

static const char whole[] =
	"{\"started_at\":\"2026-11-22T10:00:00Z\",\"outcome\":\"fail\",\"message\":\"m\","
	"\"attempts\":2,\"request_id\":\"r\",\"http_status\":503,\"address\":\"a\","
	"\"timing\":{\"dns_s\":0.001,\"connect_s\":0.002,\"tls_s\":null,\"ttfb_s\":0.5,\"total_s\":"
	"6.012},"
	"\"notes\":[\"first: 500\",7],"
	"\"expectations\":[{\"step\":\"s\",\"subject\":\"content\",\"outcome\":\"warn\",\"reason\":"
	"\"masked\","
	"\"expected\":\"e\",\"actual\":\"a\",\"detail\":\"d\",\"excerpt\":\"\xc3\xa9 bad "
	"\xc3\xa9\","
	"\"mark\":{\"offset\":2,\"length\":3}},{\"subject\":\"status\",\"outcome\":\"pass\"}],"
	"\"expectations_dropped\":3,"
	"\"stream\":{\"integrity\":\"undone\",\"done\":false,\"finished\":true,\"chunks\":4,"
	"\"keepalives\":2,\"tokens\":3,\"ttft_s\":0.6,\"token_gap_s\":5.25,\"token_gap_at_s\":0.7,"
	"\"end_s\":6.012,\"tokens_per_second\":null},"
	"\"request\":{\"method\":\"POST\",\"url\":\"http://x/\",\"curl\":\"curl x\","
	"\"headers\":[{\"name\":\"traceparent\",\"value\":\"00-1-2-01\"}]},"
	"\"response\":{\"body\":\"b\",\"body_bytes\":9,\"content\":\"c\",\"headers\":[],\"headers_"
	"dropped\":4},"
	"\"frames\":[[0.5,\"event\",10],[0.6,\"token\",20],[3,\"comment\",2,17],[6,\"finish\",9]],"
	"\"frames_left_out\":17}";

static void test_whole(void **state)
{
	(void)state;
	assert_true(exhibit_read(&exhibit, &arena, whole));
	assert_string_equal(exhibit.message, "m");
	assert_int_equal(exhibit.http_status, 503);
	assert_int_equal(exhibit.attempts, 2);
	assert_int_equal(exhibit.timing.total_us, 6012000);
	assert_int_equal(exhibit.timing.tls_us, -1);
	assert_int_equal(exhibit.n_notes, 1);
	assert_string_equal(exhibit.notes[0], "first: 500");
	assert_int_equal(exhibit.n_findings, 2);
	assert_int_equal(exhibit.findings_dropped, 3);
	assert_int_equal(exhibit.findings[0].outcome, OUTCOME_WARN);
	assert_int_equal(exhibit.findings[0].reason, REASON_MASKED);
	assert_string_equal(exhibit.findings[0].step, "s");
	assert_true(exhibit.findings[0].marked); /* counted in characters */
	assert_int_equal(exhibit.findings[0].mark_at, 3);
	assert_int_equal(exhibit.findings[0].mark_n, 3);
	assert_null(exhibit.findings[1].expected);
	assert_true(exhibit.is_stream);
	assert_string_equal(exhibit.integrity, "undone");
	assert_int_equal(exhibit.stream.token_gap_us, 5250000);
	assert_int_equal(exhibit.stream.ttfe_us, -1);
	assert_true(exhibit.stream.tokens_per_second < 0);
	assert_int_equal(exhibit.sent.n, 1);
	assert_string_equal(exhibit.sent.items[0].value, "00-1-2-01");
	assert_int_equal(exhibit.got.n, 0);
	assert_int_equal(exhibit.got.dropped, 4);
	assert_int_equal(exhibit.body_bytes, 9);
	assert_int_equal(exhibit.n_frames, 4);
	assert_int_equal(exhibit.frames[2].kind, FRAME_COMMENT);
	assert_int_equal(exhibit.frames[2].left_out, 17);
	assert_int_equal(exhibit.frames_left_out, 17);
}

static void test_torn_anywhere(void **state)
{
	(void)state;
	for (size_t n = 0; n < sizeof(whole) - 1; n++)
		assert_false(exhibit_read(
			&exhibit, &arena, arena_strndup(&arena, (struct str){whole, n})));
	assert_false(exhibit_read(&exhibit, &arena, NULL));
	assert_false(exhibit_read(&exhibit, &arena, "[]"));
}

/* Members of other kinds than they should be are as if they were missing. */
static void test_other_kinds(void **state)
{
	(void)state;
	assert_true(exhibit_read(&exhibit, &arena,
		"{\"message\":[],\"timing\":7,\"notes\":{},\"expectations\":\"x\",\"stream\":[],"
		"\"request\":null,\"response\":1,\"frames\":true,\"http_status\":-5,\"attempts\":"
		"1e300}"));
	assert_null(exhibit.message);
	assert_int_equal(exhibit.timing.total_us, -1);
	assert_int_equal(exhibit.n_findings, 0);
	assert_false(exhibit.is_stream);
	assert_int_equal(exhibit.http_status, 0);
	assert_int_equal(exhibit.attempts, 0);
	assert_true(exhibit_read(&exhibit, &arena,
		"{\"stream\":{\"ttft_s\":1e300,\"end_s\":-1,\"tokens\":-3},\"expectations\":[1,"
		"null,{}],"
		"\"frames\":[1,[],[1,\"nothing\",2],[2,\"token\",-1],[1,\"token\",5],[1e9999,"
		"\"token\",1]]}"));
	assert_int_equal(exhibit.stream.ttft_us, -1);
	assert_int_equal(exhibit.stream.tokens, 0);
	assert_int_equal(exhibit.n_findings, 3);
	assert_int_equal(exhibit.n_frames, 2);
	assert_int_equal(exhibit.frames[1].at_us, 2000000); /* time does not go back */
}

static void test_limits(void **state)
{
	(void)state;
	struct buf json = BUF_INIT(EXHIBIT_BYTES_MAX + 1000);
	buf_puts(&json, "{\"stream\":{},\"frames\":[[0,\"token\",1]");
	for (int i = 0; i < 300; i++)
		buf_printf(&json, ",[%d,\"token\",1]", i);
	buf_puts(&json, "],\"expectations\":[{}");
	for (int i = 0; i < 300; i++)
		buf_puts(&json, ",{}");
	buf_puts(&json, "]}");
	assert_true(exhibit_read(&exhibit, &arena, buf_text(&json)));
	assert_int_equal(exhibit.n_frames, TIMELINE_MAX);
	assert_int_equal(exhibit.n_findings, EXHIBIT_FINDINGS_MAX);
	assert_int_equal(exhibit.findings_dropped, 301 - EXHIBIT_FINDINGS_MAX);
	buf_reset(&json);
	buf_puts(&json, "{\"message\":\"");
	while (json.n < EXHIBIT_BYTES_MAX)
		buf_putc(&json, 'x');
	buf_puts(&json, "\"}");
	assert_false(exhibit_read(&exhibit, &arena, buf_text(&json)));
	buf_fini(&json);
}

static void test_inert_again(void **state)
{
	(void)state;
	assert_true(exhibit_read(&exhibit, &arena,
		"{\"message\":\"a\\u001b[31m\\n\\u202eb\",\"expectations\":[{\"excerpt\":"
		"\"\\u0007bad\","
		"\"mark\":{\"offset\":1,\"length\":3}}]}"));
	assert_string_equal(exhibit.message, "a\\x1b[31m\\n\\u{202E}b");
	assert_string_equal(exhibit.findings[0].excerpt, "\\x07bad");
	assert_false(exhibit.findings[0].marked); /* it no longer fits */
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {T(test_whole), T(test_torn_anywhere),
		T(test_other_kinds), T(test_limits), T(test_inert_again)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
