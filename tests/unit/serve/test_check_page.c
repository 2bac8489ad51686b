/* The page of a check, asked without a network, over a history with evidence. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "asking.h"
#include "chronicle.h"

#define MINUTE_US (60 * US_PER_S)
#define FAILED_AT (SAMPLE_NOW - 10 * MINUTE_US)
#define HOSTILE "\"'><script>alert(1)</script>{{id}}</textarea><img src=x>"

static struct chronicle chronicle;
static char key_text[24];

static int setup(void **state)
{
	static struct asking a;
	memset(&a, 0, sizeof(a));
	sample_init(&a.sample);
	chronicle_open(&chronicle, &a.sample);
	*state = &a;
	return 0;
}

static int teardown(void **state)
{
	asking_close(*state);
	chronicle_remove(&chronicle);
	return 0;
}

static void has(struct asking *a, const char *text)
{
	if (!strstr(body_of(a), text))
		fail_msg("the page lacks %s", text);
}

static void lacks(struct asking *a, const char *text)
{
	if (strstr(body_of(a), text))
		fail_msg("the page has %s", text);
}

static bool before(struct asking *a, const char *first, const char *second)
{
	has(a, first);
	has(a, second);
	return strstr(body_of(a), first) < strstr(body_of(a), second);
}

/* A stall behind keep-alives, in a stream that was cut. */
static const struct frame frames[] = {
	{200000, 30, FRAME_EVENT, 0},
	{400000, 40, FRAME_TOKEN, 0},
	{500000, 40, FRAME_TOKEN, 0},
	{2000000, 8, FRAME_COMMENT, 0},
	{4000000, 8, FRAME_COMMENT, 5},
	{9000000, 40, FRAME_TOKEN, 0},
};

static const struct finding findings[] = {
	{.subject = "status", .outcome = OUTCOME_PASS, .expected = "200", .actual = "200"},
	{.subject = "stream.token_gap",
		.outcome = OUTCOME_FAIL,
		.reason = REASON_EXPECTATION,
		.expected = "at most 4s, warns above 2s",
		.actual = "8.5s",
		.detail = "from 500ms to 9s"},
	{.subject = "content",
		.outcome = OUTCOME_WARN,
		.reason = REASON_EXPECTATION,
		.expected = "contains \"five\"",
		.actual = HOSTILE,
		.excerpt = "one <b>two</b> three",
		.marked = true,
		.mark_at = 4,
		.mark_n = 10},
	{.subject = "stream.ttft",
		.outcome = OUTCOME_PASS,
		.expected = "at most 5s",
		.actual = "400ms"},
};

static const struct header sent[] = {{"traceparent", "00-aa-bb-01"}, {"x-evil", HOSTILE}};
static const char *const notes[] = {"attempt 1: 503 " HOSTILE};

static struct record *bad_record(const struct sample *s, size_t index, int64_t wall_us)
{
	struct record *record = MEM_NEW(struct record);
	*record = sample_record(s, index, wall_us);
	arena_init(&record->arena);
	record->key = chronicle_key(&chronicle, index, wall_us);
	record->outcome = OUTCOME_FAIL;
	record->reason = REASON_EXPECTATION;
	record->message = "stream.token_gap: expected at most 4s, got 8.5s";
	record->duration_us = 9100000;
	record->timing = (struct timing){1000, 2000, -1, 150000, 9100000};
	record->findings = findings;
	record->n_findings = sizeof(findings) / sizeof(findings[0]);
	record->notes = notes;
	record->n_notes = 1;
	record->is_stream = true;
	record->integrity = INTEGRITY_TRUNCATED;
	record->stream = (struct measures){.ttfe_us = 200000,
		.ttfr_us = 400000,
		.ttft_us = 400000,
		.line_gap_us = 5000000,
		.line_gap_at_us = 4000000,
		.event_gap_us = 8500000,
		.event_gap_at_us = 500000,
		.token_gap_us = 8500000,
		.token_gap_at_us = 500000,
		.itl_us = -1,
		.tpot_us = -1,
		.last_token_us = 9000000,
		.end_us = 9100000,
		.chunks = 4,
		.keepalives = 7,
		.tokens = 3,
		.tokens_per_second = -1};
	record->evidence = (struct evidence){.method = "POST",
		.url = "http://127.0.0.1:8000/v1/chat/completions",
		.curl = "curl 'http://127.0.0.1:8000/' -d '" HOSTILE "'",
		.request_headers = sent,
		.n_request_headers = 2,
		.headers = sent,
		.n_headers = 2,
		.body = "data: {\"a\":1}\\n\\ndata: " HOSTILE "\\n: ping\\n",
		.body_bytes = 4711,
		.content = HOSTILE,
		.frames = frames,
		.n_frames = sizeof(frames) / sizeof(frames[0]),
		.frames_left_out = 5};
	return record;
}

