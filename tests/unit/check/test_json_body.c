/* "The body is JSON" means RFC 8259, production by production, as an expectation judges it. A body is
 * put together from parts of which each is right or wrong: it is JSON when all of them are right. */
#include "judging.h"

enum { BODY_MAX = 1 << 20, CASES_MIN = 4000 };

struct part {
	bool ok;
	struct str text;
};

/* clang-format off */
#define YES(text) {true, {text, sizeof(text) - 1}}
#define NO(text) {false, {text, sizeof(text) - 1}}
/* clang-format on */
#define EACH(one, all)                                                                             \
	for (const struct part *one = all; one < all + sizeof(all) / sizeof(all[0]); one++)

static size_t cases;

static bool body_is_json(struct str body)
{
	cases++;
	anew();
	buf_putstr(&seen.body, body);
	expect_json("$", "{'exists':true}");
	struct verdict verdict = verdict_judge(&arena, &step, &seen, secrets);
	bool ok = verdict.outcome == OUTCOME_PASS;

	if (!ok) {
		assert_int_equal(verdict.reason, REASON_MALFORMED);
		assert_non_null(strstr(verdict.message, "no JSON: "));
	}
	arena_fini(&arena);
	arena_init(&arena);
	return ok;
}

static void check_body(struct str body, bool ok)
{
	if (body_is_json(body) != ok)
		fail_msg("%.*s: expected %s", STR_ARG(body), ok ? "JSON" : "no JSON");
}

/* Inside every kind of place a value has. */
static void check_value(struct str value, bool ok)
{
	static const char *const places[][2] = {{"", ""}, {" \t", "\r\n"}, {"[", "]"},
		{"[1,", ",2]"}, {"{\"a\":", "}"}, {"{\"a\":1,\"b\" : ", " }"},
		{"[[{\"a\":[", "]}]]"}};
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		struct buf body = BUF_INIT(BODY_MAX);
		buf_puts(&body, places[i][0]);
		buf_putstr(&body, value);
		buf_puts(&body, places[i][1]);
		check_body(buf_str(&body), ok);
		buf_fini(&body);
	}
}

static void check_parts(const struct part *const *parts, size_t n)
{
	struct buf value = BUF_INIT(BODY_MAX);
	bool ok = true;
	for (size_t i = 0; i < n; i++) {
		buf_putstr(&value, parts[i]->text);
		ok = ok && parts[i]->ok;
	}
	check_value(buf_str(&value), ok);
	buf_fini(&value);
}

/* number = [ minus ] int [ frac ] [ exp ] */
static void numbers(void **state)
{
	(void)state;
	static const struct part ints[] = {YES("0"), YES("-0"), YES("1"), YES("-1"), YES("10"),
		YES("9007199254740993"), YES("123456789012345678901234567890"), NO("00"), NO("01"),
		NO("-01"), NO("-00"), NO("007"), NO("+1"), NO("+0"), NO("--1"), NO("-"), NO("- 1"),
		NO("0x1"), NO("1_0"), NO("\xd9\xa1"), NO("+")};
	static const struct part fracs[] = {YES(""), YES(".0"), YES(".5"), YES(".000"),
		YES(".12345678901234567890"), NO("."), NO(".."), NO(".5."), NO(".-5"), NO(".+5"),
		NO(". 5"), NO(",5.")};
	static const struct part exps[] = {YES(""), YES("e0"), YES("E1"), YES("e+1"), YES("E-01"),
		YES("e400"), NO("e"), NO("E+"), NO("e-"), NO("ee1"), NO("e1.5"), NO("e 1"),
		NO("e1e1"), NO("e+-1"), NO("f")};
	EACH(whole, ints)
	EACH(frac, fracs)
	EACH(exp, exps)
	check_parts((const struct part *const[]){whole, frac, exp}, 3);
}

