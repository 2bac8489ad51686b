#include "unit.h"

#include "base/clock.h"
#include "base/text.h"
#include "base/utf8.h"

#include <stdlib.h>

static void times(void **state)
{
	(void)state;
	char out[TEXT_TIME_MAX];
	assert_string_equal(text_time(INT64_C(1795341600123999), out), "2026-11-22T10:00:00.123Z");
	assert_string_equal(text_time(0, out), "1970-01-01T00:00:00.000Z");
	assert_string_equal(text_time(-1, out), "1969-12-31T23:59:59.999Z");
	assert_string_equal(text_time(INT64_C(1709164800000000), out), "2024-02-29T00:00:00.000Z");
	assert_true(strlen(text_time(INT64_MAX, out)) < TEXT_TIME_MAX);
	assert_true(strlen(text_time(INT64_MIN, out)) < TEXT_TIME_MAX);
}

static void elapsed(void **state)
{
	(void)state;
	char out[TEXT_ELAPSED_MAX];
	assert_string_equal(text_elapsed(-1, " ", out), "0 s");
	assert_string_equal(text_elapsed(INT64_C(421) * US_PER_S, " ", out), "7 min 1 s");
	assert_string_equal(text_elapsed(INT64_C(93600) * US_PER_S, "-", out), "1-d-2-h");
	assert_true(strlen(text_elapsed(INT64_MAX, "\xc2\xa0", out)) < TEXT_ELAPSED_MAX - 1);
}

static void durations(void **state)
{
	(void)state;
	static const struct {
		int64_t us;
		const char *text;
	} rows[] = {{0, "0s"}, {1, "1us"}, {850, "850us"}, {999, "999us"}, {1000, "1ms"},
		{12300, "12.3ms"}, {12340, "12.34ms"}, {12345, "12.345ms"}, {12005, "12.005ms"},
		{250000, "250ms"}, {999999, "999.999ms"}, {1000000, "1s"}, {1500000, "1.5s"},
		{6012000, "6.012s"}, {6012499, "6.012s"}, {6012500, "6.013s"}, {59000000, "59s"},
		{59999600, "1m"}, {60000000, "1m"}, {61000000, "61s"}, {90000000, "90s"},
		{90500000, "90.5s"}, {600000000, "10m"}, {INT64_C(3600000000), "1h"},
		{INT64_C(5400000000), "90m"}, {INT64_C(86400000000), "1d"},
		{INT64_C(129600000000), "36h"}, {INT64_C(1209600000000), "14d"},
		{-12300, "-12.3ms"}, {INT64_MIN, "-9223372036854.776s"}};
	char out[TEXT_DURATION_MAX];
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_string_equal(text_duration(rows[i].us, out), rows[i].text);
}

static void rates(void **state)
{
	static const struct {
		double rate;
		const char *text;
	} rows[] = {{0, "0"}, {0.01234, "0.01234"}, {24.875, "24.88"}, {999.9, "999.9"},
		{4863.4, "4863"}, {20000, "20000"}, {1e9, "1000000000"}, {1e300, "1e+300"}};
	char out[TEXT_RATE_MAX];
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_string_equal(text_rate(rows[i].rate, out), rows[i].text);
}

static void durations_are_read(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int64_t us; /* -1: refused */
	} rows[] = {{"250ms", 250000}, {"1.5s", 1500000}, {"0s", 0}, {"850us", 850},
		{"10m", 600000000}, {"2h", INT64_C(7200000000)}, {"1w", INT64_C(604800000000)},
		{"1.5h", INT64_C(5400000000)}, {"0.000001s", 1}, {"400d", INT64_C(34560000000000)},
		{"007s", 7000000}, {"400.000001d", -1}, {"401d", -1},
		{"99999999999999999999999us", -1}, {"", -1}, {"s", -1}, {"5", -1}, {"5 s", -1},
		{" 5s", -1}, {"5s ", -1}, {"-5s", -1}, {"+5s", -1}, {".5s", -1}, {"5.s", -1},
		{"1.5us", -1}, {"1.0us", 1}, {"0.0000001s", -1}, {"5S", -1}, {"5sec", -1},
		{"5e3s", -1}, {"0x5s", -1}, {"1m30s", -1}, {"1,5s", -1}};
	for (size_t i = 0; i < COUNT(rows); i++) {
		int64_t us = -1;
		bool read = text_parse_duration(str_of(rows[i].text), &us);
		if (read != (rows[i].us >= 0) || us != rows[i].us)
			fail_msg("%s: read %d, %lld us", rows[i].text, read, (long long)us);
	}
}