/* Takes the record. */
static void give(size_t index, struct record *record)
{
	struct store_item *item = MEM_NEW(struct store_item);
	item->record = record;
	item->check_number = chronicle.numbers[index];
	item->health.state = HEALTH_DOWN;
	item->since_wall_us = item->changed_wall_us = record->started_wall_us;
	snprintf(key_text, sizeof(key_text), "%016llx", (unsigned long long)record->key);
	assert_true(store_give(chronicle.store, item));
}

static void give_bad(const struct sample *s, size_t index, int64_t wall_us)
{
	give(index, bad_record(s, index, wall_us));
}

/* Thirty passes, a failure with evidence, and the site over them. */
static void open_history(struct asking *a)
{
	for (int i = 40; i > 10; i--)
		chronicle_add(&chronicle, &a->sample, 1, SAMPLE_NOW - i * MINUTE_US, OUTCOME_PASS,
			"", false);
	give_bad(&a->sample, 1, FAILED_AT);
	chronicle_finish(&chronicle);
	asking_open(a, chronicle.path);
}

static void test_head(void **state)
{
	struct asking *a = *state;
	a->sample.checks[1].description = "Words " HOSTILE;
	a->sample.checks[1].spec = "tests/x.py::test_y";
	a->sample.checks[1].runbook = "javascript:alert(1)";
	a->sample.checks[1].known_issue = &a->sample.known;
	asking_open(a, NULL);
	sample_put(
		a->board, &a->sample, 1, SAMPLE_NOW - 20 * US_PER_S, OUTCOME_PASS, REASON_NONE, "");
	sample_state(a->board, 1, HEALTH_UP);
	board_next(a->board, 1, SAMPLE_NOW + 40 * US_PER_S);
	assert_int_equal(ask(a, "/checks/gateway-stream"), 200);
	has(a, "<title>Gateway streams a chat · Outrider</title>");
	has(a, "<h1>Gateway streams a chat</h1>");
	has(a, "<code>gateway-stream</code> <span class=\"tag\">streaming</span>");
	has(a, "<strong class=\"word\" data-say>Up</strong> for <time "
	       "datetime=\"2026-11-22T09:00:00.000Z\"");
	has(a, "href=\"/checks/gateway-health\"");
	has(a, "in 40\xc2\xa0s</time>");
	has(a, "tests/x.py::test_y");
	has(a, "<b>Known issue:</b> ticket 12");
	has(a, "<dd>javascript:alert(1)</dd>");
	lacks(a, "href=\"javascript");
	lacks(a, "<form"); /* nobody could grant a wish */
	lacks(a, "<img");
	lacks(a, "style=\"");
	assert_int_equal(ask(a, "/checks/code%5Bbaseline-cli%5D"), 200);
	has(a, "href=\"/checks/code%5Bbaseline-cli%5D?range=7d#history\"");
	has(a, "&amp;check=code%5Bbaseline-cli%5D\">"); /* its own events */
	assert_int_equal(ask(a, "/checks/nobody"), 404);
}

