/* What a finding shows beside expected and actual: why, and the place marked. */
#include "judging.h"

#include "base/utf8.h"
#include "check/finding.h"

static const char *marked(const struct finding *finding)
{
	struct buf out = BUF_INIT(1 << 16);

	if (!finding->excerpt)
		return "";
	finding_put_marked(&out, finding, "<<", ">>");
	const char *text = arena_strndup(&arena, buf_str(&out));
	buf_fini(&out);
	return text;
}

static void assert_explained(
	const struct finding *finding, const char *actual, const char *detail, const char *excerpt)
{
	if (actual)
		assert_string_equal(finding->actual, actual);
	assert_string_equal(finding->detail ? finding->detail : "", detail);
	assert_string_equal(marked(finding), excerpt);
}

static void json_says_what_is_there_instead(void **state)
{
	(void)state;
	static const struct {
		const char *body, *path, *matcher, *actual, *detail;
	} table[] = {
		{"{'a':1,'b':2}", "$.c", "{'exists':true}", "missing ($.c)", "there are: a, b"},
		{"{}", "$.c", "1", "missing ($.c)", "the object is empty"},
		{"{'d':[{'id':1},{'x':2}]}", "$.d[*].id", "{'all':1}", "missing ($.d[1].id)",
			"there are: x"},
		{"{'d':[1,2]}", "$.d[4]", "1", "missing ($.d[4])", "there is a list of 2 items"},
		{"{'d':[1]}", "$.d.id", "1", "missing ($.d.id)", "there is a list of 1 item"},
		{"{'error':{'message':'busy'}}", "$.d", "1", "missing ($.d)",
			"there are: error; error: busy"},
		{"{'d':null}", "$.d.id", "1", "missing ($.d.id)", "there is null"},
		{"{'d':'no'}", "$.d[0]", "1", "missing ($.d[0])", "there is a string: \"no\""},
		{"{'a':1,'b':1,'c':1,'d':1,'e':1,'f':1,'g':1,'h':1,'i':1,'j':1,'k':1,'l':1,"
		 "'m':1,'n':1}",
			"$.z", "1", "missing ($.z)",
			"there are: a, b, c, d, e, f, g, h, i, j, k, l and 2 more"},
	};
	for (size_t i = 0; i < COUNT(table); i++) {
		anew();
		body(quotes(&arena, table[i].body));
		expect_json(table[i].path, table[i].matcher);
		assert_explained(&judged().findings[0], table[i].actual, table[i].detail, "");
	}
}

static void equals_shows_the_first_difference(void **state)
{
	(void)state;
	static const struct {
		const char *body, *matcher, *detail;
	} table[] = {
		{"{'v':{'a':[1,2,{'b':3}]}}", "{'equals':{'a':[1,2,{'b':4}]}}",
			"first difference at $.v.a[2].b: expected 4, got 3"},
		{"{'v':{'a':1}}", "{'equals':{'a':1,'b c':2}}",
			"first difference at $.v['b c']: expected 2, got nothing"},
		{"{'v':{'a':1,'x':'y'}}", "{'equals':{'a':1}}",
			"first difference at $.v.x: expected nothing, got \"y\""},
		{"{'v':[1,2]}", "{'equals':[1,2,3]}",
			"first difference at $.v[2]: expected 3, got nothing"},
		{"{'v':[1,2]}", "{'equals':[1]}",
			"first difference at $.v[1]: expected nothing, got 2"},
		{"{'v':[1]}", "{'equals':{'a':1}}", "an array, not an object"},
		{"{'v':7}", "8", ""},
	};
	for (size_t i = 0; i < COUNT(table); i++) {
		anew();
		body(quotes(&arena, table[i].body));
		expect_json("$.v", table[i].matcher);
		assert_explained(&judged().findings[0], NULL, table[i].detail, "");
	}
}

