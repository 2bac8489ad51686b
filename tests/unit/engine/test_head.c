#include "unit.h"

#include "engine/head.h"

#include <stdio.h>
#include <string.h>

static enum head_result feed(struct head *head, const char *line)
{
	return head_line(head, str_of(line));
}

static enum head_result feed_all(struct head *head, const char *const *lines)
{
	enum head_result result = HEAD_MORE;
	for (; *lines && result == HEAD_MORE; lines++)
		result = feed(head, *lines);
	return result;
}

static const char *value_of(const struct head *head, const char *name)
{
	struct headers headers = head_headers(head);
	return headers_find(&headers, name);
}

static void names_are_lowered_and_values_trimmed(void **state)
{
	(void)state;
	struct head head;
	head_init(&head);
	const char *const lines[] = {"HTTP/1.1 200 OK\r\n", "Content-TYPE:  text/plain \t\r\n",
		"X-Empty:\r\n", "X-Colons: a:b: c\n", "\r\n", NULL};
	assert_int_equal(feed_all(&head, lines), HEAD_WHOLE);
	assert_int_equal(head.status, 200);
	assert_int_equal(head_headers(&head).n, 3);
	assert_string_equal(value_of(&head, "content-type"), "text/plain");
	assert_string_equal(value_of(&head, "x-empty"), "");
	assert_string_equal(value_of(&head, "x-colons"), "a:b: c");
	head_fini(&head);
}

static void folded_lines_continue_a_value(void **state)
{
	(void)state;
	struct head head;
	head_init(&head);
	const char *const lines[] = {"HTTP/1.1 200 OK\r\n", "A: one\r\n", "\t two\r\n",
		" three \r\n", "B: x\r\n", " \r\n", "C:\r\n", " \t\r\n", " y\r\n", "\r\n", NULL};
	assert_int_equal(feed_all(&head, lines), HEAD_WHOLE);
	assert_string_equal(value_of(&head, "a"), "one two three");
	assert_string_equal(value_of(&head, "b"), "x");
	assert_string_equal(value_of(&head, "c"), "y");
	head_fini(&head);
}

static void a_nul_is_no_part_of_a_field(void **state)
{
	(void)state;
	struct head head;
	head_init(&head);
	assert_int_equal(feed(&head, "HTTP/1.1 200 OK\r\n"), HEAD_MORE);
	assert_int_equal(head_line(&head, STR("A: x\0y\r\n")), HEAD_BROKEN);
	assert_string_equal(head.wrong, "a NUL in a header field");
	head_fini(&head);
}

static void interim_answers_are_dropped(void **state)
{
	(void)state;
	struct head head;
	head_init(&head);
	const char *const lines[] = {"HTTP/1.1 100 Continue\r\n", "X-Interim: 1\r\n", "\r\n",
		"HTTP/1.1 103 Early Hints\r\n", "Link: <x>\r\n", "\r\n", "HTTP/1.1 404 No\r\n",
		"Status: a field that looks like one\r\n", "\r\n", NULL};
	assert_int_equal(feed_all(&head, lines), HEAD_WHOLE);
	assert_int_equal(head.status, 404);
	assert_int_equal(head_headers(&head).n, 1);
	assert_null(value_of(&head, "x-interim"));
	head_fini(&head);
}

static void trailers_change_nothing(void **state)
{
	(void)state;
	struct head head;
	head_init(&head);
	head_allow_http2(&head);
	const char *const lines[] = {"HTTP/2 200 \r\n", "a: b\r\n", "\r\n", NULL};
	assert_int_equal(feed_all(&head, lines), HEAD_WHOLE);
	assert_int_equal(feed(&head, "HTTP/1.1 500 Later\r\n"), HEAD_MORE);
	assert_int_equal(feed(&head, "a: c\r\n"), HEAD_MORE);
	assert_int_equal(feed(&head, "\r\n"), HEAD_MORE);
	assert_int_equal(head.status, 200);
	assert_string_equal(value_of(&head, "a"), "b");
	head_fini(&head);
}

static void limits(void **state)
{
	(void)state;
	struct head head;
	head_init(&head);
	enum head_result result = HEAD_MORE;
	for (unsigned i = 0; result == HEAD_MORE && i <= HEAD_INTERIM_MAX; i++) {
		assert_int_equal(head.interim, i);
		feed(&head, "HTTP/1.1 102 Processing\r\n");
		result = feed(&head, "\r\n");
	}
	assert_int_equal(result, HEAD_BROKEN);
	assert_contains(head.wrong, "interim");

	head_reset(&head);
	feed(&head, "HTTP/1.1 200 OK\r\n");
	for (int i = 0; i < HEAD_FIELDS_MAX; i++)
		assert_int_equal(feed(&head, "a: b\r\n"), HEAD_MORE);
	assert_int_equal(feed(&head, "a: b\r\n"), HEAD_LARGE);
	assert_contains(head.wrong, "1000");

	head_reset(&head);
	static char line[64 << 10];
	memset(line, 'x', sizeof(line) - 1);
	line[1] = ':';
	feed(&head, "HTTP/1.1 200 OK\r\n");
	for (int i = 0; i < 3; i++)
		assert_int_equal(feed(&head, line), HEAD_MORE);
	assert_int_equal(feed(&head, line), HEAD_LARGE);
	assert_contains(head.wrong, "256 KiB");
	assert_true(head.bytes <= HEAD_BYTES_MAX);

	head_reset(&head);
	assert_true(head.text.cap <= HEAD_KEEP_BYTES);
	head_fini(&head);
}