static void words(void **state)
{
	(void)state;
	static const char *const wrong[] = {"True", "TRUE", "tru", "truee", "true1", "False",
		"fals", "Null", "nul", "nil", "None", "undefined", "NaN", "-NaN", "nan", "Infinity",
		"-Infinity", "inf", "yes", "no", "on", "a", "_", "$", "[DONE]", "''", "'a'", "`a`",
		"/* c */1", "1/* c */", "// c\n1", "1 // c", "#c\n1", "(1)", "<a/>", "!", "*", "=1",
		"1;", "1 1", "\"a\"\"b\"", "\"a\" \"b\"", "true false", "1:2", "\\u0031", "\"", "'",
		"\xe2\x80\x9c"
		"a\xe2\x80\x9d",
		"\xc2\xa0"
		"1",
		"\xe2\x80\xa8"
		"1",
		"\xef\xbb\xbf"
		"1",
		"1\xef\xbb\xbf",
		"\x0b"
		"1",
		"1\x0c",
		"\x1b"
		"1",
		"\x7f"};
	check_value(STR("true"), true);
	check_value(STR("false"), true);
	check_value(STR("null"), true);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		check_value(str_of(wrong[i]), false);
	check_value(STR("1\0"), false);
	check_value(STR("\0"
			"1"),
		false);
	check_value(STR("\0"), false);
}

static void check_string(struct str inside, bool ok)
{
	struct buf text = BUF_INIT(BODY_MAX);
	buf_puts(&text, "\"");
	buf_putstr(&text, inside);
	buf_puts(&text, "\"");
	check_value(buf_str(&text), ok);
	buf_puts(&text, ":1}");
	struct buf named = BUF_INIT(BODY_MAX);
	buf_puts(&named, "{");
	buf_putstr(&named, buf_str(&text));
	check_body(buf_str(&named), ok);
	buf_fini(&named);
	buf_fini(&text);
}

/* char = unescaped / escape; each byte as it is, and behind a backslash. */
static void bytes_of_strings(void **state)
{
	(void)state;
	for (int c = 0; c < 256; c++) {
		char byte = (char)c;
		char escaped[] = {'\\', byte};
		bool plain = c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
		bool known = c && strchr("\"\\/bfnrt", c);
		check_string((struct str){&byte, 1}, plain);
		check_string((struct str){escaped, 2}, known);
	}
}

static void escapes_of_units(void **state)
{
	(void)state;
	static const struct part units[] = {YES("\\u0041"), YES("\\u0000"), YES("\\uabcd"),
		YES("\\uABCD"), YES("\\ud83d\\ude00"), NO("\\u"), NO("\\u1"), NO("\\u12"),
		NO("\\u123"), NO("\\u123g"), NO("\\u-123"), NO("\\u 123"), NO("\\U1234"),
		NO("\\x41"), NO("\\u{41}"),
		NO("\\u\xef\xbc\x91"
		   "234"),
		/* the grammar has halves of pairs: they are read as U+FFFD */
		YES("\\ud800"), YES("\\udfff"), YES("\\ud800\\ud800"), YES("\\udc00\\ud800"),
		YES("\\ud800\\n"), NO("\\ud800\\u"), NO("\\ud800\\x")};
	static const struct part around[] = {
		YES(""), YES("z"), YES("\\\\"), YES("\xc3\xa9"), NO("\n"), NO("\xff")};
	EACH(before, around)
	EACH(unit, units)
	EACH(after, around)
	{
		struct buf text = BUF_INIT(64);
		buf_putstr(&text, before->text);
		buf_putstr(&text, unit->text);
		buf_putstr(&text, after->text);
		check_string(buf_str(&text), before->ok && unit->ok && after->ok);
		buf_fini(&text);
	}
}

static struct str encode(uint32_t code, size_t n, char out[4])
{
	static const unsigned char leads[] = {0, 0, 0xc0, 0xe0, 0xf0};
	for (size_t i = n; i-- > 1; code >>= 6)
		out[i] = (char)(0x80 | (code & 0x3f));
	out[0] = (char)(leads[n] | code);
	return (struct str){out, n};
}

