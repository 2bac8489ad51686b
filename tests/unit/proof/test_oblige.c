#include "proof/oblige.h"

#include "unit/check/judging.h"

static struct capture captures[4];

static struct obliged oblige(void)
{
	struct obliged made;
	struct error error = {""};
	if (!oblige_step(&arena, &step, NULL, &made, &error))
		fail_msg("%s", error.text);
	return made;
}

static const char *refusal(void)
{
	struct obliged made;
	static struct error error;
	error = (struct error){""};
	if (oblige_step(&arena, &step, NULL, &made, &error))
		fail_msg("made up: %.*s", STR_ARG(made.body));
	return error.text;
}

static const char *header_of(const struct obliged *made, const char *name)
{
	struct headers headers = {made->headers, made->n_headers};
	return headers_find(&headers, name);
}

static void test_nothing_is_expected(void **state)
{
	(void)state;
	struct obliged made = oblige();
	assert_int_equal(made.status, 200);
	assert_null(made.content);
	assert_true(made.body.n > 0);
}

static void test_status(void **state)
{
	(void)state;
	expect_status(400, 404);
	assert_int_equal(oblige().status, 400);
	anew();
	expect_status(200, 599);
	assert_int_equal(oblige().status, 200);
	anew();
	expect_matcher(EXPECT_STATUS, "status", "{'in':[503,429]}");
	assert_int_equal(oblige().status, 429);
	anew();
	expect_matcher(EXPECT_STATUS, "status", "{'min':200,'not':{'equals':200}}");
	assert_int_equal(oblige().status, 201);
	anew();
	expect_status(204, 204);
	struct obliged made = oblige();
	assert_int_equal(made.body.n, 0);
	assert_null(made.content_type);
}

static void test_headers(void **state)
{
	(void)state;
	expect_matcher(EXPECT_HEADER, "header.content-type", "{'contains':'text/html'}");
	expect_matcher(EXPECT_HEADER, "header.x-version", "{'matches':'^v\\\\d+$'}");
	expect_matcher(EXPECT_HEADER, "header.x-version", "{'not':{'equals':'v1'}}");
	expect_matcher(EXPECT_HEADER, "header.x-none", "{'exists':false}");
	assert_holds(refusal(), "header.x-version"); /* the sample is v1 */
	anew();
	expect_matcher(EXPECT_HEADER, "header.content-type", "{'contains':'text/html'}");
	expect_matcher(EXPECT_HEADER, "header.x-version", "{'matches':'^v\\\\d+$'}");
	expect_matcher(EXPECT_HEADER, "header.x-none", "{'exists':false}");
	struct obliged made = oblige();
	assert_string_equal(made.content_type, "text/html");
	assert_string_equal(header_of(&made, "x-version"), "v1");
	assert_null(header_of(&made, "x-none"));
}

/* Whatever is demanded of JSON, alone: the answer is judged inside, so that it comes is enough. */
static void test_json_one_by_one(void **state)
{
	(void)state;
	static const struct {
		const char *path, *matcher;
	} rows[] = {
		{"$", "{'type':'array'}"},
		{"$", "{'min_items':3}"},
		{"$.a", "'text'"},
		{"$.a", "5"},
		{"$.a", "true"},
		{"$.a", "{'equals':{'b':[1,2]}}"},
		{"$.a", "{'equals':null}"},
		{"$.a", "{'in':['x','y']}"},
		{"$.a", "{'in':['x','y'],'not':{'equals':'x'}}"},
		{"$.a", "{'exists':true}"},
		{"$.a", "{'exists':false}"},
		{"$.a.b.c", "{'not_empty':true}"},
		{"$.a", "{'not_empty':false}"},
		{"$.a", "{'type':'string'}"},
		{"$.a", "{'type':'number'}"},
		{"$.a", "{'type':'integer','min':2.5}"},
		{"$.a", "{'type':'boolean'}"},
		{"$.a", "{'type':'null'}"},
		{"$.a", "{'type':'object'}"},
		{"$.a", "{'type':'array'}"},
		{"$.a", "{'type':'array','not_empty':true}"},
		{"$.a", "{'min':3,'max':4}"},
		{"$.a", "{'max':-7}"},
		{"$.a", "{'contains':'x','starts_with':'a','ends_with':'z'}"},
		{"$.a", "{'contains':'PARIS','ignore_case':true}"},
		{"$.a", "{'matches':'^\\\\d{4}-\\\\d{2}$'}"},
		{"$.a", "{'any_of':[{'contains':'def','not':{'contains':'def'}},{'equals':'b'}]}"},
		{"$.a", "{'all_of':[{'contains':'x'},{'contains':'y'}]}"},
		{"$.a", "{'not_signature':'lies'}"},
		{"$.a", "{'min_items':2,'max_items':2}"},
		{"$.a", "{'any':{'equals':'x'}}"},
		{"$.a", "{'all':{'type':'number'},'min_items':3}"},
		{"$.a", "{'none':{'equals':'x'}}"},
		{"$.a[2]", "'third'"},
		{"$.a[-1]", "'last'"},
		{"$.a[-2].b", "{'min':1}"},
		{"$.a[*]", "{'any':'x'}"},
		{"$.a[*].id", "{'all':{'type':'string'},'any':{'contains':'base'}}"},
		{"$.a[*].id", "{'min_items':4}"},
		{"$.a[*].b[*].c", "{'any':{'min':5},'none':{'equals':7}}"},
		{"$['odd name']['a.b']", "1"},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct obliged made;
		struct error error = {""};
		anew();
		expect_json(rows[i].path, rows[i].matcher);
		if (!oblige_step(&arena, &step, NULL, &made, &error))
			fail_msg("%s %s: %s", rows[i].path, rows[i].matcher, error.text);
	}
}

