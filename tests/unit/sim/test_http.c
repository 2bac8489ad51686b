#include "unit.h"

#include "base/buf.h"
#include "sim/http.h"

#include <stdlib.h>

static struct arena arena;
static struct http_request request;

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

static void reads_a_request(void **state)
{
	static const char text[] = "POST /a/b?x=1&y=a%20b+c%2 HTTP/1.1\r\nHost: h\r\n"
				   "Accept-Encoding: br;q=0, gzip;q=0.5 , deflate;q=0\r\n"
				   "content-length:  5 \r\n\r\nhellomore";
	struct str value;
	(void)state;
	assert_int_equal(http_read(STR(text), &arena, &request), HTTP_READY);
	assert_str(request.method, "POST");
	assert_str(request.path, "/a/b");
	assert_str(request.body, "hello");
	assert_int_equal(request.length, sizeof(text) - 1 - 4);
	assert_false(request.close);
	assert_str(http_find(&request, "HOST"), "h");
	assert_null(http_find(&request, "missing").p);
	assert_true(http_accepts(&request, "accept-encoding", "gzip"));
	assert_false(http_accepts(&request, "accept-encoding", "br") ||
		     http_accepts(&request, "accept-encoding", "deflate") ||
		     http_accepts(&request, "accept-encoding", "zip"));
	assert_true(http_query(&request, "y", &arena, &value));
	assert_str(value, "a b c%2");
	assert_false(http_query(&request, "z", &arena, &value));
}

/* Whole requests, by what they are; every shorter beginning of a good one wants more. */
static void states(void **state)
{
	static const struct {
		const char *text;
		enum http_state expected;
	} cases[] = {
		{"GET / HTTP/1.1\r\n\r\n", HTTP_READY},
		{"GET / HTTP/1.0\r\n\r\n", HTTP_READY},
		{"POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc", HTTP_READY},
		{"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n00a\r\n"
		 "0123456789\r\n0\r\n\r\n",
			HTTP_READY},
		{"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nTrailer: x\r\n\r\n",
			HTTP_READY},
		{"GET /\r\n\r\n", HTTP_BAD},
		{"GET / HTTP/2\r\n\r\n", HTTP_BAD},
		{"\x16\x03\x01", HTTP_BAD},
		{"GET http://h/ HTTP/1.1\r\n\r\n", HTTP_BAD},
		{"GE T / HTTP/1.1\r\n\r\n", HTTP_BAD},
		{"GET / HTTP/1.1\r\n: x\r\n\r\n", HTTP_BAD},
		{"GET / HTTP/1.1\r\na b: x\r\n\r\n", HTTP_BAD},
		{"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n", HTTP_BAD},
		{"POST / HTTP/1.1\r\nContent-Length: \r\n\r\n", HTTP_BAD},
		{"POST / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n", HTTP_TOO_LARGE},
		{"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n",
			HTTP_TOO_LARGE},
		{"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcX\r\n", HTTP_BAD},
		{"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n\r\n", HTTP_BAD},
		{"POST / HTTP/1.1\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\nab",
			HTTP_CONTINUE},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct str text = str_of(cases[i].text);
		enum http_state got = http_read(text, &arena, &request);
		if (got != cases[i].expected)
			fail_msg("%s: got %d", cases[i].text, (int)got);
		if (got != HTTP_READY)
			continue;
		assert_int_equal(request.length, text.n);
		for (size_t n = 0; n < text.n; n++) {
			/* exactly n bytes, so that a look behind them is seen */
			char *part = malloc(n ? n : 1);
			memcpy(part, text.p, n);
			assert_int_equal(
				http_read((struct str){part, n}, &arena, &request), HTTP_MORE);
			free(part);
		}
	}
}

static void joins_chunks(void **state)
{
	(void)state;
	assert_int_equal(http_read(STR("POST / HTTP/1.1\r\ntransfer-encoding: Chunked\r\n\r\n"
				       "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\nGET"),
				 &arena, &request),
		HTTP_READY);
	assert_str(request.body, "abcde");
}

static void closes(void **state)
{
	(void)state;
	http_read(STR("GET / HTTP/1.1\r\nConnection: close\r\n\r\n"), &arena, &request);
	assert_true(request.close);
	http_read(STR("GET / HTTP/1.0\r\n\r\n"), &arena, &request);
	assert_true(request.close);
	http_read(STR("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"), &arena, &request);
	assert_false(request.close);
}

static void is_bounded(void **state)
{
	(void)state;
	char *text = malloc(HTTP_HEAD_MAX + 100);
	memset(text, 'a', HTTP_HEAD_MAX + 100);
	struct str endless = {text, HTTP_HEAD_MAX + 100};
	assert_int_equal(http_read(endless, &arena, &request), HTTP_TOO_LARGE);
	free(text);
	struct buf head = BUF_INIT(HTTP_HEAD_MAX);
	buf_puts(&head, "GET / HTTP/1.1\r\n");
	for (int i = 0; i <= HTTP_HEADERS_MAX; i++)
		buf_puts(&head, "a: b\r\n");
	buf_puts(&head, "\r\n");
	assert_int_equal(http_read(buf_str(&head), &arena, &request), HTTP_BAD);
	buf_fini(&head);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(reads_a_request, set_up, tear_down),
		cmocka_unit_test_setup_teardown(states, set_up, tear_down),
		cmocka_unit_test_setup_teardown(joins_chunks, set_up, tear_down),
		cmocka_unit_test_setup_teardown(closes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(is_bounded, set_up, tear_down),
	};
	return RUN(tests);
}