/* RFC 3629: the shortest form, no surrogates, up to U+10FFFF. */
static void characters_of_strings(void **state)
{
	(void)state;
	static const uint32_t codes[] = {0x00, 0x2f, 0x41, 0x7f, 0x80, 0xff, 0x7ff, 0x800, 0xfff,
		0xd7ff, 0xd800, 0xdbff, 0xdc00, 0xdfff, 0xe000, 0xfeff, 0xfffd, 0xfffe, 0xffff,
		0x10000, 0x1f600, 0xfffff, 0x10ffff, 0x110000, 0x1fffff};
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		for (size_t n = 2; n <= 4; n++) {
			char text[4];
			uint32_t code = codes[i];
			size_t right = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
			if (code >= (n == 2 ? 0x800U : n == 3 ? 0x10000U : 0x200000U))
				continue;
			struct str whole = encode(code, n, text);
			bool ok = n == right && code >= 0x80 && code <= 0x10ffff &&
				  (code < 0xd800 || code > 0xdfff);
			check_string(whole, ok);
			check_string((struct str){text, n - 1}, false);
			check_string((struct str){text + 1, n - 1}, false);
		}
	check_string(STR("\xfe"), false);
	check_string(STR("\xf8\x88\x80\x80\x80"), false);
}

/* array, object; separators = ws , : ws */
static void structures(void **state)
{
	(void)state;
	static const struct part rows[] = {YES("[]"), YES("{}"), YES("[ ]"), YES("{ }"),
		YES("[[]]"), YES("[{}]"), YES("{\"\":{}}"), YES("{\"\":\"\"}"),
		YES("{\"a\":1,\"a\":2}"), YES("[1 ,\n2\t,\r3]"),
		YES("{ \"a\" : [ ] , \"b\" : { } }"), NO("[1,]"), NO("[,1]"), NO("[,]"),
		NO("[1,,2]"), NO("[1 2]"), NO("[1;2]"), NO("[1:2]"), NO("["), NO("]"), NO("[1"),
		NO("[1,"), NO("[]]"), NO("[[]"), NO("[}"), NO("{]"), NO("{"), NO("}"), NO("{}}"),
		NO("{\"a\"}"), NO("{\"a\":}"), NO("{\"a\":1,}"), NO("{,\"a\":1}"),
		NO("{\"a\":1,,\"b\":1}"), NO("{\"a\" 1}"), NO("{\"a\"=1}"), NO("{\"a\"::1}"),
		NO("{\"a\":1:1}"), NO("{\"a\":1 \"b\":2}"), NO("{\"a\":1;\"b\":2}"), NO("{a:1}"),
		NO("{'a':1}"), NO("{1:1}"), NO("{null:1}"), NO("{[]:1}"), NO("{{}}"), NO("{:1}"),
		NO("{\"a\":1]"), NO("[1}"), NO("[\"a\":1]"), NO("{\"a\",\"b\"}"), NO("{}{}"),
		NO("[][]"), NO("[],"), NO("...[]"), NO("[...]"), NO("[1]//"), NO("[1]#"),
		NO("[*]")};
	EACH(row, rows)
	check_value(row->text, row->ok);
	check_body(STR(""), false);
	check_body(STR(" \t\r\n"), false);
	check_body(STR("\xef\xbb\xbf"), false);
	check_body(STR("{}\n{}"), false);
	check_body(STR("{}\0"), false);
	check_body(STR("data: {}\n\n"), false);
	assert_true(cases > CASES_MIN);
	print_message("%zu bodies\n", cases);
}

static void check_depth(size_t depth, const char *open, const char *close, bool ok)
{
	struct buf body = BUF_INIT(8 << 20);
	for (size_t i = 0; i < depth; i++)
		buf_puts(&body, open);
	buf_puts(&body, "1");
	for (size_t i = 0; i < depth; i++)
		buf_puts(&body, close);
	assert_int_equal(body_is_json(buf_str(&body)), ok);
	buf_fini(&body);
}

