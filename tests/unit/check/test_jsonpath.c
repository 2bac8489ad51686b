#include "unit.h"

#include "check/jsonpath.h"

static struct arena arena;

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

static const struct jsonpath *compiled(const char *text)
{
	struct error error = {""};
	const struct jsonpath *path = jsonpath_compile(&arena, str_of(text), &error);

	if (!path)
		fail_msg("%s: %s", text, error.text);
	return path;
}

/* What path selects, as JSON texts between blanks; or "missing PLACE", or "too many". */
static const char *selected_from(const char *path, const struct json *root)
{
	struct nodes nodes = {NULL, 0};
	struct buf missing = BUF_INIT(256), out = BUF_INIT(1 << 16);
	const char *text;

	switch (jsonpath_select(compiled(path), root, &arena, &nodes, &missing)) {
	case JSONPATH_FOUND:
		for (size_t i = 0; i < nodes.n; i++) {
			buf_puts(&out, i ? " " : "");
			json_print(&out, nodes.items[i]);
		}
		break;
	case JSONPATH_MISSING: buf_printf(&out, "missing %s", buf_text(&missing)); break;
	case JSONPATH_TOO_MANY: buf_puts(&out, "too many"); break;
	}
	text = arena_strndup(&arena, buf_str(&out));
	buf_fini(&missing);
	buf_fini(&out);
	return text;
}

static const char document[] = "{'a':{'b':[10,20,{'c':null}],'':7,'d e':8,'\\u00e9':9},"
			       "'list':[{'id':'x'},{'id':'y'}],'empty':[],'none':{},"
			       "'torn':[{'id':1},{'no':2},{'id':3}],'deep':[[1,2],[3]],"
			       "'obj':{'p':{'v':1},'q':{'v':2}},'quote\\'s':1,'\\ud83d\\ude00':5}";

static void paths_select(void **state)
{
	(void)state;
	static const char *const table[][2] = {
		{"$.a.b[0]", "10"},
		{"$['a'][\"b\"][1]", "20"},
		{"$.a.b[-1].c", "null"},
		{"$.a.b[-3]", "10"},
		{"$[ 'a' ].b[ 0 ]", "10"},
		{"$.a['']", "7"},
		{"$.a['d e']", "8"},
		{"$.a.\xc3\xa9", "9"},
		{"$.a['\\u00e9']", "9"},
		{"$['\\ud83d\\uDE00']", "5"},
		{"$.list[*].id", "\"x\" \"y\""},
		{"$.list[*]['id']", "\"x\" \"y\""},
		{"$.list.*.id", "\"x\" \"y\""},
		{"$.obj[*].v", "1 2"},
		{"$.obj.*.v", "1 2"},
		{"$.deep[*][*]", "1 2 3"},
		{"$.deep[*][0]", "1 3"},
		{"$.deep[*][-1]", "2 3"},
		{"$.empty[*]", ""}, /* found, and empty: any and all then fail */
		{"$.empty[*].id", ""},
		{"$.none[*]", ""},
	};
	const struct json *root = tree(&arena, document);
	for (size_t i = 0; i < COUNT(table); i++)
		assert_string_equal(selected_from(table[i][0], root), table[i][1]);
	assert_string_equal(selected_from("$", tree(&arena, "3")), "3");
}

static void what_is_missing_is_named(void **state)
{
	(void)state;
	static const char *const table[][2] = {
		{"$.b", "missing $.b"},
		{"$.a.x.y", "missing $.a.x"},
		{"$.A", "missing $.A"}, /* case matters */
		{"$.a.b[3]", "missing $.a.b[3]"},
		{"$.a.b[-4]", "missing $.a.b[-4]"},
		{"$.a.b.c", "missing $.a.b.c"}, /* an array has no names */
		{"$.a[0]", "missing $.a[0]"}, /* an object has no indexes */
		{"$.a.b[0][0]", "missing $.a.b[0][0]"},
		{"$.a['x y']", "missing $.a['x y']"},
		{"$.torn[*].id", "missing $.torn[1].id"}, /* below any node of [*] */
		{"$.deep[*][1]", "missing $.deep[1][1]"},
		{"$.obj[*].w", "missing $.obj.p.w"},
		{"$.a.b[0][*]", "missing $.a.b[0][*]"}, /* a number has no children */
		{"$.a.b[2].c[*]", "missing $.a.b[2].c[*]"},
	};
	const struct json *root = tree(&arena, document);
	for (size_t i = 0; i < COUNT(table); i++)
		assert_string_equal(selected_from(table[i][0], root), table[i][1]);
}

