#include "unit.h"

#include "base/buf.h"
#include "base/error.h"

#include <stdio.h>
#include <stdlib.h>

static void grows_and_ends_with_nul(void **state)
{
	(void)state;
	struct buf buf = BUF_INIT(100000);
	assert_string_equal(buf_text(&buf), "");
	for (size_t i = 0; i < 5000; i++) {
		assert_true(buf_putc(&buf, (char)('a' + i % 26)));
		assert_int_equal(buf.n, i + 1);
		assert_int_equal(buf.p[buf.n], '\0');
	}
	for (size_t i = 0; i < 5000; i++)
		assert_int_equal(buf.p[i], 'a' + (int)(i % 26));
	assert_false(buf.cut);
	buf_fini(&buf);
	assert_string_equal(buf_text(&buf), "");
}

static void cuts_at_the_limit(void **state)
{
	(void)state;
	for (size_t max = 0; max < 200; max++) {
		struct buf buf = BUF_INIT(max);
		bool whole = true;
		for (size_t i = 0; i < 10; i++)
			whole = buf_puts(&buf, "0123456789") && whole;
		assert_int_equal(buf.n, max < 100 ? max : 100);
		assert_int_equal(buf.cut, max < 100);
		assert_int_equal(whole, max >= 100);
		assert_true(buf.cap <= max + 1);
		assert_int_equal(buf.p[buf.n], '\0');
		buf_fini(&buf);
	}
}

static void prints_at_every_fill(void **state)
{
	(void)state;
	for (size_t before = 0; before < 130; before++) {
		struct buf buf = BUF_INIT(150);
		for (size_t i = 0; i < before; i++)
			buf_putc(&buf, '.');
		bool whole = buf_printf(&buf, "%s%06d", "0123456789abcdefghij", 42);
		size_t want = before + 26 > 150 ? 150 : before + 26;
		assert_int_equal(buf.n, want);
		assert_int_equal(whole, before + 26 <= 150);
		assert_memory_equal(buf.p + before, "0123456789abcdefghij000042", want - before);
		buf_fini(&buf);
	}
}

static void gives_away_and_starts_over(void **state)
{
	(void)state;
	struct buf buf = BUF_INIT(10);
	buf_puts(&buf, "more than ten bytes");
	assert_true(buf.cut);
	char *taken = buf_take(&buf);
	assert_string_equal(taken, "more than ");
	free(taken);
	assert_false(buf.cut);
	assert_true(buf_puts(&buf, "new"));
	assert_true(str_eq(buf_str(&buf), STR("new")));
	buf_reset(&buf);
	assert_int_equal(buf.n, 0);
	assert_string_equal(buf_text(&buf), "");
	buf_fini(&buf);
	taken = buf_take(&buf);
	assert_string_equal(taken, "");
	free(taken);
	assert_true(buf_put(&buf, NULL, 0));
	assert_true(buf_putstr(&buf, (struct str){NULL, 0}));
	buf_fini(&buf);
}

static void without_a_limit(void **state)
{
	(void)state;
	struct buf buf = BUF_INIT(SIZE_MAX);
	assert_true(buf_puts(&buf, "x"));
	assert_true(buf_printf(&buf, "%0500d", 1));
	assert_int_equal(buf.n, 501);
	buf_fini(&buf);
}

static void errors_say_why(void **state)
{
	(void)state;
	struct error error = {0};
	assert_false(error_set(&error, "no %s", "file"));
	assert_string_equal(error.text, "no file");
	assert_false(error_wrap(&error, "suite %d", 3));
	assert_string_equal(error.text, "suite 3: no file");
	error_set(&error, "again: %s", error.text);
	assert_string_equal(error.text, "again: suite 3: no file");
	struct error empty = {0};
	error_wrap(&empty, "alone");
	assert_string_equal(empty.text, "alone");
	assert_false(error_set(NULL, "nobody listens"));
	assert_false(error_wrap(NULL, "nobody listens"));
}

static void long_errors_end_between_characters(void **state)
{
	(void)state;
	static const char *const letters[] = {"x", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80"};
	for (size_t k = 0; k < COUNT(letters); k++) {
		for (size_t shift = 0; shift < 8; shift++) {
			struct buf text = BUF_INIT(4096);
			buf_printf(&text, "%.*s", (int)shift, "........");
			while (text.n < 1000)
				buf_puts(&text, letters[k]);
			struct error error = {0};
			error_set(&error, "%s", buf_text(&text));
			size_t n = strlen(error.text);
			assert_true(n > ERROR_TEXT_MAX - 1 - 4 && n < ERROR_TEXT_MAX);
			assert_int_equal((n - shift) % strlen(letters[k]), 0);
			error_wrap(&error, "outer");
			n = strlen(error.text);
			assert_int_equal((n - 7 - shift) % strlen(letters[k]), 0);
			buf_fini(&text);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(grows_and_ends_with_nul),
		cmocka_unit_test(cuts_at_the_limit),
		cmocka_unit_test(prints_at_every_fill),
		cmocka_unit_test(gives_away_and_starts_over),
		cmocka_unit_test(without_a_limit),
		cmocka_unit_test(errors_say_why),
		cmocka_unit_test(long_errors_end_between_characters),
	};
	return RUN(tests);
}
