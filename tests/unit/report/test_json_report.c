#include "base/json.h"
#include "records.h"
#include "report/report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct record *const all[] = {&passing, &failing, &skipped, &known, &warned};
static const struct report whole = {
	.mode = "local",
	.started_wall_us = 1795341600123000,
	.duration_us = 12300000,
	.records = all,
	.n_records = 5,
};

static struct json *root;

static int parse(void **state)
{
	(void)state;
	struct buf out = BUF_INIT(1 << 20);
	struct error error = {""};
	report_json(&whole, &out);
	root = json_parse(buf_str(&out), &error);
	if (!root)
		print_error("%s\n%s\n", error.text, buf_text(&out));
	buf_fini(&out);
	return root ? 0 : -1;
}

static int release(void **state)
{
	(void)state;
	json_free(root);
	return 0;
}

static const struct json *check_of(size_t index)
{
	return json_item(json_member(root, "checks"), index);
}

/* The value at dotted names below from, as compact JSON. */
static const char *at(const struct json *from, const char *path)
{
	static char texts[8][512];
	static unsigned next;
	char name[64];
	while (*path) {
		size_t n = strcspn(path, ".");
		memcpy(name, path, n);
		name[n] = '\0';
		bool index = name[0] >= '0' && name[0] <= '9';
		from = index ? json_item(from, (size_t)strtoul(name, NULL, 10))
			     : json_member(from, name);
		path += n + (path[n] == '.');
	}
	if (!from)
		return "absent";
	struct buf out = BUF_INIT(sizeof(texts[0]) - 1);
	json_print(&out, from);
	char *text = texts[next++ % 8];
	strcpy(text, buf_text(&out));
	buf_fini(&out);
	return text;
}

#define assert_at(from, path, text) assert_string_equal(at((from), (path)), (text))

static void test_head(void **state)
{
	(void)state;
	assert_at(root, "version", "1");
	assert_at(root, "tool", "\"outrider " OUTRIDER_VERSION "\"");
	assert_at(root, "mode", "\"local\"");
	assert_at(root, "started_at", "\"2026-11-22T10:00:00.123Z\"");
	assert_at(root, "duration_s", "12.3");
	assert_at(root, "summary",
		"{\"total\":5,\"pass\":1,\"warn\":1,\"fail\":2,\"skip\":1,\"known_issues\":1}");
	assert_int_equal(json_count(json_member(root, "checks")), 5);
}

static void test_the_promised_members_of_a_check(void **state)
{
	(void)state;
	const struct json *check = check_of(1);
	assert_at(check, "id", "\"gateway-stream\"");
	assert_at(check, "title", "\"Gateway streams\"");
	assert_at(check, "spec", "\"tests/integration/test_z.py::TestX::test_y\"");
	assert_at(check, "service", "\"gateway\"");
	assert_at(check, "tags", "[\"streaming\",\"slow\"]");
	assert_at(check, "outcome", "\"fail\"");
	assert_at(check, "reason", "\"expectation\"");
	assert_at(check, "known_issue", "false");
	assert_at(check, "message", "\"stream.ttft: expected at most 5s, got 6.012s\"");
	assert_at(check, "duration_s", "6.3");
	assert_at(check, "attempts", "2");
	assert_at(check, "request_id", "\"gateway-stream-bbbb\"");
	assert_at(check, "http_status", "200");
	assert_at(check, "timing",
		"{\"dns_s\":0.0001,\"connect_s\":0.0002,\"tls_s\":0,\"ttfb_s\":0.02,\"total_s\":6."
		"3}");
	assert_at(check, "notes", "[\"left open after [DONE]\"]");
}

static void test_connections(void **state)
{
	(void)state;
	assert_at(check_of(0), "http_version", "\"2\"");
	assert_at(check_of(0), "tls",
		"{\"expires_at\":\"2026-12-02T10:00:00.122Z\",\"days_left\":9,"
		"\"version\":\"TLSv1.3\",\"cipher\":\"TLS_AES_128_GCM_SHA256\"}");
	assert_at(check_of(1), "http_version", "null");
	assert_at(check_of(1), "tls", "null");
}

