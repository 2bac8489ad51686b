#include "check/selection.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static const char *const streaming[] = {"streaming"};
static const char *const slow[] = {"slow"};
static const char *const both[] = {"streaming", "slow"};

static struct service services[] = {{.id = "gateway"}, {.id = "memory"}};
static struct check checks[] = {
	{.id = "health", .service = &services[0]},
	{.id = "stream", .service = &services[0], .tags = streaming, .n_tags = 1},
	{.id = "code[cli]", .service = &services[0], .tags = slow, .n_tags = 1},
	{.id = "code[langchain]", .service = &services[1], .tags = both, .n_tags = 2},
	{.id = "code-review", .service = &services[1]},
};
static const struct plan plan = {
	.services = services, .n_services = 2, .checks = checks, .n_checks = 5};

/* The checks that expression selects, one letter each. */
static const char *tagged(const char *expression)
{
	static char letters[sizeof(checks) / sizeof(checks[0]) + 1];
	struct arena arena;
	arena_init(&arena);
	struct error error = {""};
	struct selection selection = {.tags = tag_expression_parse(&arena, expression, &error)};
	if (!selection.tags)
		fail_msg("%s: %s", expression, error.text);
	size_t n = 0;
	for (size_t i = 0; i < plan.n_checks; i++)
		if (selection_has(&selection, &checks[i]))
			letters[n++] = "hsclr"[i];
	letters[n] = '\0';
	arena_fini(&arena);
	return letters;
}

static const char *refused(const char *expression)
{
	static struct error error;
	struct arena arena;
	arena_init(&arena);
	error = (struct error){""};
	if (tag_expression_parse(&arena, expression, &error))
		fail_msg("accepted: %s", expression);
	arena_fini(&arena);
	return error.text;
}

static const char *invalid(struct selection selection)
{
	static struct error error;
	error = (struct error){""};
	if (selection_validate(&selection, &plan, &error))
		fail_msg("accepted");
	return error.text;
}

static void test_precedence(void **state)
{
	(void)state;
	assert_string_equal(tagged("streaming"), "sl");
	assert_string_equal(tagged("not slow"), "hsr");
	assert_string_equal(tagged("streaming and not slow"), "s");
	assert_string_equal(tagged("not streaming and slow"), "c");
	assert_string_equal(tagged("not (streaming and slow)"), "hscr");
	assert_string_equal(tagged("slow or streaming and slow"), "cl");
	assert_string_equal(tagged("(slow or streaming) and streaming"), "sl");
	assert_string_equal(tagged("slow and streaming or streaming"), "sl");
	assert_string_equal(tagged("not not slow"), "cl");
	assert_string_equal(tagged("not slow or slow and streaming"), "hslr");
	assert_string_equal(tagged("  ( ( slow ) )\t"), "cl");
	assert_string_equal(tagged("android or nothing"), "");
}

static void test_bad_expressions(void **state)
{
	(void)state;
	assert_string_equal(
		refused(""), "column 1: expected a tag, \"not\" or \"(\", found the end");
	assert_string_equal(
		refused("slow and"), "column 9: expected a tag, \"not\" or \"(\", found the end");
	assert_string_equal(refused("slow streaming"),
		"column 6: expected \"and\", \"or\" or the end, found \"streaming\"");
	assert_string_equal(
		refused("or slow"), "column 1: expected a tag, \"not\" or \"(\", found \"or\"");
	assert_string_equal(
		refused("(slow"), "column 6: expected \"and\", \"or\" or \")\", found the end");
	assert_string_equal(
		refused("slow)"), "column 5: expected \"and\", \"or\" or the end, found \")\"");
	assert_string_equal(
		refused("slow & x"), "column 6: expected \"and\", \"or\" or the end, found \"&\"");
	assert_string_equal(
		refused("\x1b[31m"), "column 1: expected a tag, \"not\" or \"(\", found \"\\x1b\"");
	assert_string_equal(
		refused("\u00e4"), "column 1: expected a tag, \"not\" or \"(\", found \"\u00e4\"");
	assert_string_equal(
		refused("()"), "column 2: expected a tag, \"not\" or \"(\", found \")\"");
}

