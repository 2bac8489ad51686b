#include "printed.h"
#include "records.h"
#include "report/xml.h"

static const struct record *const all[] = {&passing, &failing, &skipped, &known, &warned};

static char *text;

static int setup(void **state)
{
	(void)state;
	struct report report = report_of(all, 5);
	text = printed_report(report_junit, &report, PRINTED_MAX);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	free(text);
	return 0;
}

static void test_counts_and_times(void **state)
{
	(void)state;
	assert_has(text, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
			 "<testsuites name=\"outrider\" tests=\"5\" failures=\"1\" errors=\"0\" "
			 "skipped=\"2\" time=\"12.300\" timestamp=\"2026-11-22T10:00:00\">\n"
			 "<testsuite name=\"gateway\" tests=\"5\" failures=\"1\" errors=\"0\" "
			 "skipped=\"2\" time=\"7.813\" ");
}

static void test_a_failure(void **state)
{
	(void)state;
	assert_has(text, "<testcase classname=\"tests.integration.test_z.TestX\" name=\"test_y\" "
			 "time=\"6.300\">");
	assert_has(text,
		"<failure type=\"expectation\" message=\"stream.ttft: expected at most 5s, "
		"got 6.012s\">stream.ttft\n  expected at most 5s\n  got      6.012s\n"
		"</failure><system-out>");
	assert_has(text, "<property name=\"time_to_first_token\" value=\"6.012s\"/>");
	assert_has(text, "      in        \xe2\x80\xa6one two\\n\\x1b[31m\n");
	assert_has(text, "    repeat      curl -d '{\"a\":1}' http://127.0.0.1:8000/");
}

static void test_what_is_neither_passed_nor_failed(void **state)
{
	(void)state;
	assert_has(text, "<skipped type=\"env\" message=\"env: CHUTES_API_KEY is not set\"/>"
			 "</testcase>");
	assert_has(text, "<skipped type=\"known_issue\" message=\"ticket 12: status: expected 200, "
			 "got 404\"/><system-out>");
	assert_has(text, "<property name=\"warning\" value=\"latency: expected at most 1s, got "
			 "1.5s\"/><property name=\"passed_after_retry\" value=\"true\"/>"
			 "<property name=\"attempts\" value=\"2\"/>");
}

static void test_names_as_pytest_gives_them(void **state)
{
	(void)state;
	static const struct {
		const char *id, *spec, *class, *name;
	} rows[] = {
		{"x", NULL, "gateway", "x"},
		{"x[a]", NULL, "gateway", "x[a]"},
		{"x", "tests/a/test_z.py::test_y", "tests.a.test_z", "test_y"},
		{"x", "test_z.py::TestX::TestIn::test_y", "test_z.TestX.TestIn", "test_y"},
		{"x", "a/test_z.py::TestX::test_y[a::b/c.py]", "a.test_z.TestX",
			"test_y[a::b/c.py]"},
		{"x[a-1]", "a/test_z.py::TestX::test_y", "a.test_z.TestX", "test_y[a-1]"},
		{"x[a-1]", "a/test_z.py::TestX::test_y[b]", "a.test_z.TestX", "test_y[b]"},
		{"x", "a/b.pyx.py::t", "a.b.pyx", "t"},
		{"x", "smoke", "gateway", "smoke"},
		{"x", "a.py::", "a", ""},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct check check = {.id = rows[i].id, .spec = rows[i].spec, .service = &gateway};
		struct record record = passing;
		record.check = &check;
		record.check_id = check.id;
		const struct record *const one[] = {&record};
		struct report report = report_of(one, 1);
		char expected[256];
		char *found = printed_report(report_junit, &report, PRINTED_MAX);
		snprintf(expected, sizeof(expected), "<testcase classname=\"%s\" name=\"%s\" ",
			rows[i].class, rows[i].name);
		assert_has(found, expected);
		free(found);
	}
}

static void test_a_suite_for_each_service(void **state)
{
	(void)state;
	struct service memory = {.id = "memory & <co>"};
	struct check other = {.id = "other", .service = &memory};
	struct record record = passing;
	record.check = &other;
	const struct record *const three[] = {&passing, &record, &failing};
	struct report report = report_of(three, 3);
	char *found = printed_report(report_junit, &report, PRINTED_MAX);
	assert_has(found, "<testsuite name=\"gateway\" tests=\"2\" failures=\"1\"");
	assert_has(found, "<testsuite name=\"memory &amp; &lt;co&gt;\" tests=\"1\" failures=\"0\"");
	free(found);
}

static const char *escaped(struct str from, bool in_attribute)
{
	static char kept[256];
	struct buf out = BUF_INIT(sizeof(kept) - 1);
	if (in_attribute)
		xml_attribute(&out, "a", from.p);
	else
		xml_text(&out, from);
	strcpy(kept, buf_text(&out));
	buf_fini(&out);
	return kept;
}

#define QUESTION "\xef\xbf\xbd"

static void test_only_what_xml_has_characters_for(void **state)
{
	(void)state;
	assert_string_equal(escaped(STR("a\0\x01\x1b\x1f\x7f\t\n"), false),
		"a" QUESTION QUESTION QUESTION QUESTION "\x7f\t\n");
	assert_string_equal(escaped(STR("<&>\"'\r]]>"), false), "&lt;&amp;&gt;\"'&#13;]]&gt;");
	assert_string_equal(
		escaped(STR("\xff\xed\xa0\x80z"), false), QUESTION QUESTION QUESTION QUESTION "z");
	assert_string_equal(escaped(STR("\xef\xbf\xbe\xef\xbf\xbf"), false), QUESTION QUESTION);
	assert_string_equal(escaped(STR("\xee\x80\x80\xf4\x8f\xbf\xbf"), false),
		"\xee\x80\x80\xf4\x8f\xbf\xbf");
	assert_string_equal(
		escaped(STR("<\"'\n\t\x02"), true), " a=\"&lt;&quot;'&#10;&#9;" QUESTION "\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counts_and_times),
		cmocka_unit_test(test_a_failure),
		cmocka_unit_test(test_what_is_neither_passed_nor_failed),
		cmocka_unit_test(test_names_as_pytest_gives_them),
		cmocka_unit_test(test_a_suite_for_each_service),
		cmocka_unit_test(test_only_what_xml_has_characters_for),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