static void what_is_written_reads_back(void **state)
{
	(void)state;
	uint32_t seed = 99;
	char out[TEXT_DURATION_MAX];
	for (size_t i = 0; i < 20000; i++) {
		int64_t us = dice(&seed) >> dice(&seed) % 32;
		if (us > US_PER_S)
			us = us / 1000 * 1000;
		int64_t again = -1;
		assert_true(text_parse_duration(str_of(text_duration(us, out)), &again));
		assert_int_equal(us, again);
	}
}

static void assert_inert(struct str foreign, size_t max, const char *want)
{
	struct buf out = BUF_INIT(4096);
	text_inert(&out, foreign, max);
	assert_string_equal(buf_text(&out), want);
	buf_fini(&out);
}

static void foreign_bytes_are_inert(void **state)
{
	(void)state;
	assert_inert(STR("plain text \\ \"q\" \xc3\xa9 \xe6\xbc\xa2"), 99,
		"plain text \\ \"q\" \xc3\xa9 \xe6\xbc\xa2");
	assert_inert(STR("\x1b[31mred\x1b[0m\x07"), 99, "\\x1b[31mred\\x1b[0m\\x07");
	assert_inert(STR("a\nb\r\tc\x7f\0d"), 99, "a\\nb\\x0d\\x09c\\x7f\\x00d");
	assert_inert(STR("\xe2\x80\xae\xe2\x81\xa6\xe2\x80\x8f\xd8\x9c"), 99,
		"\\u{202E}\\u{2066}\\u{200F}\\u{061C}");
	assert_inert(STR("\xef\xbb\xbf\xe2\x80\x8b\xc2\x9b\xc2\x85"), 99,
		"\\u{FEFF}\\u{200B}\\u{009B}\\u{0085}");
	assert_inert(STR("\xe2\x80\xa8\xe2\x80\xa9\xf3\xa0\x80\x81"), 99,
		"\\u{2028}\\u{2029}\\u{E0001}");
	assert_inert(
		STR("\xef\xbf\xbe\xef\xbf\xbf\xef\xbf\xbc"), 99, "\\u{FFFE}\\u{FFFF}\xef\xbf\xbc");
	assert_inert(STR("\xff\xc3(\xe2\x82"), 99, "\xef\xbf\xbd\xef\xbf\xbd(\xef\xbf\xbd");
	assert_inert(STR(""), 0, "");
}

/* As many as a language needs stay; a tower of them would stand in the lines above. */
static void marks_pile_up_no_further(void **state)
{
	(void)state;
	assert_inert(STR("e\xcc\x81 \xe1\xba\xad\xcc\x80\xcc\x81\xcc\x82\xcc\x83"), 99,
		"e\xcc\x81 \xe1\xba\xad\xcc\x80\xcc\x81\xcc\x82\xcc\x83");
	assert_inert(STR("a\xcc\x80\xcc\x80\xcc\x80\xcc\x80\xcc\x81\xcd\xa3z\xcc\x80"), 99,
		"a\xcc\x80\xcc\x80\xcc\x80\xcc\x80\\u{0301}\\u{0363}z\xcc\x80");
	assert_inert(STR("\xe0\xb8\x81\xe0\xb9\x87\xe0\xb9\x87\xe0\xb9\x87\xe0\xb9\x87"
			 "\xe0\xb9\x87\xe2\x83\x9d"),
		99,
		"\xe0\xb8\x81\xe0\xb9\x87\xe0\xb9\x87\xe0\xb9\x87\xe0\xb9\x87"
		"\\u{0E47}\\u{20DD}");
}