static void nesting(void **state)
{
	(void)state;
	static const char *const kinds[][2] = {{"[", "]"}, {"{\"a\":", "}"}, {"[1,[", "]]"}};
	for (size_t i = 0; i < 2; i++) {
		check_depth(JSON_DEPTH_MAX - 1, kinds[i][0], kinds[i][1], true);
		check_depth(JSON_DEPTH_MAX, kinds[i][0], kinds[i][1], true);
		check_depth(JSON_DEPTH_MAX + 1, kinds[i][0], kinds[i][1], false);
		check_depth(1000000, kinds[i][0], kinds[i][1], false);
	}
	check_depth(JSON_DEPTH_MAX / 2, kinds[2][0], kinds[2][1], true);
	check_depth(JSON_DEPTH_MAX / 2 + 1, kinds[2][0], kinds[2][1], false);
}

static void judge_value(const char *body, const char *path, const char *matcher, bool ok)
{
	anew();
	buf_puts(&seen.body, body);
	expect_json(path, matcher);
	struct verdict verdict = verdict_judge(&arena, &step, &seen, secrets);
	if ((verdict.outcome == OUTCOME_PASS) != ok)
		fail_msg("%s %s %s: %s", body, path, matcher, verdict.message);
}

static void what_values_mean(void **state)
{
	(void)state;
	judge_value("{\"\":5}", "$['']", "{'equals':5}", true);
	judge_value("{\"a\":1,\"b\":3,\"a\":2}", "$.a", "{'equals':2}", true);
	judge_value("{\"a\":1,\"a\":null}", "$.a", "{'equals':1}", false);
	judge_value("{\"a\":{\"b\":1},\"a\":{}}", "$.a.b", "{'exists':true}", false);
	judge_value("[{\"a\":1,\"a\":2}]", "$", "{'equals':[{'a':2}]}", true);
	judge_value("-0", "$", "{'equals':0}", true);
	judge_value("-0.0e5", "$", "{'equals':0,'type':'integer'}", true);
	judge_value("1e400", "$", "{'min':1e308}", true);
	judge_value("-1e400", "$", "{'max':-1e308}", true);
	judge_value("1e400", "$", "{'equals':1e308}", false);
	judge_value("1e-400", "$", "{'equals':0}", true);
	judge_value("1E2", "$", "{'equals':100}", true);
	judge_value("9007199254740993", "$", "{'equals':9007199254740993}", true);
	judge_value("9007199254740993", "$", "{'equals':9007199254740992}", false);
	judge_value("9007199254740992", "$", "{'equals':9007199254740993}", false);
	judge_value("9007199254740993", "$", "{'in':[1,9007199254740992,2]}", false);
	judge_value("[9007199254740993]", "$", "{'contains':9007199254740992}", false);
	judge_value("[9007199254740993]", "$", "{'contains':9007199254740993}", true);
	judge_value("[9007199254740993]", "$[*]", "{'any':{'equals':9007199254740992}}", false);
	judge_value("{\"a\":-12345678901234567890}", "$", "{'equals':{'a':-12345678901234567890}}",
		true);
	judge_value("{\"a\":-12345678901234567890}", "$", "{'equals':{'a':-12345678901234567891}}",
		false);
	judge_value("0.1", "$", "{'equals':0.1000000000000000055}", true);
	judge_value("\"\\ud800\"", "$", "{'equals':'\xef\xbf\xbd'}", true);
	judge_value("\"a\\u0000b\"", "$",
		"{'equals':'a\xef\xbf\xbd"
		"b'}",
		true);
	judge_value("\"\\ud83d\\ude00\"", "$", "{'equals':'\xf0\x9f\x98\x80'}", true);
	judge_value("{\"\\u0061\":1}", "$.a", "{'equals':1}", true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(numbers),
		TEST(words),
		TEST(bytes_of_strings),
		TEST(escapes_of_units),
		TEST(characters_of_strings),
		TEST(structures),
		TEST(nesting),
		TEST(what_values_mean),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
