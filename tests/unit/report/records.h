/* Records made by hand, one of each kind. */
#ifndef OUTRIDER_TESTS_RECORDS_H
#define OUTRIDER_TESTS_RECORDS_H

#include "check/record.h"

static const char *const streaming_tags[] = {"streaming", "slow"};
static struct service gateway = {
	.id = "gateway", .title = "Gateway", .url = "http://127.0.0.1:8000"};
static const struct known_issue ticket = {.reason = "ticket 12"};

static const struct check health_check = {
	.id = "gateway-health", .title = "Gateway answers", .service = &gateway};
static const struct check stream_check = {.id = "gateway-stream",
	.title = "Gateway streams",
	.spec = "tests/integration/test_z.py::TestX::test_y",
	.service = &gateway,
	.tags = streaming_tags,
	.n_tags = 2};
static const struct check voice_check = {.id = "voice", .service = &gateway};
static const struct check known_check = {
	.id = "docs", .title = "Docs", .service = &gateway, .known_issue = &ticket};
static const struct check slow_check = {.id = "slow-one", .service = &gateway};

static const struct finding health_findings[] = {
	{.subject = "status", .outcome = OUTCOME_PASS, .expected = "200", .actual = "200"},
};
static const struct record passing = {
	.check = &health_check,
	.check_id = "gateway-health",
	.started_wall_us = 1795341600123000,
	.duration_us = 12345,
	.outcome = OUTCOME_PASS,
	.attempts = 1,
	.message = "",
	.findings = health_findings,
	.n_findings = 1,
	.http_status = 200,
	.timing = {100, 200, -1, 11000, 12345},
	.address = "127.0.0.1:8000",
	.tls = {1795341600123000 + INT64_C(864000000000) - 1, "TLSv1.3", "TLS_AES_128_GCM_SHA256"},
	.http_version = 20,
	.request_id = "gateway-health-aaaa",
	.prompt_tokens = -1,
	.completion_tokens = -1,
};

static const struct finding stream_findings[] = {
	{.subject = "status", .outcome = OUTCOME_PASS, .expected = "200", .actual = "200"},
	{.subject = "stream.ttft",
		.outcome = OUTCOME_FAIL,
		.reason = REASON_EXPECTATION,
		.expected = "at most 5s",
		.actual = "6.012s"},
	{.step = "second",
		.subject = "content",
		.outcome = OUTCOME_WARN,
		.reason = REASON_EXPECTATION,
		.expected = "contains \"five\"",
		.actual = "\"one two\"",
		.excerpt = "\xe2\x80\xa6one two\\n\\x1b[31m"},
};
static const struct frame stream_frames[] = {
	{21000, 60, FRAME_EVENT, 0},
	{1000000, 4, FRAME_COMMENT, 0},
	{3000000, 4, FRAME_COMMENT, 5},
	{6012000, 80, FRAME_TOKEN, 0},
	{6112000, 80, FRAME_TOKEN, 3},
	{6298000, 6, FRAME_DONE, 0},
};
static const char *const stream_notes[] = {"left open after [DONE]"};
static const struct record failing = {
	.check = &stream_check,
	.check_id = "gateway-stream",
	.started_wall_us = 1795341600123000,
	.duration_us = 6300000,
	.outcome = OUTCOME_FAIL,
	.reason = REASON_EXPECTATION,
	.attempts = 2,
	.message = "stream.ttft: expected at most 5s, got 6.012s",
	.notes = stream_notes,
	.n_notes = 1,
	.findings = stream_findings,
	.n_findings = 3,
	.http_status = 200,
	.timing = {100, 200, -1, 20000, 6300000},
	.request_id = "gateway-stream-bbbb",
	.is_stream = true,
	.integrity = INTEGRITY_COMPLETE,
	.stream = {.ttfe_us = 21000,
		.ttfr_us = -1,
		.ttft_us = 6012000,
		.line_gap_us = 6000000,
		.event_gap_us = 5991000,
		.token_gap_us = 100000,
		.line_gap_at_us = 12000,
		.event_gap_at_us = 21000,
		.token_gap_at_us = 6012000,
		.itl_us = 25000,
		.tpot_us = -1,
		.end_us = 6299000,
		.chunks = 7,
		.tokens = 5,
		.tokens_per_second = -1,
		.done = true,
		.finished = true},
	.prompt_tokens = 10,
	.completion_tokens = -1,
	.evidence = {.method = "POST",
		.url = "http://127.0.0.1:8000/v1/chat/completions",
		.curl = "curl -d '{\"a\":1}' http://127.0.0.1:8000/v1/chat/completions",
		.body = "data: {\\n",
		.body_bytes = 1234,
		.content = "one two",
		.frames = stream_frames,
		.n_frames = 6,
		.frames_left_out = 8},
};

static const struct record skipped = {
	.check = &voice_check,
	.check_id = "voice",
	.outcome = OUTCOME_SKIP,
	.reason = REASON_ENV,
	.message = "CHUTES_API_KEY is not set",
	.timing = TIMING_NONE,
	.prompt_tokens = -1,
	.completion_tokens = -1,
};

static const struct finding known_findings[] = {
	{.subject = "status",
		.outcome = OUTCOME_FAIL,
		.reason = REASON_EXPECTATION,
		.expected = "200",
		.actual = "404"},
};
static const struct record known = {
	.check = &known_check,
	.check_id = "docs",
	.duration_us = 850,
	.outcome = OUTCOME_FAIL,
	.reason = REASON_EXPECTATION,
	.known_issue = true,
	.attempts = 1,
	.message = "status: expected 200, got 404",
	.findings = known_findings,
	.n_findings = 1,
	.http_status = 404,
	.timing = {100, 200, 500, 700, 850},
	.request_id = "docs-cccc",
	.prompt_tokens = -1,
	.completion_tokens = -1,
};

static const struct finding slow_findings[] = {
	{.subject = "latency",
		.outcome = OUTCOME_WARN,
		.reason = REASON_EXPECTATION,
		.expected = "at most 1s",
		.actual = "1.5s"},
};
static const struct record warned = {
	.check = &slow_check,
	.check_id = "slow-one",
	.duration_us = 1500000,
	.outcome = OUTCOME_WARN,
	.reason = REASON_EXPECTATION,
	.attempts = 2,
	.passed_after_retry = true,
	.message = "latency: expected at most 1s, got 1.5s",
	.findings = slow_findings,
	.n_findings = 1,
	.http_status = 200,
	.timing = {100, 200, -1, 700, 1500000},
	.request_id = "slow-one-dddd",
	.prompt_tokens = -1,
	.completion_tokens = -1,
};

#endif
