#include "unit.h"

#include "check/template.h"

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

static struct template compiled(const char *text, enum template_escape escape, bool ready)
{
	struct template tmpl = {NULL, 0};
	struct error error = {""};

	if (!template_add(&arena, &tmpl, str_of(text), escape, ready, &error))
		fail_msg("%s: %s", text, error.text);
	return tmpl;
}

static const struct variable values[] = {
	{"name", BYTES("old")},
	{"empty", {NULL, 0}},
	{"quoted", BYTES("say \"hi\"\nC:\\x\t")},
	{"bytes", BYTES("a b&c=d/\xc3\xa9?~")},
	{"split", BYTES("v\r\nX-Evil: 1\t\x7f!")},
	{"nested", BYTES("{{name}}")},
	{"$uuid", BYTES("u-1")},
	{"a.b-c_9", BYTES("dotted")},
	{"name", BYTES("new")},
};
static const struct scope scope = {values, COUNT(values)};

static const char *rendered(const struct template *tmpl)
{
	struct buf out = BUF_INIT(1 << 16);
	struct error error = {""};
	const char *text;

	if (!template_render(tmpl, &scope, &out, &error))
		fail_msg("%s", error.text);
	text = arena_strndup(&arena, buf_str(&out));
	buf_fini(&out);
	return text;
}

static const char *one(const char *text, enum template_escape escape)
{
	struct template tmpl = compiled(text, escape, true);
	return rendered(&tmpl);
}

static void names_are_replaced(void **state)
{
	(void)state;
	static const char *const table[][2] = {
		{"", ""}, {"plain", "plain"}, {"{{empty}}", ""},
		{"{{ name }}!", "new!"}, /* the latest of a name counts */
		{"{{\tname\n}}", "new"}, {"<{{$uuid}}{{a.b-c_9}}>", "<u-1dotted>"},
		{"a } b }} { c", "a } b }} { c"},
		{"{{nested}}", "{{name}}"}, /* what came from outside is never read again */
	};
	for (size_t i = 0; i < COUNT(table); i++)
		assert_string_equal(one(table[i][0], ESCAPE_NONE), table[i][1]);
}

static void what_is_no_name_is_refused(void **state)
{
	(void)state;
	static const char *const table[][2] = {
		{"{{", "{{ without its }}"},
		{"a {{name} b", "{{ without its }}"},
		{"{{}}", "{{}} is not a name"},
		{"{{  }}", "{{}} is not a name"},
		{"{{9a}}", "{{9a}} is not a name"},
		{"{{a b}}", "{{a b}} is not a name"},
		{"{{a$}}", "{{a$}} is not a name"},
		{"{{-a}}", "{{-a}} is not a name"},
		{"{{\xc3\xa9}}", "{{\xc3\xa9}} is not a name"},
		{"{{a {{b}}", "{{a {{b}} is not a name"},
		{"{{good}} {{b!}}", "{{b!}} is not a name"},
	};
	for (size_t i = 0; i < COUNT(table); i++) {
		struct template tmpl = {NULL, 0};
		struct error error = {""};
		assert_false(template_add(
			&arena, &tmpl, str_of(table[i][0]), ESCAPE_NONE, false, &error));
		assert_string_equal(error.text, table[i][1]);
	}
}

static void a_value_is_escaped_for_its_place(void **state)
{
	(void)state;
	assert_string_equal(one("{{quoted}}", ESCAPE_NONE), "say \"hi\"\nC:\\x\t");
	assert_string_equal(one("{{bytes}}", ESCAPE_URL), "a%20b%26c%3Dd%2F%C3%A9%3F~");
	assert_string_equal(one("{{split}}", ESCAPE_HEADER), "vX-Evil: 1\t!");
	assert_string_equal(one("{{bytes}}", ESCAPE_HEADER), "a b&c=d/\xc3\xa9?~");
	const char *body = arena_printf(&arena, "[\"%s\"]", one("{{quoted}}", ESCAPE_JSON));
	struct error error = {""};
	struct json *list = json_parse(str_of(body), &error);
	assert_non_null(list);
	assert_true(str_eq(json_string(json_item(list, 0)), values[2].value));
	json_free(list);
}

static void literals_are_escaped_unless_they_are_ready(void **state)
{
	(void)state;
	struct template raw = compiled("a b/{{name}}?x=\"", ESCAPE_URL, true);
	struct template cooked = compiled("a b/{{name}}?x=\"", ESCAPE_URL, false);
	assert_string_equal(rendered(&raw), "a b/new?x=\"");
	assert_string_equal(rendered(&cooked), "a%20b%2Fnew%3Fx%3D%22");
	struct template json = compiled("\"{{name}}\n", ESCAPE_JSON, false);
	assert_string_equal(rendered(&json), "\\\"new\\n");
	struct template header = compiled("a\r\nb", ESCAPE_HEADER, false);
	assert_string_equal(rendered(&header), "ab");
}

static void pieces_join_in_order(void **state)
{
	(void)state;
	struct template tmpl = {NULL, 0};
	struct error error;
	template_add_literal(&arena, &tmpl, STR("/a"));
	template_add_literal(&arena, &tmpl, STR(""));
	template_add_literal(&arena, &tmpl, STR("?q="));
	assert_int_equal(tmpl.n_parts, 1);
	assert_true(template_add(&arena, &tmpl, STR("{{bytes}}"), ESCAPE_URL, false, &error));
	for (int i = 0; i < 9; i++) /* past every growth of the array */
		assert_true(
			template_add(&arena, &tmpl, STR("-{{name}}"), ESCAPE_URL, false, &error));
	assert_string_equal(rendered(&tmpl), "/a?q=a%20b%26c%3Dd%2F%C3%A9%3F~"
					     "-new-new-new-new-new-new-new-new-new");
}

static void a_name_without_a_value_is_an_error(void **state)
{
	(void)state;
	struct template tmpl = compiled("x {{reply}}", ESCAPE_NONE, false);
	struct buf out = BUF_INIT(100);
	struct error error = {""};
	assert_false(template_render(&tmpl, &scope, &out, &error));
	assert_string_equal(error.text, "{{reply}} was not captured");
	buf_fini(&out);
}

static void what_does_not_fit_is_an_error(void **state)
{
	(void)state;
	struct template tmpl = compiled("{{quoted}}", ESCAPE_NONE, false);
	struct buf exact = BUF_INIT(14), short_of_one = BUF_INIT(13);
	struct error error = {""};
	assert_true(template_render(&tmpl, &scope, &exact, &error));
	assert_false(template_render(&tmpl, &scope, &short_of_one, &error));
	assert_string_equal(error.text, "longer than 13 bytes");
	buf_fini(&exact);
	buf_fini(&short_of_one);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(names_are_replaced),
		TEST(what_is_no_name_is_refused),
		TEST(a_value_is_escaped_for_its_place),
		TEST(literals_are_escaped_unless_they_are_ready),
		TEST(pieces_join_in_order),
		TEST(a_name_without_a_value_is_an_error),
		TEST(what_does_not_fit_is_an_error),
	};
	return RUN(tests);
}