static void lists_name_the_item(void **state)
{
	(void)state;
	static const struct {
		const char *path, *matcher, *detail, *excerpt;
	} table[] = {
		{"$.d[*].id", "{'all':{'contains':'b'}}", "$.d[1].id is \"c\"", ""},
		{"$.d[*].id", "{'none':{'contains':'c'}}", "$.d[1].id is \"c\"", "<<c>>"},
		{"$.d[*].id", "{'any':'z'}", "none of 3 items: \"b\", \"c\", \"b\"", ""},
		{"$.e[*]", "{'any':1}", "the list is empty", ""},
		{"$.e", "{'all':1}", "the list is empty", ""},
		{"$.n", "{'all':{'max':2}}", "$.n[2] is 3", ""},
		{"$.n", "{'none':{'min':7}}", "$.n[6] is 7", ""},
		{"$.n", "{'any':{'min':9}}", "none of 7 items: 1, 2, 3, 4, 5 and 2 more", ""},
		{"$.n", "{'contains':9}", "none of 7 items", ""},
		{"$.n", "{'min_items':9}", "7 items", ""},
		{"$.s", "{'max_items':9}", "not a list", ""},
		{"$.s", "{'type':'number'}", "a string", ""},
		{"$.s", "{'min':1}", "not a number", ""},
		{"$.s", "{'any':1}", "none of 1 item: \"text\"", ""},
		{"$.s", "{'all_of':[{'contains':'x'},{'not':{'contains':'ex'}}]}", "found \"ex\"",
			"t<<ex>>t"},
	};
	for (size_t i = 0; i < COUNT(table); i++) {
		anew();
		body(quotes(&arena, "{'d':[{'id':'b'},{'id':'c'},{'id':'b'}],'e':[],"
				    "'n':[1,2,3,4,5,6,7],'s':'text'}"));
		expect_json(table[i].path, table[i].matcher);
		assert_explained(&judged().findings[0], NULL, table[i].detail, table[i].excerpt);
	}
}

static void texts_are_marked(void **state)
{
	(void)state;
	static const struct {
		const char *text, *matcher, *detail, *excerpt;
	} table[] = {
		{"My name is Alice", "{'contains':'alice'}", "only in another case: \"Alice\"",
			"My name is <<Alice>>"},
		{"My name is Alina", "{'contains':'Alice'}", "nearest: \"Ali\"",
			"My name is <<Ali>>na"},
		{"nothing like it", "{'contains':'Alice'}", "", ""},
		{"It is Error from competitor 500.", "{'not':{'contains':'Error from'}}",
			"found \"Error from\"", "It is <<Error from>> competitor 500."},
		{"It is Error from competitor 500.", "{'not_signature':'lies'}",
			"found \"Error from\"", "It is <<Error from>> competitor 500."},
		{"code 503 here", "{'not':{'matches':'5[0-9]+'}}", "found \"503\"",
			"code <<503>> here"},
		{"code 503 here", "{'not':{'any_of':[{'contains':'x'},{'ends_with':'re'}]}}",
			"found \"re\"", "code 503 he<<re>>"},
		{"one two", "{'ends_with':'three'}", "ends with \"e two\"", "on<<e two>>"},
		{"one two", "{'starts_with':'one too'}",
			"differs at character 6: U+0077 (w) instead of U+006F (o)", "one t<<wo>>"},
		{"one two", "{'equals':'one too'}",
			"differs at character 6: U+0077 (w) instead of U+006F (o)", "one t<<wo>>"},
		{"one two", "{'equals':'one'}", "goes on after the expected 3 bytes",
			"one<< two>>"},
		{"one", "{'equals':'one two'}", "ends after 3 of 7 bytes", ""},
		{"A Function", "{'any_of':[{'equals':'A Fun'},{'contains':'function'}]}",
			"only in another case: \"Function\"", "A <<Function>>"},
		{"one", "{'any_of':[{'equals':'one two'},{'contains':'xyz'}]}", "", ""},
		{"other", "{'equals':'one'}",
			"differs at character 2: U+0074 (t) instead of U+006E (n)", "o<<ther>>"},
		{"two", "{'equals':'one'}", "", ""},
		{"\xd0\xb0"
		 "dmin",
			"{'equals':'admin'}",
			"differs at character 1: U+0430 (\xd0\xb0) instead of U+0061 (a)", ""},
		{"p\xd0\xb0ypal", "{'equals':'paypal'}",
			"differs at character 2: U+0430 (\xd0\xb0) instead of U+0061 (a)",
			"p<<\xd0\xb0ypal>>"},
		{"caf\xc3\xa9s", "{'equals':'cafe\xcc\x81s'}",
			"differs at character 4: U+00E9 (\xc3\xa9) instead of U+0065 (e)",
			"caf<<\xc3\xa9s>>"},
		{"cafe\xcc\x81s", "{'equals':'cafes'}",
			"differs at character 5: U+0301 instead of U+0073 (s)",
			"cafe<<\xcc\x81s>>"},
		{"a\xc2\xa0"
		 "b",
			"{'equals':'a b'}", "differs at character 2: U+00A0 instead of U+0020",
			"a<<\xc2\xa0"
			"b>>"},
		{"a\xe2\x80\x8b"
		 "b",
			"{'equals':'a\xe2\x80\xae"
			"b'}",
			"differs at character 2: U+200B instead of U+202E", "a<<\\u{200B}b>>"},
		{"One", "'one'", "only the case of letters differs", ""},
	};
	for (size_t i = 0; i < COUNT(table); i++) {
		anew();
		body(table[i].text);
		expect_matcher(EXPECT_BODY, "body", quotes(&arena, table[i].matcher));
		assert_explained(&judged().findings[0], NULL, table[i].detail, table[i].excerpt);
	}
}

