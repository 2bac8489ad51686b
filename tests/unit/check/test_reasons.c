/* Which of several failures gives the reason, and how foreign text is kept harmless. */
#include "judging.h"

#include "base/utf8.h"

static void masked_beats_every_reason(void **state)
{
	(void)state;
	seen.failure = REASON_RESET;
	seen.failure_text = "connection reset";
	seen.http_status = 503;
	stream("Error from x", "", 10);
	expect_status(200, 200);
	expect_stream(MEASURE_INTEGRITY);
	expect_matcher(EXPECT_CONTENT, "content", "{'not_signature':'lies'}");
	struct verdict verdict = judged();
	assert_int_equal(verdict.reason, REASON_MASKED);
	assert_int_equal(verdict.integrity, INTEGRITY_MASKED);
	assert_holds(verdict.message, "integrity: expected complete, got masked");
	assert_int_equal(verdict.n_findings, 4);
	assert_string_equal(verdict.findings[0].subject, "transfer");
}

static void a_broken_transfer_beats_cold_and_expectations(void **state)
{
	(void)state;
	seen.http_status = 503;
	expect_matcher(EXPECT_HEADER, "header.x", "{'exists':true}");
	expect_status(200, 200);
	assert_int_equal(judged().reason, REASON_COLD);
	seen.failure = REASON_TRUNCATED;
	seen.failure_text = "closed after 5 of 10 bytes";
	assert_verdict(OUTCOME_FAIL, REASON_TRUNCATED, "closed after 5 of 10 bytes");
}

static void the_first_failure_gives_the_reason(void **state)
{
	(void)state;
	body("nothing");
	warn_above(expect(EXPECT_LATENCY, "latency"), 1);
	expect_matcher(EXPECT_BODY, "body", "{'contains':'x'}");
	expect_json("$.a", "1");
	assert_verdict(
		OUTCOME_FAIL, REASON_EXPECTATION, "body: expected contains \"x\", got \"nothing\"");
	step.n_expectations = 1;
	assert_verdict(OUTCOME_WARN, REASON_EXPECTATION, "latency: expected at most 1us, got 20ms");
}

static void a_demand_may_only_warn(void **state)
{
	(void)state;
	stream("Error from x", WHOLE, 10);
	expect_matcher(EXPECT_CONTENT, "content", "{'contains':'x y'}")->severity = OUTCOME_WARN;
	assert_int_equal(judged().outcome, OUTCOME_WARN);
	/* but a lie is never only a warning */
	expect_matcher(EXPECT_CONTENT, "content", "{'not_signature':'lies'}")->severity =
		OUTCOME_WARN;
	assert_int_equal(judged().outcome, OUTCOME_FAIL);
	assert_int_equal(judged().reason, REASON_MASKED);
}

static void a_broken_answer_is_judged_by_what_came_whole(void **state)
{
	(void)state;
	body("{\"half");
	seen.failure = REASON_TRUNCATED;
	seen.failure_text = "closed";
	expect_status(200, 200);
	expect_json("$.a", "1");
	expect_matcher(EXPECT_BODY, "body", "'x'");
	expect_matcher(EXPECT_CONTENT, "content", "'x'");
	at_most(expect(EXPECT_LATENCY, "latency"), 1);
	assert_int_equal(judged().n_findings, 2);
	stream("part", "", 10);
	assert_int_equal(judged().n_findings, 3);
	seen.http_status = 0;
	assert_int_equal(judged().n_findings, 1);
	assert_verdict(OUTCOME_FAIL, REASON_TRUNCATED, "closed");
}

static void integrity_names_its_reason(void **state)
{
	(void)state;
	static const struct {
		const char *rest;
		enum reason reason;
		enum integrity integrity;
	} table[] = {
		{"data: {\"error\":{\"message\":\"busy\"}}\n\n" WHOLE, REASON_ERROR_EVENT,
			INTEGRITY_ERROR_EVENT},
		{"", REASON_TRUNCATED, INTEGRITY_TRUNCATED},
		{"data: {\n\n" WHOLE, REASON_MALFORMED, INTEGRITY_MALFORMED},
		{"data: {\"choices\":[{\"finish_reason\":\"stop\"}]}\n\n", REASON_EXPECTATION,
			INTEGRITY_UNDONE},
	};
	for (size_t i = 0; i < COUNT(table); i++) {
		anew();
		stream("a", table[i].rest, 10);
		expect_stream(MEASURE_INTEGRITY);
		struct verdict verdict = judged();
		assert_int_equal(verdict.reason, table[i].reason);
		assert_int_equal(verdict.integrity, table[i].integrity);
		if (i == 0)
			assert_string_equal(verdict.findings[0].detail, "error \"busy\"");
	}
}

