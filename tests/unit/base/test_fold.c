#include "unit.h"

#include "base/fold.h"
#include "base/regex.h"

#include <stdio.h>
#include <stdlib.h>

static struct str put_code(uint32_t code, char out[4])
{
	if (code < 0x80) {
		out[0] = (char)code;
		return (struct str){out, 1};
	}
	size_t tail = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
	out[0] = (char)((tail == 1 ? 0xc0U : tail == 2 ? 0xe0U : 0xf0U) | code >> 6 * tail);
	for (size_t i = 1; i <= tail; i++)
		out[i] = (char)(0x80 | (code >> 6 * (tail - i) & 0x3f));
	return (struct str){out, tail + 1};
}

/* PCRE2 has tables of its own. */
static void every_fold_is_one_to_others(void **state)
{
	(void)state;
	size_t folded = 0;
	for (uint32_t code = 0; code < 0x110000; code++) {
		uint32_t to = fold_code(code);
		if (to == code)
			continue;
		char pattern[32], bytes[4];
		struct error error = {""};
		snprintf(pattern, sizeof(pattern), "^\\x{%x}$", to);
		struct regex *regex = regex_new(str_of(pattern), true, &error);
		assert_non_null(regex);
		if (fold_code(to) != to)
			fail_msg("U+%04X folds on", to);
		if (regex_search(regex, put_code(code, bytes), &REGEX_BUDGET) != REGEX_YES)
			fail_msg("U+%04X is not U+%04X", code, to);
		regex_free(regex);
		folded++;
	}
	if (folded < 1300)
		fail_msg("%zu characters fold", folded);
}

static void assert_found(struct str text, struct str needle, size_t at, size_t n)
{
	struct str place = {NULL, 0};
	if (!fold_find(text, needle, &place))
		fail_msg("%.*s is not found", STR_ARG(needle));
	assert_int_equal(place.p - text.p, at);
	assert_int_equal(place.n, n);
}

static void places_are_those_of_the_text(void **state)
{
	(void)state;
	struct str place;
	size_t n;
	assert_found(STR("so GROẞ!"), STR("groß"), 3, 6);
	assert_found(STR("300 \xe2\x84\xaa warm"), STR("k W"), 4, 5);
	assert_found(STR("no\xc5\xbf"
			 "e"),
		STR("SE"), 2, 3);
	assert_found(STR("\xc3ÄB"), STR("äb"), 1, 3);
	assert_found(STR("abc"), STR(""), 0, 0);
	assert_true(fold_ends(STR("300 \xe2\x84\xaa"), STR(" k"), &place));
	assert_int_equal(place.n, 4);
	assert_true(fold_starts(STR("ẞ!"), STR("ß"), &place));
	assert_int_equal(place.n, 3);
	assert_int_equal(fold_common(STR("ßx"), STR("ẞy"), &n), 2);
	assert_int_equal(n, 3);
	assert_false(fold_find(STR("Ä"), STR("\xa4"), &place));
	assert_false(fold_ends(STR("Ä"), STR("\x84"), &place));
	assert_false(fold_find((struct str){NULL, 0}, STR("a"), &place));
	assert_true(fold_eq((struct str){NULL, 0}, STR("")));
}

/* Torn anywhere and read to the end of the heap, it is never more than it is. */
static void torn_texts(void **state)
{
	(void)state;
	const struct str whole = STR("aÄ\xff\xe2\x84ẞ\xf0\x9f\x98\x80");
	for (size_t n = 1; n <= whole.n; n++)
		for (size_t from = 0; from < n; from++) {
			char *torn = malloc(n - from);
			assert_non_null(torn);
			struct str text = {memcpy(torn, whole.p + from, n - from), n - from}, place;
			assert_true(fold_eq(text, text));
			assert_true(fold_find(text, text, &place) && place.n == text.n);
			assert_true(fold_ends(text, text, &place) && place.n == text.n);
			assert_false(fold_ends(text, STR("b"), &place));
			free(torn);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_fold_is_one_to_others),
		cmocka_unit_test(places_are_those_of_the_text),
		cmocka_unit_test(torn_texts),
	};
	return RUN(tests);
}
