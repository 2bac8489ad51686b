#include "unit.h"

#include "base/clock.h"
#include "sim/chat.h"
#include "sim/memories.h"

#include <stdio.h>

static struct arena arena;

static int set_up(void **state)
{
	(void)state;
	arena_init(&arena);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_fini(&arena);
	return 0;
}

static struct chat_answer answer(const char *asked)
{
	struct chat chat = {.asked = str_of(asked)};
	return chat_answer(&chat, &arena, 0);
}

static void answers(void **state)
{
	static const struct {
		const char *asked, *answer;
	} cases[] = {
		{"What is 2+2?", "2 + 2 = 4"},
		{"12 + 30 please", "12 + 30 = 42"},
		{"+", "Hello! How can I help you today?"},
		{"a+b", "Hello! How can I help you today?"},
		{"1+", "Hello! How can I help you today?"},
		{"999999999999999+99999999999999999", "999999999 + 999999999 = 1999999998"},
		{"Count from 1 to 5", "1, 2, 3, 4, 5"},
		{"Count to 3", "1, 2, 3"},
		{"count to", "Hello! How can I help you today?"},
		{"count from 5 to 3", ""},
		{"Say 'test' and nothing else", "test"},
		{"Say '", "Hello! How can I help you today?"},
		{"What is today's date?", "Today is 1970-01-01 (UTC)."},
		{"What is my name?", "You haven't told me your name yet."},
		{"", "Hello! How can I help you today?"},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_str(answer(cases[i].asked).text, cases[i].answer);
	assert_true(answer("Write a Python function that adds two numbers").agent);
	assert_false(answer("Write a short poem").agent);
	assert_true(answer("Hi").simple && !answer("History?").simple);
}

static void counting_is_bounded(void **state)
{
	(void)state;
	struct str text = answer("count from 1 to 999999999").text;
	assert_true(text.n < 10 * (CHAT_COUNT_MAX + 1));
}

static void reads_messages(void **state)
{
	static const char text[] =
		"{\"model\":\"m\",\"stream\":true,\"stream_options\":{\"include_usage\":true},"
		"\"messages\":[{\"role\":\"system\",\"content\":\"Be brief.\"},"
		"{\"role\":\"user\",\"content\":\"my name is Al\"},"
		"{\"role\":\"assistant\",\"content\":\"My name is Bot\"},"
		"{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"two words\"},"
		"{\"type\":\"image_url\",\"image_url\":{\"url\":\"x\"}}]}]}";
	struct error error;
	(void)state;
	struct json *root = json_parse(STR(text), &error);
	struct chat chat = chat_read(root, &arena, false);
	assert_str(chat.model, "m");
	assert_true(chat.stream && chat.wants_usage && chat.has_image);
	assert_str(chat.asked, "two words");
	assert_str(chat.system, "Be brief.");
	assert_str(chat.name, "Al");
	assert_int_equal(chat.prompt_tokens, 2 + 4 + 4 + 2);
	assert_int_equal(chat_read(root, &arena, true).name.n, 0);
	json_free(root);
}

static void tokens(void **state)
{
	struct str rest = STR(" a  bc\nd");
	(void)state;
	assert_str(chat_token(&rest), " a  ");
	assert_str(chat_token(&rest), "bc\n");
	assert_str(chat_token(&rest), "d");
	assert_int_equal(rest.n, 0);
	assert_int_equal(chat_words(STR(" a  bc\nd ")), 3);
	assert_int_equal(chat_words(STR("  ")), 0);
}

static void remembers(void **state)
{
	(void)state;
	struct memories *memories = memories_new();
	const struct memory *memory = memories_learn(
		memories, "u", STR("Well, my favorite color is blue. Yes!"), "abcdef");
	assert_string_equal(memory->id, "mem_abcdef");
	assert_string_equal(memory->caption, "Favorite color is blue");
	assert_true(memory_fits(memory, STR("What's my favorite color?")));
	assert_false(memory_fits(memory, STR("Is it? The end.")));
	assert_null(memories_learn(memories, "u", STR("What is my favorite color?"), "abcdef"));
	assert_null(memories_learn(memories, "u", STR(""), "abcdef"));
	assert_non_null(memories_learn(memories, "u", STR("I like tea"), "abcdef"));
	assert_int_equal(memories_count(memories, "u"), 2);
	assert_int_equal(memories_count(memories, "v"), 0);
	memories_forget(memories, "u");
	assert_int_equal(memories_count(memories, "u"), 0);
	memories_free(memories);
}

static void memory_is_bounded(void **state)
{
	char name[MEMORIES_UUID + 1];
	(void)state;
	struct memories *memories = memories_new();
	for (int i = 0; i < MEMORIES_USERS_MAX + 1; i++) {
		snprintf(name, sizeof(name), "user-%d", i);
		assert_true(memories_admit(memories, name, i));
		memories_learn(memories, name, STR("I like tea"), "abcdef");
	}
	assert_int_equal(memories_count(memories, "user-0"), 0); /* made room */
	assert_int_equal(memories_count(memories, "user-1"), 1);
	for (int i = 0; i < MEMORIES_PER_USER_MAX + 5; i++) {
		snprintf(name, sizeof(name), "I like tea %d", i);
		memories_learn(memories, "user-2", str_of(name), "abcdef");
	}
	assert_int_equal(memories_count(memories, "user-2"), MEMORIES_PER_USER_MAX);
	assert_string_equal(memories_at(memories, "user-2", 0)->caption, "Like tea 5");
	memories_free(memories);
}

static void rate_is_limited(void **state)
{
	(void)state;
	struct memories *memories = memories_new();
	for (int i = 0; i < MEMORIES_RATE_PER_MINUTE; i++)
		assert_true(memories_admit(memories, "u", i * US_PER_S / 2));
	assert_false(memories_admit(memories, "u", 30 * US_PER_S));
	assert_false(memories_admit(memories, "u", 60 * US_PER_S));
	assert_true(memories_admit(memories, "u", 60 * US_PER_S + 1));
	assert_false(memories_admit(memories, "u", 60 * US_PER_S + 2));
	assert_true(memories_admit(memories, "u", 120 * US_PER_S));
	memories_free(memories);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(answers, set_up, tear_down),
		cmocka_unit_test_setup_teardown(counting_is_bounded, set_up, tear_down),
		cmocka_unit_test_setup_teardown(reads_messages, set_up, tear_down),
		cmocka_unit_test(tokens),
		cmocka_unit_test(remembers),
		cmocka_unit_test(memory_is_bounded),
		cmocka_unit_test(rate_is_limited),
	};
	return RUN(tests);
}
