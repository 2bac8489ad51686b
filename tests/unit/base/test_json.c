#include "unit.h"

#include "base/json.h"
#include "base/json_writer.h"
#include "base/utf8.h"

#include <math.h>
#include <stdlib.h>

static struct json *parse(const char *text)
{
	struct error error = {0};
	struct json *tree = json_parse(str_of(text), &error);
	if (!tree)
		fail_msg("%s: %s", text, error.text);
	return tree;
}

static void assert_prints(const char *text, const char *want)
{
	struct json *tree = parse(text);
	struct buf out = BUF_INIT(1 << 16);
	json_print(&out, tree);
	assert_string_equal(buf_text(&out), want);
	buf_fini(&out);
	json_free(tree);
}

static void values_are_read(void **state)
{
	(void)state;
	struct json *tree = parse("{\"n\":-1.5e2,\"s\":\"a\\n\\u00e9\",\"t\":true,\"f\":false,"
				  "\"z\":null,\"a\":[1,[2],\"x\"],\"o\":{\"k\":7}}");
	assert_int_equal(json_type(tree), JSON_OBJECT);
	assert_int_equal(json_count(tree), 7);
	assert_true(json_number(json_member(tree, "n")) == -150);
	assert_true(str_eq(json_string(json_member(tree, "s")), STR("a\n\xc3\xa9")));
	assert_true(json_bool(json_member(tree, "t")));
	assert_false(json_bool(json_member(tree, "f")));
	assert_int_equal(json_type(json_member(tree, "t")), JSON_BOOL);
	assert_int_equal(json_type(json_member(tree, "f")), JSON_BOOL);
	assert_int_equal(json_type(json_member(tree, "z")), JSON_NULL);
	const struct json *a = json_member(tree, "a");
	assert_int_equal(json_type(a), JSON_ARRAY);
	assert_int_equal(json_count(a), 3);
	assert_true(json_number(json_item(a, 0)) == 1);
	assert_int_equal(json_type(json_item(a, 1)), JSON_ARRAY);
	assert_true(str_eq(json_string(json_item(a, 2)), STR("x")));
	assert_null(json_item(a, 3));
	assert_true(json_number(json_member(json_member(tree, "o"), "k")) == 7);
	assert_true(str_eq(json_name(json_first(tree)), STR("n")));
	assert_true(str_eq(json_name(json_next(json_first(tree))), STR("s")));
	json_free(tree);
}

static void look_ups_chain_over_nothing(void **state)
{
	(void)state;
	struct json *tree = parse("[{\"a\":1}]");
	assert_null(json_member(NULL, "a"));
	assert_null(json_member(tree, "a"));
	assert_null(json_member(json_member(json_item(tree, 0), "b"), "c"));
	assert_null(json_item(json_item(json_item(tree, 0), 0), 5));
	assert_null(json_item(json_item(tree, 0), 0)); /* an object's members have no places */
	assert_null(json_first(NULL));
	assert_null(json_next(NULL));
	assert_int_equal(json_count(NULL), 0);
	assert_int_equal(json_string(NULL).n, 0);
	assert_int_equal(json_string(tree).n, 0);
	assert_true(json_number(tree) == 0);
	assert_false(json_bool(tree));
	assert_int_equal(json_name(tree).n, 0);
	json_free(tree);
	json_free(NULL);
}

static void names_are_exact_and_the_last_one_counts(void **state)
{
	(void)state;
	struct json *tree = parse("{\"Model\":1,\"model\":2,\"model\":3,\"modelx\":4}");
	assert_true(json_number(json_member(tree, "model")) == 3);
	assert_true(json_number(json_member(tree, "Model")) == 1);
	assert_null(json_member(tree, "MODEL"));
	assert_true(json_number(json_member_str(tree, (struct str){"modelyy", 5})) == 3);
	json_free(tree);
}

static void what_the_parser_would_spoil(void **state)
{
	(void)state;
	assert_prints("\"a\\u0000b\"", "\"a\xef\xbf\xbd"
				       "b\"");
	assert_prints("{\"a\\u0000b\":1}", "{\"a\xef\xbf\xbd"
					   "b\":1}");
	assert_prints("\"\\ud800\"", "\"\xef\xbf\xbd\"");
	assert_prints("\"x\\udc00\\ud83dy\\ud83d\\ude00\\ud83d\\ud83d\\ude00\"",
		"\"x\xef\xbf\xbd\xef\xbf\xbdy\xf0\x9f\x98\x80\xef\xbf\xbd\xf0\x9f\x98\x80\"");
	assert_prints("[\"\\\\u0000\\u0000\\\\\", 5, \"\\\"\\ud800\"]",
		"[\"\\\\u0000\xef\xbf\xbd\\\\\",5,\"\\\"\xef\xbf\xbd\"]");
	assert_prints(
		"[-1.250000000000000000000000000000000000000000000000000000000000000000000000,"
		"\"1.2500000000000000000000000000000000000000000000000000000000000000000000\"]",
		"[-1.25,\"1."
		"2500000000000000000000000000000000000000000000000000000000000000000000\"]");
	assert_prints("123456789012345678901234567890123456789012345678901234567890123456789",
		"1.234567890123457e+68");
	struct buf text = BUF_INIT(4096);
	buf_putc(&text, '-');
	for (int i = 0; i < 400; i++)
		buf_putc(&text, '9');
	struct json *tree = parse(buf_text(&text));
	assert_true(isinf(json_number(tree)) && json_number(tree) < 0);
	json_free(tree);
	buf_fini(&text);
}

