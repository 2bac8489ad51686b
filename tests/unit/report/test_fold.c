#include "base/cells.h"
#include "report/fold.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static void assert_folds(const char *text, size_t width, const char *want)
{
	struct buf out = BUF_INIT(SIZE_MAX);
	fold_text(&out, str_of(text), width, "repeat");
	assert_string_equal(buf_text(&out), want);
	buf_fini(&out);
}

static void test_what_fits_stays(void **state)
{
	(void)state;
	assert_folds("", 10, "");
	assert_folds("\n", 10, "\n");
	assert_folds("0123456789\n\n  a  b\n", 10, "0123456789\n\n  a  b\n");
}

static void test_text_goes_on_under_its_column(void **state)
{
	(void)state;
	assert_folds("    note        one two three\n", 25, "    note        one two\n    three\n");
	assert_folds("  note  one two three four\n", 24, "  note  one two three\n        four\n");
	assert_folds("  note  one two three four five six\n", 24,
		"  note  one two three\n        four five six\n");
	assert_folds("    a title of many words here\n", 16,
		"    a title of\n    many words\n    here\n");
	assert_folds("one two\n", 3, "one\ntwo\n");
}

static void test_a_long_word_stays_whole(void **state)
{
	(void)state;
	assert_folds("a http://localhost/a/b/c d\n", 10, "a\nhttp://localhost/a/b/c\nd\n");
	assert_folds("http://localhost/a/b/c\n", 10, "http://localhost/a/b/c\n");
}

static void test_what_is_to_be_copied_stays_whole(void **state)
{
	(void)state;
	assert_folds("  \x1b[2mrepeat\x1b[0m  curl -sSg -i a b c\n", 12,
		"  \x1b[2mrepeat\x1b[0m  curl -sSg -i a b c\n");
}

static void test_colours_take_no_room(void **state)
{
	(void)state;
	assert_folds("\x1b[1m\x1b[31maa\x1b[0m bb cc\n", 5, "\x1b[1m\x1b[31maa\x1b[0m bb\ncc\n");
	assert_folds("\x1b[2maa bb cc\x1b[0m\n", 5, "\x1b[2maa bb\ncc\x1b[0m\n");
	assert_folds("\x1b[2", 5, "");
	assert_folds("\x1b[2\n", 5, "\x1b[2\n");
}

static void test_wide_characters(void **state)
{
	(void)state;
	assert_folds("\xe6\xbc\xa2\xe5\xad\x97 \xe6\xbc\xa2\n", 6,
		"\xe6\xbc\xa2\xe5\xad\x97\n\xe6\xbc\xa2\n");
}

static void test_every_width(void **state)
{
	(void)state;
	static const char text[] = "    note        one two three four five six seven eight nine\n"
				   "x  y z\n";
	for (size_t width = 1; width < 80; width++) {
		struct buf out = BUF_INIT(SIZE_MAX);
		fold_text(&out, str_of(text), width, "repeat");
		size_t letters = 0, wanted = 0;
		for (size_t i = 0; i < out.n; i++)
			letters += out.p[i] != ' ' && out.p[i] != '\n';
		for (const char *c = text; *c; c++)
			wanted += *c != ' ' && *c != '\n';
		assert_int_equal(letters, wanted);
		if (width >= 21)
			for (char *row = strtok(out.p, "\n"); row; row = strtok(NULL, "\n"))
				assert_true(cells_width(str_of(row)) <= width);
		buf_fini(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_fits_stays),
		cmocka_unit_test(test_text_goes_on_under_its_column),
		cmocka_unit_test(test_a_long_word_stays_whole),
		cmocka_unit_test(test_what_is_to_be_copied_stays_whole),
		cmocka_unit_test(test_colours_take_no_room),
		cmocka_unit_test(test_wide_characters),
		cmocka_unit_test(test_every_width),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
