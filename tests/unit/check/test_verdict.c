#include "judging.h"

static void what_is_as_expected_passes_in_words(void **state)
{
	(void)state;
	static const struct header items[] = {{"content-type", "application/json"}};
	headers(items, 1);
	body("{\"status\":\"ok\",\"n\":[1,2]}");
	expect_status(200, 299);
	expect_matcher(EXPECT_HEADER, "header.content-type", "{'contains':'json'}");
	expect_json("$.status", "{'in':['ok','healthy']}");
	expect_json("$.n[*]", "{'all':{'type':'number'}}");
	at_most(expect(EXPECT_LATENCY, "latency"), 1e6);
	static const char *const words[][2] = {{"2xx", "200"},
		{"contains \"json\"", "\"application/json\""},
		{"one of \"ok\", \"healthy\"", "\"ok\""}, {"all: a number", "[1, 2]"},
		{"at most 1s", "20ms"}};
	struct verdict verdict = judged();
	assert_int_equal(verdict.n_findings, COUNT(words));
	for (size_t i = 0; i < COUNT(words); i++) {
		const struct finding *finding = &verdict.findings[i];
		assert_string_equal(finding->expected, words[i][0]);
		assert_string_equal(finding->actual, words[i][1]);
		assert_int_equal(finding->outcome, OUTCOME_PASS);
		assert_int_equal(finding->reason, REASON_NONE);
		assert_ptr_equal(finding->subject, expectations[i].subject);
		assert_null(finding->excerpt);
	}
	assert_verdict(OUTCOME_PASS, REASON_NONE, "");
}

static void a_status_is_in_its_ranges(void **state)
{
	(void)state;
	static const struct status_range ranges[] = {{200, 200}, {300, 399}, {410, 419}};
	struct expectation *e = expect_status(200, 200);
	e->ranges = ranges;
	e->n_ranges = COUNT(ranges);
	static const struct {
		int status;
		bool ok;
	} table[] = {{200, true}, {201, false}, {300, true}, {399, true}, {400, false},
		{409, false}, {410, true}, {419, true}, {420, false}, {500, false}};
	for (size_t i = 0; i < COUNT(table); i++) {
		seen.http_status = table[i].status;
		assert_int_equal(judged().outcome, table[i].ok ? OUTCOME_PASS : OUTCOME_FAIL);
	}
	assert_verdict(OUTCOME_FAIL, REASON_EXPECTATION,
		"status: expected one of 200, 3xx, 410-419, got 500");
	step.n_expectations = 0;
	expect_matcher(EXPECT_STATUS, "status", "{'not':500}");
	assert_verdict(OUTCOME_FAIL, REASON_EXPECTATION, "status: expected not: 500, got 500");
}

static void a_failing_status_shows_the_answer(void **state)
{
	(void)state;
	expect_status(200, 200);
	seen.http_status = 500;
	for (int i = 0; i < 40; i++)
		body("Internal error ");
	struct verdict verdict = judged();
	assert_holds(verdict.findings[0].excerpt, "Internal error Internal error");
	assert_true(strlen(verdict.findings[0].excerpt) < 450);
}

static void a_redirect_not_followed_says_where_it_leads(void **state)
{
	(void)state;
	static const struct header to[] = {{"location", "/login?key=c4nary\x1b[0m"}},
				   none[] = {{"location", ""}};
	expect_status(200, 299);
	seen.http_status = 302;
	headers(to, 1);
	secrets = secrets_new();
	assert_true(secrets_add(secrets, STR("c4nary")));
	assert_verdict(OUTCOME_FAIL, REASON_EXPECTATION,
		"status: expected 2xx, got 302, to /login?key=[redacted]\\x1b[0m");
	seen.http_status = 201; /* there it is no redirect */
	expect_status(200, 200);
	assert_string_equal(judged().findings[1].actual, "201");
	assert_string_equal(judged().findings[0].actual, "201");
	seen.http_status = 302;
	headers(none, 1);
	assert_string_equal(judged().findings[0].actual, "302");
}