static void literals_of_every_length(void **state)
{
	(void)state;
	for (int n = 1; n < 200; n++) {
		struct buf text = BUF_INIT(4096);
		buf_puts(&text, "[0.");
		for (int i = 0; i < n; i++)
			buf_putc(&text, (char)('1' + i % 9));
		buf_puts(&text, ",7]");
		struct json *tree = parse(buf_text(&text));
		assert_true(json_number(json_item(tree, 0)) == strtod(buf_text(&text) + 1, NULL));
		assert_true(json_number(json_item(tree, 1)) == 7);
		json_free(tree);
		buf_fini(&text);
	}
}

static void prints_compactly(void **state)
{
	(void)state;
	assert_prints(" { \"a\" : [ 1 , 2.5 , { } , [ ] ] , \"b\" : null } ",
		"{\"a\":[1,2.5,{},[]],\"b\":null}");
	assert_prints("[\"\xc3\xa9\xe6\xbc\xa2\xf0\x9f\x98\x80\\u00e9\\/\\u001f\\\"\\\\\"]",
		"[\"\xc3\xa9\xe6\xbc\xa2\xf0\x9f\x98\x80\xc3\xa9/\\u001f\\\"\\\\\"]");
	assert_prints(
		"[0.1,1e21,9007199254740993,-0,1e400]", "[0.1,1e+21,9007199254740993,-0,1e999]");
	assert_prints("{\"a\":1,\"a\":2}", "{\"a\":1,\"a\":2}");
	struct buf out = BUF_INIT(16);
	json_print(&out, NULL);
	assert_string_equal(buf_text(&out), "null");
	buf_fini(&out);
}

static void assert_equal(const char *a, const char *b, bool want)
{
	struct json *x = parse(a);
	struct json *y = parse(b);
	if (json_equal(x, y) != want || json_equal(y, x) != want)
		fail_msg("%s and %s: expected %d", a, b, want);
	json_free(x);
	json_free(y);
}

static void equality(void **state)
{
	(void)state;
	assert_equal("{\"a\":1,\"b\":[true,null]}", "{\"b\":[true,null],\"a\":1.0}", true);
	assert_equal("1", "1e0", true);
	assert_equal("1", "\"1\"", false);
	assert_equal("true", "false", false);
	assert_equal("null", "false", false);
	assert_equal("[1,2]", "[2,1]", false);
	assert_equal("[1,2]", "[1]", false);
	assert_equal("{\"a\":1}", "{\"a\":1,\"b\":1}", false);
	assert_equal("{\"a\":1}", "{\"A\":1}", false);
	assert_equal("{\"a\":1,\"a\":2}", "{\"a\":2}", true);
	assert_equal("{\"a\":2,\"a\":1}", "{\"a\":2}", false);
	assert_equal("\"\\u00e9\"", "\"\xc3\xa9\"", true);
	assert_equal("{}", "[]", false);
	assert_equal("{\"a\":1,\"b\":2,\"a\":3}", "{\"b\":2,\"a\":3}", true);
	assert_equal("{\"a\":1,\"a\":1}", "{\"a\":1,\"b\":1}", false);
	assert_equal("9007199254740993", "9007199254740992", false);
	assert_equal("-9007199254740993", "9007199254740993", false);
	assert_equal("[{\"id\":1234567890123456789}]", "[{\"id\":1234567890123456789}]", true);
	assert_equal("[{\"id\":1234567890123456789}]", "[{\"id\":1234567890123456788}]", false);
	assert_equal("9007199254740992", "9007199254740992.0", true);
	assert_equal("1e400", "1e500", true);
	assert_equal("1e400", "-1e400", false);
	assert_equal("{}", "{}", true);
	assert_true(json_equal(NULL, NULL));
	struct json *null = parse("null");
	assert_false(json_equal(null, NULL));
	json_free(null);
}

static void large_objects_compare_quickly(void **state)
{
	(void)state;
	struct buf text = BUF_INIT(16 << 20);
	buf_putc(&text, '{');
	for (int i = 0; i < 50000; i++)
		buf_printf(&text, "%s\"k%d\":%d", i ? "," : "", i * 7919 % 50000, i);
	buf_putc(&text, '}');
	assert_equal(buf_text(&text), buf_text(&text), true);
	buf_fini(&text);
}

