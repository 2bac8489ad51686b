#include "build.h"

static struct arena arena;

static const char *const lies[] = {
	"{'contains':'Error from'}",
	"{'ends_with':'try again.'}",
	"{'matches':'^Agent .*unavailable','ignore_case':true}",
	"{'starts_with':'Half','contains':'whole'}",
	NULL,
};

static int setup(void **state)
{
	(void)state;
	arena_init(&arena);
	build_signatures = signatures_of(&arena, "lies", lies);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_fini(&arena);
	return 0;
}

static struct subject text(const char *value)
{
	return (struct subject){.shape = SUBJECT_TEXT, .text = str_of(value)};
}

/* The value at $ of a JSON text. */
static struct subject node(const char *json)
{
	const struct json **items = (const struct json **)arena_array(&arena, 1, sizeof(*items));

	items[0] = tree(&arena, json);
	return (struct subject){.shape = SUBJECT_NODES, .nodes = {items, 1}};
}

/* What $[*] selects. */
static struct subject nodes(const char *json)
{
	const struct json *root = tree(&arena, json);
	const struct json **items =
		(const struct json **)arena_array(&arena, json_count(root) + 1, sizeof(*items));
	size_t n = 0;

	for (const struct json *item = json_first(root); item; item = json_next(item))
		items[n++] = item;
	return (struct subject){.shape = SUBJECT_NODES, .nodes = {items, n}, .list = true};
}

static bool holds(const char *matcher, struct subject subject)
{
	return matcher_judge(matcher_of(&arena, matcher), &subject).ok;
}

/* One row: the shape's letter - t(ext), n(ode), l(ist), # (a number) - a value, and whether. */
struct row {
	const char *matcher;
	char shape;
	const char *value;
	bool ok;
};

static struct subject subject_of(const struct row *row)
{
	switch (row->shape) {
	case 't': return text(row->value);
	case 'n': return node(row->value);
	case 'l': return nodes(row->value);
	default: break;
	}
	return (struct subject){
		.shape = SUBJECT_NUMBER, .number = json_number(tree(&arena, row->value))};
}

static void judge_rows(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (holds(rows[i].matcher, subject_of(&rows[i])) != rows[i].ok)
			fail_msg("%s %s: not %s", rows[i].matcher, rows[i].value,
				rows[i].ok ? "true" : "false");
}

static void equality(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"200", '#', "200", true},
		{"200", '#', "201", false},
		{"'200'", '#', "200", false},
		{"'ok'", 't', "ok", true},
		{"'ok'", 't', "OK", false},
		{"{'equals':'ok','ignore_case':true}", 't', "OK", true},
		{"5", 't', "5", true}, /* a header's text may be a number */
		{"5", 't', "5.0", true},
		{"5", 't', " 5", false},
		{"31", 't', "0x1f", false},
		{"5", 't', "", false},
		{"true", 't', "true", false},
		{"'ok'", 'n', "'ok'", true},
		{"5", 'n', "5.0", true},
		{"'5'", 'n', "5", false},
		{"5", 'n', "'5'", false},
		{"null", 'n', "null", true},
		{"false", 'n', "null", false},
		{"true", 'n', "true", true},
		{"{'equals':{'a':1,'b':[2]}}", 'n', "{'b':[2],'a':1}", true},
		{"{'equals':{'a':1}}", 'n', "{'a':1,'b':2}", false},
		{"{'equals':[1,2]}", 'n', "[2,1]", false},
		{"{'in':['ok','healthy']}", 'n', "'healthy'", true},
		{"{'in':['ok','healthy']}", 'n', "'sick'", false},
		{"{'in':['OK'],'ignore_case':true}", 't', "ok", true},
		{"{'in':[200,503]}", '#', "503", true},
		{"{'in':[]}", 'n', "1", false},
		{"{'not':'ok'}", 'n', "'ok'", false},
		{"{'not':'ok'}", 'n', "'bad'", true},
		{"{'not':{'contains':'x'}}", 't', "axb", false},
	};
	judge_rows(rows, COUNT(rows));
}

