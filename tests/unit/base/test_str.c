#include "unit.h"

#include "base/str.h"

static void equal_runs_of_bytes(void **state)
{
	(void)state;
	assert_true(str_eq(STR("abc"), STR("abc")));
	assert_false(str_eq(STR("abc"), STR("abC")));
	assert_false(str_eq(STR("abc"), STR("ab")));
	assert_true(str_eq((struct str){NULL, 0}, STR("")));
	assert_true(str_eq(STR("a\0b"), STR("a\0b")));
	assert_false(str_eq(STR("a\0b"), STR("a\0c")));
}

static void case_is_ascii_only(void **state)
{
	(void)state;
	assert_true(str_ieq(STR("Content-TYPE"), STR("content-type")));
	assert_false(str_ieq(STR("a["), STR("A{"))); /* 0x5b and 0x7b differ by the case bit */
	assert_false(str_ieq(STR("\xc3\x89"), STR("\xc3\xa9")));
	assert_true(str_ieq((struct str){NULL, 0}, STR("")));
}

static void starts_and_ends(void **state)
{
	(void)state;
	assert_true(str_starts(STR("data: x"), STR("data:"), false));
	assert_false(str_starts(STR("Data: x"), STR("data:"), false));
	assert_true(str_starts(STR("Data: x"), STR("data:"), true));
	assert_false(str_starts(STR("da"), STR("data"), false));
	assert_true(str_starts(STR("x"), STR(""), false));
	assert_true(str_ends(STR("a.yaml"), STR(".yaml"), false));
	assert_true(str_ends(STR("a.YAML"), STR(".yaml"), true));
	assert_false(str_ends(STR("yaml"), STR(".yaml"), true));
	assert_true(str_ends((struct str){NULL, 0}, STR(""), false));
}

static void finds_the_first(void **state)
{
	(void)state;
	assert_int_equal(str_find(STR("abcabc"), STR("bc"), false), 1);
	assert_int_equal(str_find(STR("abcabc"), STR("C"), false), -1);
	assert_int_equal(str_find(STR("abcabc"), STR("CA"), true), 2);
	assert_int_equal(str_find(STR("abc"), STR("abcd"), true), -1);
	assert_int_equal(str_find(STR("abc"), STR("abcd"), false), -1);
	assert_int_equal(str_find(STR("aab"), STR("ab"), true), 1);
	assert_int_equal(str_find(STR("abc"), STR("c"), true), 2);
	assert_int_equal(str_find(STR("a\0b"), STR("\0b"), false), 1);
	assert_int_equal(str_find((struct str){NULL, 0}, STR(""), false), 0);
	assert_int_equal(str_find((struct str){NULL, 0}, STR("x"), true), -1);
}

static void trims_both_ends(void **state)
{
	(void)state;
	assert_true(str_eq(str_trim(STR(" \t\r\n\v\f a b \n")), STR("a b")));
	assert_int_equal(str_trim(STR(" \n ")).n, 0);
	assert_int_equal(str_trim((struct str){NULL, 0}).n, 0);
	assert_true(str_eq(str_trim(STR("\xc2\xa0x")), STR("\xc2\xa0x")));
}

static void takes_the_rest(void **state)
{
	(void)state;
	assert_true(str_eq(str_from(STR("abc"), 1), STR("bc")));
	assert_int_equal(str_from(STR("abc"), 3).n, 0);
	assert_int_equal(str_from(STR("abc"), 99).n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_runs_of_bytes),
		cmocka_unit_test(case_is_ascii_only),
		cmocka_unit_test(starts_and_ends),
		cmocka_unit_test(finds_the_first),
		cmocka_unit_test(trims_both_ends),
		cmocka_unit_test(takes_the_rest),
	};
	return RUN(tests);
}
