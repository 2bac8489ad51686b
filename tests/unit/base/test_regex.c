#include "unit.h"

#include "base/clock.h"
#include "base/regex.h"

#include <pthread.h>
#include <stdlib.h>

static struct regex *compiled(const char *pattern, bool ignore_case)
{
	struct error error = {0};
	struct regex *regex = regex_new(str_of(pattern), ignore_case, &error);
	if (!regex)
		fail_msg("%s: %s", pattern, error.text);
	return regex;
}

static void assert_search(const char *pattern, struct str subject, enum regex_result want)
{
	struct regex *regex = compiled(pattern, false);
	enum regex_result got = regex_search(regex, subject, &REGEX_BUDGET);
	if (got != want)
		fail_msg("%s in %.*s: %d", pattern, STR_ARG(subject), got);
	regex_free(regex);
}

static void searches(void **state)
{
	(void)state;
	assert_search("b+", STR("abbc"), REGEX_YES);
	assert_search("^b", STR("abbc"), REGEX_NO);
	assert_search("^(Paris|paris)\\.?$", STR("Paris."), REGEX_YES);
	assert_search("", STR(""), REGEX_YES);
	assert_search("", (struct str){NULL, 0}, REGEX_YES);
	assert_search("x", (struct str){NULL, 0}, REGEX_NO);
	assert_search("a.c", STR("a\0c"), REGEX_YES);
	assert_search("(?<=a)b", STR("ab"), REGEX_YES);
	struct regex *regex = compiled("PARIS", true);
	assert_int_equal(regex_search(regex, STR("in paris"), &REGEX_BUDGET), REGEX_YES);
	regex_free(regex);
	regex = compiled("\xc3\x89", true);
	assert_int_equal(regex_search(regex, STR("\xc3\xa9"), &REGEX_BUDGET), REGEX_YES);
	regex_free(regex);
	regex_free(NULL);
}

static void characters_where_utf8_bytes_elsewhere(void **state)
{
	(void)state;
	assert_search("^.$", STR("\xc3\xa9"), REGEX_YES);
	assert_search("^.$", STR("\xf0\x9f\x98\x80"), REGEX_YES);
	assert_search("^..$", STR("\xc3\xff"), REGEX_YES);
	assert_search("^.$", STR("\xc3\xff"), REGEX_NO);
	assert_search("model", STR("\xff\xfe model"), REGEX_YES);
	assert_search("\\x{1F600}", STR("\xf0\x9f\x98\x80"), REGEX_YES);
	assert_search("\\x{1F600}", STR("\xff\xf0\x9f\x98\x80"), REGEX_YES);
	assert_search("\\x{1F600}", STR("\xff"), REGEX_NO);
}

static void assert_refused(struct str pattern, const char *part)
{
	struct error error = {0};
	assert_null(regex_new(pattern, false, &error));
	if (!strstr(error.text, part))
		fail_msg("error: %s", error.text);
}

static void errors_name_the_place(void **state)
{
	(void)state;
	assert_refused(STR("ab(c"), "at byte 4 of the pattern: missing closing parenthesis");
	assert_refused(STR("*a"), "at byte 0 of the pattern: quantifier");
	assert_refused(STR("a\xff"), "of the pattern: UTF-8");
	assert_refused(STR("a\\C"), "of the pattern: ");
	char many[5000];
	memset(many, 'a', sizeof(many));
	assert_refused((struct str){many, sizeof(many)}, "a pattern has at most 4096 bytes");
}

/* Processor time is worth less on a busy machine: one of some attempts must end as wanted. */
static void assert_ends(const char *pattern, const char *fill, size_t n, enum regex_result want)
{
	char *text = malloc(n);
	assert_non_null(text);
	for (size_t i = 0; i < n; i++)
		text[i] = fill[i % strlen(fill)];
	struct regex *regex = compiled(pattern, false);
	for (int left = 5;; left--) {
		int64_t before = clock_cpu_us();
		enum regex_result got = regex_search(regex, (struct str){text, n}, &REGEX_BUDGET);
		int64_t used = clock_cpu_us() - before;
		if (got == want && used <= 2 * REGEX_CPU_MAX_US)
			break;
		if (!left)
			fail_msg("%s: %d after %lld us", pattern, got, (long long)used);
	}
	regex_free(regex);
	free(text);
}