static void test_objective(void **state)
{
	struct asking *a = *state;
	a->sample.policies[1].slo = (struct slo){0.99, 30 * INT64_C(86400) * US_PER_S};
	open_history(a);
	ask(a, "/checks/gateway-stream");
	has(a, "<dt>Objective</dt><dd>99.00\xc2\xa0% in 30\xc2\xa0\x64 <small>now "
	       "96.77\xc2\xa0%</small>");
	has(a, "Error budget: none left");
	has(a, "<span class=\"rate high\"><small>1d</small> 3.23</span>");
}

static void test_explains_a_failure(void **state)
{
	struct asking *a = *state;
	open_history(a);
	sample_state(a->board, 1, HEALTH_DOWN);
	assert_int_equal(ask(a, "/checks/gateway-stream"), 200);
	has(a, "Latest failure");
	assert_true(before(a, "Latest failure", "Over 24 hours")); /* since it matters now */
	has(a, "<code>stream.token_gap</code> <small>2.1 times the limit</small>");
	has(a, "<dd class=\"expected\">at most 4s, warns above 2s</dd>");
	has(a, "<dd class=\"actual\">8.5s</dd>");
	has(a, "<dd>from 500ms to 9s</dd>");
	has(a, "one <mark>&lt;b&gt;two&lt;/b&gt;</mark> three");
	has(a, "2 expectations held");
	has(a, "<code>00-aa-bb-01</code>");
	has(a, "<code>gateway-health-abc</code>");
	has(a, "<time datetime=\"2026-11-22T09:49:00.000Z\">2026-11-22 09:49:00</time>"); /* good */
	has(a, "1\xc2\xa0min before");
	has(a, "<b>Note:</b> attempt 1: 503 ");
	has(a, "4711 bytes");
	char permanent[96];
	snprintf(permanent, sizeof(permanent), "href=\"/checks/gateway-stream?result=%s\"",
		key_text);
	has(a, permanent);
	has(a, "href=\"/incidents/");
}

static void test_timeline(void **state)
{
	struct asking *a = *state;
	open_history(a);
	ask(a, "/checks/gateway-stream");
	has(a, "3 tokens in 4 chunks, 7 keep-alives, no [DONE]. 8.50\xc2\xa0s without a token, "
	       "from "
	       "500\xc2\xa0ms on; 7 keep-alives came meanwhile.");
	has(a, "<th scope=\"row\">First byte</th>");
	has(a, "<th scope=\"row\">First token</th>");
	has(a, ">8.50\xc2\xa0s without a token</text>");
	has(a, "<rect class=\"stall\" x=\"5.49%\" width=\"93.41%\"");
	has(a, ">first token 400\xc2\xa0ms</text>");
	has(a, ">pause: 4\xc2\xa0s</text>");
	has(a, ">token: 5\xc2\xa0s</text>");
	has(a, "<td class=\"value bad\">truncated</td>");
	has(a, "<td class=\"value bad\">none</td>");
	has(a, "<line class=\"broken\" x1=\"100.00%\"");
	/* Tokens in one lane, keep-alives in another, and a line where some are left out. */
	has(a, "<path class=\"frames\" d=\"M439 1v14M549 1v14M9890 1v14\"/>");
	has(a, "<path class=\"frames\" d=\"M2197 6v4M2197 8H4395M4395 6v4\"/>");
	has(a, "5 frames are left out");
	has(a, "keep-alive <small>5 more left out</small>");
	lacks(a, ">Reasoning</th>");
}

