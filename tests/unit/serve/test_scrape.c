/* /metrics of so many checks that they are sent while they are written. */
#include "serve/metrics.h"
#include "serve/server.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/memory.h"
#include "many.h"
#include "serve/gzip.h"

enum {
	CHECKS = 4000,
	HEAD_MAX = 4096,
	TEXT_MAX = 256 << 20,
	WAIT_S = 20,
	APART_MAX = 16384 /* of two checks' lines of the same bucket */
};

struct fixture {
	struct many many;
	struct server *server;
	char head[HEAD_MAX];
	struct buf body;
};

static void add_results(struct fixture *f, size_t i)
{
	for (size_t n = 0; n <= i % 3; n++) {
		struct record record = many_record(&f->many, i);
		record.is_stream = true;
		record.stream.ttft_us = (int64_t)(i * 311);
		record.stream.token_gap_us = (int64_t)(i * 17);
		record.duration_us = (int64_t)(i * 1013);
		record.timing = (struct timing){10, 20, 30, 400, 5000};
		record.outcome = n ? OUTCOME_PASS : OUTCOME_FAIL;
		record.reason = n ? REASON_NONE : REASON_TIMEOUT;
		board_result(f->many.board, i, &record);
	}
}

static int setup(void **state)
{
	struct fixture *f = MEM_NEW(struct fixture);
	struct error error = {0};
	const struct serve_options options = {.listen = "127.0.0.1:0"};
	many_init(&f->many, CHECKS);
	for (size_t i = 0; i < CHECKS; i++)
		add_results(f, i);
	f->server = server_start(&options, (struct server_sources){.board = f->many.board}, &error);
	assert_string_equal(error.text, "");
	f->body = BUF_INIT(TEXT_MAX);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	server_stop(f->server);
	many_fini(&f->many);
	buf_fini(&f->body);
	free(f);
	return 0;
}

static int ask(const struct fixture *f, const char *method, const char *accept)
{
	char request[HEAD_MAX];
	const struct timeval wait = {.tv_sec = WAIT_S};
	struct sockaddr_in there = {.sin_family = AF_INET,
		.sin_port = htons((uint16_t)atoi(strchr(server_address(f->server), ':') + 1))};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	inet_pton(AF_INET, "127.0.0.1", &there.sin_addr);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	assert_int_equal(connect(fd, (struct sockaddr *)&there, sizeof(there)), 0);
	int n = snprintf(request, sizeof(request),
		"%s /metrics HTTP/1.1\r\nHost: x\r\nAccept: %s\r\nConnection: close\r\n\r\n",
		method, accept);
	assert_int_equal(send(fd, request, (size_t)n, MSG_NOSIGNAL), n);
	return fd;
}

/* The head; the length that it tells of. */
static size_t hear_head(struct fixture *f, int fd)
{
	size_t n = 0;
	f->head[0] = '\0';
	while (!strstr(f->head, "\r\n\r\n")) {
		assert_true(n + 1 < HEAD_MAX);
		assert_int_equal(recv(fd, f->head + n, 1, 0), 1);
		f->head[++n] = '\0';
	}
	assert_memory_equal(f->head, "HTTP/1.1 200", strlen("HTTP/1.1 200"));
	assert_null(strstr(f->head, "Transfer-Encoding"));
	const char *length = strstr(f->head, "Content-Length: ");
	assert_non_null(length);
	return strtoul(length + strlen("Content-Length: "), NULL, 10);
}

/* Until the other side closes, or there are so many bytes. */
static void hear_body(struct fixture *f, int fd, size_t most)
{
	buf_reset(&f->body);
	while (f->body.n < most) {
		size_t room = most - f->body.n < 65536 ? most - f->body.n : 65536;
		char *at = buf_room(&f->body, room);
		ssize_t n = recv(fd, at, room, 0);
		assert_true(n >= 0);
		buf_wrote(&f->body, at + n);
		if (n == 0)
			break;
	}
}

/* All up to what changes while it is looked at. */
static struct str of_checks(const struct buf *text)
{
	ptrdiff_t end = str_find(buf_str(text), STR("# HELP outrider_incidents_open"), false);
	assert_true(end > 0);
	return (struct str){text->p, (size_t)end};
}

static void expect_whole(struct fixture *f, enum expo_format format, const char *accept)
{
	struct arena arena;
	struct buf whole = BUF_INIT(TEXT_MAX);
	int fd = ask(f, "GET", accept);
	size_t length = hear_head(f, fd);
	hear_body(f, fd, TEXT_MAX);
	close(fd);
	assert_true(length > GZIP_MAX); /* or it would be sent otherwise */
	assert_int_equal(f->body.n, length);
	arena_init(&arena);
	metrics_write(&whole, format, &arena, board_view(f->many.board, &arena, BOARD_METRICS));
	struct str told = of_checks(&f->body), written = of_checks(&whole);
	assert_int_equal(told.n, written.n);
	assert_true(str_eq(told, written));
	assert_non_null(strstr(f->body.p + told.n, "\nprocess_threads "));
	assert_int_equal(f->body.p[f->body.n - 1], '\n');
	arena_fini(&arena);
	buf_fini(&whole);
}

static void test_pieces_make_the_whole(void **state)
{
	expect_whole(*state, EXPO_PROMETHEUS, "*/*");
	expect_whole(*state, EXPO_OPENMETRICS, "application/openmetrics-text;version=1.0.0");
}

static void test_every_check_is_told_of_in_turn(void **state)
{
	struct fixture *f = *state;
	char line[HEAD_MAX];
	int fd = ask(f, "GET", "*/*");
	hear_head(f, fd);
	hear_body(f, fd, TEXT_MAX);
	close(fd);
	struct str rest = buf_str(&f->body);
	rest = str_from(
		rest, (size_t)str_find(rest, STR("# HELP outrider_stream_token_gap"), false));
	for (size_t i = 0; i < CHECKS; i++) {
		snprintf(line, sizeof(line),
			"\noutrider_stream_token_gap_seconds_bucket{check=\"%s\",service="
			"\"gateway\",mode=\"local\",le=\"+Inf\"} %zu\n",
			f->many.ids[i], i % 3 + 1);
		struct str next = {rest.p, rest.n < APART_MAX ? rest.n : APART_MAX};
		ptrdiff_t found = str_find(next, str_of(line), false);
		assert_true(found >= 0);
		rest = str_from(rest, (size_t)found);
	}
}

static void test_the_head_alone(void **state)
{
	struct fixture *f = *state;
	int fd = ask(f, "HEAD", "*/*");
	assert_true(hear_head(f, fd) > GZIP_MAX);
	hear_body(f, fd, 1);
	assert_int_equal(f->body.n, 0);
	close(fd);
}

static void test_one_leaves_midway(void **state)
{
	struct fixture *f = *state;
	int fd = ask(f, "GET", "*/*");
	assert_true(hear_head(f, fd) > GZIP_MAX);
	hear_body(f, fd, 1 << 20);
	assert_int_equal(f->body.n, 1 << 20);
	close(fd);
	expect_whole(f, EXPO_PROMETHEUS, "*/*");
	fd = ask(f, "GET", "*/*"); /* is still there when the server stops */
	assert_true(hear_head(f, fd) > GZIP_MAX);
	server_stop(f->server);
	f->server = NULL;
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pieces_make_the_whole),
		cmocka_unit_test(test_every_check_is_told_of_in_turn),
		cmocka_unit_test(test_the_head_alone),
		cmocka_unit_test(test_one_leaves_midway), /* the last: it stops the server */
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
