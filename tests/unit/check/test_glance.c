/* What is seen at a glance is what the tree says: for texts that stand here, and for thousands made of them. */
#include "check/glance.h"

#include "build.h"

#include <stdlib.h>

enum { TEXT_MAX = 512, MUTATIONS = 40000 };

static struct arena arena;

static int setup(void **state)
{
	(void)state;
	arena_init(&arena);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_fini(&arena);
	return 0;
}

static const struct jsonpath *path_of(const char *text)
{
	struct error error = {""};
	const struct jsonpath *path = jsonpath_compile(&arena, str_of(text), &error);

	if (!path)
		fail_msg("%s: %s", text, error.text);
	return path;
}

static bool glances(const char *path, const char *matcher, const char *text)
{
	assert_true(json_plain(str_of(text)));
	return glance_holds(path_of(path), matcher_of(&arena, matcher), str_of(text));
}

static void the_common_is_seen(void **state)
{
	(void)state;
	assert_true(glances("$.status", "'ok'", "{\"status\":\"ok\"}"));
	assert_true(glances(
		"$.status", "'ok'", " \n{ \"a\" : [1, {\"status\":2}] , \"status\" : \"ok\" }\t"));
	assert_true(glances("$.a.b.c", "'ok'", "{\"a\":{\"x\":\"}\",\"b\":{\"c\":\"ok\"}}}"));
	assert_true(glances("$", "'ok'", "\"ok\""));
	assert_true(glances("$.s", "''", "{\"s\":\"\"}"));
	assert_true(glances("$.s", "'\xc3\xa9'", "{\"s\":\"\xc3\xa9\"}"));
	assert_true(glances("$.s", "{'equals':'OK','ignore_case':true}", "{\"s\":\"ok\"}"));
	assert_true(glances("$.s", "'b'", "{\"s\":\"a\",\"s\":\"b\"}"));
	assert_true(glances("$['a b']", "'b'", "{\"a b\":\"b\"}"));
}

static void what_differs_is_not(void **state)
{
	(void)state;
	assert_false(glances("$.status", "'ok'", "{\"status\":\"ok \"}"));
	assert_false(glances("$.status", "'ok'", "{\"Status\":\"ok\"}"));
	assert_false(glances("$.status", "'ok'", "{\"status\":[\"ok\"]}"));
	assert_false(glances("$.status", "'ok'", "[\"status\",\"ok\"]"));
	assert_false(glances("$.s", "'a'", "{\"s\":\"a\",\"s\":\"b\"}"));
	assert_false(glances("$.s", "'a'", "{\"s\":\"a\",\"\\u0073\":\"b\"}"));
	assert_false(glances("$.s", "'1'", "{\"s\":1}"));
	assert_false(glances("$.s.t", "'1'", "{\"s\":\"t\"}"));
	assert_false(glances("$.s", "''", "{}"));
}

/* What the tree alone can tell. */
static void the_unusual_is_left_to_the_tree(void **state)
{
	(void)state;
	assert_false(glances("$.s", "'a'", "{\"s\":\"\\u0061\"}"));
	assert_false(glances("$[0]", "'a'", "[\"a\"]"));
	assert_false(glances("$[*]", "'a'", "[\"a\"]"));
	assert_false(glances("$.s", "1", "{\"s\":1}"));
	assert_false(glances("$.s", "{'equals':'a','not_empty':true}", "{\"s\":\"a\"}"));
	assert_false(glances("$.s", "{'exists':true}", "{\"s\":\"a\"}"));
}

static bool the_tree_says(
	const struct jsonpath *path, const struct matcher *matcher, struct str text)
{
	struct error error = {""};
	struct json *root = json_parse(text, &error);
	struct buf missing = BUF_INIT(256);
	struct subject subject = {.shape = SUBJECT_NODES, .list = jsonpath_is_list(path)};
	bool holds =
		jsonpath_select(path, root, &arena, &subject.nodes, &missing) == JSONPATH_FOUND &&
		matcher_judge(matcher, &subject).ok;

	buf_fini(&missing);
	json_free(root);
	return holds;
}

static uint32_t dice(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

static const char *const pieces[] = {"{", "}", "[", "]", ",", ":", "\"a\":", "\"b\":", "\"a\"",
	"\"b\"", "\"ok\"", "\"OK\"", "\"\\u0061\":", "\"o\\u006b\"", "{\"a\":{\"b\":\"ok\"}}",
	"\"a\":\"ok\"", "1", "null", " ", "\"\\\\\"", "\"{\""};

/* Of texts that begin as what is looked for, a piece is changed here and there. */
static size_t make_text(uint32_t *seed, char text[TEXT_MAX])
{
	static const char *const begin[] = {
		"", "{\"a\":\"ok\"", "{\"a\":{\"b\":\"ok\"", "{\"b\":[1],\"a\":{\"b\":\"OK\""};
	static const char *const end[] = {"", "}", "}}", "]}"};
	struct buf out = BUF_INIT(TEXT_MAX - 1);

	buf_puts(&out, begin[dice(seed) % COUNT(begin)]);
	for (size_t i = dice(seed) % 4; i > 0; i--)
		buf_puts(&out, pieces[dice(seed) % COUNT(pieces)]);
	buf_puts(&out, end[dice(seed) % COUNT(end)]);
	memcpy(text, buf_text(&out), out.n + 1);
	size_t n = out.n;
	buf_fini(&out);
	return n;
}

static void both_ways_agree(void **state)
{
	(void)state;
	const struct jsonpath *paths[] = {
		path_of("$.a"), path_of("$.a.b"), path_of("$.b"), path_of("$")};
	const struct matcher *matchers[] = {matcher_of(&arena, "'ok'"), matcher_of(&arena, "'a'"),
		matcher_of(&arena, "{'equals':'ok','ignore_case':true}")};
	size_t seen = 0, missed = 0;
	uint32_t seed = 2026;

	for (size_t round = 0; round < MUTATIONS; round++) {
		char text[TEXT_MAX];
		struct str whole = {text, make_text(&seed, text)};
		if (!json_plain(whole))
			continue;
		for (size_t i = 0; i < COUNT(paths) * COUNT(matchers); i++) {
			const struct jsonpath *path = paths[i % COUNT(paths)];
			const struct matcher *matcher = matchers[i / COUNT(paths)];
			bool says = the_tree_says(path, matcher, whole);
			if (glance_holds(path, matcher, whole)) {
				if (!says)
					fail_msg("%s of %s", jsonpath_text(path), text);
				seen++;
			} else if (says) {
				if (!memchr(text, '\\', whole.n))
					fail_msg("%s of %s is left to the tree",
						jsonpath_text(path), text);
				missed++;
			}
		}
	}
	assert_true(seen > 1000 && missed > 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_common_is_seen, setup, teardown),
		cmocka_unit_test_setup_teardown(what_differs_is_not, setup, teardown),
		cmocka_unit_test_setup_teardown(the_unusual_is_left_to_the_tree, setup, teardown),
		cmocka_unit_test_setup_teardown(both_ways_agree, setup, teardown),
	};
	return RUN(tests);
}
