/* What is read in passing is what the tree would give: for texts that stand here, and for thousands
 * made of them by cutting, swapping and joining. */
#include "check/chunk.h"

#include "base/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { TEXT_MAX = 1024, MUTATIONS = 30000 };

#define LONG "0123456789 abcdefghijklmnopqrstuvwxyz 0123456789"

static const char *const plain[] = {
	"{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"hi\"},\"finish_reason\":null}]}",
	"{\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}],\"usage\":null}",
	"{\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}],\"error\":null}",
	"{\"choices\":[{\"delta\":{\"reasoning_content\":\"hm \\u00e9\"}}]}",
	"{\"choices\":[{\"delta\":{\"reasoning\":\"hm\",\"content\":null}}]}",
	"{\"choices\":[{\"delta\":{\"tool_calls\":[ {\"a\":[1]} ],\"content\":7}}]}",
	"{\"choices\":[{\"delta\":{\"tool_calls\":[ ]}}]}", "{\"choices\":[]}",
	"{\"choices\":null}", "{}", "{\"error\":\"\"}", "{\"error\":false}", "{\"error\":{}}",
	"{\"error\":0}", "{\"error\":[],\"choices\":[{\"delta\":{\"content\":\"hi\"}}]}",
	" {\"id\":\"x\\\"}\",\"n\":[1,-2.5e3,true] } ",
	"{\"choices\":[{\"delta\":{\"content\":\"a\",\"content\":\"b\"}}],\"choices\":[ 1 ]}",
	"{\"choices\":[{\"delta\":\"x\"},{\"delta\":{\"content\":\"second\"}}]}",
	"{\"id\":\"" LONG LONG "\\\"" LONG "\\\\\",\"choices\":[{\"delta\":{\"content\":\"hi\"}}]}",
	"{\"choices\":[{\"delta\":{\"content\":\"" LONG LONG LONG "\"},\"x\":\"" LONG LONG
	"\\\\\"}]}",
	"{\"choices\":[null,\"\\\\\",{\"delta\":{\"content\":\"second\"}}]}",
	"{\"choices\":[{\"delta\":{\"content\":\"\xc3\xa9 "
	"\xf0\x9f\x99\x82\"}}],\"a\":{\"b\":[[]]}}"};

static const char *const unusual[] = {"", "[]", "7", "{", "{\"choices\":{}}", "{\"choices\":7}",
	"{\"error\":{\"message\":\"x\"}}", "{\"error\":\"x\"}", "{\"error\":{\"message\":null}}",
	"{\"error\":[0]}", "{\"error\":true}", "{\"error\":12}", "{\"error\":{ }}",
	"{\"usage\":{\"total_tokens\":3}}", "{\"choices\":[{\"delta\":{\"content\":\"a\\nb\"}}]}",
	"{\"choices\":[{\"delta\":{\"con\\u0074ent\":\"a\"}}]}",
	"{\"cho\\u0069ces\":[{\"delta\":{\"content\":\"a\"}}]}",
	"{\"choices\":[{\"delta\":{\"content\":\"\\u0000\"}}]}", "\f{}", "\xef\xbb\xbf{}",
	"{\"choices\":[{\"delta\":{\"content\":\"\xff\"}}]}"};

static struct str text_of(const struct json *value, const char *name)
{
	return json_string(json_member(value, name));
}

static bool missing_or_null(const struct json *value)
{
	return !value || json_type(value) == JSON_NULL;
}

static bool no_error(const struct json *value)
{
	return missing_or_null(value) ||
	       (json_type(value) == JSON_NUMBER && json_number(value) == 0) ||
	       (json_type(value) == JSON_BOOL && !json_bool(value)) ||
	       (json_type(value) == JSON_STRING && !json_string(value).n) ||
	       ((json_type(value) == JSON_ARRAY || json_type(value) == JSON_OBJECT) &&
		       !json_count(value));
}

/* Holds a text that was read in passing against its tree. */
static void hold(struct str text, const struct chunk *chunk)
{
	struct error error;
	struct json *tree = json_parse(text, &error);
	if (!tree)
		fail_msg("no JSON, but read: %.*s", STR_ARG(text));
	const struct json *choices = json_member(tree, "choices");
	const struct json *choice = json_item(choices, 0), *delta = json_member(choice, "delta");
	const struct json *calls = json_member(delta, "tool_calls");
	const struct json *usage = json_member(tree, "usage");
	struct str content = text_of(delta, "content");
	bool reasoning = text_of(delta, "reasoning_content").n || text_of(delta, "reasoning").n ||
			 (calls && json_type(calls) == JSON_ARRAY && json_count(calls));
	bool same = json_type(tree) == JSON_OBJECT && no_error(json_member(tree, "error")) &&
		    (missing_or_null(choices) || json_type(choices) == JSON_ARRAY) &&
		    (!usage || json_type(usage) != JSON_OBJECT) &&
		    str_eq(content, chunk->content) && reasoning == chunk->reasoning &&
		    (text_of(choice, "finish_reason").n > 0) == chunk->finish;
	if (!same)
		fail_msg("not as its tree: %.*s", STR_ARG(text));
	json_free(tree);
}

