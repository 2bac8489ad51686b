#include "proof/sample.h"

#include "base/regex.h"
#include "unit/check/unit.h"

/* Each pattern gets a text that it matches. */
static void test_samples_match(void **state)
{
	(void)state;
	static const char *const patterns[] = {
		"",
		"abc",
		"^ok$",
		"\\Ahealthy\\z",
		"a|b|c",
		"(?:one|two) three",
		"colou?r",
		"x+y*z",
		"a{3}",
		"a{2,}",
		"a{2,5}b",
		"(ab){2}c",
		"[abc]+",
		"[^a-z]",
		"[]x]",
		"[a-]",
		"[\\d.]+",
		"\\d+\\.\\d+",
		"v\\d{1,2}",
		"\\w+@\\w+\\.com",
		"a\\sb",
		"\\S\\S",
		".",
		"a.c",
		"(?i)hello",
		"(?i:HELLO) you",
		"(?<year>\\d{4})-\\d{2}",
		"(?P<x>y)",
		"(?>ab)c",
		"foo(?=bar)bar",
		"x(?!y)z",
		"\\bword\\b",
		"\\p{Lu}\\p{Ll}",
		"\\p{L}+",
		"a++b",
		"a*?b",
		"literal {brace}",
		"tab\\tnew\\nline",
		"\\$5\\.00",
		"^[0-9a-f]{8}-[0-9a-f]{4}$",
		"Paris(?:, France)?\\.",
		"(a(b(c(d))))",
	};
	for (size_t i = 0; i < COUNT(patterns); i++) {
		struct error error = {""};
		struct regex *regex = regex_new(str_of(patterns[i]), false, &error);
		struct buf text = BUF_INIT(1 << 16);
		if (!regex)
			fail_msg("%s: %s", patterns[i], error.text);
		if (!sample_regex(str_of(patterns[i]), &text) ||
			regex_search(regex, buf_str(&text), &REGEX_BUDGET) != REGEX_YES)
			fail_msg("%s: \"%s\"", patterns[i], buf_text(&text));
		buf_fini(&text);
		regex_free(regex);
	}
}

/* What is not known is not guessed; nothing runs wild. */
static void test_refused(void **state)
{
	(void)state;
	static const char *const patterns[] = {
		"(a)\\1", "[[:alpha:]]", "(", "(a", "[a", "a\\", "\\x41", "[^\\d\\D]", ")"};
	for (size_t i = 0; i < COUNT(patterns); i++) {
		struct buf text = BUF_INIT(1 << 16);
		if (sample_regex(str_of(patterns[i]), &text))
			fail_msg("%s: \"%s\"", patterns[i], buf_text(&text));
		buf_fini(&text);
	}
}

static void test_limits(void **state)
{
	(void)state;
	struct buf deep = BUF_INIT(1 << 16), text = BUF_INIT(1 << 20);
	for (int i = 0; i < 1000; i++)
		buf_puts(&deep, "(");
	assert_false(sample_regex(buf_str(&deep), &text));
	assert_true(sample_regex(STR("(((a{1000}){1000}){1000}){1000}"), &text));
	assert_true(text.n <= 1 << 20);
	buf_fini(&deep);
	buf_fini(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_samples_match),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_limits),
	};
	return RUN(tests);
}