static void the_writer_writes(void **state)
{
	(void)state;
	struct buf out = BUF_INIT(4096);
	struct json_writer w = json_writer_to(&out);
	jw_object(&w, NULL);
	jw_text(&w, "name", "a\"b\\c\n\x01\xff\xc3\xa9");
	jw_text(&w, "none", NULL);
	jw_array(&w, "list");
	jw_int(&w, NULL, INT64_MIN);
	jw_bool(&w, NULL, true);
	jw_array(&w, NULL);
	jw_array_end(&w);
	jw_object(&w, NULL);
	jw_object_end(&w);
	jw_raw(&w, NULL, STR("{\"x\":1}"));
	jw_array_end(&w);
	jw_null(&w, "z");
	jw_str(&w, "with\"quote", STR("\0"));
	jw_raw(&w, "raw", STR(""));
	jw_object_end(&w);
	assert_string_equal(buf_text(&out),
		"{\"name\":\"a\\\"b\\\\c\\n\\u0001\xef\xbf\xbd\xc3\xa9\",\"none\":null,"
		"\"list\":[-9223372036854775808,true,[],{},{\"x\":1}],\"z\":null,"
		"\"with\\\"quote\":\"\\u0000\",\"raw\":null}");
	struct error error = {0};
	assert_true(json_valid(buf_str(&out), &error));
	buf_fini(&out);
}

static void assert_seconds(int64_t us, const char *want)
{
	struct buf out = BUF_INIT(64);
	struct json_writer w = json_writer_to(&out);
	jw_seconds(&w, NULL, us);
	assert_string_equal(buf_text(&out), want);
	buf_fini(&out);
}

static void seconds_are_exact(void **state)
{
	(void)state;
	assert_seconds(6012000, "6.012");
	assert_seconds(0, "0");
	assert_seconds(1, "0.000001");
	assert_seconds(1000000, "1");
	assert_seconds(10500000, "10.5");
	assert_seconds(120000, "0.12");
	assert_seconds(-1, "null");
	assert_seconds(INT64_MAX, "9223372036854.775807");
}

static void reals_read_back(void **state)
{
	(void)state;
	const double values[] = {
		0.1, 1.0 / 3, 1e300, -1e-300, 5e-324, 123456789.125, 0.3, 100, 1e15};
	for (size_t i = 0; i < COUNT(values); i++) {
		struct buf out = BUF_INIT(64);
		struct json_writer w = json_writer_to(&out);
		jw_real(&w, NULL, values[i]);
		struct json *tree = parse(buf_text(&out));
		assert_true(json_number(tree) == values[i]);
		json_free(tree);
		buf_fini(&out);
	}
	struct buf out = BUF_INIT(64);
	struct json_writer w = json_writer_to(&out);
	jw_array(&w, NULL);
	jw_real(&w, NULL, (double)INFINITY);
	jw_real(&w, NULL, (double)NAN);
	jw_real(&w, NULL, 0.1);
	jw_array_end(&w);
	assert_string_equal(buf_text(&out), "[null,null,0.1]");
	buf_fini(&out);
}

/* Any bytes written as a string are valid JSON and read back as the same text. */
static void any_bytes_survive(void **state)
{
	(void)state;
	uint32_t seed = 11;
	for (size_t round = 0; round < 5000; round++) {
		char bytes[40];
		size_t n = dice(&seed) % sizeof(bytes);
		for (size_t i = 0; i < n; i++)
			bytes[i] = (char)(dice(&seed) % (round % 2 ? 128 : 256));
		struct str text = {bytes, n};
		struct buf out = BUF_INIT(1024);
		json_put_string(&out, text);
		struct error error = {0};
		struct json *tree = json_parse(buf_str(&out), &error);
		if (!tree)
			fail_msg("%s: %s", buf_text(&out), error.text);
		if (utf8_valid(text) && !memchr(bytes, 0, n))
			assert_true(str_eq(json_string(tree), text));
		json_free(tree);
		buf_fini(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_read),
		cmocka_unit_test(look_ups_chain_over_nothing),
		cmocka_unit_test(names_are_exact_and_the_last_one_counts),
		cmocka_unit_test(what_the_parser_would_spoil),
		cmocka_unit_test(literals_of_every_length),
		cmocka_unit_test(prints_compactly),
		cmocka_unit_test(equality),
		cmocka_unit_test(large_objects_compare_quickly),
		cmocka_unit_test(the_writer_writes),
		cmocka_unit_test(seconds_are_exact),
		cmocka_unit_test(reals_read_back),
		cmocka_unit_test(any_bytes_survive),
	};
	return RUN(tests);
}