/* A sleeping service's proxy: fast, small, 429, 502 or 503, and not in FastAPI's words. */
static void a_sleeping_service_is_cold(void **state)
{
	(void)state;
	static const struct header suspended[] = {{"x-render-routing", "suspend-by-user"}};
	static const struct header hibernated[] = {{"x-render-routing", "hibernate-wake-error"}};
	static const struct {
		int status;
		const struct header *routing;
		int64_t ms;
		const char *text;
		bool cold;
	} table[] = {
		{429, NULL, 20, "", true},
		{502, NULL, 20, "<html>Bad gateway</html>", true},
		{503, NULL, 20, "Service Unavailable", true},
		{503, hibernated, 20, "", true},
		{503, NULL, 5000, "", true},
		{503, NULL, 5001, "", false},
		{500, NULL, 20, "", false},
		{504, NULL, 20, "", false},
		{404, NULL, 20, "", false},
		{503, suspended, 20, "", false},
		{503, NULL, 20, "{\"detail\":\"TRANSCRIPTION_NOT_CONFIGURED\"}", false},
		{429, NULL, 20, "{\"detail\":\"Rate limit exceeded\"}", false},
		{503, NULL, 20, "{\"error\":{\"message\":\"overloaded\"}}", false},
		{503, NULL, 20, "{\"error\":\"waking\"}", true},
	};
	for (size_t i = 0; i < COUNT(table); i++) {
		anew();
		expect_status(200, 299);
		seen.http_status = table[i].status;
		seen.ended_us = table[i].ms * 1000;
		headers(table[i].routing, table[i].routing ? 1 : 0);
		body(table[i].text);
		if (judged().reason != (table[i].cold ? REASON_COLD : REASON_EXPECTATION))
			fail_msg("row %zu: %s", i, judged().message);
	}
	assert_verdict(OUTCOME_FAIL, REASON_COLD,
		"status: expected 2xx, got 503, of a sleeping service; error: waking");
	seen.body_bytes = 4097;
	assert_int_equal(judged().reason, REASON_EXPECTATION);
}

static void cold_is_no_reason_where_the_status_was_expected(void **state)
{
	(void)state;
	seen.http_status = 503;
	expect_status(503, 503);
	expect_matcher(EXPECT_BODY, "body", "{'contains':'x'}");
	assert_verdict(OUTCOME_FAIL, REASON_EXPECTATION, "body: expected contains \"x\", got \"\"");
}

static void a_missing_path_says_where(void **state)
{
	(void)state;
	body("{\"data\":[{\"id\":\"a\"},{}]}");
	expect_json("$.data[*].id", "{'any':{'exists':true}}");
	assert_verdict(OUTCOME_FAIL, REASON_EXPECTATION,
		"json.$.data[*].id: expected any: exists, got missing ($.data[1].id); the object "
		"is empty");
}

static void what_is_no_json_is_malformed(void **state)
{
	(void)state;
	body("{\"a\":01}");
	expect_json("$.a", "{'exists':false}");
	assert_verdict(OUTCOME_FAIL, REASON_MALFORMED,
		"json.$.a: expected is missing, got no JSON: line 1, column 6: "
		"a number can't begin with 0");
	step.n_expectations = 0;
	expect_matcher(EXPECT_CONTENT, "content", "{'not_empty':true}");
	assert_int_equal(judged().reason, REASON_MALFORMED);
}

static void too_many_nodes_cannot_be_judged(void **state)
{
	(void)state;
	body("[0");
	for (int i = 0; i < JSONPATH_NODES_MAX; i++)
		body(",0");
	body("]");
	expect_json("$[*]", "{'all':0}");
	assert_verdict(OUTCOME_FAIL, REASON_EXPECTATION,
		"json.$[*]: expected all: 0, got more values than can be judged");
}

static void content_is_the_assistants_text(void **state)
{
	(void)state;
	static const struct {
		const char *body, *got;
	} table[] = {
		{"{\"choices\":[{\"message\":{\"content\":\"I said no\"}}]}", "\"I said no\""},
		{"{\"choices\":[{\"message\":{\"content\":null}}]}",
			"missing; choices[0].message.content is null"},
		{"{\"choices\":[{\"message\":{\"content\":[]}}]}",
			"missing; choices[0].message.content is an array"},
		{"{\"choices\":[]}", "missing; choices is empty"},
		{"{\"choices\":null}", "missing; choices is null"},
		{"{}", "missing; the body has no choices"},
		{"[]", "missing; the body is an array"},
	};
	for (size_t i = 0; i < COUNT(table); i++) {
		anew();
		body(table[i].body);
		expect_matcher(EXPECT_CONTENT, "content", "{'contains':'yes'}");
		assert_verdict(OUTCOME_FAIL, REASON_EXPECTATION,
			arena_printf(&arena, "content: expected contains \"yes\", got %s",
				table[i].got));
	}
}