/* The phase in which the time went by is the one that never ended. */
static void test_no_answer(void **state)
{
	struct asking *a = *state;
	struct record *refused = bad_record(&a->sample, 3, FAILED_AT);
	refused->is_stream = false;
	refused->timing = (struct timing){1000, -1, -1, -1, 5000};
	give(3, refused);
	struct record *silent = bad_record(&a->sample, 4, FAILED_AT);
	silent->is_stream = false;
	silent->timing = (struct timing){1000, 2000, -1, -1, 10000000};
	silent->evidence.url = "https://x/";
	give(4, silent);
	struct record *mute = bad_record(&a->sample, 5, FAILED_AT);
	mute->stream.ttft_us = mute->stream.ttfr_us = -1;
	mute->evidence.n_frames = 1;
	give(5, mute);
	chronicle_finish(&chronicle);
	asking_open(a, chronicle.path);
	ask(a, "/checks/memory-recall");
	has(a, "<tr class=\"dns\"><th scope=\"row\">DNS</th>");
	has(a, "<tr class=\"lost\"><th scope=\"row\">Connect</th>");
	has(a, "<span class=\"never\">never</span> 4.0\xc2\xa0ms</td>");
	lacks(a, "First byte</th><td><svg");
	lacks(a, ">Stream</th>");
	ask(a, "/checks/memory-clear");
	has(a, "<tr class=\"lost\"><th scope=\"row\">TLS</th>");
	ask(a, "/checks/ui-home");
	has(a, "<tr class=\"lost\"><th scope=\"row\">First token</th>");
	lacks(a, ">Done</th>");
	has(a, "First token never");
}

static void test_hostile_evidence(void **state)
{
	struct asking *a = *state;
	open_history(a);
	ask(a, "/checks/gateway-stream");
	lacks(a, "<script>");
	lacks(a, "<img");
	lacks(a, "</textarea");
	lacks(a, "<b>two");
	has(a, "{{id}}");
	has(a, "&lt;script&gt;alert(1)&lt;/script&gt;");
	lacks(a, "onclick");
	/* The lines of a stream's raw text are seen as lines. */
	has(a, "data: {&quot;a&quot;:1}\\n\\n\ndata: ");
	has(a, "\\n\n: ping\\n");
}

static void test_a_chosen_result(void **state)
{
	struct asking *a = *state;
	char path[96];
	open_history(a);
	sample_state(a->board, 1, HEALTH_UP);
	snprintf(path, sizeof(path), "/checks/gateway-stream?result=%s", key_text);
	assert_int_equal(ask(a, path), 200);
	assert_true(before(a, "This result", "Over 24 hours"));
	has(a, "<tr class=\"down here\">");
	sample_put(a->board, &a->sample, 1, SAMPLE_NOW - MINUTE_US, OUTCOME_PASS, REASON_NONE, "");
	ask(a, "/checks/gateway-stream");
	assert_true(before(a, "Over 24 hours", "Latest failure"));
	sample_put(a->board, &a->sample, 1, SAMPLE_NOW, OUTCOME_FAIL, REASON_TIMEOUT, "");
	ask(a, "/checks/gateway-stream");
	assert_true(before(a, "Latest failure", "Over 24 hours")); /* it failed just now */
	/* One that passed: what is known of it, and that there is no more. */
	snprintf(path, sizeof(path), "/checks/gateway-stream?result=%016llx",
		(unsigned long long)chronicle_key(&chronicle, 1, SAMPLE_NOW - 20 * MINUTE_US));
	assert_int_equal(ask(a, path), 200);
	has(a, "A result that passed");
	has(a, "No more is kept of this result");
	lacks(a, "What came when");
	/* Of another check, of none, and none at all. */
	snprintf(path, sizeof(path), "/checks/gateway-health?result=%s", key_text);
	assert_int_equal(ask(a, path), 404);
	assert_int_equal(ask(a, "/checks/gateway-stream?result=00000000000000ff"), 404);
	snprintf(path, sizeof(path), "/checks/gateway-stream?result=%016llx",
		(unsigned long long)chronicle_key(&chronicle, 1, FAILED_AT) + 1);
	assert_int_equal(ask(a, path), 404);
	assert_int_equal(ask(a, "/checks/gateway-stream?result=ffffffffffffffff"), 404);
	assert_int_equal(ask(a, "/checks/gateway-stream?result=x"), 400);
}

