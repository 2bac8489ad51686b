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
		expect_reason(told, REASON_PROTOCOL, "first");
	}
	client_close(&client);
}

struct framing {
	const char *answer;
	enum reason reason;
	const char *detail, *body;
};

static void expect(const struct framing *cases, size_t n)
{
	struct client client;
	client_open(&client);
	for (size_t i = 0; i < n; i++) {
		const struct told *told = ask(&client, ANSWER(SEND(cases[i].answer)));
		if (told->result.reason != cases[i].reason ||
			!strstr(told->detail, cases[i].detail) ||
			strcmp(buf_text(&told->body), cases[i].body) != 0)
			fail_msg("case %zu: %s \"%s\", body \"%s\"", i,
				reason_name(told->result.reason), told->detail,
				buf_text(&told->body));
	}
	client_close(&client);
}

static void heads_that_can_be_read_in_two_ways(void **state)
{
	static const struct framing cases[] = {
		{"HTTP/1.1 200 OK\r\nContent-Length: 15\r\nTransfer-Encoding: chunked\r\n\r\n"
		 "5\r\nhello\r\n0\r\n\r\n",
			REASON_PROTOCOL, "both Content-Length and Transfer-Encoding", ""},
		{"HTTP/1.1 200 OK\r\nTransfer-Encoding: foo\r\n\r\nhello", REASON_PROTOCOL,
			"a Transfer-Encoding other than chunked", ""},
		{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, foo\r\n\r\n0\r\n\r\n",
			REASON_PROTOCOL, "a Transfer-Encoding other than chunked", ""},
		{"HTTP/1.1 200 OK\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
			REASON_PROTOCOL, "over two lines", ""},
		{"HTTP/1.1 200 OK\r\nContent-Length : 5\r\n\r\nhello", REASON_PROTOCOL,
			"white space between", ""},
		{"HTTP/1.1 200 OK\r\nA: b\rContent-Length: 9\r\n\r\nhello", REASON_PROTOCOL,
			"a carriage return", ""},
		{"HTTP/1.1 200OK\r\nContent-Length: 5\r\n\r\nhello", REASON_PROTOCOL, "status line",
			""},
		{"HTTP/2 200 OK\r\nContent-Length: 5\r\n\r\nhello", REASON_PROTOCOL, "status line",
			""},
		{"HTTP/1.1 100 Continue\r\n\r\nhelloHTTP/1.1 200 OK\r\n\r\n", REASON_PROTOCOL,
			"the answer is not HTTP; it begins with \"helloHTTP", ""},
		{"HTTP/1.1 200 OK\nContent-Length: 5\n\nhello", REASON_NONE, "", "hello"},
		{"HTTP/1.1 200\r\nContent-Length: 5\r\ncontent-length: 5\r\n\r\nhello", REASON_NONE,
			"", "hello"},
		{"HTTP/1.1 200 OK\r\nA: b\r\n\tc\r\nContent-Length: 5\r\n\r\nhello", REASON_NONE,
			"", "hello"},
	};
	(void)state;
	expect(cases, COUNT(cases));
}

#define CHUNKED "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