static void long_ones_end_in_an_ellipsis(void **state)
{
	(void)state;
	assert_inert(STR("abcdef"), 6, "abcdef");
	assert_inert(STR("abcdef"), 3, "abc\xe2\x80\xa6");
	assert_inert(STR("ab\xc3\xa9"), 3, "ab\xe2\x80\xa6");
	assert_inert(STR("ab\xc3\xa9"), 4, "ab\xc3\xa9");
	assert_inert(STR("\xf0\x9f\x98\x80"), 3, "\xe2\x80\xa6");
	assert_inert(STR("x"), 0, "\xe2\x80\xa6");
}

static void any_bytes_become_clean_utf8(void **state)
{
	(void)state;
	uint32_t seed = 5;
	for (size_t round = 0; round < 3000; round++) {
		char bytes[64];
		size_t n = dice(&seed) % sizeof(bytes);
		for (size_t i = 0; i < n; i++)
			bytes[i] = (char)(dice(&seed) >> 9);
		struct buf out = BUF_INIT(4096);
		text_inert(&out, (struct str){bytes, n}, dice(&seed) % 70);
		assert_true(utf8_valid(buf_str(&out)));
		for (size_t i = 0; i < out.n; i++)
			assert_true((unsigned char)out.p[i] >= 0x20 && out.p[i] != 0x7f);
		buf_fini(&out);
	}
}

static void globs(void **state)
{
	(void)state;
	assert_true(text_glob("*", ""));
	assert_true(text_glob("", ""));
	assert_false(text_glob("", "a"));
	assert_false(text_glob("?", ""));
	assert_true(text_glob("janus-*", "janus-chat"));
	assert_true(text_glob("*chat*", "janus-chat"));
	assert_true(text_glob("a*b*c", "a-b-b-c"));
	assert_false(text_glob("a*b*c", "a-b-b-d"));
	assert_true(text_glob("a?c", "abc"));
	assert_true(text_glob("a?c", "a\xc3\xa9\x63"));
	assert_true(text_glob("*?b", "\xc3\xa9\x62"));
	assert_false(text_glob("*??", "\xc3\xa9"));
	assert_false(text_glob("A*", "abc"));
	assert_true(text_glob("***", "x"));
	char many[4001];
	memset(many, 'a', 4000);
	many[4000] = '\0';
	assert_false(text_glob("*a*a*a*a*a*a*a*a*b", many)); /* would take years if it recursed */
}

static void nearest_names(void **state)
{
	(void)state;
	static const char *const names[] = {"timeout", "interval", "name", "expect", "id", NULL};
	assert_string_equal(text_nearest("timeuot", names), "timeout");
	assert_string_equal(text_nearest("intervall", names), "interval");
	assert_string_equal(text_nearest("nam", names), "name");
	assert_string_equal(text_nearest("expct", names), "expect");
	assert_null(text_nearest("ix", names)); /* one of two letters is not less than half */
	assert_null(text_nearest("schedule", names));
	assert_null(text_nearest("", names));
	assert_string_equal(text_nearest("name", names), "name");
	char long_word[201];
	memset(long_word, 'x', 200);
	long_word[200] = '\0';
	assert_null(text_nearest(long_word, names));
}

static void clocks_run(void **state)
{
	(void)state;
	int64_t before = clock_mono_us();
	assert_true(clock_mono_us() >= before);
	assert_true(clock_wall_us() > INT64_C(1700000000) * US_PER_S);
	int64_t used = clock_cpu_us();
	assert_true(used >= 0 && clock_cpu_us() >= used);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times),
		cmocka_unit_test(elapsed),
		cmocka_unit_test(durations),
		cmocka_unit_test(rates),
		cmocka_unit_test(durations_are_read),
		cmocka_unit_test(what_is_written_reads_back),
		cmocka_unit_test(foreign_bytes_are_inert),
		cmocka_unit_test(marks_pile_up_no_further),
		cmocka_unit_test(long_ones_end_in_an_ellipsis),
		cmocka_unit_test(any_bytes_become_clean_utf8),
		cmocka_unit_test(globs),
		cmocka_unit_test(nearest_names),
		cmocka_unit_test(clocks_run),
	};
	return RUN(tests);
}
