#include "serve/words.h"

#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define NB "\xc2\xa0"

static int setup(void **state)
{
	static struct arena arena;
	arena_init(&arena);
	*state = &arena;
	return 0;
}

static int teardown(void **state)
{
	arena_fini(*state);
	return 0;
}

static void test_latency(void **state)
{
	static const struct {
		int64_t us;
		const char *text;
	} cases[] = {
		{-1, ""},
		{0, "0.0" NB "ms"},
		{860, "0.9" NB "ms"},
		{9949, "9.9" NB "ms"},
		{12345, "12" NB "ms"},
		{999499, "999" NB "ms"},
		{999500, "1.00" NB "s"},
		{1239900, "1.24" NB "s"},
		{48700000, "48.7" NB "s"},
		{125 * US_PER_S, "2" NB "min" NB "5" NB "s"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(words_latency(*state, cases[i].us), cases[i].text);
}

static void test_elapsed(void **state)
{
	static const struct {
		int64_t s;
		const char *text;
	} cases[] = {
		{-5, "0" NB "s"},
		{0, "0" NB "s"},
		{59, "59" NB "s"},
		{60, "1" NB "min"},
		{61, "1" NB "min" NB "1" NB "s"},
		{13 * 60 + 20, "13" NB "min"},
		{3600, "1" NB "h"},
		{3 * 3600 + 12 * 60 + 59, "3" NB "h" NB "12" NB "min"},
		{2 * 86400 + 4 * 3600, "2" NB "d" NB "4" NB "h"},
		{400 * 86400, "400" NB "d"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(words_elapsed(*state, cases[i].s * US_PER_S), cases[i].text);
}

static void test_percent(void **state)
{
	assert_string_equal(words_percent(*state, -1), "");
	assert_string_equal(words_percent(*state, 0), "0.00" NB "%");
	assert_string_equal(words_percent(*state, 0.9987), "99.87" NB "%");
	assert_string_equal(words_percent(*state, 0.999999), "99.99" NB "%");
	assert_string_equal(words_percent(*state, 1), "100" NB "%");
	assert_string_equal(words_percent(*state, 0.57), "57.00" NB "%"); /* no 56.99 */
}

static void test_key(void **state)
{
	uint64_t key = 0;
	assert_string_equal(words_key(*state, 0xabc), "0000000000000abc");
	assert_true(words_parse_key("0000000000000abc", &key));
	assert_int_equal(key, 0xabc);
	assert_true(words_parse_key("FFFFFFFFFFFFFFFF", &key));
	assert_true(key == UINT64_MAX);
	assert_true(words_parse_key("0xaBc", &key));
	assert_int_equal(key, 0xabc);
	assert_true(words_parse_key("6000000000123", &key));
	assert_int_equal(key, 6000000000123);
	assert_true(words_parse_key("18446744073709551615", &key));
	assert_true(key == UINT64_MAX);
	static const char *const wrong[] = {"", "0x", "abc", "-1", " 1", "1 ",
		"18446744073709551616", "0x00000000000000000", "zzzzzzzzzzzzzzzz", "1.5"};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_false(words_parse_key(wrong[i], &key));
}

static void test_lines(void **state)
{
	assert_string_equal(words_lines(*state, "", 9), "");
	assert_string_equal(words_lines(*state, "one\n\ntwo\x1b\n", 99), "one\n\ntwo\\x1b\n");
	assert_string_equal(words_lines(*state, "one\ntwo", 5), "one\nt\xe2\x80\xa6");
	assert_string_equal(words_inert(*state, "one\ntwo", 99), "one\\ntwo");
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_latency),
		T(test_elapsed),
		T(test_percent),
		T(test_key),
		T(test_lines),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