static void test_charts(void **state)
{
	struct asking *a = *state;
	open_history(a);
	ask(a, "/checks/gateway-stream");
	has(a, "<figure class=\"chart\" data-series=\"/api/v1/checks/gateway-stream/series?from=");
	has(a, "&amp;metric=duration\"");
	has(a, "Uptime <b>96.77\xc2\xa0%</b> <span>30 passed</span> <span>1 failed</span>");
	has(a, "<th scope=\"row\">Whole check</th>");
	has(a, "aria-current=\"true\">24 h</a>");
	has(a, "Time to first token");
	ask(a, "/checks/gateway-stream?range=90d");
	has(a, "Over 90 days");
	has(a, "aria-current=\"true\">90 d</a>");
	ask(a, "/checks/gateway-stream?from=2026-11-20T00:00:00Z&to=2026-11-21T12:00:00Z");
	has(a, "Over 1\xc2\xa0\x64\xc2\xa0\x31\x32\xc2\xa0h");
	has(a, "Nothing was measured in this time.");
	has(a, "from=2026-11-20T00:00:00Z&amp;to=2026-11-21T12:00:00Z&amp;outcome=fail#results");
	assert_int_equal(ask(a, "/checks/gateway-stream?range=1y"), 400);
	assert_int_equal(ask(a, "/checks/gateway-stream?from=yesterday"), 400);
	assert_int_equal(ask(a, "/checks/gateway-stream?to=2026-11-21T12:00:00Z"), 400);
	assert_int_equal(ask(a, "/checks/gateway-stream?from=2000-01-01T00:00:00Z"), 400);
	assert_int_equal(
		ask(a, "/checks/gateway-stream?from=2026-11-21T00:00:00Z&to=2026-11-20T00:00:00Z"),
		400);
}

static size_t count(struct asking *a, const char *text)
{
	size_t n = 0;
	for (const char *at = body_of(a); (at = strstr(at, text)); at++)
		n++;
	return n;
}

/* The target of the link with that relation; false: there is none. */
static bool link_of(struct asking *a, const char *relation, char target[256])
{
	char mark[32];
	snprintf(mark, sizeof(mark), "rel=\"%s\" href=\"", relation);
	const char *at = strstr(body_of(a), mark);
	if (!at)
		return false;
	at += strlen(mark);
	size_t n = 0;
	for (; at[n] != '"' && at[n] != '#' && n < 255; n++)
		target[n] = at[n];
	target[n] = '\0';
	return true;
}

static void test_results(void **state)
{
	struct asking *a = *state;
	char older[256], newer[256], none[256];
	open_history(a);
	ask(a, "/checks/gateway-stream");
	assert_int_equal(count(a, "<td class=\"at\">"), 25);
	assert_false(link_of(a, "prev", none));
	assert_true(link_of(a, "next", older));
	ask(a, older);
	assert_int_equal(count(a, "<td class=\"at\">"), 6);
	assert_false(link_of(a, "next", none));
	assert_true(link_of(a, "prev", newer));
	has(a, "2026-11-22 09:20:00");
	ask(a, newer);
	assert_int_equal(count(a, "<td class=\"at\">"), 25);
	assert_false(link_of(a, "prev", none));
	has(a, "<td class=\"at\"><a href=\"/checks/gateway-stream?result=");
	const char *results = strstr(body_of(a), "<tbody>\n<tr class=\"down\">");
	assert_non_null(results); /* the newest first, also on the way back */
	assert_true(strstr(results, "09:49:00") < strstr(results, "09:48:00"));
	ask(a, "/checks/gateway-stream?outcome=fail");
	assert_int_equal(count(a, "<td class=\"at\">"), 1);
	has(a, "results?format=csv&amp;limit=1000&amp;outcome=fail");
	ask(a, "/checks/gateway-stream?outcome=skip");
	has(a, "There are no such results.");
	assert_int_equal(ask(a, "/checks/gateway-stream?outcome=bad"), 400);
	assert_int_equal(ask(a, "/checks/gateway-stream?before=1&after=2"), 400);
}

