/* What RFC 9112 forbids an answer, and what it must put up with. */
#include "asking.h"

static void a_fold_finds_nothing_of_the_answer_before(void **state)
{
	(void)state;
	struct client client;
	client_open(&client);
	for (int i = 0; i < 4; i++) {
		const struct told *told =
			ask(&client, ANSWER(SEND("HTTP/1.1 200 OK\r\nA: one\r\nB: two\r\n\r\n")));
		expect_reason(told, REASON_NONE, "");
		told = ask(
			&client, ANSWER(SEND("HTTP/1.1 200 OK\r\n folded: upon nothing\r\n\r\n")));
		expect_reason(told, REASON_PROTOCOL, "in front of the first header");
	}
	client_close(&client);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_fold_finds_nothing_of_the_answer_before),
	};
	return RUN(tests);
}
