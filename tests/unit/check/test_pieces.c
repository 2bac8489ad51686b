#include "check/pieces.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define CANARY "canary-4711-secret"
#define DELTA(member, text)                                                                        \
	"data: {\"choices\":[{\"index\":0,\"delta\":{\"" member "\":\"" text "\"}}]}\n\n"

static bool makes(const char *raw, bool is_stream)
{
	struct secrets *secrets = secrets_new();
	struct observation seen = {.is_stream = is_stream, .body = BUF_INIT(1 << 20)};
	assert_true(secrets_add(secrets, STR(CANARY)));
	buf_puts(&seen.body, raw);
	bool found = pieces_make_secret(&seen, secrets);
	assert_false(pieces_make_secret(&seen, NULL));
	buf_fini(&seen.body);
	secrets_free(secrets);
	return found;
}

static void test_pieces(void **state)
{
	(void)state;
	static const struct {
		const char *raw;
		bool found;
	} cases[] = {
		{"", false},
		{DELTA("content", "cana") DELTA("content", "ry-47") DELTA("content", "11-secret"),
			true},
		{DELTA("content", "so cana") DELTA("content", "ry-4711-secret!"), true},
		{DELTA("content", "canary-471") DELTA("content", "1-secret"), true},
		{DELTA("content", "canary-4711-secre") DELTA("content", "t"), true},
		{DELTA("content", "a " CANARY " canary-4711") DELTA("content", "-secret"), true},
		{DELTA("content", "cana") ": ping\n\n" DELTA("content", "ry-4711-secret"), true},
		{DELTA("content", "cana") "data: {\"usage\":{\"model\":\"x\"}}\r\n\r\n" DELTA(
			 "content", "ry-4711-secret"),
			true},
		{DELTA("reasoning_content", "canary-") DELTA("content", "and ")
				DELTA("reasoning_content", "4711-secret"),
			true},
		{"data: canary-\n\ndata: 4711-secret\n\n", true},
		/* Whole in one frame it is redacted there. */
		{DELTA("content", "a " CANARY " b") DELTA("content", "c"), false},
		{DELTA("content", "canary-") DELTA("role", "4711-secret"), false},
		{DELTA("content", "canary-") DELTA("content", "4712"), false},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (makes(cases[i].raw, true) != cases[i].found)
			fail_msg("%s", cases[i].raw);
		assert_false(makes(cases[i].raw, false));
	}
}

/* Two answers side by side, told apart by their index. */
static void test_choices_in_turn(void **state)
{
	(void)state;
	assert_true(makes(
		"data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"canary-\"}}]}\n\n"
		"data: {\"choices\":[{\"index\":1,\"delta\":{\"content\":\"hello\"}}]}\n\n"
		"data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"4711-secret\"}}]}\n\n",
		true));
}

static void test_many_members(void **state)
{
	(void)state;
	char raw[4096];
	size_t n = 0;
	for (int i = 0; i < 40; i++)
		n += (size_t)snprintf(raw + n, sizeof(raw) - n, "data: {\"m%d\":\"x\"}\n\n", i);
	snprintf(raw + n, sizeof(raw) - n,
		"data: {\"y\":\"canary-\"}\n\ndata: {\"y\":\"4711-secret\"}");
	assert_true(makes(raw, true));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_choices_in_turn),
		cmocka_unit_test(test_many_members),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