static void a_step_is_named(void **state)
{
	(void)state;
	step.name = "recall";
	seen.http_status = 404;
	expect_status(200, 200);
	assert_verdict(OUTCOME_FAIL, REASON_EXPECTATION, "recall: status: expected 200, got 404");
	seen.failure = REASON_RESET;
	seen.failure_text = "reset";
	assert_verdict(OUTCOME_FAIL, REASON_RESET, "recall: reset");
}

/* --- texts --- */

#define CANARY "c4nary-\xc3\xa9/\"q\""

static void assert_clean(const struct verdict *verdict)
{
	assert_lacks(verdict->message, "c4nary");
	for (size_t i = 0; i < verdict->n_findings; i++) {
		assert_lacks(verdict->findings[i].expected, "c4nary");
		assert_lacks(verdict->findings[i].actual, "c4nary");
		assert_lacks(verdict->findings[i].detail, "c4nary");
		assert_lacks(verdict->findings[i].excerpt, "c4nary");
	}
}

static void no_text_shows_a_secret(void **state)
{
	(void)state;
	static const struct header items[] = {{"x", "echo " CANARY}};
	secrets = secrets_new();
	assert_true(secrets_add(secrets, STR(CANARY)));
	headers(items, 1);
	seen.http_status = 500;
	body("{\"c4nary-\\u00e9/\\\"q\\\"\":1,\"k\":[\"c4nary-\\u00e9/\\\"q\\\"\"],\"o\":[{}]}");
	for (int i = 0; i < 100; i++)
		body(" " CANARY);
	seen.body.n -= 100 * (sizeof(CANARY) - 1 + 1); /* room was made; still JSON */
	expect_status(200, 200);
	expect_matcher(EXPECT_HEADER, "header.x", "{'equals':'c4nary-\\u00e9/\\\"q\\\"'}");
	expect_matcher(EXPECT_BODY, "body", "{'contains':'c4nary-\\u00e9/\\\"q\\\"?'}");
	expect_json("$.k[*]", "{'none':{'exists':true}}");
	expect_json("$", "{'type':'null'}");
	expect_json("$.o[*]['c4nary-\\u00e9/\"q\"']", "1");
	struct verdict verdict = judged();
	assert_int_equal(verdict.n_findings, 6);
	assert_holds(verdict.findings[1].actual, "[redacted]");
	assert_holds(verdict.findings[2].expected, "[redacted]");
	assert_holds(verdict.findings[3].actual, "[redacted]");
	assert_holds(verdict.findings[5].actual, "missing ($.o[0]['[redacted]'])");
	assert_clean(&verdict);
	seen.failure = REASON_CONNECT;
	seen.failure_text = "no route to " CANARY;
	verdict = judged();
	assert_string_equal(verdict.message, "no route to [redacted]");
	assert_clean(&verdict);
}

static void error_events_are_redacted(void **state)
{
	(void)state;
	secrets = secrets_new();
	assert_true(secrets_add(secrets, STR("c4nary")));
	stream("a", "data: {\"error\":{\"message\":\"key c4nary\"}}\n\n", 10);
	expect_stream(MEASURE_INTEGRITY);
	struct verdict verdict = judged();
	assert_string_equal(verdict.findings[0].detail, "error \"key [redacted]\"");
}