static void searches_share_a_budget(void **state)
{
	(void)state;
	struct regex *regex = compiled("(.*)(.*)(.*)[xy]", false);
	char text[20000];
	memset(text, 'a', sizeof(text));
	struct regex_budget budget = REGEX_BUDGET;
	int64_t before = clock_cpu_us();
	for (int i = 0; i < 1000; i++)
		assert_int_equal(regex_search(regex, (struct str){text, sizeof(text)}, &budget),
			REGEX_LIMIT);
	assert_true(clock_cpu_us() - before < 2 * REGEX_CPU_MAX_US);
	assert_true(budget.left_us <= 0);
	assert_int_equal(regex_search(regex, STR("x"), &budget), REGEX_LIMIT);
	assert_int_equal(regex_search(regex, STR("x"), &REGEX_BUDGET), REGEX_YES);
	regex_free(regex);
}

static void no_pattern_holds_the_loop(void **state)
{
	(void)state;
	assert_ends("(.*)(.*)(.*)x", "abcd efg", 20000, REGEX_NO);
	assert_ends("(.*)(.*)(.*)[xy]", "abcd efg", 20000, REGEX_LIMIT);
	assert_ends("(a|aa)+$", "aaaaaaaaaaaaaaab", 65536, REGEX_LIMIT);
	assert_ends("[a-z]+[0-9]", "a", 65536, REGEX_LIMIT); /* few steps, each of 64 KB */
	assert_ends("(\\w+\\s?)*$", "word ", 65535, REGEX_LIMIT);
	assert_ends("(?R)", "a", 10, REGEX_LIMIT);
	assert_ends("\\bfoo\\b", "foox ", 65536, REGEX_NO);
	assert_ends("(?s)^.*end$", "word end", 65536, REGEX_YES);
}

/* An answer of three megabytes that has what patterns begin with in each of its lines. */
static void a_long_text_has_longer(void **state)
{
	(void)state;
	static const char line[] =
		"{\"id\": 12345, \"status\": \"okay\", \"name\": \"every item\", "
		"\"value\": 3.25, \"tags\": [\"red\", \"Eerie\"]},\n";
	const size_t n = 3 << 20;
	assert_ends("error|fail|exception", "eeeeeerrrro data data eerie ", n / 3 * 2, REGEX_NO);
	assert_ends("(?i)error", line, n, REGEX_NO);
	assert_ends("(?i)\\b(error|failure|exception)\\b", line, n, REGEX_NO);
	assert_ends("\"status\":\\s*\"ok\"", line, n, REGEX_NO);
	assert_ends("(?s)^.*\"end\"", line, n / 3, REGEX_NO);
}

static void so_have_many_short_ones(void **state)
{
	(void)state;
	struct regex *regex = compiled("^(ok|healthy)$", false);
	struct regex_budget budget = {3000, REGEX_CPU_MAX_US};
	for (int i = 0; i < 10000; i++)
		if (regex_search(regex, STR("healthy"), &budget) != REGEX_YES)
			fail_msg("the %dth", i);
	regex_free(regex);
}

static void nor_with_a_long_text(void **state)
{
	(void)state;
	const size_t n = 8 << 20;
	assert_ends("(a+)+$", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", n, REGEX_LIMIT);
	assert_ends("(.*)(.*)(.*)[xy]", "abcd efg", n, REGEX_LIMIT);
	assert_ends("[a-z]+[0-9]", "a", n, REGEX_LIMIT);
	assert_ends("\\w{65535}[0-9]|-", "a", n, REGEX_LIMIT);
	assert_ends("(?i)^(a+)a.*?\\1b", "a", n, REGEX_LIMIT);
	assert_ends("(?=(a+))[0-9]", "a", n, REGEX_LIMIT);
}

static void *search_often(void *shared)
{
	size_t wrong = 0;
	for (int i = 0; i < 3000; i++) {
		wrong += regex_search(shared, STR("id=42; x"), &REGEX_BUDGET) != REGEX_YES;
		wrong += regex_search(shared, STR("id=; x\xff"), &REGEX_BUDGET) != REGEX_NO;
	}
	return (void *)(uintptr_t)wrong;
}

static void threads_share_a_pattern(void **state)
{
	(void)state;
	struct regex *regex = compiled("id=(\\d+);", false);
	pthread_t threads[4];
	for (size_t i = 0; i < COUNT(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, search_often, regex), 0);
	for (size_t i = 0; i < COUNT(threads); i++) {
		void *wrong = NULL;
		pthread_join(threads[i], &wrong);
		assert_null(wrong);
	}
	regex_free(regex);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(searches),
		cmocka_unit_test(characters_where_utf8_bytes_elsewhere),
		cmocka_unit_test(errors_name_the_place),
		cmocka_unit_test(searches_share_a_budget),
		cmocka_unit_test(no_pattern_holds_the_loop),
		cmocka_unit_test(a_long_text_has_longer),
		cmocka_unit_test(so_have_many_short_ones),
		cmocka_unit_test(nor_with_a_long_text),
		cmocka_unit_test(threads_share_a_pattern),
	};
	return RUN(tests);
}
