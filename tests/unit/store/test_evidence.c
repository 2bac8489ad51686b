/* Evidence: whole JSON under every circumstance, and never more than its limit. */
#include "unit/store/fixture.h"

#include "base/json.h"
#include "base/text.h"
#include "store/evidence.h"
#include "store/sql.h"

static struct json *written(const struct record *record, struct buf *out)
{
	struct error error = {""};
	evidence_write(out, record);
	assert_false(out->cut);
	struct json *root = json_parse(buf_str(out), &error);
	assert_string_equal(error.text, "");
	return root;
}

static const char *text_of(const struct json *object, const char *name)
{
	struct str text = json_string(json_member(object, name));
	return text.n ? text.p : "";
}

static void the_whole_story(void **state)
{
	(void)state;
	struct record *record = make_record(1, T0_US, OUTCOME_FAIL);
	struct finding findings[] = {{.subject = "status",
					     .outcome = OUTCOME_FAIL,
					     .reason = REASON_EXPECTATION,
					     .expected = "200",
					     .actual = "503"},
		{.step = "recall",
			.subject = "json.$.a",
			.outcome = OUTCOME_PASS,
			.expected = "1",
			.actual = "1",
			.detail = "why",
			.excerpt = "…éx",
			.marked = true,
			.mark_at = 3,
			.mark_n = 2}};
	struct header headers[] = {{"content-type", "text/html"}, {"server", "x"}};
	struct frame frames[] = {{1500, 10, FRAME_COMMENT, 0}, {2000000, 40, FRAME_TOKEN, 5}};
	const char *notes[] = {"left open"};
	record->findings = findings;
	record->n_findings = 2;
	record->notes = notes;
	record->n_notes = 1;
	record->request_id = "check-abc";
	record->is_stream = true;
	record->integrity = INTEGRITY_UNDONE;
	record->stream =
		(struct measures){.ttft_us = 2000000, .ttfe_us = -1, .tokens_per_second = -1};
	record->evidence = (struct evidence){.method = "POST",
		.url = "http://x/y",
		.curl = "curl -X POST 'http://x/y'",
		.request_headers = headers + 1,
		.n_request_headers = 1,
		.headers = headers,
		.n_headers = 2,
		.body = "<html>\"",
		.body_bytes = 9000,
		.content = "hi",
		.frames = frames,
		.n_frames = 2,
		.frames_left_out = 5};
	struct buf out = BUF_INIT(EVIDENCE_BYTES_MAX);
	struct json *root = written(record, &out);
	assert_string_equal(text_of(root, "started_at"), "2025-11-22T10:00:00.000Z");
	assert_string_equal(text_of(root, "outcome"), "fail");
	assert_string_equal(text_of(root, "request_id"), "check-abc");
	assert_true(json_number(json_member(json_member(root, "timing"), "ttfb_s")) == 0.098);
	const struct json *expectations = json_member(root, "expectations");
	assert_int_equal(json_count(expectations), 2);
	assert_string_equal(text_of(json_item(expectations, 0), "actual"), "503");
	assert_string_equal(text_of(json_item(expectations, 1), "step"), "recall");
	const struct json *mark = json_member(json_item(expectations, 1), "mark");
	assert_string_equal(text_of(json_item(expectations, 1), "detail"), "why");
	assert_true(json_number(json_member(mark, "offset")) == 1); /* in characters */
	assert_true(json_number(json_member(mark, "length")) == 1);
	assert_null(json_member(json_item(expectations, 0), "mark"));
	const struct json *stream = json_member(root, "stream");
	assert_string_equal(text_of(stream, "integrity"), "undone");
	assert_true(json_number(json_member(stream, "ttft_s")) == 2);
	assert_int_equal(json_type(json_member(stream, "ttfe_s")), JSON_NULL);
	const struct json *response = json_member(root, "response");
	assert_string_equal(text_of(response, "body"), "<html>\"");
	assert_int_equal(json_count(json_member(response, "headers")), 2);
	const struct json *frame = json_item(json_member(root, "frames"), 0);
	assert_true(json_number(json_item(frame, 0)) == 0.0015);
	assert_true(json_number(json_member(root, "frames_left_out")) == 5);
	assert_null(json_member(root, "frames_dropped"));
	json_free(root);
	buf_fini(&out);
	record_free(record);
}