static void test_expectations(void **state)
{
	(void)state;
	const struct json *found = json_member(check_of(1), "expectations");
	assert_int_equal(json_count(found), 3);
	assert_at(found, "1",
		"{\"step\":null,\"subject\":\"stream.ttft\",\"outcome\":\"fail\","
		"\"expected\":\"at most "
		"5s\",\"actual\":\"6.012s\",\"detail\":null,\"excerpt\":null,"
		"\"mark\":null}");
	assert_at(found, "2.step", "\"second\"");
	assert_at(found, "2.outcome", "\"warn\"");
	assert_at(found, "2.excerpt", "\"\xe2\x80\xa6one two\\\\n\\\\x1b[31m\"");
}

static void test_streams(void **state)
{
	(void)state;
	const struct json *stream = json_member(check_of(1), "stream");
	assert_at(stream, "integrity", "\"complete\"");
	assert_at(stream, "done", "true");
	assert_at(stream, "chunks", "7");
	assert_at(stream, "ttft_s", "6.012");
	assert_at(stream, "line_gap_s", "6");
	assert_at(stream, "token_gap_s", "0.1");
	assert_at(stream, "tokens", "5");
	assert_at(stream, "ttfr_s", "null");
	assert_at(stream, "tokens_per_second", "null");
	assert_at(check_of(0), "stream", "null");
	assert_at(check_of(1), "usage", "{\"prompt_tokens\":10,\"completion_tokens\":null}");
}

static void test_what_did_not_happen_is_null(void **state)
{
	(void)state;
	const struct json *check = check_of(2);
	assert_at(check, "outcome", "\"skip\"");
	assert_at(check, "reason", "\"env\"");
	assert_at(check, "title", "\"voice\"");
	assert_at(check, "spec", "null");
	assert_at(check, "tags", "[]");
	assert_at(check, "expectations", "[]");
	assert_at(check, "request_id", "null");
	assert_at(check, "http_status", "null");
	assert_at(check, "timing",
		"{\"dns_s\":null,\"connect_s\":null,\"tls_s\":null,\"ttfb_s\":null,\"total_s\":"
		"null}");
	assert_at(check, "evidence", "null");
	assert_at(check, "usage", "null");
}

static void test_evidence_of_what_did_not_pass(void **state)
{
	(void)state;
	assert_at(check_of(0), "evidence", "null");
	const struct json *evidence = json_member(check_of(1), "evidence");
	assert_at(evidence, "curl",
		"\"curl -d '{\\\"a\\\":1}' http://127.0.0.1:8000/v1/chat/completions\"");
	assert_at(evidence, "excerpt", "\"data: {\\\\n\"");
	assert_at(evidence, "body_bytes", "1234");
	assert_at(evidence, "content", "\"one two\"");
	assert_at(evidence, "timeline.1", "[1,\"comment\",4]");
	assert_at(evidence, "timeline.2", "[3,\"comment\",4,5]");
	assert_at(evidence, "timeline_left_out", "8");
}

static void test_known_issues(void **state)
{
	(void)state;
	assert_at(check_of(3), "known_issue", "true");
	assert_at(check_of(3), "known_issue_reason", "\"ticket 12\"");
	assert_at(check_of(0), "known_issue_reason", "null");
	assert_at(check_of(3), "outcome", "\"fail\"");
	assert_at(check_of(3), "timing.tls_s", "0.0005");
	assert_at(check_of(4), "passed_after_retry", "true");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_head),
		cmocka_unit_test(test_the_promised_members_of_a_check),
		cmocka_unit_test(test_connections),
		cmocka_unit_test(test_expectations),
		cmocka_unit_test(test_streams),
		cmocka_unit_test(test_what_did_not_happen_is_null),
		cmocka_unit_test(test_evidence_of_what_did_not_pass),
		cmocka_unit_test(test_known_issues),
	};
	return cmocka_run_group_tests(tests, parse, release);
}
