#include "printed.h"
#include "records.h"
#include "report/html.h"

static void test_what_is_not_green_comes_first(void **state)
{
	(void)state;
	static const struct record *const all[] = {&passing, &failing, &skipped, &known, &warned};
	struct report report = report_of(all, 5);
	char *text = printed_report(report_markdown, &report, PRINTED_MAX);
	assert_true(strncmp(text, "## \xe2\x9d\x8c 1 of 5 checks failed\n\n<p>1 passed, 1 warned, ",
			    40) == 0);
	assert_has(text,
		"</td><td><code>gateway-stream</code></td><td><code>stream.ttft</code></td>"
		"<td><code>at most 5s</code></td><td><code>6.012s</code></td></tr>\n"
		"<tr><td></td><td></td><td><code>content</code></td>");
	assert_has(text, "<td colspan=\"3\"><code>known issue: ticket 12</code></td>");
	assert_has(text, "<code>passed after retry (2 attempts)</code>");
	assert_has(text,
		"<code>voice</code></td><td colspan=\"3\"><code>env: CHUTES_API_KEY is not "
		"set</code>");
	assert_has(text, "<details><summary>1 passed</summary>");
	assert_has(text, "<tr><td><code>gateway-health</code></td><td>12ms</td><td></td></tr>");
	assert_true(strstr(text, "<code>gateway-stream</code>") < strstr(text, "<code>slow-one"));
	assert_true(strstr(text, "<code>slow-one</code>") < strstr(text, "<code>docs"));
	assert_true(strstr(text, "<code>docs</code>") < strstr(text, "<code>voice"));
	free(text);
}

static const char *headline(const struct record *const *records, size_t n, bool interrupted)
{
	static char line[128];
	struct report report = report_of(records, n);
	report.interrupted = interrupted;
	char *text = printed_report(report_markdown, &report, PRINTED_MAX);
	snprintf(line, sizeof(line), "%.*s", (int)strcspn(text, "\n"), text);
	free(text);
	return line;
}

static void test_headlines(void **state)
{
	(void)state;
	static const struct record *const good[] = {&passing, &passing};
	static const struct record *const fair[] = {&passing, &warned, &known};
	assert_string_equal(headline(good, 2, false), "## \xe2\x9c\x85 All 2 checks passed");
	assert_string_equal(headline(good, 1, false), "## \xe2\x9c\x85 1 check passed");
	assert_string_equal(headline(fair, 3, false),
		"## \xe2\x9a\xa0\xef\xb8\x8f No check failed, 1 of 3 passed");
	assert_string_equal(headline(good, 2, true), "## \xe2\x9a\xa0\xef\xb8\x8f Interrupted");
	assert_string_equal(headline(NULL, 0, false), "## \xe2\x9c\x85 Nothing to run");
}

/* Outside of the blocks of HTML there is only what we wrote. */
static void test_hostile_text_is_inert(void **state)
{
	(void)state;
	static const char evil[] = "| `x` <b> & @octocat [l](http://z) </pre></details>\n\n# head";
	struct finding finding = stream_findings[1];
	struct record record = failing;
	finding.actual = finding.subject = finding.expected = finding.excerpt = evil;
	record.findings = &finding;
	record.n_findings = 1;
	record.check_id = record.message = record.evidence.body = record.evidence.content = evil;
	record.evidence.curl = record.request_id = evil;
	const struct record *const one[] = {&record};
	struct report report = report_of(one, 1);
	report.mode = evil;
	char *text = printed_report(report_markdown, &report, PRINTED_MAX);
	assert_has_not(text, "<b>");
	assert_has_not(text, "</pre></details>");
	assert_has_not(text, "\n# head");
	assert_has(text, "<code>| `x` &lt;b&gt; &amp; @octocat [l](http://z) "
			 "&lt;/pre&gt;&lt;/details&gt;\n&#10;# head</code>");
	free(text);
}

static void test_blank_lines_do_not_end_a_block(void **state)
{
	(void)state;
	struct buf out = BUF_INIT(256);
	html_text(&out, STR("a\n\nb\n \t\nc\r\n\x1b\xff"));
	assert_string_equal(buf_text(&out), "a\n&#10;b\n \t&#10;c&#13;\n\xef\xbf\xbd\xef\xbf\xbd");
	buf_fini(&out);
}

static void test_the_limit_holds_and_the_page_stays_whole(void **state)
{
	(void)state;
	enum { MANY = 400 };
	static const struct record *many[2 * MANY];
	for (size_t i = 0; i < MANY; i++) {
		many[2 * i] = &failing;
		many[2 * i + 1] = &passing;
	}
	struct report report = report_of(many, 2 * MANY);
	for (size_t max = 2000; max < 400000; max += max / 7) {
		char *text = printed_report(report_markdown, &report, max);
		size_t n = strlen(text);
		assert_true(n <= max);
		assert_has(text, "</table>\n");
		assert_string_equal(text + n - 2, "\n\n");
		size_t open = 0;
		for (const char *at = text; (at = strstr(at, "<details>")); at++)
			open++;
		for (const char *at = text; (at = strstr(at, "</details>")); at++)
			open--;
		assert_int_equal(open, 0);
		if (max < 300000)
			assert_has(text, " more are left out here.</p>");
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_not_green_comes_first),
		cmocka_unit_test(test_headlines),
		cmocka_unit_test(test_hostile_text_is_inert),
		cmocka_unit_test(test_blank_lines_do_not_end_a_block),
		cmocka_unit_test(test_the_limit_holds_and_the_page_stays_whole),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