static void a_place_far_in_a_long_text_is_shown(void **state)
{
	(void)state;
	for (int i = 0; i < 3000; i++)
		body("\xe4\xb8\xad\x1b[2J ");
	body("Error from");
	for (int i = 0; i < 3000; i++)
		body(" \xe2\x80\xae\xe4\xb8\xad");
	expect_matcher(EXPECT_BODY, "body", "{'not_signature':'lies'}");
	struct verdict verdict = judged();
	const struct finding *finding = &verdict.findings[0];
	assert_true(finding->marked);
	assert_int_equal(finding->mark_n, 10);
	assert_memory_equal(finding->excerpt + finding->mark_at, "Error from", 10);
	assert_memory_equal(finding->excerpt, "\xe2\x80\xa6", 3);
	assert_holds(finding->excerpt, "\\x1b[2J Error from \\u{202E}");
	assert_lacks(finding->excerpt, "\x1b");
	assert_true(utf8_valid(str_of(finding->excerpt)));
	assert_int_equal(finding_characters(finding->excerpt, 3), 1);
}

/* Half a secret may stand in the place, or the place in a secret. */
static void a_marked_place_shows_no_half_of_a_secret(void **state)
{
	(void)state;
	static const char *const needles[] = {"key=c4na", "nary", "ry-end", "c4nary", "=c4nary-"};
	for (size_t i = 0; i < COUNT(needles); i++) {
		anew();
		secrets_free(secrets);
		secrets = secrets_new();
		assert_true(secrets_add(secrets, STR("c4nary")));
		body("the key=c4nary-end");
		expect_matcher(EXPECT_BODY, "body",
			arena_printf(&arena, "{'not':{'contains':'%s'}}", needles[i]));
		struct verdict verdict = judged();
		assert_string_equal(verdict.findings[0].excerpt, "the key=[redacted]-end");
		assert_lacks(verdict.findings[0].detail, "c4na");
		assert_lacks(verdict.findings[0].detail, "nary");
	}
	assert_string_equal(marked(&judged().findings[0]), "the key<<=[redacted]->>end");
}

static unsigned dice; /* a deterministic throw, SplitMix-like */

static size_t throw(size_t n)
{
	dice = dice * 1664525u + 1013904223u;
	return (dice >> 8) % n;
}