static void test_of_a_check_that_was_removed(void **state)
{
	struct asking *a = *state;
	open_history(a);
	a->sample.plan.n_checks = a->sample.watch.n_checks = 1;
	board_load(a->board, &a->sample.plan, &a->sample.watch, false);
	a->accept = "text/html";
	assert_int_equal(ask(a, "/checks/gateway-stream"), 404);
	has(a, "This check was removed from the configuration");
	has(a, "<a href=\"/api/v1/checks/gateway-stream/results\">");
	assert_int_equal(ask(a, "/checks/nobody"), 404);
	has(a, "There is no check of this id.");
	lacks(a, "/results");
	a->accept = NULL;
	assert_int_equal(ask(a, "/api/v1/checks/gateway-stream/results?limit=1"), 200);
	has(a, "\"outcome\":");
	assert_int_equal(ask(a, "/api/v1/checks/nobody/results"), 404);
}

static void test_csv(void **state)
{
	struct asking *a = *state;
	chronicle_add(&chronicle, &a->sample, 1, SAMPLE_NOW - 5 * MINUTE_US, OUTCOME_FAIL,
		"=cmd|' /C calc'!A0, \"x\"\x1b", false);
	open_history(a);
	ask(a, "/api/v1/checks/gateway-stream/results?format=csv&outcome=fail");
	assert_string_equal(
		a->response.payload->content_type, "text/csv; charset=utf-8; header=present");
	has(a, "result,at,outcome,reason,http_status,duration_s,ttfb_s,ttft_s,message\r\n");
	has(a, ",2026-11-22T09:55:00.000Z,fail,expectation,200,0.123456,0.02,,"
	       "\"'=cmd|' /C calc'!A0, \"\"x\"\"\\x1b\"\r\n");
	has(a, ",9.1,0.15,0.4,\"stream.token_gap: expected at most 4s, got 8.5s\"\r\n");
	a->accept = "text/csv";
	ask(a, "/api/v1/checks/gateway-stream/results?limit=2");
	assert_int_equal(count(a, "\r\n"), 3);
	a->accept = NULL;
	ask_json(a, "/api/v1/checks/gateway-stream/results?limit=2");
	assert_int_equal(ask(a, "/api/v1/checks/gateway-stream/results?format=xml"), 400);
}

static void grant(void *ctx, const struct wish *wish, struct wish_answer *answer)
{
	(void)ctx;
	(void)wish;
	answer->end = WISH_GRANTED;
}

static void ask_as(struct asking *a, const char *user)
{
	struct arena arena;
	arena_init(&arena);
	struct http_request request = {
		.user = user, .now_wall_us = a->now_wall_us, .arena = &arena};
	payload_drop(a->response.payload);
	router_answer(a->site, &request, "/checks/gateway-stream", &a->response);
	arena_fini(&arena);
}

/* Only who may write sees forms. */
static void test_forms(void **state)
{
	struct asking *a = *state;
	asking_open(a, NULL);
	a->site->wishes.grant = grant;
	ask_as(a, NULL);
	lacks(a, "<form");
	ask_as(a, "ann");
	has(a, "<form method=\"post\" action=\"/api/v1/checks/gateway-stream/run\">");
	has(a, "action=\"/api/v1/checks/gateway-stream/pause\"");
	lacks(a, "/resume\"");
	board_paused(a->board, 1, true);
	ask_as(a, "ann");
	has(a, "Paused by hand");
	has(a, "action=\"/api/v1/checks/gateway-stream/resume\"");
	lacks(a, "/pause\"");
}

static void test_without_anything(void **state)
{
	struct asking *a = *state;
	asking_open(a, NULL);
	assert_int_equal(ask(a, "/checks/gateway-stream"), 200);
	has(a, "No verdict");
	has(a, "There are no such results.");
	lacks(a, "Latest failure");
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {T(test_head), T(test_objective),
		T(test_explains_a_failure), T(test_timeline), T(test_no_answer),
		T(test_hostile_evidence), T(test_a_chosen_result), T(test_charts), T(test_results),
		T(test_of_a_check_that_was_removed), T(test_csv), T(test_forms),
		T(test_without_anything)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