static void thresholds_have_three_bounds(void **state)
{
	(void)state;
	static const struct {
		double min, warn, max; /* of seconds; 0: none */
		int64_t ms;
		enum outcome outcome;
		const char *expected, *actual;
	} table[] = {
		{0, 0, 1, 1000, OUTCOME_PASS, "at most 1s", "1s"},
		{0, 0, 1, 1001, OUTCOME_FAIL, "at most 1s", "1.001s"},
		{0, 1, 2, 900, OUTCOME_PASS, "at most 2s", "900ms"},
		{0, 1, 2, 1000, OUTCOME_PASS, "at most 2s", "1s"},
		{0, 1, 2, 1500, OUTCOME_WARN, "at most 1s", "1.5s"},
		{0, 1, 2, 2001, OUTCOME_FAIL, "at most 2s", "2.001s"},
		{0, 1, 0, 900, OUTCOME_PASS, "at most 1s", "900ms"},
		{0, 1, 0, 9000, OUTCOME_WARN, "at most 1s", "9s"},
		{1, 0, 0, 1000, OUTCOME_PASS, "at least 1s", "1s"},
		{1, 0, 0, 999, OUTCOME_FAIL, "at least 1s", "999ms"},
		{1, 0, 2, 2001, OUTCOME_FAIL, "from 1s to 2s", "2.001s"},
	};
	for (size_t i = 0; i < COUNT(table); i++) {
		step.n_expectations = 0;
		struct expectation *e = expect(EXPECT_LATENCY, "latency");
		e->threshold = (struct threshold){.has_min = table[i].min > 0,
			.has_warn = table[i].warn > 0,
			.has_max = table[i].max > 0,
			.min = table[i].min * 1e6,
			.warn = table[i].warn * 1e6,
			.max = table[i].max * 1e6};
		seen.ended_us = table[i].ms * 1000;
		struct verdict verdict = judged();
		assert_int_equal(verdict.outcome, table[i].outcome);
		assert_string_equal(verdict.findings[0].expected, table[i].expected);
		assert_string_equal(verdict.findings[0].actual, table[i].actual);
	}
}

/* Of what remains, less is worse. */
static void a_certificates_life_warns_below(void **state)
{
	(void)state;
	static const struct {
		int days;
		enum outcome outcome;
		const char *expected;
	} table[] = {
		{40, OUTCOME_PASS, "at least 14d"},
		{30, OUTCOME_PASS, "at least 14d"},
		{29, OUTCOME_WARN, "at least 30d"},
		{14, OUTCOME_WARN, "at least 30d"},
		{13, OUTCOME_FAIL, "at least 14d"},
	};
	for (size_t i = 0; i < COUNT(table); i++) {
		anew();
		seen.wall_us = 1000000;
		seen.tls.expires_us = 1000000 + table[i].days * INT64_C(86400000000);
		warn_above(at_least(expect(EXPECT_TLS_EXPIRY, "tls"), 14 * 86400e6), 30 * 86400e6)
			->threshold.low_warns = true;
		assert_int_equal(judged().outcome, table[i].outcome);
		assert_string_equal(judged().findings[0].expected, table[i].expected);
	}
	struct buf words = BUF_INIT(100);
	expectation_describe(&expectations[0], &words);
	assert_string_equal(buf_text(&words), "at least 14d, warns below 30d");
	buf_fini(&words);
}

