#include "printed.h"
#include "records.h"
#include "report/github.h"

#include <stdio.h>
#include <unistd.h>

static char folder[] = "/tmp/outrider-github-XXXXXX";

static int setup(void **state)
{
	(void)state;
	if (!mkdtemp(folder) || chdir(folder) != 0)
		return -1;
	FILE *file = fopen("a,b:c.yaml", "w");
	return file && fclose(file) == 0 && setenv("GITHUB_WORKSPACE", folder, 1) == 0 ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	return unlink("a,b:c.yaml") == 0 && chdir("/") == 0 && rmdir(folder) == 0 ? 0 : -1;
}

/* The annotations of one record; the caller frees. */
static char *annotated(const struct record *record)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	const struct record *const one[] = {record};
	struct report report = report_of(one, 1);
	struct github github = {"t0ken"};
	github_annotate(&github, &report, out);
	fclose(out);
	return text;
}

static void assert_annotated(const struct record *record, const char *expected)
{
	char *text = annotated(record);
	assert_string_equal(text, expected);
	free(text);
}

static void test_by_standing(void **state)
{
	(void)state;
	assert_annotated(&passing, "::t0ken::\n");
	assert_annotated(&skipped, "::t0ken::\n");
	assert_annotated(&warned,
		"::t0ken::\n::warning title=slow-one::latency: expected at most 1s, "
		"got 1.5s%0Arequest slow-one-dddd\n");
	assert_annotated(&known, "::t0ken::\n::notice title=docs::status: expected 200, got 404%0A"
				 "known issue: ticket 12%0Arequest docs-cccc\n");
	struct record retried = passing;
	retried.passed_after_retry = true;
	retried.attempts = 2;
	assert_annotated(&retried,
		"::t0ken::\n::notice title=gateway-health::passed after retry (2 "
		"attempts)%0Arequest gateway-health-aaaa\n");
}

static void test_places(void **state)
{
	(void)state;
	struct check check = slow_check;
	struct record record = warned;
	char absolute[128];
	record.check = &check;
	record.request_id = NULL;
	record.message = "m";
	snprintf(absolute, sizeof(absolute), "%s/a,b:c.yaml", folder);
	const char *const there[] = {"a,b:c.yaml", "./a,b:c.yaml", absolute};
	check.line = 12;
	for (size_t i = 0; i < 3; i++) {
		check.file = there[i];
		assert_annotated(&record, "::t0ken::\n::warning file=a%2Cb%3Ac.yaml,line=12,"
					  "title=slow-one::m\n");
	}
	const char *const nowhere[] = {"none.yaml", "", NULL};
	for (size_t i = 0; i < 3; i++) {
		check.file = nowhere[i];
		assert_annotated(&record, "::t0ken::\n::warning title=slow-one::m\n");
	}
}

static void test_nothing_opens_a_command_of_its_own(void **state)
{
	(void)state;
	struct record evil = warned;
	evil.message = "a\n::set-output name=x::y\r\n%0A::stop-commands::z";
	evil.check_id = "x,file=y::z\n%";
	evil.request_id = "\n##[add-mask]q";
	assert_annotated(&evil,
		"::t0ken::\n::warning title=x%2Cfile=y%3A%3Az%0A%25::a%0A::set-output "
		"name=x::y%0D%0A%250A::stop-commands::z%0Arequest "
		"%0A##[add-mask]q\n");
}

static void test_no_more_than_are_shown(void **state)
{
	(void)state;
	const struct record *many[40];
	for (size_t i = 0; i < 40; i++)
		many[i] = i % 3 == 0 ? &failing : i % 3 == 1 ? &warned : &passing;
	char *text = NULL;
	size_t size = 0, errors = 0, warnings = 0;
	FILE *out = open_memstream(&text, &size);
	struct report report = report_of(many, 40);
	struct github github = {"t0ken"};
	github_annotate(&github, &report, out);
	fclose(out);
	for (const char *at = text; (at = strstr(at, "::error ")); at++)
		errors++;
	for (const char *at = text; (at = strstr(at, "::warning ")); at++)
		warnings++;
	assert_int_equal(errors, 10);
	assert_int_equal(warnings, 10);
	free(text);
}

static void test_no_commands_while_people_are_told(void **state)
{
	(void)state;
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	struct github github = github_new(), other = github_new();
	char expected[512];
	assert_int_equal(strlen(github.token), 32);
	assert_string_not_equal(github.token, other.token);
	github_fold(&github, 2, out);
	fputs("lines\n", out);
	github_unfold(&github, out);
	fclose(out);
	snprintf(expected, sizeof(expected),
		"::group::2 checks\n::stop-commands::%s\nlines\n::%s::\n::endgroup::\n"
		"::stop-commands::%s\n",
		github.token, github.token, github.token);
	assert_string_equal(text, expected);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_by_standing),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_nothing_opens_a_command_of_its_own),
		cmocka_unit_test(test_no_more_than_are_shown),
		cmocka_unit_test(test_no_commands_while_people_are_told),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