/* Whatever the bytes and wherever the place: whole characters, inert, and no secret. */
static void any_excerpt_is_whole_and_clean(void **state)
{
	(void)state;
	static const char *const pieces[] = {"a", " ", "\xc3\xa9", "\xe4\xb8\xad",
		"\xf0\x9f\x98\x80", "\x1b[0m", "\n", "\xe2\x80\xae", "s3cret-key", "s3cr", "-key",
		"\xff", "\xe4\xb8"};
	enum { WHOLE_PIECES = COUNT(pieces) - 2 };
	secrets = secrets_new();
	assert_true(secrets_add(secrets, STR("s3cret-key")));
	for (dice = 1; dice < 4000u * 7; dice += 7) {
		unsigned seed = dice;
		struct buf text = BUF_INIT(1 << 16);
		size_t n = 1 + throw(throw(20) ? 60 : 9000);
		bool broken = throw(2);
		while (n--)
			buf_puts(&text, pieces[throw(broken ? COUNT(pieces) : WHOLE_PIECES)]);
		size_t at = throw(text.n + 1), most = text.n - at;
		struct str place = {text.p + at, throw(2) ? most : throw(most + 1)};
		struct finding finding = {0};
		finding_show(&arena, secrets, &finding, buf_str(&text), place);
		size_t length = strlen(finding.excerpt);
		assert_true(utf8_valid(str_of(finding.excerpt)));
		assert_true(finding.mark_at + finding.mark_n <= length);
		assert_true(utf8_valid((struct str){finding.excerpt, finding.mark_at}));
		assert_true(utf8_valid(
			(struct str){finding.excerpt + finding.mark_at, finding.mark_n}));
		if (!broken)
			assert_lacks(finding.excerpt, "\xef\xbf\xbd");
		assert_lacks(finding.excerpt, "s3cret");
		assert_lacks(finding.excerpt, "cret-key");
		for (size_t i = 0; i < length; i++)
			assert_true((unsigned char)finding.excerpt[i] >= 0x20);
		assert_true(length < 4000);
		buf_fini(&text);
		dice = seed;
	}
}

static void broken_json_shows_the_byte(void **state)
{
	(void)state;
	static const struct {
		const char *body, *actual, *excerpt;
	} table[] = {
		{"{\"a\":01}", "no JSON: line 1, column 6: a number can't begin with 0",
			"{\"a\":<<0>>1}"},
		{"{\"\xc3\xa9\": 1,\n \"b\": x}",
			"no JSON: line 2, column 7: ", "{\"\xc3\xa9\": 1,\\n \"b\": <<x>>}"},
		{"{\"a\":", "no JSON: line 1, column 6: ", "{\"a\":<<>>"},
		{"<html>", "no JSON: line 1, column 1: ", "<<<>>html>"},
		{"", "no JSON: the body is empty", ""},
	};
	for (size_t i = 0; i < COUNT(table); i++) {
		anew();
		body(table[i].body);
		expect_json("$.a", "1");
		struct verdict verdict = judged();
		assert_int_equal(verdict.reason, REASON_MALFORMED);
		assert_holds(verdict.findings[0].actual, table[i].actual);
		assert_string_equal(marked(&verdict.findings[0]), table[i].excerpt);
	}
}

static void a_missing_header_lists_which_came(void **state)
{
	(void)state;
	static const struct header items[] = {{"content-type", "x"}, {"da\x1bte", "y"}};
	expect_matcher(EXPECT_HEADER, "header.x-id", "{'not_empty':true}");
	assert_explained(&judged().findings[0], "missing", "no header came", "");
	headers(items, 2);
	assert_explained(&judged().findings[0], "missing", "came: content-type, da\\x1bte", "");
}

/* An error in the place of an answer explains more than its type or its shape does. */
static void an_error_in_the_place_of_an_answer_is_told(void **state)
{
	(void)state;
	static const struct header json[] = {{"content-type", "application/json"}};
	headers(json, 1);
	body("{\"error\":{\"message\":\"busy\"}}");
	expect_matcher(EXPECT_HEADER, "header.content-type", "{'contains':'event-stream'}");
	assert_explained(&judged().findings[0], "\"application/json\"", "error: busy", "");
	anew();
	body("<title>Gateway</title>");
	expect_json("$.a", "1");
	assert_explained(&judged().findings[0], "no JSON: line 1, column 1: expected a value",
		"title: Gateway", "<<<>>title>Gateway</title>");
}