static void texts(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"{'contains':'b'}", 't', "abc", true},
		{"{'contains':'B'}", 't', "abc", false},
		{"{'contains':'B','ignore_case':true}", 't', "abc", true},
		{"{'contains':''}", 't', "", true},
		{"{'contains':'b'}", 'n', "'abc'", true},
		{"{'contains':'1'}", 'n', "123", false}, /* a number is no text */
		{"{'contains':'b'}", 'n', "['a','b']", true}, /* an element that equals it */
		{"{'contains':'b'}", 'n', "['abc']", false},
		{"{'contains':'B','ignore_case':true}", 'n', "['b']", true},
		{"{'contains':2}", 'n', "[1,2]", true},
		{"{'contains':2}", 'n', "['2']", false},
		{"{'contains':'b'}", 'n', "{'b':1}", false},
		{"{'starts_with':'ab'}", 't', "abc", true},
		{"{'starts_with':'bc'}", 't', "abc", false},
		{"{'starts_with':'AB','ignore_case':true}", 'n', "'abc'", true},
		{"{'ends_with':'bc'}", 't', "abc", true},
		{"{'ends_with':'abcd'}", 't', "bcd", false},
		{"{'ends_with':'BC','ignore_case':true}", 't', "abc", true},
		{"{'ends_with':'5'}", 'n', "5", false},
		{"{'matches':'^a.c$'}", 't', "abc", true},
		{"{'matches':'^A.c$'}", 't', "abc", false},
		{"{'matches':'^A.c$','ignore_case':true}", 'n', "'abc'", true},
		{"{'matches':'.'}", 'n', "5", false},
		{"{'matches':'(a+)+$'}", 't', "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", false},
	};
	judge_rows(rows, COUNT(rows));
}

/* One character for one, whatever its length in bytes; what is not UTF-8 is itself. */
static void texts_without_case(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"{'equals':'STRAẞE','ignore_case':true}", 't', "straße", true},
		{"{'equals':'STRASSE','ignore_case':true}", 't', "straße", false},
		{"{'equals':'ÄÖÜ','ignore_case':true}", 'n', "'äöü'", true},
		{"{'equals':'ÄÖÜ'}", 't', "äöü", false},
		{"{'equals':'ΟΔΌΣ','ignore_case':true}", 't', "οδός", true},
		{"{'in':['МОСКВА'],'ignore_case':true}", 't', "Москва", true},
		{"{'contains':'über','ignore_case':true}", 't', "Das ist ÜBERALL so", true},
		{"{'contains':'über'}", 't', "Das ist ÜBERALL so", false},
		{"{'contains':'МИР','ignore_case':true}", 'n', "'Привет, мир!'", true},
		{"{'contains':'МИР','ignore_case':true}", 'n', "['мир']", true},
		{"{'contains':'ok','ignore_case':true}", 't', "o\xe2\x84\xaa",
			true}, /* of Kelvin */
		{"{'starts_with':'ÉCOLE','ignore_case':true}", 't', "école à Paris", true},
		{"{'starts_with':'ÉCOLES','ignore_case':true}", 't', "école", false},
		{"{'ends_with':'ß','ignore_case':true}", 't', "GROẞ", true},
		{"{'ends_with':'ÖL','ignore_case':true}", 't', "Heizöl", true},
		{"{'ends_with':'ö','ignore_case':true}", 't', "\xf6", false},
		{"{'contains':'ÖL','ignore_case':true}", 't', "\xc3\xffHeiz\xc3öl\xe2\x82", true},
		{"{'ends_with':'ÖL','ignore_case':true}", 't', "\xc3\xffHeiz\xc3öl", true},
		{"{'matches':'^ΟΔΌΣ$','ignore_case':true}", 't', "οδός", true},
		{"{'matches':'öl','ignore_case':true}", 't', "HEIZÖL", true},
	};
	judge_rows(rows, COUNT(rows));
}

