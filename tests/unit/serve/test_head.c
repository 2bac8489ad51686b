#include "serve/head.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_fields(void **state)
{
	(void)state;
	struct head head = {0};
	head_take(&head, "HOST", "a.example");
	head_take(&head, "If-None-Match", "\"1\"");
	head_take(&head, "If-None-Match", "\"2\"");
	head_take(&head, "X-Accept", "text/html");
	assert_string_equal(head.values[HEAD_HOST], "a.example");
	assert_string_equal(head.values[HEAD_IF_NONE_MATCH], "\"1\"");
	assert_null(head.values[HEAD_ACCEPT]);
	assert_false(head_is_ambiguous(&head));
}

static void test_ambiguous(void **state)
{
	(void)state;
	static const struct {
		const char *first[2], *second[2];
		bool ambiguous;
	} cases[] = {
		{{"Content-Length", "1"}, {"Host", "a"}, false},
		{{"Transfer-Encoding", "Chunked"}, {"Host", "a"}, false},
		{{"Content-Length", "1"}, {"Content-Length", "1"}, true},
		{{"Content-Length", "1"}, {"Transfer-Encoding", "chunked"}, true},
		{{"Transfer-Encoding", "gzip"}, {"Host", "a"}, true},
		{{"Content-Length ", "1"}, {"Host", "a"}, true},
		{{"\tX", "1"}, {"Host", "a"}, true},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct head head = {0};
		head_take(&head, cases[i].first[0], cases[i].first[1]);
		head_take(&head, cases[i].second[0], cases[i].second[1]);
		assert_int_equal(head_is_ambiguous(&head), cases[i].ambiguous);
	}
}

static void test_host(void **state)
{
	(void)state;
	struct head head = {0};
	assert_false(head_names_host(&head, true));
	assert_true(head_names_host(&head, false));
	head_take(&head, "Host", "a");
	assert_true(head_names_host(&head, true));
	head_take(&head, "host", "a");
	assert_false(head_names_host(&head, true));
	assert_false(head_names_host(&head, false));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_ambiguous),
		cmocka_unit_test(test_host),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
