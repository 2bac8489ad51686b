#include "serve/streams.h"

#include "many.h"
#include "serve/events.h"
#include "serve/server.h"

#include <arpa/inet.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

enum { HEARD_MAX = 1 << 16, HEARD_KEPT = 256, WAIT_MS = 10000, CROWD = 100 };

struct fixture {
	struct sample sample;
	struct board *board;
	struct server *server;
	uint16_t port;
	char heard[HEARD_MAX + 1]; /* the newest listener's bytes */
};

static int setup(void **state)
{
	static struct fixture f;
	struct error error = {0};
	memset(&f, 0, sizeof(f));
	sample_init(&f.sample);
	f.board = board_new();
	board_load(f.board, &f.sample.plan, &f.sample.watch, false);
	f.server = server_start(&(struct serve_options){.listen = "127.0.0.1:0"},
		(struct server_sources){.board = f.board}, &error);
	assert_string_equal(error.text, "");
	f.port = (uint16_t)atoi(strchr(server_address(f.server), ':') + 1);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	server_stop(f->server);
	board_free(f->board);
	return 0;
}

/* From 127.0.0.SOURCE. */
static int connect_from(const struct fixture *f, int source)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in here = {.sin_family = AF_INET};
	struct sockaddr_in there = {.sin_family = AF_INET, .sin_port = htons(f->port)};
	here.sin_addr.s_addr = htonl(INADDR_LOOPBACK + (in_addr_t)source - 1);
	there.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)&here, sizeof(here)), 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&there, sizeof(there)), 0);
	return fd;
}

static int listen_from(const struct fixture *f, int source, const char *query, const char *headers)
{
	char text[512];
	int fd = connect_from(f, source);
	int n = snprintf(text, sizeof(text), "GET /api/v1/events%s HTTP/1.1\r\nHost: x\r\n%s\r\n",
		query, headers);
	assert_int_equal(send(fd, text, (size_t)n, MSG_NOSIGNAL), n);
	return fd;
}

/* Reads until the text came, of however much before it the end stays; false: the connection ended before. */
static bool hears(struct fixture *f, int fd, const char *text)
{
	size_t n = 0;
	for (;;) {
		struct pollfd wait = {.fd = fd, .events = POLLIN};
		f->heard[n] = '\0';
		if (strstr(f->heard, text))
			return true;
		if (poll(&wait, 1, WAIT_MS) != 1)
			fail_msg("no %s within %d ms after %s", text, WAIT_MS, f->heard);
		if (n == HEARD_MAX) {
			n = HEARD_KEPT;
			memmove(f->heard, f->heard + HEARD_MAX - n, n);
		}
		ssize_t got = recv(fd, f->heard + n, HEARD_MAX - n, 0);
		if (got <= 0)
			return false;
		n += (size_t)got;
	}
}

static void put(struct fixture *f, size_t index, const char *message)
{
	sample_put(f->board, &f->sample, index, clock_wall_us(), OUTCOME_FAIL, REASON_EXPECTATION,
		message);
}

static void test_news_arrive(void **state)
{
	struct fixture *f = *state;
	int fd = listen_from(f, 1, "", "");
	assert_true(hears(f, fd, "retry: 2000\nid: "));
	assert_non_null(strstr(f->heard, "HTTP/1.1 200 OK\r\n"));
	assert_non_null(strstr(f->heard, "Content-Type: text/event-stream\r\n"));
	assert_non_null(strstr(f->heard, "Content-Security-Policy: default-src 'none'"));
	assert_non_null(strstr(f->heard, "Cache-Control: no-store\r\n"));
	for (int i = 0; i < 3; i++) {
		char message[16];
		snprintf(message, sizeof(message), "number %d", i);
		put(f, 1, message);
		assert_true(hears(f, fd, message));
		assert_non_null(
			strstr(f->heard, "event: result\ndata: {\"check\":\"gateway-stream\""));
	}
	close(fd);
}

static void test_going_on(void **state)
{
	struct fixture *f = *state;
	char header[64];
	snprintf(header, sizeof(header), "Last-Event-ID: %llu\r\n",
		(unsigned long long)news_newest(f->board));
	put(f, 1, "while away");
	put(f, 3, "of another");
	int fd = listen_from(f, 1, "", header);
	assert_true(hears(f, fd, "of another"));
	assert_non_null(strstr(f->heard, "while away"));
	close(fd);
	fd = listen_from(f, 1, "?since=1&check=memory-recall", header); /* the header rules */
	assert_true(hears(f, fd, "of another"));
	assert_null(strstr(f->heard, "while away"));
	assert_null(strstr(f->heard, "event: reset"));
	close(fd);
	fd = listen_from(f, 1, "?since=1", "");
	assert_true(hears(f, fd, "event: reset\ndata: {}\n\n"));
	close(fd);
	fd = listen_from(f, 1, "", "Last-Event-ID: nonsense\r\n");
	assert_true(hears(f, fd, "event: reset\ndata: {}\n\n"));
	close(fd);
	fd = listen_from(f, 1, "?check=nobody", "");
	assert_true(hears(f, fd, "404 Not Found"));
	close(fd);
}