static void chunks(void **state)
{
	static const struct framing cases[] = {
		{CHUNKED "5\r\nhello\r\n0\r\n\r\n", REASON_NONE, "", "hello"},
		{CHUNKED "3\nhel\n02\nlo\n000\n\n", REASON_NONE, "", "hello"},
		{CHUNKED "3 \r\nhel\r\n2\t;a=\"b\";c\r\nlo\r\n0;x\r\n\r\n", REASON_NONE, "",
			"hello"},
		{CHUNKED "5\r\nhello\r\n0\r\nA: b\r\n c\r\nD:\n\r\n", REASON_NONE, "", "hello"},
		{CHUNKED "5\r\nhello\r\n0\r\n\r\nand more", REASON_NONE, "", "hello"},
		{CHUNKED "A\r\n0123456789\r\n0000b\r\n0123456789a\r\n0\r\n\r\n", REASON_NONE, "",
			"01234567890123456789a"},
		{CHUNKED "5 junk\r\nhello\r\n0\r\n\r\n", REASON_PROTOCOL, "hexadecimal", ""},
		{CHUNKED "5junk\r\nhello\r\n0\r\n\r\n", REASON_PROTOCOL, "hexadecimal", ""},
		{CHUNKED "0x5\r\nhello\r\n0\r\n\r\n", REASON_PROTOCOL, "hexadecimal", ""},
		{CHUNKED "+5\r\nhello\r\n0\r\n\r\n", REASON_PROTOCOL, "hexadecimal", ""},
		{CHUNKED "-5\r\nhello\r\n0\r\n\r\n", REASON_PROTOCOL, "hexadecimal", ""},
		{CHUNKED " 5\r\nhello\r\n0\r\n\r\n", REASON_PROTOCOL, "hexadecimal", ""},
		{CHUNKED "\r\nhello\r\n0\r\n\r\n", REASON_PROTOCOL, "hexadecimal", ""},
		{CHUNKED "5\r\nhello\r\n0junk\r\n\r\n", REASON_PROTOCOL, "hexadecimal", "hello"},
		{CHUNKED "10000000000000005\r\nhello\r\n0\r\n\r\n", REASON_PROTOCOL,
			"beyond measure", ""},
		{CHUNKED "5;a\rb\r\nhello\r\n0\r\n\r\n", REASON_PROTOCOL, "carriage return", ""},
		{CHUNKED "5\rhello\r\n0\r\n\r\n", REASON_PROTOCOL, "carriage return", ""},
		{CHUNKED "5\r\nhello\r\r\n0\r\n\r\n", REASON_PROTOCOL, "where its size says",
			"hello"},
		{CHUNKED "5\r\nhelloX\r\n0\r\n\r\n", REASON_PROTOCOL, "where its size says",
			"hello"},
		{CHUNKED "5\r\nhello0\r\n\r\n", REASON_PROTOCOL, "where its size says", "hello"},
		{CHUNKED "5\r\nhello\r\n0\r\nno colon\r\n\r\n", REASON_PROTOCOL, "trailer",
			"hello"},
		{CHUNKED "5\r\nhello\r\n0\r\n: b\r\n\r\n", REASON_PROTOCOL, "trailer", "hello"},
		{CHUNKED "5\r\nhello\r\n0\r\n a: b\r\n\r\n", REASON_PROTOCOL, "trailer", "hello"},
		{CHUNKED "5\r\nhello\r\n0\r\na: b\rc: d\r\n\r\n", REASON_PROTOCOL,
			"carriage return", "hello"},
		{CHUNKED "5\r\nhel", REASON_TRUNCATED, "closed", "hel"},
		{CHUNKED "5\r\nhello\r\n", REASON_TRUNCATED, "closed", "hello"},
		{CHUNKED "5\r\nhello\r\n0\r\n", REASON_TRUNCATED, "closed", "hello"},
		{CHUNKED "5\r\nhello\r\n0\r\nA: b\r\n", REASON_TRUNCATED, "closed", "hello"},
	};
	(void)state;
	expect(cases, COUNT(cases));
}

static void nothing_around_chunks_is_endless(void **state)
{
	(void)state;
	struct client client;
	client_open(&client);
	expect_reason(
		ask(&client, ANSWER(SEND(CHUNKED "5;a="), {.what = WIRE_FOREVER, .text = "bbbb"})),
		REASON_TOO_LARGE, "extensions exceed 16 KiB");
	expect_reason(ask(&client, ANSWER(SEND(CHUNKED "0\r\nA: "),
					   {.what = WIRE_FOREVER, .text = "bbbb"})),
		REASON_TOO_LARGE, "a trailer exceeds 4000 bytes");
	client_close(&client);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(heads_that_can_be_read_in_two_ways),
		cmocka_unit_test(chunks),
		cmocka_unit_test(nothing_around_chunks_is_endless),
		cmocka_unit_test(a_fold_finds_nothing_of_the_answer_before),
	};
	return RUN(tests);
}
