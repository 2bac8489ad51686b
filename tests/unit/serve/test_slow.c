/* Slow readers of a large answer, beside one who asks at once. */
#include "serve/server.h"

#include "base/clock.h"
#include "base/memory.h"
#include "many.h"
#include "serve/visitors.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

enum {
	CHECKS = 400,
	LONG = 1 << 20, /* bytes of /metrics, at least */
	HEARD_MAX = 4096,
	WAIT_MS = 5000,
	READERS = VISITORS_SOFT_MAX + 150,
	ADDRESSES = 20,
	AT_ONCE_US = 1000000, /* what is promised to ordinary visitors */
};

struct fixture {
	struct many many;
	struct server *server;
	int readers[READERS];
};

static int setup(void **state)
{
	struct fixture *f = MEM_NEW(struct fixture);
	struct error error = {0};
	many_init(&f->many, CHECKS);
	for (size_t i = 0; i < CHECKS; i++) {
		struct record record = many_record(&f->many, i);
		board_result(f->many.board, i, &record);
	}
	f->server = server_start(&(struct serve_options){.listen = "127.0.0.1:0"},
		(struct server_sources){.board = f->many.board}, &error);
	assert_string_equal(error.text, "");
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	server_stop(f->server);
	many_fini(&f->many);
	free(f);
	return 0;
}

/* From 127.0.0.SOURCE, with room for little. */
static int connect_from(const struct fixture *f, int source)
{
	const int small = 4096;
	struct sockaddr_in here = {.sin_family = AF_INET};
	struct sockaddr_in there = {.sin_family = AF_INET,
		.sin_port = htons((uint16_t)atoi(strchr(server_address(f->server), ':') + 1))};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	here.sin_addr.s_addr = htonl(INADDR_LOOPBACK + (in_addr_t)source - 1);
	there.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	assert_int_equal(bind(fd, (struct sockaddr *)&here, sizeof(here)), 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&there, sizeof(there)), 0);
	return fd;
}

static int ask(const struct fixture *f, int source, const char *path, const char *headers)
{
	char text[256];
	int fd = connect_from(f, source);
	int n = snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\nHost: x\r\n%s\r\n", path, headers);
	assert_int_equal(send(fd, text, (size_t)n, MSG_NOSIGNAL), n);
	return fd;
}

/* The status that comes within WAIT_MS; with a length the body has at least so many bytes. */
static int hear(int fd, size_t at_least)
{
	char heard[HEARD_MAX];
	struct pollfd wait = {.fd = fd, .events = POLLIN};
	assert_int_equal(poll(&wait, 1, WAIT_MS), 1);
	ssize_t n = recv(fd, heard, sizeof(heard) - 1, 0);
	assert_true(n > 12);
	heard[n] = '\0';
	const char *length = strstr(heard, "Content-Length: ");
	assert_non_null(length);
	assert_true(strtoul(length + strlen("Content-Length: "), NULL, 10) >= at_least);
	return atoi(heard + strlen("HTTP/1.1 "));
}

static void expect_at_once(const struct fixture *f)
{
	int64_t began_us = clock_mono_us();
	int fd = ask(f, 99, "/healthz", "Connection: close\r\n");
	assert_int_equal(hear(fd, 1), 200);
	assert_true(clock_mono_us() - began_us < AT_ONCE_US);
	close(fd);
}

/* More come than may stay, and more is held for them than may be: whoever was cut off in the middle of an answer
 * takes nobody's place, and no memory. */
static void test_readers_are_cut(void **state)
{
	struct fixture *f = *state;
	int before = count_descriptors();
	for (int i = 0; i < READERS; i++) {
		f->readers[i] = ask(f, 10 + i % ADDRESSES, "/metrics", "");
		assert_int_equal(hear(f->readers[i], LONG), 200);
		if (i % 50 == 0)
			expect_at_once(f);
	}
	expect_at_once(f);
	int most = before + READERS + VISITORS_HELD_MAX / LONG;
	for (int tries = 0; tries < 50 && count_descriptors() > most; tries++)
		usleep(100000);
	assert_true(count_descriptors() <= most);
	for (int i = 0; i < READERS; i++)
		close(f->readers[i]);
}

/* The bytes that a reader has not taken yet are ours for the most part: the system keeps few for each. */
static void test_the_system_keeps_little(void **state)
{
	struct fixture *f = *state;
	enum { MANY = 1 << 24 };
	int fd = ask(f, 10, "/metrics", "");
	size_t n = 0;
	char piece[HEARD_MAX];
	assert_int_equal(hear(fd, LONG), 200);
	usleep(300000); /* it sends what it can */
	server_stop(f->server);
	f->server = NULL;
	for (ssize_t got = 1; got > 0 && n < MANY; n += (size_t)got)
		got = recv(fd, piece, sizeof(piece), 0);
	assert_true(n < 600000);
	close(fd);
}

/* Whoever was sent away heard why. */
static void expect_told_if_over(int fd)
{
	static const char told[] = "HTTP/1.1 408 ";
	char heard[sizeof(told)] = "";
	ssize_t n = recv(fd, heard, sizeof(told) - 1, MSG_DONTWAIT);
	if (n >= 0)
		assert_string_equal(heard, told);
	else
		assert_int_equal(errno, EAGAIN);
}

/* Those who come in crowds and say nothing wait for each other, not for us, and nobody waits for them. */
static void test_crowds_wait_outside(void **state)
{
	struct fixture *f = *state;
	enum { CROWD = 700 };
	static const char half[] = "GET /healthz HTTP/1.1\r\nHo";
	int fds[CROWD];
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < CROWD; i++) {
			fds[i] = connect_from(f, 10 + i % 4);
			assert_true(send(fds[i], half, sizeof(half) - 1, MSG_NOSIGNAL) > 0);
			if (i % 50 == 0)
				expect_at_once(f);
		}
		usleep(1100000); /* all inside have had their time, and go together */
		for (int i = 0; i < 20; i++)
			expect_at_once(f);
		for (int i = 0; i < CROWD; i++) {
			expect_told_if_over(fds[i]);
			close(fds[i]);
		}
	}
	/* Of the same networks, when they have left: nobody stayed behind. */
	int fd = ask(f, 10, "/healthz", "");
	assert_int_equal(hear(fd, 1), 200);
	close(fd);
}

int main(void)
{
	struct rlimit files;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &files), 0);
	files.rlim_cur = files.rlim_max; /* both ends of all are ours */
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &files), 0);
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_readers_are_cut),
		T(test_crowds_wait_outside),
		T(test_the_system_keeps_little),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