/* Behind what is kept a lie may stand: that is no pass. */
static void a_text_that_does_not_fit_is_too_large(void **state)
{
	(void)state;
	enum { PIECE = 1 << 19 };
	char *piece = arena_alloc(&arena, PIECE + 1);
	memset(piece, 'a', PIECE);
	piece[PIECE] = '\0';
	for (int i = 0; i < STREAM_CONTENT_MAX / PIECE; i++)
		stream_feed(&seen.stream,
			str_of(arena_printf(&arena,
				"data: {\"choices\":[{\"delta\":{\"content\":\"%s\"}}]}\n\n",
				piece)),
			1000);
	expect_matcher(EXPECT_CONTENT, "content", "{'not_signature':'lies'}");
	seen.is_stream = true;
	assert_int_equal(judged().outcome, OUTCOME_PASS);
	stream("Error from", WHOLE, 10);
	assert_int_equal(judged().outcome, OUTCOME_FAIL);
	assert_int_equal(judged().reason, REASON_TOO_LARGE);
	assert_string_equal(judged().findings[0].detail, "the text goes on behind 8 MiB");
}

/* A secret may begin just before what is shown, or end just after it. */
static void a_secret_at_the_edge_of_an_excerpt_is_redacted(void **state)
{
	(void)state;
	static const char secret[] = "c4nary-abcdefghijklmnopqrstuvwxyz-0123456789-ABCDEFGHIJKLMN";
	secrets = secrets_new();
	assert_true(secrets_add(secrets, STR(secret)));
	for (size_t gap = 0; gap < 600; gap++) {
		anew();
		stream("", WHOLE, 10);
		for (int i = 0; i < 200; i++)
			buf_putc(&seen.stream.content, 'a');
		buf_puts(&seen.stream.content, secret);
		for (size_t i = 0; i < gap; i++)
			buf_putc(&seen.stream.content, 'b');
		buf_puts(&seen.stream.content, "Error from");
		for (size_t i = 0; i < gap; i++)
			buf_putc(&seen.stream.content, 'c');
		buf_puts(&seen.stream.content, secret);
		expect_matcher(EXPECT_CONTENT, "content", "{'not_signature':'lies'}");
		struct verdict verdict = judged();
		assert_int_equal(verdict.reason, REASON_MASKED);
		assert_holds(verdict.findings[0].excerpt, "Error from");
		for (size_t at = 0; at + 8 <= sizeof(secret) - 1; at++) {
			char piece[9] = "";
			memcpy(piece, secret + at, 8);
			assert_lacks(verdict.findings[0].excerpt, piece);
			assert_lacks(verdict.findings[0].actual, piece);
			assert_lacks(verdict.findings[0].detail, piece);
		}
	}
}

/* Redaction shortens: what then moves into view was not searched to its end. */
static void a_secret_repeated_is_redacted_to_the_last(void **state)
{
	(void)state;
	for (size_t size = 16; size < 1500; size += 7) {
		anew();
		secrets_free(secrets);
		secrets = secrets_new();
		struct buf secret = BUF_INIT(2000);
		for (size_t i = 0; i < size; i++)
			buf_putc(&secret, (char)('!' + (i * 7 + i / 90) % 90));
		assert_true(secrets_add(secrets, buf_str(&secret)));
		for (int i = 0; i < 60; i++)
			buf_putstr(&seen.body, buf_str(&secret));
		expect_matcher(EXPECT_BODY, "body", "{'contains':'no'}");
		assert_lacks(judged().findings[0].actual, "!(/6");
		assert_lacks(judged().findings[0].excerpt, "!(/6");
		buf_fini(&secret);
	}
}

static void texts_are_cut_between_characters(void **state)
{
	(void)state;
	static const char *const characters[] = {"\xc3\xa9", "\xe4\xb8\xad", "\xf0\x9f\x98\x80"};
	for (size_t shift = 0; shift < 4; shift++) {
		for (size_t c = 0; c < COUNT(characters); c++) {
			anew();
			stream("", WHOLE, 10);
			for (size_t i = 0; i < shift; i++)
				buf_putc(&seen.stream.content, 'a');
			for (int i = 0; i < 300; i++)
				buf_puts(&seen.stream.content, characters[c]);
			buf_puts(&seen.stream.content, "Error from");
			for (int i = 0; i < 300; i++)
				buf_puts(&seen.stream.content, characters[c]);
			expect_matcher(EXPECT_CONTENT, "content", "{'not_signature':'lies'}");
			struct verdict verdict = judged();
			const struct finding *finding = &verdict.findings[0];
			assert_true(utf8_valid(str_of(finding->actual)));
			assert_true(utf8_valid(str_of(finding->excerpt)));
			assert_lacks(finding->actual, "\xef\xbf\xbd");
			assert_lacks(finding->excerpt, "\xef\xbf\xbd");
			assert_holds(finding->excerpt, "Error from");
			assert_memory_equal(finding->excerpt, "\xe2\x80\xa6", 3);
			assert_true(strlen(finding->actual) < 180);
			assert_true(strlen(finding->excerpt) < 420);
		}
	}
}