static void what_is_expected_is_what_failed(void **state)
{
	(void)state;
	body("One two");
	expect_matcher(EXPECT_BODY, "body",
		"{'not_empty':true,'contains':'three','matches':'T','ignore_case':true}");
	assert_string_equal(judged().findings[0].expected, "contains \"three\" (any case)");
	step.n_expectations = 0;
	expect_matcher(EXPECT_BODY, "body",
		"{'not':{'contains':'two','ignore_case':true},'ignore_case':true}");
	assert_string_equal(judged().findings[0].expected, "not: contains \"two\" (any case)");
	step.n_expectations = 0;
	expect_matcher(EXPECT_BODY, "body", "{'all_of':[{'contains':'One'},{'contains':'six'}]}");
	assert_explained(&judged().findings[0], "\"One two\"", "not met: contains \"six\"", "");
	anew();
	body("One three t");
	expect_matcher(EXPECT_BODY, "body", "{'not_empty':true,'contains':'three'}");
	assert_string_equal(judged().findings[0].expected, "not empty and contains \"three\"");
}

static void a_status_says_what_the_answer_says(void **state)
{
	(void)state;
	static const struct {
		const char *body, *detail, *excerpt;
	} table[] = {
		{"{'detail':'Not Found'}", "detail: Not Found", ""},
		{"{'detail':[{'type':'missing','loc':['body','messages'],'msg':'Field required',"
		 "'input':{}}]}",
			"detail: messages: Field required", ""},
		{"{'detail':[{'loc':['body','messages',0,'role'],'msg':'bad'},{'loc':['query','n'],"
		 "'msg':'worse'},{'msg':'c'},{'msg':'d'}]}",
			"detail: messages.0.role: bad; query.n: worse; c and 1 more", ""},
		{"{'detail':{'code':'NOT_CONFIGURED'}}", "detail: {\"code\":\"NOT_CONFIGURED\"}",
			""},
		{"{'error':{'message':'no such model','type':'x'}}", "error: no such model", ""},
		{"{'error':'busy'}", "error: busy", ""},
		{"{'message':'Hello'}", "message: Hello", ""},
		{"{'error':null,'message':'disk full'}", "message: disk full", ""},
		{"{'detail':'','error':0,'message':'a'}", "message: a", ""},
		{"{'detail':[],'error':false,'message':'b'}", "message: b", ""},
		{"{'error':{'message':null,'code':5}}", "error: {\"message\":null,\"code\":5}", ""},
		{"<html><TITLE>\n 502 Bad Gateway </title>", "title: 502 Bad Gateway", ""},
		{"Internal Server Error", "says: Internal Server Error", ""},
		{"{'x':1}", "", "{\"x\":1}"},
		{"<p>oops</p>", "", "<p>oops</p>"},
		{"", "", ""},
	};
	for (size_t i = 0; i < COUNT(table); i++) {
		anew();
		seen.http_status = 500;
		body(quotes(&arena, table[i].body));
		expect_status(200, 299);
		assert_explained(&judged().findings[0], "500", table[i].detail, table[i].excerpt);
	}
}

