#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "serve/csv.h"

static struct buf out;

static int setup(void **state)
{
	(void)state;
	out = BUF_INIT(1024);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	buf_fini(&out);
	return 0;
}

static void field(const char *text, const char *expected)
{
	struct csv csv = {.out = &out};
	buf_reset(&out);
	csv_text(&csv, text);
	assert_string_equal(buf_text(&out), expected);
}

/* RFC 4180, 2: line breaks, quotes and commas are inside quotes, and a quote is doubled. */
static void test_quotes(void **state)
{
	(void)state;
	field("plain text", "plain text");
	field("", "");
	field(NULL, "");
	field("a,b", "\"a,b\"");
	field("say \"hi\"", "\"say \"\"hi\"\"\"");
	field("two\nlines", "\"two\nlines\"");
	field("\"", "\"\"\"\"");
	field("caf\xc3\xa9", "caf\xc3\xa9");
	field("a\x1b[31m\x07z", "a[31mz");
}

static void test_formulas(void **state)
{
	(void)state;
	field("=1+1", "\"'=1+1\"");
	field("+1", "\"'+1\"");
	field("-1", "\"'-1\"");
	field("@SUM(A1)", "\"'@SUM(A1)\"");
	field(" =1", "\"' =1\"");
	field("\t=1", "\"'=1\"");
	field("\r=1", "\"'\r=1\"");
	field("\n=1", "\"'\n=1\"");
	field("=HYPERLINK(\"http://x\",\"y\")", "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\"");
	field("a=1", "a=1");
}

static void test_rows(void **state)
{
	(void)state;
	struct csv csv = {.out = &out};
	csv_text(&csv, "a");
	csv_int(&csv, -7);
	csv_seconds(&csv, 6012000);
	csv_seconds(&csv, -1);
	csv_end(&csv);
	csv_text(&csv, NULL);
	csv_text(&csv, "b");
	csv_end(&csv);
	assert_string_equal(buf_text(&out), "a,-7,6.012,\r\n,b\r\n");
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {T(test_quotes), T(test_formulas), T(test_rows)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