static void a_skip_has_little_to_say(void **state)
{
	(void)state;
	struct record *record = make_record(1, T0_US, OUTCOME_SKIP);
	record->timing = TIMING_NONE;
	record->http_status = 0;
	record->attempts = 0;
	struct buf out = BUF_INIT(EVIDENCE_BYTES_MAX);
	struct json *root = written(record, &out);
	assert_null(json_member(root, "request"));
	assert_null(json_member(root, "http_status"));
	assert_true(out.n < 1024);
	json_free(root);
	buf_fini(&out);
	record_free(record);
}

/* Everything as long as it can be, made of what costs most in JSON. */
static void the_limit_holds(void **state)
{
	(void)state;
	enum { LONG = 40000, MANY = 5000 };
	static const char *const worst[] = {"\"", "\\", "\x01", "\xff", "\xe2\x82\xac", "a"};
	for (size_t k = 0; k < sizeof(worst) / sizeof(*worst); k++) {
		struct record *record = make_record(1, T0_US, OUTCOME_FAIL);
		struct arena *arena = &record->arena;
		char *text = arena_alloc(arena, LONG + 1);
		for (size_t i = 0; i + 3 < LONG; i += strlen(worst[k]))
			memcpy(text + i, worst[k], strlen(worst[k]));
		struct finding *findings = ARENA_ARRAY(arena, MANY, struct finding);
		struct header *headers = ARENA_ARRAY(arena, MANY, struct header);
		struct frame *frames = ARENA_ARRAY(arena, MANY, struct frame);
		const char **notes = ARENA_ARRAY(arena, MANY, const char *);
		for (size_t i = 0; i < MANY; i++) {
			findings[i] = (struct finding){
				.step = text,
				.subject = text,
				.outcome = OUTCOME_FAIL,
				.reason = REASON_MALFORMED,
				.expected = text,
				.actual = text,
				.detail = text,
				.excerpt = text,
				.marked = true,
				.mark_at = i % 3000,
				.mark_n = i % 7,
			};
			headers[i] = (struct header){text, text};
			notes[i] = text;
		}
		record->message = record->address = record->request_id = text;
		record->findings = findings;
		record->notes = notes;
		record->n_findings = record->n_notes = MANY;
		record->evidence = (struct evidence){text, text, text, headers, MANY, headers, MANY,
			text, SIZE_MAX / 2, text, frames, MANY, UINT32_MAX};
		record->is_stream = true;
		struct buf out = BUF_INIT(EVIDENCE_BYTES_MAX);
		struct json *root = written(record, &out);
		assert_non_null(json_member(json_member(root, "response"), "body_bytes"));
		assert_non_null(json_member(root, "notes_dropped"));
		assert_non_null(json_member(root, "expectations_dropped"));
		json_free(root);
		buf_fini(&out);
		record_free(record);
	}
}

static void statements_are_found_by_name(void **state)
{
	(void)state;
	struct str text = STR("-- a file\n-- name: one\nSELECT 1;\n-- why\n\n-- name:  two  \n"
			      "SELECT '-- name: three';");
	assert_true(str_eq(sql_section(text, "one"), STR("SELECT 1;\n-- why\n\n")));
	assert_true(str_eq(sql_section(text, "two"), STR("SELECT '-- name: three';")));
	assert_null(sql_section(text, "three").p);
	assert_null(sql_section(text, "on").p);
	assert_null(sql_section(STR(""), "one").p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_whole_story),
		cmocka_unit_test(a_skip_has_little_to_say),
		cmocka_unit_test(the_limit_holds),
		cmocka_unit_test(statements_are_found_by_name),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