static void kinds_and_sizes(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"{'not_empty':true}", 't', "x", true},
		{"{'not_empty':true}", 't', "", false},
		{"{'not_empty':true}", 't', " \n", true}, /* {matches: "\\S"} is who minds */
		{"{'not_empty':false}", 't', "", true},
		{"{'not_empty':true}", 'n', "''", false},
		{"{'not_empty':true}", 'n', "null", false},
		{"{'not_empty':true}", 'n', "[]", false},
		{"{'not_empty':true}", 'n', "{}", false},
		{"{'not_empty':true}", 'n', "0", true},
		{"{'not_empty':true}", 'n', "false", true},
		{"{'not_empty':true}", 'n', "[null]", true},
		{"{'not_empty':true}", 'l', "[]", false},
		{"{'not_empty':true}", 'l', "['']", true},
		{"{'exists':true}", 'n', "null", true},
		{"{'exists':true}", 't', "", true},
		{"{'exists':true}", 'l', "[]", false},
		{"{'exists':true}", 'l', "[null]", true},
		{"{'exists':false}", 'l', "[]", true},
		{"{'exists':false}", 'n', "null", false},
		{"{'type':'string'}", 'n', "'a'", true},
		{"{'type':'string'}", 'n', "1", false},
		{"{'type':'string'}", 't', "a", true},
		{"{'type':'number'}", 'n', "1.5", true},
		{"{'type':'number'}", '#', "1", true},
		{"{'type':'integer'}", 'n', "15e1", true},
		{"{'type':'integer'}", 'n', "1.5", false},
		{"{'type':'integer'}", 'n', "'1'", false},
		{"{'type':'boolean'}", 'n', "false", true},
		{"{'type':'null'}", 'n', "null", true},
		{"{'type':'array'}", 'n', "[]", true},
		{"{'type':'object'}", 'n', "{}", true},
		{"{'type':'object'}", 'n', "[]", false},
		{"{'min':3,'max':5}", 'n', "3", true},
		{"{'min':3,'max':5}", 'n', "5", true},
		{"{'min':3,'max':5}", 'n', "2.9", false},
		{"{'min':3,'max':5}", 'n', "5.1", false},
		{"{'min':3}", 't', "10", true},
		{"{'min':3}", 't', "ten", false},
		{"{'min':3}", 't', "-1e2", false},
		{"{'max':3}", 'n', "'1'", false},
		{"{'min_items':2,'max_items':2}", 'n', "[1,2]", true},
		{"{'min_items':2}", 'n', "[1]", false},
		{"{'max_items':2}", 'n', "[1,2,3]", false},
		{"{'min_items':0}", 'n', "{}", false}, /* only lists have items */
		{"{'min_items':2}", 'l', "[[],[]]", true},
		{"{'max_items':0}", 'l', "[]", true},
	};
	judge_rows(rows, COUNT(rows));
}

static void lists(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"{'any':{'contains':'b'}}", 'l', "['a','abc']", true},
		{"{'any':{'contains':'x'}}", 'l', "['a','abc']", false},
		{"{'any':{'exists':true}}", 'l', "[]", false},
		{"{'all':{'type':'string'}}", 'l', "['a','b']", true},
		{"{'all':{'type':'string'}}", 'l', "['a',1]", false},
		{"{'all':{'type':'string'}}", 'l', "[]", false},
		{"{'none':'x'}", 'l', "['a','b']", true},
		{"{'none':'x'}", 'l', "['a','x']", false},
		{"{'none':'x'}", 'l', "[]", true},
		{"{'any':2}", 'n', "[1,2]", true}, /* a path to an array: its items */
		{"{'all':2}", 'n', "[]", false},
		{"{'none':2}", 'n', "[]", true},
		{"{'all':{'min_items':1}}", 'l', "[[1],[2]]", true},
		{"{'all':{'min_items':1}}", 'l', "[[1],[]]", false},
		{"{'any':'x'}", 't', "x", false}, /* text is no list */
		{"{'any_of':[{'contains':'x'},{'contains':'B','ignore_case':true}]}", 't', "abc",
			true},
		{"{'any_of':[{'contains':'x'},{'contains':'y'}]}", 't', "abc", false},
		{"{'any_of':[]}", 't', "abc", false},
		{"{'all_of':[{'contains':'a'},{'contains':'b'}]}", 't', "abc", true},
		{"{'all_of':[{'contains':'a'},{'contains':'y'}]}", 't', "abc", false},
		{"{'contains':'a','ends_with':'c'}", 't', "abc", true}, /* all terms must hold */
		{"{'contains':'a','ends_with':'b'}", 't', "abc", false},
	};
	judge_rows(rows, COUNT(rows));
}