static void what_is_not_ours_is_refused_at_its_place(void **state)
{
	(void)state;
	static const char *const table[][2] = {
		{"", "column 1: a path begins with $"},
		{"a.b", "column 1: a path begins with $"},
		{" $.a", "column 1: a path begins with $"},
		{"$a", "column 2: expected .name or [...]"},
		{"$.a b", "column 4: a blank in the path"},
		{"$ .a", "column 2: a blank in the path"},
		{"$.", "column 3: a name must follow the dot; write ['...'] for other names"},
		{"$.1a", "column 3: a name must follow the dot; write ['...'] for other names"},
		{"$.a-b", "column 4: expected .name or [...]"},
		{"$..a", "column 3: descendants (..) are not supported"},
		{"$.a..b", "column 5: descendants (..) are not supported"},
		{"$[", "column 3: an index, a quoted name or * must stand in [ ]"},
		{"$[]", "column 3: an index, a quoted name or * must stand in [ ]"},
		{"$[-]", "column 3: an index, a quoted name or * must stand in [ ]"},
		{"$[+1]", "column 3: an index, a quoted name or * must stand in [ ]"},
		{"$[a]", "column 3: an index, a quoted name or * must stand in [ ]"},
		{"$[?@.a]", "column 3: filters are not supported"},
		{"$[1:2]", "column 4: slices are not supported"},
		{"$[0,1]", "column 4: lists of selectors are not supported"},
		{"$['a','b']", "column 6: lists of selectors are not supported"},
		{"$[0", "column 4: ] is missing"},
		{"$['a'", "column 6: ] is missing"},
		{"$['a", "column 5: the quote is not closed"},
		{"$[01]", "column 3: an index can't begin with 0"},
		{"$[-0]", "column 3: an index can't begin with 0"},
		{"$[1234567890]", "column 3: the index is too large"},
		{"$['\\x']", "column 5: an unknown escape"},
		{"$['\\\"']",
			"column 5: an unknown escape"}, /* the other quote stands for itself */
		{"$['\t']", "column 4: a control character in a name"},
		{"$['\\u12g4']", "column 8: \\u needs four hexadecimal digits"},
		{"$['\\ud83d']", "column 10: half of a surrogate pair"},
		{"$['\\ud83d\\u0041']", "column 16: half of a surrogate pair"},
		{"$['\\ude00']", "column 10: half of a surrogate pair"},
	};
	for (size_t i = 0; i < COUNT(table); i++) {
		struct error error = {""};
		if (jsonpath_compile(&arena, str_of(table[i][0]), &error))
			fail_msg("%s was accepted", table[i][0]);
		if (strcmp(error.text, table[i][1]) != 0)
			fail_msg("%s: %s", table[i][0], error.text);
	}
}

static void names_may_be_escaped(void **state)
{
	(void)state;
	struct error error;
	struct json *root =
		json_parse(STR("{\"\\b\\f\\n\\r\\t/\\\\'\\\"\":1,\"A\":2,\"\\u0001\":3}"), &error);
	assert_non_null(root);
	assert_string_equal(selected_from("$['\\b\\f\\n\\r\\t\\/\\\\\\'\"']", root), "1");
	assert_string_equal(selected_from("$[\"\\b\\f\\n\\r\\t/\\\\'\\\"\"]", root), "1");
	assert_string_equal(selected_from("$['\\u0041']", root), "2");
	assert_string_equal(selected_from("$['\\u0001']", root), "3");
	json_free(root);
}

static void a_path_is_bounded(void **state)
{
	(void)state;
	struct buf text = BUF_INIT(1000);
	struct error error = {""};
	buf_puts(&text, "$");
	for (int i = 0; i < JSONPATH_SEGMENTS_MAX; i++)
		buf_puts(&text, ".a");
	assert_non_null(jsonpath_compile(&arena, buf_str(&text), &error));
	buf_puts(&text, ".a");
	assert_null(jsonpath_compile(&arena, buf_str(&text), &error));
	assert_string_equal(error.text, "column 66: the path is too long");
	assert_null(jsonpath_compile(&arena, (struct str){"$.a\0.b", 6}, &error));
	buf_fini(&text);
}

static const struct json *zeros(size_t n)
{
	struct buf text = BUF_INIT(1 << 16);
	const struct json *root;

	buf_puts(&text, "[0");
	for (size_t i = 1; i < n; i++)
		buf_puts(&text, ",0");
	buf_puts(&text, "]");
	root = tree(&arena, buf_text(&text));
	buf_fini(&text);
	return root;
}

static void selections_are_bounded(void **state)
{
	(void)state;
	struct nodes nodes;
	struct buf missing = BUF_INIT(256);
	const struct jsonpath *all = compiled("$[*]");
	const struct json *most = zeros(JSONPATH_NODES_MAX);
	assert_int_equal(jsonpath_select(all, most, &arena, &nodes, &missing), JSONPATH_FOUND);
	assert_int_equal(nodes.n, JSONPATH_NODES_MAX);
	assert_string_equal(selected_from("$[*]", zeros(JSONPATH_NODES_MAX + 1)), "too many");
	assert_string_equal(selected_from("$[-1]", zeros(JSONPATH_NODES_MAX + 1)), "0");
	buf_fini(&missing);
}

static void lists_know_that_they_are(void **state)
{
	(void)state;
	assert_true(jsonpath_is_list(compiled("$.data[*].id")));
	assert_true(jsonpath_is_list(compiled("$.*")));
	assert_false(jsonpath_is_list(compiled("$.data[0]['*']")));
	assert_string_equal(jsonpath_text(compiled("$.data[0]")), "$.data[0]");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(paths_select),
		TEST(what_is_missing_is_named),
		TEST(what_is_not_ours_is_refused_at_its_place),
		TEST(names_may_be_escaped),
		TEST(a_path_is_bounded),
		TEST(selections_are_bounded),
		TEST(lists_know_that_they_are),
	};
	return RUN(tests);
}