static void plain_ones_are_read(void **state)
{
	struct chunk chunk;
	(void)state;
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
		if (!chunk_glance(str_of(plain[i]), &chunk))
			fail_msg("not read: %s", plain[i]);
		hold(str_of(plain[i]), &chunk);
	}
}

static void unusual_ones_are_left_to_the_tree(void **state)
{
	struct chunk chunk;
	(void)state;
	for (size_t i = 0; i < sizeof(unusual) / sizeof(unusual[0]); i++)
		if (chunk_glance(str_of(unusual[i]), &chunk))
			fail_msg("read: %s", unusual[i]);
}

static unsigned next(unsigned *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}

static const char *any(unsigned *seed)
{
	size_t n = sizeof(plain) / sizeof(plain[0]), m = sizeof(unusual) / sizeof(unusual[0]);
	size_t i = next(seed) % (n + m);
	return i < n ? plain[i] : unusual[i - n];
}

/* The beginning of one, a piece of another; a byte changed here and there. */
static size_t mutate(char *out, unsigned *seed)
{
	static const char bytes[] = "{}[]\",:\\ntu01 ";
	const char *a = any(seed), *b = any(seed);
	size_t n = strlen(a), at = n ? next(seed) % n : 0, m = strlen(b);
	size_t from = m ? next(seed) % m : 0, many = next(seed) % 4;
	if (next(seed) % 3 == 0) {
		memcpy(out, a, n);
	} else {
		memcpy(out, a, at);
		memcpy(out + at, b + from, m - from);
		n = at + m - from;
	}
	for (size_t i = 0; i < many && n; i++)
		out[next(seed) % n] = bytes[next(seed) % (sizeof(bytes) - 1)];
	return n;
}

static void whatever_is_read_is_as_its_tree(void **state)
{
	unsigned seed = 7;
	size_t read = 0;
	char text[TEXT_MAX];
	struct chunk chunk;
	(void)state;
	for (int i = 0; i < MUTATIONS; i++) {
		size_t n = mutate(text, &seed);
		char *exact = malloc(n ? n : 1); /* a byte beyond it would be noticed */
		assert_non_null(exact);
		memcpy(exact, text, n);
		if (chunk_glance((struct str){exact, n}, &chunk)) {
			hold((struct str){exact, n}, &chunk);
			read++;
		}
		free(exact);
	}
	assert_true(read > MUTATIONS / 100);
}

/* The content between these is another each time. */
static void what_differs_in_content_alone_is_as_its_tree(void **state)
{
	static const char before[] = "{\"id\":\"x\",\"choices\":[{\"delta\":{\"content\":\"";
	static const char after[] = "\"},\"finish_reason\":null}]}";
	static const char *const parts[] = {"a", " ", "word", "\xc3\xa9", "\xf0\x9f\x99\x82", "\"",
		"\\", "\\n", "\n", "\xc3", "\x82", "\",\"content\":\"b", "\"},{\"", "{", ":", "\t"};
	struct chunk_model model;
	struct chunk chunk;
	unsigned seed = 11;
	size_t read = 0;
	(void)state;
	chunk_model_init(&model);
	for (int i = 0; i < MUTATIONS; i++) {
		struct buf text = BUF_INIT(TEXT_MAX);
		buf_puts(&text, before);
		for (size_t n = next(&seed) % 4; n; n--)
			buf_puts(&text, parts[next(&seed) % (sizeof(parts) / sizeof(parts[0]))]);
		buf_puts(&text, next(&seed) % 8 ? after : "\"}}]}");
		if (chunk_read(&model, buf_str(&text), &chunk)) {
			hold(buf_str(&text), &chunk);
			read++;
		} else {
			assert_false(chunk_glance(buf_str(&text), &chunk));
		}
		buf_fini(&text);
	}
	assert_true(read > MUTATIONS / 10);
	chunk_model_fini(&model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_ones_are_read),
		cmocka_unit_test(unusual_ones_are_left_to_the_tree),
		cmocka_unit_test(whatever_is_read_is_as_its_tree),
		cmocka_unit_test(what_differs_in_content_alone_is_as_its_tree),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
