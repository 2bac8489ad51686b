#include "unit.h"

#include "base/utf8.h"

#include <stdlib.h>

static size_t encode(uint32_t code, char out[4])
{
	if (code < 0x80) {
		out[0] = (char)code;
		return 1;
	}
	size_t tail = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
	out[0] = (char)((tail == 1 ? 0xc0U : tail == 2 ? 0xe0U : 0xf0U) | code >> 6 * tail);
	for (size_t i = 1; i <= tail; i++)
		out[i] = (char)(0x80 | (code >> 6 * (tail - i) & 0x3f));
	return tail + 1;
}

static void every_character_reads_back(void **state)
{
	(void)state;
	for (uint32_t code = 0; code <= 0x110010; code++) {
		char bytes[4];
		struct str s = {bytes, encode(code, bytes)};
		struct utf8_char c = utf8_next(s);
		bool exists = code < 0xd800 || (code > 0xdfff && code <= 0x10ffff);
		if (c.ok != exists || (exists && (c.code != code || c.n != s.n)))
			fail_msg("U+%04X: ok %d, code %X, %zu bytes", code, c.ok, c.code, c.n);
		if (utf8_valid(s) != exists)
			fail_msg("U+%04X: valid %d", code, !exists);
	}
}

static void broken_bytes_are_refused(void **state)
{
	(void)state;
	static const char *const broken[] = {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xe0\x80\x80",
		"\xe0\x9f\xbf", "\xf0\x80\x80\x80", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80",
		"\xf5\x80", "\xff", "\xfe", "\xed\xa0\x80", "\xed\xbf\xbf", "\xc3", "\xe2\x82",
		"\xf0\x9f\x98", "\xc3\x28", "a\xc3", "\xe2\x28\xa1"};
	for (size_t i = 0; i < COUNT(broken); i++)
		if (utf8_valid(str_of(broken[i])))
			fail_msg("row %zu is accepted", i);
	assert_true(utf8_valid((struct str){NULL, 0}));
	assert_true(utf8_valid(STR("a\0b")));
}

/* At the end of the heap, so that the sanitizer sees a byte too many. */
static void torn_characters_end_with_the_text(void **state)
{
	(void)state;
	for (size_t n = 1; n < 4; n++) {
		char *torn = malloc(n);
		assert_non_null(torn);
		memcpy(torn, "\xf0\x9f\x98", n);
		assert_int_equal(utf8_next((struct str){torn, n}).n, n);
		assert_false(utf8_valid((struct str){torn, n}));
		free(torn);
	}
}

static void broken_runs_are_as_long_as_they_could_be(void **state)
{
	(void)state;
	assert_int_equal(utf8_next(STR("\xe2\x82x")).n, 2);
	assert_int_equal(utf8_next(STR("\xf0\x9f\x98")).n, 3);
	assert_int_equal(utf8_next(STR("\xed\xa0\x80")).n, 1);
	assert_int_equal(utf8_next(STR("\xff")).n, 1);
	assert_int_equal(utf8_next(STR("\xff")).code, UTF8_REPLACEMENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_character_reads_back),
		cmocka_unit_test(broken_bytes_are_refused),
		cmocka_unit_test(torn_characters_end_with_the_text),
		cmocka_unit_test(broken_runs_are_as_long_as_they_could_be),
	};
	return RUN(tests);
}