static void foreign_text_is_inert(void **state)
{
	(void)state;
	body("\x1b[2Jred\xe2\x80\xae\r\n<b>");
	expect_matcher(EXPECT_BODY, "body", "{'equals':'x'}");
	assert_string_equal(
		judged().message, "body: expected \"x\", got \"\\x1b[2Jred\\u{202E}\\x0d\\n<b>\"");
}

/* An image inside one delta: one event of SSE_DATA_MAX or more. */
static void large_event(size_t n)
{
	struct buf text = BUF_INIT(SIZE_MAX);
	seen.is_stream = true;
	buf_puts(&text, "data: {\"choices\":[{\"delta\":{\"content\":\"");
	while (text.n < n)
		buf_puts(&text, "iVBORw0KGgoAAAANSUhEUgAA");
	buf_puts(&text, "\"}}]}\n\n" WHOLE);
	seen.body_bytes = text.n;
	for (size_t at = 0; at < text.n; at += 16384)
		stream_feed(&seen.stream,
			(struct str){text.p + at, text.n - at < 16384 ? text.n - at : 16384}, 1000);
	stream_end(&seen.stream, STREAM_CLEAN, 2000);
	buf_fini(&text);
}

static void an_event_of_a_few_megabytes_is_read(void **state)
{
	(void)state;
	large_event(SSE_DATA_MAX - 1000);
	expect_stream(MEASURE_INTEGRITY);
	expect_matcher(EXPECT_CONTENT, "content", "{'ends_with':'SUhEUgAA'}");
	assert_verdict(OUTCOME_PASS, REASON_NONE, "");
}

static void an_event_above_the_limit_is_named(void **state)
{
	(void)state;
	large_event(SSE_DATA_MAX);
	expect_stream(MEASURE_INTEGRITY);
	at_most(expect_stream(MEASURE_TTFT), 1e6);
	expect_matcher(EXPECT_CONTENT, "content", "{'not_empty':true}");
	assert_verdict(OUTCOME_FAIL, REASON_TOO_LARGE,
		"stream.integrity: expected complete, got empty; an event of more than 8 MiB");
	for (size_t i = 0; i < 3; i++)
		assert_string_equal(judged().findings[i].detail, "an event of more than 8 MiB");
	anew();
	stream("a", "", 1);
	seen.stream.ended = false;
	large_event(SSE_DATA_MAX);
	expect_stream(MEASURE_INTEGRITY);
	expect_matcher(EXPECT_CONTENT, "content", "{'not':{'contains':'lie'}}");
	assert_verdict(OUTCOME_FAIL, REASON_TOO_LARGE,
		"stream.integrity: expected complete, got malformed; an event of more than 8 MiB");
	assert_string_equal(judged().findings[1].detail, "an event of more than 8 MiB");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(masked_beats_every_reason),
		TEST(a_broken_transfer_beats_cold_and_expectations),
		TEST(the_first_failure_gives_the_reason),
		TEST(a_demand_may_only_warn),
		TEST(a_broken_answer_is_judged_by_what_came_whole),
		TEST(integrity_names_its_reason),
		TEST(a_step_is_named),
		TEST(no_text_shows_a_secret),
		TEST(error_events_are_redacted),
		TEST(a_text_that_does_not_fit_is_too_large),
		TEST(a_secret_at_the_edge_of_an_excerpt_is_redacted),
		TEST(a_secret_repeated_is_redacted_to_the_last),
		TEST(texts_are_cut_between_characters),
		TEST(foreign_text_is_inert),
		TEST(an_event_of_a_few_megabytes_is_read),
		TEST(an_event_above_the_limit_is_named),
	};
	return RUN(tests);
}