static void what_is_missing_fails(void **state)
{
	(void)state;
	static const struct {
		const char *matcher;
		bool missing, malformed;
	} table[] = {
		{"'x'", false, false},
		{"null", false, false},
		{"{'not':'x'}", false, false},
		{"{'not':{'exists':true}}", false, false},
		{"{'in':['x']}", false, false},
		{"{'contains':''}", false, false},
		{"{'matches':''}", false, false},
		{"{'not_empty':true}", false, false},
		{"{'not_empty':false}", false, false},
		{"{'exists':true}", false, false},
		{"{'exists':false}", true, false}, /* what cannot be read is not absent */
		{"{'type':'null'}", false, false},
		{"{'max':5}", false, false},
		{"{'max_items':5}", false, false},
		{"{'none':'x'}", false, false},
		{"{'any':'x'}", false, false},
		{"{'not_signature':'lies'}", true, true},
		{"{'not_signature':'lies','not_empty':true}", false, false},
		{"{'any_of':[{'exists':false},'x']}", true, false},
		{"{'any_of':['y','x']}", false, false},
		{"{'all_of':[{'exists':false}]}", true, false},
		{"{'all_of':[{'exists':false},'x']}", false, false},
	};
	const struct subject missing = {.shape = SUBJECT_MISSING};
	const struct subject malformed = {.shape = SUBJECT_MISSING, .malformed = true};
	for (size_t i = 0; i < COUNT(table); i++) {
		if (holds(table[i].matcher, missing) != table[i].missing)
			fail_msg("%s, missing", table[i].matcher);
		if (holds(table[i].matcher, malformed) != table[i].malformed)
			fail_msg("%s, malformed", table[i].matcher);
	}
}

static struct match_result judged(const char *matcher, struct subject subject)
{
	return matcher_judge(matcher_of(&arena, matcher), &subject);
}

static void signatures_beat_everything(void **state)
{
	(void)state;
	static const struct {
		const char *matcher, *text;
		bool ok, masked;
	} table[] = {
		{"{'not_signature':'lies'}", "All is well", true, false},
		{"{'not_signature':'lies'}", "", true, false},
		{"{'not_signature':'lies'}", "x Error from y", false, true},
		{"{'not_signature':'lies'}", "x error from y", true, false},
		{"{'not_signature':'lies'}", "Please try again.", false, true},
		{"{'not_signature':'lies'}", "Please try again. Or not", true, false},
		{"{'not_signature':'lies'}", "agent is UNAVAILABLE", false, true},
		{"{'not_signature':'lies'}", "Half a whole", false, true},
		{"{'not_signature':'lies'}", "Half", true, false}, /* all terms of a signature */
		{"{'contains':'zzz','not_signature':'lies'}", "Error from", false, true},
		{"{'not_signature':'lies','contains':'zzz'}", "Error from", false, true},
		{"{'contains':'zzz','not_signature':'lies'}", "fine", false, false},
		{"{'all_of':[{'contains':'zzz'},{'not_signature':'lies'}]}", "Error from", false,
			true},
		{"{'any_of':[{'contains':'zzz'},{'not_signature':'lies'}]}", "Error from", false,
			true},
		{"{'any_of':[{'contains':'from'},{'not_signature':'lies'}]}", "Error from", true,
			false},
		{"{'not':{'not_signature':'lies'}}", "Error from", true, false},
		{"{'not':{'not_signature':'lies'}}", "fine", false, false},
	};
	for (size_t i = 0; i < COUNT(table); i++) {
		struct match_result result = judged(table[i].matcher, text(table[i].text));
		if (result.ok != table[i].ok || result.masked != table[i].masked)
			fail_msg("%s %s: ok %d, masked %d", table[i].matcher, table[i].text,
				result.ok, result.masked);
	}
	assert_true(judged("{'not_signature':'lies'}", node("'Error from'")).masked);
	assert_true(judged("{'all':{'not_signature':'lies'}}", nodes("['a','Error from']")).masked);
	assert_true(judged("{'not_signature':'lies'}", node("5")).ok);
}