static void what_is_not_one_answer_is_broken(void **state)
{
	(void)state;
	struct head head;
	head_init(&head);
	const char *const two[] = {"HTTP/1.1 200 OK\r\n", "Content-Length: 1\r\n",
		"content-length: 2\r\n", "\r\n", NULL};
	const char *const same[] = {"HTTP/1.1 200 OK\r\n", "Content-Length: 1\r\n",
		"content-length: 1\r\n", "\r\n", NULL};
	const char *const upgrade[] = {"HTTP/1.1 101 Switching\r\n", "\r\n", NULL};
	assert_int_equal(feed_all(&head, two), HEAD_BROKEN);
	assert_false(head.whole);
	head_reset(&head);
	assert_int_equal(feed_all(&head, same), HEAD_WHOLE);
	head_reset(&head);
	assert_int_equal(feed_all(&head, upgrade), HEAD_BROKEN);
	head_fini(&head);
}

static void lines_have_one_meaning(void **state)
{
	static const struct {
		const char *lines[5];
		const char *wrong; /* NULL: nothing */
	} cases[] = {
		{{"HTTP/1.1 200 OK\r\n", "Content-Length: 2\r\n"}, NULL},
		{{"HTTP/1.1 200 OK\r\n", "Content-Length: 2, 2 ,2\r\n"}, NULL},
		{{"HTTP/1.1 200 OK\r\n", "Content-Length: 2, 3\r\n"}, "not one number"},
		{{"HTTP/1.1 200 OK\r\n", "Content-Length: 2,\r\n"}, "not one number"},
		{{"HTTP/1.1 200 OK\r\n", "Content-Length: 2 2\r\n"}, "not one number"},
		{{"HTTP/1.1 200 OK\r\n", "Content-Length: +2\r\n"}, "not one number"},
		{{"HTTP/1.1 200 OK\r\n", "Content-Length: 0x2\r\n"}, "not one number"},
		{{"HTTP/1.1 200 OK\r\n", "Content-Length: 2.0\r\n"}, "not one number"},
		{{"HTTP/1.1 200 OK\r\n", "Content-Length: \v2\r\n"}, "not one number"},
		{{"HTTP/1.1 200 OK\r\n", "Content-Length:\r\n"}, "not one number"},
		{{"HTTP/1.1 200 OK\r\n", "Content-Length: 9999999999999999999\r\n"}, "measure"},
		{{"HTTP/1.1 200 OK\r\n", "Content-Length:\r\n", " 2\r\n"},
			"Content-Length over two lines"},
		{{"HTTP/1.1 200 OK\r\n", "Transfer-Encoding: Chunked \r\n"}, NULL},
		{{"HTTP/1.1 200 OK\r\n", "Transfer-Encoding: foo\r\n"}, "other than chunked"},
		{{"HTTP/1.1 200 OK\r\n", "Transfer-Encoding:\r\n"}, "other than chunked"},
		{{"HTTP/1.1 200 OK\r\n", "Transfer-Encoding: \vchunked\r\n"}, "other than chunked"},
		{{"HTTP/1.1 200 OK\r\n", "Transfer-Encoding: chunked, foo\r\n"},
			"other than chunked"},
		{{"HTTP/1.1 200 OK\r\n", "Transfer-Encoding: gzip, chunked\r\n"},
			"other than chunked"},
		{{"HTTP/1.1 200 OK\r\n", "Transfer-Encoding: chunked\r\n",
			 "Transfer-Encoding: chunked\r\n"},
			"other than chunked"},
		{{"HTTP/1.1 200 OK\r\n", "Transfer-Encoding:\r\n", " chunked\r\n"},
			"Transfer-Encoding over two lines"},
		{{"HTTP/1.0 200 OK\r\n", "Transfer-Encoding: chunked\r\n"}, "in HTTP/1.0"},
		{{"HTTP/1.1 200 OK\r\n", "Content-Length: 2\r\n", "Transfer-Encoding: chunked\r\n"},
			"both Content-Length and Transfer-Encoding"},
		{{"HTTP/1.1 200 OK\r\n", "Transfer-Encoding: chunked\r\n", "Content-Length: 2\r\n"},
			"both Content-Length and Transfer-Encoding"},
		{{"HTTP/1.1 103 Hints\r\n", "Transfer-Encoding: chunked\r\n", "\r\n",
			 "HTTP/1.1 200 OK\r\n", "Content-Length: 2\r\n"},
			NULL},
		{{"HTTP/1.1 200 OK\n", "A: b\n"}, NULL},
		{{"HTTP/1.1 200 OK\r\n", "A!#$%&'*+-.^_`|~9: \xff\x01\t b\r\n"}, NULL},
		{{"HTTP/1.1 200 OK\r\n", "A : b\r\n"}, "between a header's name and its colon"},
		{{"HTTP/1.1 200 OK\r\n", "A\t: b\r\n"}, "between a header's name and its colon"},
		{{"HTTP/1.1 200 OK\r\n", "A b: c\r\n"}, "name is none"},
		{{"HTTP/1.1 200 OK\r\n", "\"A\": b\r\n"}, "name is none"},
		{{"HTTP/1.1 200 OK\r\n", ": b\r\n"}, "name is none"},
		{{"HTTP/1.1 200 OK\r\n", "A b\r\n"}, "without a colon"},
		{{"HTTP/1.1 200 OK\r\n", "A: b\rC: d\r\n"}, "carriage return"},
		{{"HTTP/1.1 200 OK\r\n", "A: b\r\r\n"}, "carriage return"},
		{{"HTTP/1.1 200 OK\r\n", "\rA: b\r\n"}, "carriage return"},
		{{"HTTP/1.1 200 O\rK\r\n"}, "carriage return"},
		{{"HTTP/1.1 200 OK\r\n", " A: b\r\n"}, HEAD_FOLD_FIRST},
		{{"HTTP/1.1 200\r\n"}, NULL},
		{{"HTTP/1.1 200 \r\n"}, NULL},
		{{"HTTP/1.1 999 \xe2\x80\xae\r\n"}, NULL},
		{{"HTTP/1.1 200OK\r\n"}, "status line"},
		{{"HTTP/1.1  200 OK\r\n"}, "status line"},
		{{"HTTP/1.1 20 OK\r\n"}, "status line"},
		{{"HTTP/1.1 2000 OK\r\n"}, "status line"},
		{{"HTTP/1.1 099 OK\r\n"}, "status line"},
		{{"HTTP/1.2 200 OK\r\n"}, "status line"},
		{{"HTTP/2 200 \r\n"}, "status line"},
		{{"http/1.1 200 OK\r\n"}, "status line"},
		{{"HTTP/1.1\r\n"}, "status line"},
	};
	(void)state;
	struct head head;
	head_init(&head);
	for (size_t i = 0; i < COUNT(cases); i++) {
		enum head_result result = HEAD_MORE;
		for (size_t j = 0; result == HEAD_MORE && j < COUNT(cases[i].lines); j++)
			if (cases[i].lines[j])
				result = feed(&head, cases[i].lines[j]);
		if (result == HEAD_MORE)
			result = feed(&head, "\r\n");
		if ((result == HEAD_WHOLE) != !cases[i].wrong ||
			(cases[i].wrong && !strstr(head.wrong, cases[i].wrong)))
			fail_msg("case %zu: %d \"%s\"", i, result, head.wrong ? head.wrong : "");
		head_reset(&head);
	}
	head_fini(&head);
}