static void test_json_together(void **state)
{
	(void)state;
	expect_json("$.data", "{'min_items':2}");
	expect_json("$.data[0].id", "{'exists':true}");
	expect_json("$.data[0].object", "'model'");
	expect_json("$.data[*].id", "{'all':{'type':'string'},'any':{'contains':'baseline'}}");
	expect_json("$.data[*].owned_by", "{'min_items':3}");
	expect_json("$.status", "{'in':['ok','healthy']}");
	expect_json("$.status", "{'not':{'equals':'ok'}}");
	struct obliged made = oblige();
	struct error error;
	struct json *root = json_parse(made.body, &error);
	assert_non_null(root);
	assert_int_equal(json_count(json_member(root, "data")), 3);
	assert_true(str_eq(json_string(json_member(root, "status")), STR("healthy")));
	json_free(root);
}

static void test_what_cannot_be(void **state)
{
	(void)state;
	expect_json("$.a", "{'equals':1,'not':{'equals':1}}");
	assert_holds(refusal(), "json.$.a");
	anew();
	expect_json("$.a.b", "1");
	expect_json("$.a[0]", "1");
	assert_holds(refusal(), "contradicts");
	anew();
	expect_json("$.a", "{'min_items':2000}");
	assert_holds(refusal(), "json.$.a");
	anew();
	struct expectation *latency = expect(EXPECT_LATENCY, "latency");
	latency->threshold = (struct threshold){.has_min = true, .min = 5e6};
	assert_holds(refusal(), "latency");
}

static void test_text(void **state)
{
	(void)state;
	expect_matcher(EXPECT_BODY, "body", "{'contains':'Total:','ends_with':'EUR'}");
	struct obliged made = oblige();
	assert_true(str_find(made.body, STR("Total:"), false) >= 0);
	assert_string_equal(made.content_type, "text/plain; charset=utf-8");
}

static void test_chat(void **state)
{
	(void)state;
	step.request.chat = true;
	expect_matcher(EXPECT_CONTENT, "content", "{'contains':'Rome','not_signature':'lies'}");
	expect_json("$.choices[0].message.role", "'assistant'");
	struct obliged made = oblige();
	assert_holds(made.content, "Rome");
	/* not of the shape that the stand-in gives: then as a body of its own */
	anew();
	expect_matcher(EXPECT_CONTENT, "content", "{'contains':'Rome'}");
	expect_json("$.choices[0].finish_reason", "'length'");
	made = oblige();
	assert_null(made.content);
	assert_true(str_find(made.body, STR("\"length\""), false) >= 0);
}

static void test_a_lie_is_not_told(void **state)
{
	(void)state;
	step.request.chat = true;
	expect_matcher(
		EXPECT_CONTENT, "content", "{'contains':'Error from here','not_signature':'lies'}");
	assert_holds(refusal(), "content");
}

static void test_stream(void **state)
{
	(void)state;
	step.request.chat = step.request.stream = true;
	struct expectation *chunks = expect(EXPECT_STREAM, "stream.chunks");
	chunks->measure = MEASURE_CHUNKS;
	chunks->threshold = (struct threshold){.has_min = true, .min = 40};
	struct expectation *whole = expect(EXPECT_STREAM, "stream.integrity");
	whole->measure = MEASURE_INTEGRITY;
	whole->integrity = INTEGRITY_COMPLETE;
	expect_matcher(EXPECT_CONTENT, "content", "{'any_of':[{'contains':'def'}]}");
	struct obliged made = oblige();
	assert_holds(made.content, "def");
	assert_non_null(made.content_type);
	whole->integrity = INTEGRITY_UNDONE;
	assert_holds(refusal(), "integrity");
}

static void test_captures(void **state)
{
	(void)state;
	struct error error = {""};
	captures[0] = (struct capture){.name = "id",
		.from = CAPTURE_JSON,
		.path = jsonpath_compile(&arena, STR("$.session.id"), &error)};
	captures[1] =
		(struct capture){.name = "place", .from = CAPTURE_HEADER, .header = "location"};
	step.captures = captures;
	step.n_captures = 2;
	struct obliged made = oblige();
	assert_true(str_find(made.body, STR("\"session\":{\"id\":"), false) >= 0);
	assert_non_null(header_of(&made, "location"));
	captures[2] = (struct capture){.name = "reply", .from = CAPTURE_CONTENT};
	step.n_captures = 3;
	made = oblige(); /* all three in one body */
	assert_true(str_find(made.body, STR("session"), false) >= 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_nothing_is_expected),
		TEST(test_status),
		TEST(test_headers),
		TEST(test_json_one_by_one),
		TEST(test_json_together),
		TEST(test_what_cannot_be),
		TEST(test_text),
		TEST(test_chat),
		TEST(test_a_lie_is_not_told),
		TEST(test_stream),
		TEST(test_captures),
	};
	return RUN(tests);
}