static void missing_content_says_why(void **state)
{
	(void)state;
	static const struct {
		const char *body, *detail;
	} table[] = {
		{"", "nothing came"},
		{"{'choices':[{'message':{'content':null,'tool_calls':[{}]},"
		 "'finish_reason':'tool_calls'}]}",
			"choices[0].message.content is null, but there are tool calls, "
			"finish_reason "
			"tool_calls"},
		{"{'choices':[{'message':{'content':null,'refusal':'I will not'},"
		 "'finish_reason':'stop'}]}",
			"choices[0].message.content is null, but a refusal: I will not, "
			"finish_reason stop"},
		{"{'choices':[{'message':{}}]}", "choices[0].message has no content"},
		{"{'choices':[{}]}", "choices[0] has no message"},
		{"{'error':{'message':'no such model'}}", "error: no such model"},
	};
	for (size_t i = 0; i < COUNT(table); i++) {
		anew();
		seen.is_stream = i == 0; /* an empty body is no JSON elsewhere */
		body(quotes(&arena, table[i].body));
		expect_matcher(EXPECT_CONTENT, "content", "{'not_empty':true}");
		assert_explained(&judged().findings[0], "missing", table[i].detail, "");
	}
	anew();
	seen.body_bytes = 1;
	stream("", "data: {\"error\":{\"message\":\"busy\"}}\n\n", 10);
	expect_matcher(EXPECT_CONTENT, "content", "{'not_empty':true}");
	assert_explained(
		&judged().findings[0], "missing", "2 events, none with content, error: busy", "");
}

/* Who asked for no stream, or got none, is told what came. */
static void a_stream_that_is_none_says_what_it_is(void **state)
{
	(void)state;
	static const enum stream_measure measures[] = {
		MEASURE_DONE, MEASURE_INTEGRITY, MEASURE_TTFE, MEASURE_TTFR, MEASURE_TTFT};
	static const struct header json[] = {{"content-type", "application/json"}};
	for (size_t i = 0; i < COUNT(measures); i++) {
		anew();
		seen.is_stream = i % 2;
		headers(json, 1);
		body("{\"choices\":[{\"message\":{\"content\":\"hi\"}}]}");
		seen.body_bytes = seen.body.n;
		at_most(expect_stream(measures[i]), 1e6);
		assert_string_equal(judged().findings[0].detail,
			"no event came: the answer is application/json");
	}
	static const struct header events[] = {{"content-type", "text/event-stream"}};
	anew();
	seen.is_stream = true;
	headers(events, 1);
	body(": ping\n\n: ping\n\n");
	seen.body_bytes = seen.body.n;
	at_most(expect_stream(MEASURE_TTFT), 1e6);
	expect_matcher(EXPECT_CONTENT, "content", "{'not_empty':true}");
	for (size_t i = 0; i < 2; i++)
		assert_string_equal(judged().findings[i].detail, "only keep-alives came");
	anew();
	seen.is_stream = true;
	headers(json, 1);
	body(" {\"choices\":[{\"message\":{\"content\":\"\x1b[0m");
	expect_stream(MEASURE_TTFT);
	at_most(&expectations[0], 1e6);
	expect_matcher(EXPECT_CONTENT, "content", "{'contains':'hi'}");
	for (size_t i = 0; i < 2; i++)
		assert_string_equal(judged().findings[i].detail,
			"no event came: the answer is application/json: "
			"{\"choices\":[{\"message\":{\"content\":\"\\x1b[0m");
	anew();
	body("{\"error\":{\"message\":\"busy\"}}");
	seen.body_bytes = seen.body.n;
	expect_stream(MEASURE_DONE);
	assert_string_equal(judged().findings[0].detail, "error: busy");
	anew();
	stream("a", "data: {}\n\n", 10);
	expect_stream(MEASURE_DONE);
	expect_stream(MEASURE_INTEGRITY);
	assert_null(judged().findings[0].detail);
	assert_string_equal(judged().findings[1].detail, "no finish_reason before the end");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(json_says_what_is_there_instead),
		TEST(equals_shows_the_first_difference),
		TEST(lists_name_the_item),
		TEST(texts_are_marked),
		TEST(a_place_far_in_a_long_text_is_shown),
		TEST(a_marked_place_shows_no_half_of_a_secret),
		TEST(any_excerpt_is_whole_and_clean),
		TEST(broken_json_shows_the_byte),
		TEST(a_missing_header_lists_which_came),
		TEST(an_error_in_the_place_of_an_answer_is_told),
		TEST(what_is_expected_is_what_failed),
		TEST(a_stream_that_is_none_says_what_it_is),
		TEST(a_status_says_what_the_answer_says),
		TEST(missing_content_says_why),
	};
	return RUN(tests);
}