static void every_byte_of_a_name(void **state)
{
	static const char token[] = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	(void)state;
	struct head head;
	head_init(&head);
	for (int c = 1; c <= 0xff; c++) {
		char line[] = {'X', (char)c, 'y', ':', 'b', '\r', '\n', '\0'};
		char name[] = {'x', (char)(c >= 'A' && c <= 'Z' ? c + 'a' - 'A' : c), 'y', '\0'};
		const char *const lines[] = {"HTTP/1.1 200 OK\r\n", line, "\r\n", NULL};
		bool good = strchr(token, c) != NULL;
		assert_int_equal(head_is_token((char)c), good);
		if (c != ':' && c != '\n')
			assert_int_equal(feed_all(&head, lines), good ? HEAD_WHOLE : HEAD_BROKEN);
		if (good)
			assert_string_equal(value_of(&head, name), "b");
		head_reset(&head);
	}
	head_fini(&head);
}

static void a_head_is_used_again(void **state)
{
	(void)state;
	struct head head;
	head_init(&head);
	for (int round = 0; round < 3; round++) {
		char status[64];
		snprintf(status, sizeof(status), "HTTP/1.1 20%d OK\r\n", round);
		const char *const lines[] = {status, "A: b\r\n", "\r\n", NULL};
		assert_int_equal(feed_all(&head, lines), HEAD_WHOLE);
		assert_int_equal(head.status, 200 + round);
		assert_int_equal(head_headers(&head).n, 1);
		head_reset(&head);
	}
	head_fini(&head);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_lowered_and_values_trimmed),
		cmocka_unit_test(folded_lines_continue_a_value),
		cmocka_unit_test(a_nul_is_no_part_of_a_field),
		cmocka_unit_test(interim_answers_are_dropped),
		cmocka_unit_test(trailers_change_nothing),
		cmocka_unit_test(limits),
		cmocka_unit_test(what_is_not_one_answer_is_broken),
		cmocka_unit_test(lines_have_one_meaning),
		cmocka_unit_test(every_byte_of_a_name),
		cmocka_unit_test(a_head_is_used_again),
	};
	return RUN(tests);
}
