#include "unit.h"

#include "base/json.h"
#include "base/json_scan.h"

#include <stdlib.h>

struct row {
	bool valid;
	struct str text;
};

/* clang-format off */
#define YES(text) {true, {text, sizeof(text) - 1}}
#define NO(text) {false, {text, sizeof(text) - 1}}

static const struct row rows[] = {
	/* scalars at the top */
	YES("null"), YES("true"), YES("false"), YES("0"), YES("\"\""), YES("\"a\""),
	YES(" \t\r\n1\n"), NO(""), NO(" "), NO("\n\t"), NO("nul"), NO("nulll"), NO("Null"),
	NO("TRUE"), NO("tru"), NO("true false"), NO("truefalse"), NO("undefined"), NO("NaN"),
	NO("-NaN"), NO("Infinity"), NO("-Infinity"), NO("inf"), NO("a"), NO("'a'"), NO("*"),
	NO("\xff"), NO("\0"), NO("1\0"), NO("\xef\xbb\xbf{}"), NO("\xef\xbb\xbf"),
	NO("\xff\xfe{\0}\0"), NO("\xc2\xa0" "1"), NO("\f1"), NO("1\v"), NO("\xe2\x81\xa0" "1"),
	NO("// x\n1"), NO("/* x */1"), NO("#x\n1"),
	/* numbers */
	YES("-0"), YES("-1"), YES("10"), YES("0.5"), YES("-0.5"), YES("1e5"), YES("1E5"),
	YES("1e+5"), YES("1e-5"), YES("0e0"), YES("0E+1"), YES("1.5e10"),
	YES("0.0000000000000001"), YES("1e00005"), YES("123456789012345678901234567890"),
	YES("1e400"), YES("-1e400"), YES("1e-400"), YES("[0,-0,0.0]"),
	YES("-9223372036854775809"), YES("20e1"),
	YES("1.00000000000000000000000000000000000000000000000000000000000000000000000001"),
	NO("01"), NO("-01"), NO("00"), NO("012"), NO("-012"), NO("+1"), NO("++1"), NO("--1"),
	NO("-"), NO("- 1"), NO(".5"), NO("-.5"), NO("1."), NO("-1."), NO("1.e3"), NO("2.e3"),
	NO("2.e+3"), NO("0.e1"), NO("1e"), NO("1e+"), NO("1e-"), NO("1ee5"), NO("1e5.5"),
	NO("1.2.3"), NO("0x1"), NO("0x"), NO("1 2"), NO("1_000"), NO("1,000"), NO("1a"),
	NO("1ea"), NO("0b1"), NO("-foo"), NO("[1 000]"), NO("[-2.]"), NO("[0.3e]"),
	NO("[0.3e+]"), NO("[1.0e]"), NO("[1eE2]"), NO("[9.e+]"), NO("[1+2]"), NO("[-1.0.]"),
	NO("[.2e-3]"), NO("[\xef\xbc\x91]"), NO("[0e+-1]"),
	/* strings */
	YES("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""), YES("\"\\u0041\""), YES("\"\\uABCD\\uabcd\""),
	YES("\"\\u0000\""), YES("\"\\ud83d\\ude00\""), YES("\"\\ud800\""), YES("\"\\udc00\""),
	YES("\"\\ud800\\ud800\""), YES("\"\\ud800x\""), YES("\"\\udc00\\ud800\""),
	YES("\"\\uD800\\n\""), YES("\"\xc3\xa9\""), YES("\"\xe2\x82\xac\""),
	YES("\"\xf0\x9f\x98\x80\""), YES("\"\x7f\""), YES("\"\xe2\x80\xa8\""),
	YES("\"\xef\xbf\xbf\""), YES("\"\xf4\x8f\xbf\xbf\""), YES("\"/\""),
	YES("\"\xef\xbb\xbf\""), YES("\"'\""), NO("\""), NO("\"a"), NO("\"\\\""), NO("\"\\"),
	NO("\"\\x41\""), NO("\"\\a\""), NO("\"\\'\""), NO("\"\\0\""), NO("\"\\U0041\""),
	NO("\"\\u\""), NO("\"\\u0\""), NO("\"\\u00\""), NO("\"\\u004\""), NO("\"\\u004g\""),
	NO("\"\\u-041\""), NO("\"\\u 041\""), NO("\"\\u00"), NO("\"\\ud83d\\u\""),
	NO("\"\\ud83d\\u00\""), NO("\"\\ud83d\\x\""), NO("\"\\\n\""), NO("\"\n\""), NO("\"\t\""),
	NO("\"\r\""), NO("\"\x01\""), NO("\"\x1f\""), NO("\"\0\""), NO("\"\x80\""),
	NO("\"\xff\""), NO("\"\xc3\""), NO("\"\xc3(\""), NO("\"\xc0\x80\""),
	NO("\"\xed\xa0\x80\""), NO("\"\xf4\x90\x80\x80\""), NO("\"\xe2\x82\""),
	NO("\"\xe0\x80\xaf\""), NO("\"\xf8\x88\x80\x80\x80\""), NO("\"\\\xc3\xa9\""),
	NO("\"\\u\xc3\xa9\""), NO("\"a\"b\""), NO("\\u0041"), NO("\"a\" \"b\""),
	/* arrays */
	YES("[]"), YES("[ ]"), YES("[1]"), YES("[1,2]"), YES(" [ 1 , [ ] , { } ] "),
	YES("[[[[]]]]"), YES("[null,true,false,\"\",{}]"), NO("["), NO("]"), NO("[1"), NO("[1,"),
	NO("[1,]"), NO("[,1]"), NO("[,]"), NO("[1,,2]"), NO("[1 2]"), NO("[1;2]"), NO("[1:2]"),
	NO("[]]"), NO("[[]"), NO("[}"), NO("[1}"), NO("[] []"), NO("[],"), NO("[]1"), NO("[1]x"),
	NO("[\"a\""), NO("[a]"), NO("[1\n,2\n"), NO("[\"\": 1]"), NO("[*]"), NO("[<null>]"),
	NO("[\0]"), NO("[1,\f2]"), NO("[1\xc2\xa0]"),
	/* objects */
	YES("{}"), YES("{ }"), YES("{\"a\":1}"), YES("{\"a\" : 1 , \"b\" : [ ] }"),
	YES("{\"\":0}"), YES("{\"a\":1,\"a\":2}"), YES("{\"a\":{\"b\":{}}}"),
	YES("{\"\\u0000\":1}"), NO("{"), NO("}"), NO("{\"a\""), NO("{\"a\":"), NO("{\"a\":1"),
	NO("{\"a\":1,"), NO("{\"a\":1,}"), NO("{,}"), NO("{,\"a\":1}"), NO("{\"a\":1,,\"b\":2}"),
	NO("{\"a\" 1}"), NO("{\"a\"}"), NO("{\"a\",1}"), NO("{\"a\"::1}"), NO("{\"a\":1:2}"),
	NO("{a:1}"), NO("{'a':1}"), NO("{1:1}"), NO("{null:1}"), NO("{[]:1}"),
	NO("{\"a\":1 \"b\":2}"), NO("{\"a\":1]"), NO("{]"), NO("{}}"), NO("{\"a\":1}#"),
	NO("{\"a\":1}//"), NO("{\"a\":a}"), NO("{\"a\":,}"), NO("{\"a\":}"), NO("{\"a\":1;}"),
	NO("{:1}"), NO("{\"a\x01\":1}"), NO("{\"a\\q\":1}"), NO("{\"\xff\":1}"),
	NO("{\"a\":/*c*/1}"), NO("{\"a\":\"b\"}/**/"), NO("{\"id\":0,,,}"), NO("{{}}"),
	NO("{\"a\":{}"),
	/* an event stream's marks are no JSON */
	NO("[DONE]"), NO("data: {}"), NO("{}\n\n{}"), NO("<html></html>"),
};
/* clang-format on */