static void test_nesting_is_bounded(void **state)
{
	(void)state;
	char text[TAG_EXPRESSION_DEPTH_MAX * 2 + 16] = "";
	for (int i = 0; i < TAG_EXPRESSION_DEPTH_MAX; i++)
		text[i] = '(';
	memcpy(text + TAG_EXPRESSION_DEPTH_MAX, "slow", 4);
	for (int i = 0; i < TAG_EXPRESSION_DEPTH_MAX; i++)
		text[TAG_EXPRESSION_DEPTH_MAX + 4 + i] = ')';
	assert_string_equal(tagged(text), "cl");
	memset(text, '(', TAG_EXPRESSION_DEPTH_MAX + 1);
	assert_string_equal(refused(text), "column 33: nested deeper than 32 levels");
}

static void test_a_long_chain_is_flat(void **state)
{
	(void)state;
	enum { WORDS = 100000 };
	static char text[WORDS * 5 + 5];
	for (size_t i = 0; i < WORDS; i++)
		memcpy(text + i * 5, "x or ", 5);
	memcpy(text + WORDS * 5, "slow", 5);
	assert_string_equal(tagged(text), "cl");
}

static size_t count(struct selection selection)
{
	size_t n = 0;
	for (size_t i = 0; i < plan.n_checks; i++)
		n += selection_has(&selection, &checks[i]);
	struct error error;
	assert_true(selection_validate(&selection, &plan, &error));
	return n;
}

static void test_ids_and_services(void **state)
{
	(void)state;
	assert_int_equal(count((struct selection){.n_ids = 0}), 5);
	assert_int_equal(count((struct selection){.ids = {"health"}, .n_ids = 1}), 1);
	assert_int_equal(count((struct selection){.ids = {"health", "s*"}, .n_ids = 2}), 2);
	assert_int_equal(count((struct selection){.ids = {"code*"}, .n_ids = 1}), 3);
	assert_int_equal(count((struct selection){.ids = {"code"}, .n_ids = 1}), 2);
	assert_int_equal(count((struct selection){.ids = {"code[cli]"}, .n_ids = 1}), 1);
	assert_int_equal(count((struct selection){.services = {"memory"}, .n_services = 1}), 2);
	assert_int_equal(
		count((struct selection){
			.ids = {"code"}, .n_ids = 1, .services = {"memory"}, .n_services = 1}),
		1);
}

static void test_what_matches_nothing(void **state)
{
	(void)state;
	assert_string_equal(invalid((struct selection){.ids = {"health", "helth"}, .n_ids = 2}),
		"no check \"helth\"; did you mean \"health\"?");
	assert_string_equal(
		invalid((struct selection){.ids = {"zebra"}, .n_ids = 1}), "no check \"zebra\"");
	assert_string_equal(
		invalid((struct selection){.ids = {"z*"}, .n_ids = 1}), "no check matches \"z*\"");
	assert_string_equal(invalid((struct selection){.services = {"gatewya"}, .n_services = 1}),
		"no service \"gatewya\"; did you mean \"gateway\"?");
	assert_string_equal(
		invalid((struct selection){
			.ids = {"health"}, .n_ids = 1, .services = {"memory"}, .n_services = 1}),
		"the selection matches no check");
	struct arena arena;
	arena_init(&arena);
	struct error error;
	struct selection tags = {.tags = tag_expression_parse(&arena, "straming", &error)};
	assert_string_equal(invalid(tags),
		"the selection matches no check: "
		"no check has the tag \"straming\"; did you mean \"streaming\"?");
	arena_fini(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_precedence),
		cmocka_unit_test(test_bad_expressions),
		cmocka_unit_test(test_nesting_is_bounded),
		cmocka_unit_test(test_a_long_chain_is_flat),
		cmocka_unit_test(test_ids_and_services),
		cmocka_unit_test(test_what_matches_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