static void what_did_not_happen_meets_no_bound(void **state)
{
	(void)state;
	static const enum stream_measure measures[] = {MEASURE_TTFE, MEASURE_TTFR, MEASURE_TTFT,
		MEASURE_ITL, MEASURE_TPOT, MEASURE_TOKENS_PER_SECOND};
	seen.is_stream = true;
	stream_end(&seen.stream, STREAM_CLEAN, 1000);
	for (size_t i = 0; i < COUNT(measures); i++) {
		step.n_expectations = 0;
		at_most(expect_stream(measures[i]), 1e9);
		assert_int_equal(judged().outcome, OUTCOME_FAIL);
		step.n_expectations = 0;
		at_least(expect_stream(measures[i]), 0);
		assert_int_equal(judged().outcome, OUTCOME_FAIL);
		step.n_expectations = 0;
		warn_above(expect_stream(measures[i]), 1e9);
		assert_int_equal(judged().outcome, OUTCOME_WARN);
	}
	step.n_expectations = 0;
	at_most(expect_stream(MEASURE_TTFT), 5e6);
	assert_verdict(OUTCOME_FAIL, REASON_EXPECTATION,
		"stream.ttft: expected at most 5s, got no token; nothing came");
}

static void phases_certificates_and_usage_are_judged(void **state)
{
	(void)state;
	seen.timing = (struct timing){10000, 30000, 90000, 100000, 120000};
	seen.wall_us = 1000000;
	seen.tls.expires_us = 1000000 + INT64_C(10) * 86400 * 1000000;
	body("{\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":null,\"total_tokens\":-1}}");
	static const char *const got[] = {
		"10ms", "20ms", "60ms", "100ms", "10d", "3", "not said", "not said"};
	for (int phase = 0; phase < PHASE_COUNT; phase++)
		at_least(expect(EXPECT_TIMING, "timing"), 1e9)->phase = (enum timing_phase)phase;
	at_least(expect(EXPECT_TLS_EXPIRY, "tls"), 1e13);
	for (int field = 0; field < USAGE_COUNT; field++)
		at_least(expect(EXPECT_USAGE, "usage"), 1e9)->usage = (enum usage_field)field;
	struct verdict verdict = judged();
	for (size_t i = 0; i < COUNT(got); i++) {
		assert_int_equal(verdict.findings[i].outcome, OUTCOME_FAIL);
		assert_string_equal(verdict.findings[i].actual, got[i]);
	}
	seen.timing.tls_us = -1;
	seen.tls.expires_us = 0;
	assert_string_equal(judged().findings[2].actual, "did not happen");
	assert_string_equal(judged().findings[4].actual, "no certificate");
}

static void a_stream_is_judged_by_its_measures(void **state)
{
	(void)state;
	stream("a", WHOLE, 6012);
	expect_stream(MEASURE_DONE);
	expect_stream(MEASURE_INTEGRITY);
	warn_above(at_most(expect_stream(MEASURE_TTFT), 5e6), 2e6);
	at_most(expect_stream(MEASURE_LINE_GAP), 7e6);
	at_most(expect_stream(MEASURE_TOKEN_GAP), 1);
	at_least(expect_stream(MEASURE_CHUNKS), 2);
	assert_verdict(
		OUTCOME_FAIL, REASON_EXPECTATION, "stream.ttft: expected at most 5s, got 6.012s");
	assert_int_equal(judged().n_findings, 6);
	for (size_t i = 0; i < 6; i++)
		assert_int_equal(
			judged().findings[i].outcome, i == 2 ? OUTCOME_FAIL : OUTCOME_PASS);
	assert_int_equal(judged().integrity, INTEGRITY_COMPLETE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_as_expected_passes_in_words),
		TEST(a_status_is_in_its_ranges),
		TEST(a_failing_status_shows_the_answer),
		TEST(a_redirect_not_followed_says_where_it_leads),
		TEST(a_sleeping_service_is_cold),
		TEST(cold_is_no_reason_where_the_status_was_expected),
		TEST(a_missing_path_says_where),
		TEST(what_is_no_json_is_malformed),
		TEST(too_many_nodes_cannot_be_judged),
		TEST(content_is_the_assistants_text),
		TEST(thresholds_have_three_bounds),
		TEST(a_certificates_life_warns_below),
		TEST(what_did_not_happen_meets_no_bound),
		TEST(phases_certificates_and_usage_are_judged),
		TEST(a_stream_is_judged_by_its_measures),
	};
	return RUN(tests);
}