static void a_failure_knows_its_term_and_its_place(void **state)
{
	(void)state;
	struct subject subject = text("well, Error from here");
	const struct matcher *matcher =
		matcher_of(&arena, "{'contains':'well','ends_with':'x','not_signature':'lies'}");
	struct match_result result = matcher_judge(matcher, &subject);
	assert_ptr_equal(result.failed, &matcher->terms[2]);
	assert_ptr_equal(result.place.p, subject.text.p + 6);
	assert_int_equal(result.place.n, 10);
	subject.text = STR("well");
	result = matcher_judge(matcher, &subject);
	assert_ptr_equal(result.failed, &matcher->terms[1]);
	assert_int_equal(result.place.n, 0);
	struct str place;
	assert_int_equal(signatures_find(build_signatures, STR("fine"), &place), -1);
	assert_int_equal(signatures_find(build_signatures, STR("Do try again."), &place), 1);
	assert_int_equal(place.n, 10);
	assert_true(str_eq(place, STR("try again.")));
	assert_int_equal(signatures_find(build_signatures, STR("agent unavailable"), &place), 2);
	assert_true(str_eq(place, STR("agent unavailable")));
}

static void an_element_needs_no_parsed_value(void **state)
{
	(void)state;
	const struct match_term term = {.op = MATCH_CONTAINS, .text = STR("B")};
	const struct matcher matcher = {&term, 1, true}, exact = {&term, 1, false};
	struct subject list = node("[1,'b']");
	assert_true(matcher_judge(&matcher, &list).ok);
	assert_false(matcher_judge(&exact, &list).ok);
}

static void matchers_are_put_into_words(void **state)
{
	(void)state;
	static const char *const table[][2] = {
		{"'ok'", "\"ok\""},
		{"200", "200"},
		{"{'in':['ok',5,null]}", "one of \"ok\", 5, null"},
		{"{'not':'x'}", "not: \"x\""},
		{"{'contains':'a\\nb'}", "contains \"a\\nb\""},
		{"{'contains':5}", "contains 5"},
		{"{'starts_with':'a'}", "starts with \"a\""},
		{"{'ends_with':'a'}", "ends with \"a\""},
		{"{'matches':'^a'}", "matches \"^a\""},
		{"{'not_empty':true}", "not empty"},
		{"{'not_empty':false}", "empty"},
		{"{'exists':true}", "exists"},
		{"{'exists':false}", "is missing"},
		{"{'type':'integer'}", "an integer"},
		{"{'type':'object'}", "an object"},
		{"{'min':1,'max':2.5}", "at least 1 and at most 2.5"},
		{"{'max':1234567}", "at most 1234567"},
		{"{'min_items':1,'max_items':2}", "at least 1 items and at most 2 items"},
		{"{'any':{'contains':'a','ignore_case':true}}", "any: contains \"a\" (any case)"},
		{"{'all':'a'}", "all: \"a\""},
		{"{'none':'a'}", "none: \"a\""},
		{"{'any_of':['a',{'contains':'b'}]}", "\"a\" or contains \"b\""},
		{"{'all_of':['a','b']}", "\"a\" and \"b\""},
		{"{'not_signature':'lies','not_empty':true}", "no signature of lies and not empty"},
	};
	for (size_t i = 0; i < COUNT(table); i++) {
		struct buf words = BUF_INIT(1000);
		matcher_describe(matcher_of(&arena, table[i][0]), &words);
		assert_string_equal(buf_text(&words), table[i][1]);
		buf_fini(&words);
	}
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(equality),
		TEST(texts),
		TEST(texts_without_case),
		TEST(kinds_and_sizes),
		TEST(lists),
		TEST(what_is_missing_fails),
		TEST(signatures_beat_everything),
		TEST(a_failure_knows_its_term_and_its_place),
		TEST(an_element_needs_no_parsed_value),
		TEST(matchers_are_put_into_words),
	};
	return RUN(tests);
}