static void test_crowd(void **state)
{
	struct fixture *f = *state;
	int fds[CROWD];
	for (int i = 0; i < CROWD; i++) {
		fds[i] = listen_from(f, 1 + i % 2, "", "");
		assert_true(hears(f, fds[i], "retry: "));
	}
	put(f, 1, "for all of you");
	for (int i = 0; i < CROWD; i++) {
		assert_true(hears(f, fds[i], "for all of you"));
		close(fds[i]);
	}
}

static int one_more(struct fixture *f, int source)
{
	int fd = listen_from(f, source, "", "");
	assert_true(hears(f, fd, "\r\n\r\n"));
	if (strstr(f->heard, " 200 OK"))
		return fd;
	assert_non_null(strstr(f->heard, " 503 Service Unavailable"));
	close(fd);
	return -1;
}

static void test_limits(void **state)
{
	struct fixture *f = *state;
	int fds[STREAMS_MAX];
	for (int i = 0; i < STREAMS_MAX; i++) {
		fds[i] = one_more(f, 1 + i / STREAMS_ADDRESS_MAX);
		assert_true(fds[i] >= 0);
		if (i == STREAMS_ADDRESS_MAX - 1)
			assert_int_equal(one_more(f, 1), -1);
	}
	assert_int_equal(one_more(f, 3), -1);
	for (int i = 0; i < STREAMS_MAX; i++)
		close(fds[i]);
	/* Those who left make room, though nothing happens that they could be told. */
	int fd = -1;
	for (int tries = 0; tries < 100 && fd < 0; tries++) {
		fd = one_more(f, 3);
		usleep(100000);
	}
	assert_true(fd >= 0);
	close(fd);
}

/* Each that stayed behind would take the place of somebody who comes. Somebody who was there before them and does
 * nothing is no reason. */
static void test_who_left_takes_no_place(void **state)
{
	struct fixture *f = *state;
	int fds[CROWD];
	int idle = connect_from(f, 3);
	usleep(100000);
	int before = count_descriptors();
	for (int i = 0; i < CROWD; i++) {
		fds[i] = listen_from(f, 1 + i % 2, "", "");
		assert_true(hears(f, fds[i], "200 OK"));
	}
	put(f, 1, "read by nobody");
	for (int i = 0; i < CROWD; i++)
		close(fds[i]);
	for (int tries = 0; tries < 100 && count_descriptors() > before; tries++)
		usleep(100000);
	assert_true(count_descriptors() <= before);
	close(idle);
}

/* What one does not take is not kept for it, and nobody else waits. */
static void test_slow_reader(void **state)
{
	struct fixture *f = *state;
	char message[EVENT_MESSAGE_MAX + 1];
	memset(message, 'x', sizeof(message) - 1);
	message[sizeof(message) - 1] = '\0';
	int slow = listen_from(f, 1, "", "");
	int quick = listen_from(f, 1, "", "");
	assert_true(hears(f, slow, "retry: "));
	assert_true(hears(f, quick, "retry: "));
	for (int i = 0; i < 40; i++) {
		for (int k = 0; k < EVENTS_KEPT; k++)
			put(f, 0, message);
		board_load(f->board, &f->sample.plan, &f->sample.watch, false);
		assert_true(hears(f, quick, "event: reset\n")); /* that one, or for being behind */
	}
	close(slow);
	close(quick);
}

static void test_stop(void **state)
{
	struct fixture *f = *state;
	int fds[5];
	for (int i = 0; i < 5; i++) {
		fds[i] = listen_from(f, 1, "", "");
		assert_true(hears(f, fds[i], "retry: "));
	}
	server_stop(f->server);
	f->server = NULL;
	for (int i = 0; i < 5; i++) {
		assert_true(hears(f, fds[i], "0\r\n\r\n")); /* a whole answer, RFC 9112, 7.1 */
		assert_false(hears(f, fds[i], "more"));
		close(fds[i]);
	}
	put(f, 0, "to nobody");
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_news_arrive),
		T(test_going_on),
		T(test_crowd),
		T(test_limits),
		T(test_who_left_takes_no_place),
		T(test_slow_reader),
		T(test_stop),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