static void rows_are_told_apart(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct error error = {0};
		bool valid = json_valid(rows[i].text, &error);
		if (valid != rows[i].valid)
			fail_msg("row %zu, %.*s: valid %d, %s", i, STR_ARG(rows[i].text), valid,
				error.text);
		if (valid != (error.text[0] == '\0'))
			fail_msg("row %zu: error %s", i, error.text);
		struct json *tree = json_parse(rows[i].text, &error);
		if ((tree != NULL) != rows[i].valid)
			fail_msg("row %zu, %.*s: parsed %d, %s", i, STR_ARG(rows[i].text),
				tree != NULL, error.text);
		json_free(tree);
	}
}

/* Without its NUL and at the end of the heap, so that reading on is seen by the sanitizer. */
static void torn_anywhere_it_never_reads_on(void **state)
{
	(void)state;
	struct str whole = STR("{\"a\":[1,-2.5e+3,true,false,null,\"\\u00e9\\ud83d\\ude00\xc3\xa9"
			       "\xf0\x9f\x98\x80\\n\"],\"b\":{\"c\":[]}}");
	for (size_t n = 0; n <= whole.n; n++) {
		char *copy = malloc(n ? n : 1);
		assert_non_null(copy);
		memcpy(copy, whole.p, n);
		struct error error = {0};
		assert_int_equal(json_valid((struct str){copy, n}, &error), n == whole.n);
		struct json *tree = json_parse((struct str){copy, n}, &error);
		assert_int_equal(tree != NULL, n == whole.n);
		json_free(tree);
		free(copy);
	}
}

static void assert_depth(size_t depth, const char *open, const char *close, bool valid)
{
	struct buf text = BUF_INIT(1 << 20);
	for (size_t i = 0; i < depth; i++)
		buf_puts(&text, open);
	if (*open == '{')
		buf_puts(&text, "1");
	for (size_t i = 0; i < depth; i++)
		buf_puts(&text, close);
	struct error error = {0};
	assert_int_equal(json_valid(buf_str(&text), &error), valid);
	struct json *tree = json_parse(buf_str(&text), &error);
	assert_int_equal(tree != NULL, valid);
	json_free(tree);
	buf_fini(&text);
}

