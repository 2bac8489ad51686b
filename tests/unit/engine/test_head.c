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
	const char *const lines[] = {"HTTP/1.1 200 OK\r\n", " lost: before any field\r\n",
		"A: one\r\n", "\t two\r\n", " three \r\n", "B: x\r\n", " \r\n", "C:\r\n", " \t\r\n",
		" y\r\n", "\r\n", NULL};
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
		"HTTP/1.1 200: a field that looks like a status line\r\n", "\r\n", NULL};
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

static void a_length_is_one_number(void **state)
{
	static const struct {
		const char *field;
		enum head_result result;
	} cases[] = {
		{"Content-Length: 2\r\n", HEAD_WHOLE},
		{"Content-Length: 2, 2 ,2\r\n", HEAD_WHOLE},
		{"Content-Length: 2, 3\r\n", HEAD_BROKEN},
		{"Content-Length: 2,\r\n", HEAD_BROKEN},
		{"Content-Length: 2 2\r\n", HEAD_BROKEN},
		{"Content-Length: +2\r\n", HEAD_BROKEN},
		{"Content-Length: 0x2\r\n", HEAD_BROKEN},
		{"Content-Length: 2.0\r\n", HEAD_BROKEN},
		{"Content-Length:\r\n", HEAD_BROKEN},
		{"Content-Length: 9999999999999999999\r\n", HEAD_LARGE},
	};
	(void)state;
	struct head head;
	head_init(&head);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *const lines[] = {"HTTP/1.1 200 OK\r\n", cases[i].field, "\r\n", NULL};
		assert_int_equal(feed_all(&head, lines), cases[i].result);
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
		cmocka_unit_test(a_length_is_one_number),
		cmocka_unit_test(a_head_is_used_again),
	};
	return RUN(tests);
}