static void nesting_has_a_limit(void **state)
{
	(void)state;
	assert_depth(JSON_DEPTH_MAX, "[", "]", true);
	assert_depth(JSON_DEPTH_MAX + 1, "[", "]", false);
	assert_depth(JSON_DEPTH_MAX, "{\"a\":", "}", true);
	assert_depth(JSON_DEPTH_MAX + 1, "{\"a\":", "}", false);
	assert_depth(100000, "[", "]", false);
}

static void assert_error(struct str text, const char *want)
{
	struct error error = {0};
	assert_false(json_valid(text, &error));
	assert_string_equal(error.text, want);
}

static void errors_name_the_byte(void **state)
{
	(void)state;
	assert_error(STR("{\"temperature\" : 01}"), "at byte 17: a number can't begin with 0");
	assert_error(STR(""), "at byte 0: the text is empty");
	assert_error(STR("  "), "at byte 2: the text is empty");
	assert_error(STR("[1] x"), "at byte 4: something follows the value");
	assert_error(STR("[1,"), "at byte 3: the text ends inside an array");
	assert_error(STR("{\"a\":[]"), "at byte 7: the text ends inside an object");
	assert_error(STR("[\"ab"), "at byte 1: the string does not end");
	assert_error(STR("\"a\nb\""), "at byte 2: a control character must be escaped");
	assert_error(STR("\"a\xff\""), "at byte 2: this is not UTF-8");
	assert_error(STR("\"a\\q\""), "at byte 2: no such escape");
	assert_error(STR("\xef\xbb\xbf{}"), "at byte 0: a byte order mark does not belong here");
	assert_error(STR("{\"a\":1,}"), "at byte 7: expected a member's name in double quotes");
	assert_error(STR("[1,]"), "at byte 3: expected a value");
	assert_error(STR("[.5]"), "at byte 1: a number can't begin with a point");
	assert_error(STR("[2.e3]"), "at byte 3: a digit must follow the decimal point");
}

static void assert_mended(struct str text, bool odd_wanted, const char *want)
{
	struct error error = {0};
	struct json_marks marks;
	assert_true(json_scan(text, &marks, &error));
	assert_int_equal(marks.odd, odd_wanted);
	struct buf out = BUF_INIT(text.n);
	json_mend(&out, text);
	assert_string_equal(buf_text(&out), want);
	assert_false(out.cut);
	buf_fini(&out);
}

#define SIXTY "123456789012345678901234567890123456789012345678901234567890"

static void only_the_odd_is_mended(void **state)
{
	(void)state;
	assert_mended(STR("[1,\"\\u0001\\ud83d\\ude00\"]"), false, "[1,\"\\u0001\\ud83d\\ude00\"]");
	assert_mended(STR("{\"a\\u0000\":\"\\ud800\"}"), true, "{\"a\\ufffd\":\"\\ufffd\"}");
	assert_mended(STR("\"\\\\u0000\""), false, "\"\\\\u0000\"");
	assert_mended(STR("[" SIXTY "]"), false, "[" SIXTY "]");
	assert_mended(STR("[" SIXTY "0]"), true, "[1.2345678901234568e+60]");
	assert_mended(STR("-0." SIXTY), true, "-0.12345678901234568");
	assert_mended(STR("[1e" SIXTY "]"), true, "[1e999]");
	assert_mended(STR("[-1e" SIXTY "]"), true, "[-1e999]");
	assert_mended(STR("[1e-" SIXTY "]"), true, "[0]");
}

/* What the scan lets pass, the parser must read whole. */
static void scan_and_parser_agree(void **state)
{
	(void)state;
	static const char *const pieces[] = {"{", "}", "[", "]", ",", ":", "\"a\"", "\"\\u0000\"",
		"\"\\ud800\"", "1", "-0.5e3", "null", "true", " ", "\n", "\"\xc3\xa9\"", "0",
		"\"\\\\\"",
		"1.00000000000000000000000000000000000000000000000000000000000000000000001"};
	uint32_t seed = 2026;
	size_t valid = 0;
	for (size_t round = 0; round < 200000; round++) {
		struct buf text = BUF_INIT(4096);
		size_t n = 1 + dice(&seed) % 8;
		for (size_t i = 0; i < n; i++)
			buf_puts(&text, pieces[dice(&seed) % COUNT(pieces)]);
		struct error error = {0};
		if (json_valid(buf_str(&text), &error)) {
			valid++;
			struct json *tree = json_parse(buf_str(&text), &error);
			if (!tree)
				fail_msg("%s: %s", buf_text(&text), error.text);
			json_free(tree);
		}
		buf_fini(&text);
	}
	assert_true(valid > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_told_apart),
		cmocka_unit_test(torn_anywhere_it_never_reads_on),
		cmocka_unit_test(nesting_has_a_limit),
		cmocka_unit_test(errors_name_the_byte),
		cmocka_unit_test(only_the_odd_is_mended),
		cmocka_unit_test(scan_and_parser_agree),
	};
	return RUN(tests);
}
