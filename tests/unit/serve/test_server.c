#include "serve/server.h"

#include "sample.h"
#include "serve/visitors.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

enum { ANSWER_MAX = 1 << 20, WAIT_MS = 5000 };

struct fixture {
	struct sample sample;
	struct board *board;
	struct server *server;
	uint16_t port;
	char answer[ANSWER_MAX + 1]; /* the newest: head and body */
	const char *body;
};

static int setup(void **state)
{
	static struct fixture f;
	struct error error = {0};
	const struct serve_options options = {.listen = "127.0.0.1:0"};
	memset(&f, 0, sizeof(f));
	sample_init(&f.sample);
	f.board = board_new();
	board_load(f.board, &f.sample.plan, &f.sample.watch, false);
	f.server = server_start(
		&options, (struct server_sources){.board = f.board, .database = NULL}, &error);
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

static int dial_from(const struct fixture *f, const char *source)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in here = {.sin_family = AF_INET};
	struct sockaddr_in there = {.sin_family = AF_INET, .sin_port = htons(f->port)};
	inet_pton(AF_INET, source, &here.sin_addr);
	inet_pton(AF_INET, "127.0.0.1", &there.sin_addr);
	assert_int_equal(bind(fd, (struct sockaddr *)&here, sizeof(here)), 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&there, sizeof(there)), 0);
	return fd;
}

static int dial(const struct fixture *f)
{
	return dial_from(f, "127.0.0.1");
}

static void say(int fd, const char *text)
{
	size_t n = strlen(text);
	assert_int_equal(send(fd, text, n, MSG_NOSIGNAL), (ssize_t)n);
}

/* The length of the body as the head has it; 0 without one. */
static size_t length_of(const char *answer)
{
	const char *line = strstr(answer, "Content-Length: ");
	return line ? strtoul(line + strlen("Content-Length: "), NULL, 10) : 0;
}

/* Reads one answer: its head, and its body when it has one. Returns the status, 0 when the
 * connection ended instead. */
static int hear(struct fixture *f, int fd, bool with_body)
{
	size_t n = 0;
	f->body = NULL;
	while (n < ANSWER_MAX) {
		f->answer[n] = '\0';
		char *end = strstr(f->answer, "\r\n\r\n");
		if (end)
			f->body = end + 4;
		size_t want = with_body ? length_of(f->answer) : 0;
		if (end && n >= (size_t)(f->body - f->answer) + want)
			return atoi(f->answer + strlen("HTTP/1.1 "));
		struct pollfd wait = {.fd = fd, .events = POLLIN};
		assert_int_equal(poll(&wait, 1, WAIT_MS), 1);
		/* Byte by byte until the body, so that the next answer stays in the socket. */
		ssize_t got = recv(
			fd, f->answer + n, end ? (size_t)(f->body - f->answer) + want - n : 1, 0);
		if (got <= 0)
			return 0;
		n += (size_t)got;
	}
	return 0;
}

static int get(struct fixture *f, const char *request)
{
	int fd = dial(f);
	say(fd, request);
	int status = hear(f, fd, strncmp(request, "HEAD", 4) != 0);
	close(fd);
	return status;
}

static bool answered(const struct fixture *f, const char *text)
{
	return strstr(f->answer, text) != NULL;
}

static void test_get(void **state)
{
	struct fixture *f = *state;
	assert_int_equal(get(f, "GET /api/v1/status HTTP/1.1\r\nHost: x\r\n\r\n"), 200);
	assert_true(answered(f, "Content-Type: application/json\r\n"));
	assert_true(answered(f, "\"state\":\"unknown\""));
	assert_true(answered(f, "Cache-Control: no-cache\r\n"));
	assert_false(answered(f, "Connection: close"));
	assert_int_equal(get(f, "GET http://x/healthz?a=b HTTP/1.1\r\nHost: x\r\n\r\n"), 200);
	assert_int_equal(
		get(f, "GET /api/v1/checks/code%5Bbaseline-cli%5D HTTP/1.1\r\nHost: x\r\n\r\n"),
		200);
}

static void test_security_headers(void **state)
{
	struct fixture *f = *state;
	static const char *const requests[] = {"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
		"GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n",
		"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", "DELETE / HTTP/1.1\r\nHost: x\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: x\r\nIf-None-Match: *\r\n\r\n"};
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		get(f, requests[i]);
		assert_true(answered(f, "Content-Security-Policy: default-src 'none';"));
		assert_true(answered(f, "frame-ancestors 'none'"));
		assert_false(answered(f, "unsafe-"));
		assert_true(answered(f, "X-Content-Type-Options: nosniff\r\n"));
		assert_true(answered(f, "Referrer-Policy: same-origin\r\n"));
		assert_true(answered(f, "Cache-Control: "));
	}
}

static void test_head(void **state)
{
	struct fixture *f = *state;
	int fd = dial(f);
	say(fd, "GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_int_equal(hear(f, fd, true), 200);
	size_t length = length_of(f->answer);
	say(fd, "HEAD /readyz HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_int_equal(hear(f, fd, false), 200);
	assert_int_equal(length_of(f->answer), length);
	/* No body came: the next answer begins at once. */
	say(fd, "GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_int_equal(hear(f, fd, true), 404);
	assert_true(answered(f, "application/problem+json"));
	close(fd);
}

static void test_methods(void **state)
{
	struct fixture *f = *state;
	static const char *const methods[] = {"POST", "PUT", "DELETE", "OPTIONS", "PATCH", "BREW"};
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		char request[128];
		snprintf(request, sizeof(request), "%s /api/v1/status HTTP/1.1\r\nHost: x\r\n\r\n",
			methods[i]);
		assert_int_equal(get(f, request), 405);
		assert_true(answered(f, "Allow: GET, HEAD\r\n"));
		assert_true(answered(f, "\"status\":405"));
	}
}

/* A body that nobody reads must not become the next request. */
static void test_bodies_are_not_requests(void **state)
{
	struct fixture *f = *state;
	static const char inner[] = "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n";
	static const char *const heads[] = {"PUT", "GET"};
	for (size_t i = 0; i < 2; i++) {
		char request[256];
		int fd = dial(f);
		snprintf(request, sizeof(request),
			"%s /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: %zu\r\n\r\n%s",
			heads[i], strlen(inner), inner);
		say(fd, request);
		assert_int_equal(hear(f, fd, true), i ? 200 : 405);
		assert_true(answered(f, "Connection: close"));
		assert_int_equal(hear(f, fd, true), 0);
		close(fd);
	}
}

/* What a proxy in front may end elsewhere is refused, and nothing behind it is a request. */
static void test_ambiguous_requests(void **state)
{
	struct fixture *f = *state;
	static const char *const heads[] = {"Content-Length: 0\r\nContent-Length: 34",
		"Content-Length: 34\r\nContent-Length: 0",
		"Content-Length: 4\r\nTransfer-Encoding: chunked",
		"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
		"Transfer-Encoding: xchunked", "Transfer-Encoding: gzip, chunked",
		"Content-Length : 34", "Host: y"};
	static const char *const verbs[] = {"POST", "GET"};
	for (size_t i = 0; i < 2 * sizeof(heads) / sizeof(heads[0]); i++) {
		char request[256];
		int fd = dial(f);
		snprintf(request, sizeof(request),
			"%s /healthz HTTP/1.1\r\nHost: x\r\n%s\r\n\r\n0\r\n\r\n"
			"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n",
			verbs[i % 2], heads[i / 2]);
		say(fd, request);
		assert_int_equal(hear(f, fd, true), 400);
		assert_true(answered(f, "Connection: close"));
		assert_true(answered(f, "application/problem+json"));
		assert_int_equal(hear(f, fd, true), 0);
		close(fd);
	}
}

/* Of those who write the body is read, whatever it holds and whether anybody wants it. */
static void test_bodies_are_read(void **state)
{
	struct fixture *f = *state;
	int fd = dial(f);
	say(fd, "POST /healthz HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
		"12\r\nGET /metrics HTTP/\r\n7\r\n1.1\r\n\r\n\r\n0\r\n\r\n"
		"GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_int_equal(hear(f, fd, true), 405);
	assert_false(answered(f, "Connection: close"));
	assert_int_equal(hear(f, fd, true), 404);
	close(fd);
}

/* Sends chunks of a KiB; it may hang up before the last. */
static int dial_with_chunks(const struct fixture *f, unsigned n_chunks)
{
	int fd = dial(f);
	say(fd, "POST /healthz HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
	for (unsigned i = 0; i < n_chunks; i++) {
		char chunk[1024 + 8];
		int n = snprintf(chunk, sizeof(chunk), "400\r\n%01024d\r\n", 0);
		(void)!send(fd, chunk, (size_t)n, MSG_NOSIGNAL);
	}
	return fd;
}

static void test_bodies_too_large(void **state)
{
	struct fixture *f = *state;
	int fd = dial(f);
	say(fd, "POST /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 16385\r\n\r\n");
	assert_int_equal(hear(f, fd, true), 413);
	assert_int_equal(hear(f, fd, true), 0);
	close(fd);
	fd = dial_with_chunks(f, 17);
	say(fd, "0\r\n\r\n");
	assert_int_equal(hear(f, fd, true), 413);
	assert_true(answered(f, "application/problem+json"));
	assert_true(answered(f, "Connection: close"));
	assert_int_equal(hear(f, fd, true), 0);
	close(fd);
	fd = dial_with_chunks(f, 1025); /* without an end */
	assert_int_equal(hear(f, fd, true), 413);
	assert_true(answered(f, "\"title\":\"Content Too Large\""));
	assert_int_equal(hear(f, fd, true), 0);
	close(fd);
}

static void test_keep_alive(void **state)
{
	struct fixture *f = *state;
	int fd = dial(f);
	for (int i = 0; i < 20; i++) {
		say(fd, "GET /api/v1/status HTTP/1.1\r\nHost: x\r\n\r\n");
		assert_int_equal(hear(f, fd, true), 200);
	}
	/* Two at once are answered in order. */
	say(fd, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET /nothing HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_int_equal(hear(f, fd, true), 200);
	assert_int_equal(hear(f, fd, true), 404);
	say(fd, "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
	assert_int_equal(hear(f, fd, true), 200);
	assert_int_equal(hear(f, fd, true), 0);
	close(fd);
}

static void test_etag(void **state)
{
	struct fixture *f = *state;
	char request[256];
	assert_int_equal(get(f, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"), 200);
	const char *etag = strstr(f->answer, "ETag: ");
	assert_non_null(etag);
	snprintf(request, sizeof(request),
		"GET / HTTP/1.1\r\nHost: x\r\nIf-None-Match: %.18s\r\n\r\n",
		etag + strlen("ETag: "));
	int fd = dial(f);
	say(fd, request);
	assert_int_equal(hear(f, fd, false), 304);
	assert_true(answered(f, "ETag: \""));
	assert_true(length_of(f->answer) == 0);
	say(fd, "GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_int_equal(hear(f, fd, true), 200);
	close(fd);
}

/* A head of a request for the style sheet of the page that was just answered. */
static void ask_for_style(const struct fixture *f, char *request, size_t n, const char *headers)
{
	const char *path = strstr(f->body, "/assets/base-");
	assert_non_null(path);
	snprintf(request, n, "GET %.*s HTTP/1.1\r\nHost: x\r\n%s\r\n", (int)strcspn(path, "\""),
		path, headers);
}

static void test_compressed_files(void **state)
{
	struct fixture *f = *state;
	char plain[256];
	char gzip[256];
	assert_int_equal(get(f, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"), 200);
	ask_for_style(f, plain, sizeof(plain), "");
	ask_for_style(f, gzip, sizeof(gzip), "Accept-Encoding: gzip, br\r\n");
	for (int i = 0; i < 2; i++) { /* made, then kept */
		assert_int_equal(get(f, plain), 200);
		size_t n = length_of(f->answer);
		assert_true(answered(f, "Vary: Accept-Encoding\r\n"));
		assert_true(answered(f, "max-age=31536000, immutable"));
		assert_false(answered(f, "Content-Encoding"));
		assert_non_null(strstr(f->body, "color-scheme"));
		assert_int_equal(get(f, gzip), 200);
		assert_true(answered(f, "Content-Encoding: gzip\r\n"));
		assert_true(answered(f, "Vary: Accept-Encoding\r\n"));
		assert_true(length_of(f->answer) > 0 && length_of(f->answer) < n);
		assert_memory_equal(f->body, "\x1f\x8b", 2);
	}
}

static void test_browser_errors(void **state)
{
	struct fixture *f = *state;
	assert_int_equal(
		get(f, "GET /x HTTP/1.1\r\nHost: x\r\nAccept: text/html,*/*;q=0.8\r\n\r\n"), 404);
	assert_true(answered(f, "Content-Type: text/html; charset=utf-8\r\n"));
	assert_true(answered(f, "Vary: Accept"));
	assert_true(answered(f, "<h1>Not Found</h1>"));
}

static void test_malformed(void **state)
{
	struct fixture *f = *state;
	assert_int_equal(get(f, "GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n"), 400);
	assert_true(answered(f, "\"title\":\"Bad Request\""));
	static const char *const odd[] = {
		"GET / HTTP/1.1\r\n\r\n", "GET /a b HTTP/1.1\r\nHost: x\r\n\r\n"};
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		assert_int_equal(get(f, odd[i]), 400);
		assert_true(answered(f, "application/problem+json"));
		assert_true(answered(f, i ? "The path has a blank." : "for which host"));
	}
	assert_int_equal(get(f, "GET /healthz HTTP/1.0\r\n\r\n"), 200); /* knew no Host */
	static const char *const nonsense[] = {"\r\n\r\n\r\n\r\n", "GET\r\n\r\n",
		"\x16\x03\x01\x02\r\n\r\n", "GET / HTTP/9.9\r\nHost: x\r\n\r\n",
		"GET / HTTP/1.1\r\nno colon\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n"};
	for (size_t i = 0; i < sizeof(nonsense) / sizeof(nonsense[0]); i++) {
		int fd = dial(f);
		say(fd, nonsense[i]);
		shutdown(fd, SHUT_WR);
		int status = hear(f, fd, true);
		assert_true(status == 0 || status >= 400);
		close(fd);
	}
	assert_int_equal(get(f, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"), 200);
}

/* As a browser brings those of a whole domain. */
static void test_many_cookies(void **state)
{
	struct fixture *f = *state;
	static char request[16 * 1024];
	size_t n = (size_t)snprintf(
		request, sizeof(request), "GET /healthz HTTP/1.1\r\nHost: x\r\nCookie: ");
	for (int i = 0; n < 8 * 1024; i++)
		n += (size_t)snprintf(
			request + n, sizeof(request) - n, "cookie-%03d=%0*d; ", i, 80, i);
	snprintf(request + n, sizeof(request) - n, "last=1\r\n\r\n");
	assert_int_equal(get(f, request), 200);
}

static void test_oversize_head(void **state)
{
	struct fixture *f = *state;
	static char request[64 * 1024];
	size_t n = (size_t)snprintf(request, sizeof(request), "GET / HTTP/1.1\r\nHost: x\r\nX: ");
	memset(request + n, 'a', sizeof(request) - n - 5);
	strcpy(request + sizeof(request) - 5, "\r\n\r\n");
	int fd = dial(f);
	(void)!send(fd, request, strlen(request), MSG_NOSIGNAL);
	int status = hear(f, fd, false);
	assert_true(status == 0 || (status >= 400 && status < 500));
	close(fd);
	/* A path longer than ours, in a head that fits. */
	n = (size_t)snprintf(request, sizeof(request), "GET /");
	memset(request + n, 'a', 4000);
	strcpy(request + n + 4000, " HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_int_equal(get(f, request), 414);
	assert_true(answered(f, "application/problem+json"));
	assert_int_equal(get(f, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"), 200);
}

/* Slow ones from one address crowd out each other, not those who ask at once. */
static void test_slow_heads(void **state)
{
	struct fixture *f = *state;
	enum { SLOW = VISITORS_ADDRESS_MAX + 100 };
	static int slow[SLOW];
	for (size_t i = 0; i < SLOW; i++) {
		slow[i] = dial_from(f, "127.0.0.2");
		(void)!send(slow[i], "GET / HTTP/1.1\r\nHo", 18, MSG_NOSIGNAL);
		if (i % 50 == 49) {
			int fd = dial_from(f, "127.0.0.2");
			say(fd, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
			assert_int_equal(hear(f, fd, true), 200);
			close(fd);
		}
	}
	assert_int_equal(get(f, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"), 200);
	/* The first of them was told why it had to go. */
	assert_int_equal(hear(f, slow[0], true), 408);
	assert_true(answered(f, "application/problem+json"));
	for (size_t i = 0; i < SLOW; i++)
		close(slow[i]);
}

static void test_stop_with_visitors(void **state)
{
	struct fixture *f = *state;
	int idle = dial(f);
	int half = dial(f);
	say(half, "GET / HTTP/1.1\r\n");
	server_stop(f->server);
	f->server = NULL;
	assert_int_equal(hear(f, idle, true), 0);
	close(idle);
	close(half);
}

static void test_port_in_use(void **state)
{
	struct fixture *f = *state;
	struct error error = {0};
	struct serve_options options = {.listen = server_address(f->server)};
	assert_null(server_start(
		&options, (struct server_sources){.board = f->board, .database = NULL}, &error));
	assert_non_null(strstr(error.text, "another program listens there already"));
	options.listen = "nonsense";
	assert_null(server_start(
		&options, (struct server_sources){.board = f->board, .database = NULL}, &error));
	assert_non_null(strstr(error.text, "is not an address"));
}

static void test_missing_database(void **state)
{
	struct fixture *f = *state;
	struct error error = {0};
	struct serve_options options = {.listen = "127.0.0.1:0"};
	server_stop(f->server);
	f->server = server_start(&options,
		(struct server_sources){.board = f->board, .database = "/nonexistent/outrider.db"},
		&error);
	assert_non_null(f->server);
	f->port = (uint16_t)atoi(strchr(server_address(f->server), ':') + 1);
	assert_int_equal(get(f, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"), 200);
	static const char *const paths[] = {"/api/v1/checks/ui-home/results",
		"/api/v1/checks/ui-home/series", "/api/v1/results/0000040000000001",
		"/api/v1/incidents", "/api/v1/incidents/0000040000000001", "/checks/ui-home",
		"/feed.atom"};
	char question[128];
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		snprintf(
			question, sizeof(question), "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", paths[i]);
		assert_int_equal(get(f, question), 503);
	}
	assert_int_equal(get(f, "GET /api/v1/status HTTP/1.1\r\nHost: x\r\n\r\n"), 200);
}

/* The loop publishes and reloads while visitors read. */

static void *publish(void *ctx)
{
	struct fixture *f = ctx;
	for (int i = 0; i < 3000; i++) {
		size_t index = (size_t)i % SAMPLE_CHECKS;
		sample_put(f->board, &f->sample, index, SAMPLE_NOW + i, OUTCOME_FAIL, REASON_RESET,
			"x");
		sample_state(f->board, index, i % 2 ? HEALTH_UP : HEALTH_DOWN);
		if (i % 200 == 0)
			board_load(f->board, &f->sample.plan, &f->sample.watch, false);
	}
	return NULL;
}

static void test_while_the_loop_publishes(void **state)
{
	struct fixture *f = *state;
	static const char *const requests[] = {"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
		"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n",
		"GET /api/v1/status HTTP/1.1\r\nHost: x\r\n\r\n",
		"GET /api/v1/checks HTTP/1.1\r\nHost: x\r\n\r\n"};
	pthread_t loop;
	int fd = dial(f);
	assert_int_equal(pthread_create(&loop, NULL, publish, f), 0);
	for (size_t i = 0; i < 80; i++) {
		say(fd, requests[i % 4]);
		assert_int_equal(hear(f, fd, true), 200);
	}
	pthread_join(loop, NULL);
	close(fd);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_get),
		T(test_security_headers),
		T(test_head),
		T(test_methods),
		T(test_bodies_are_not_requests),
		T(test_ambiguous_requests),
		T(test_bodies_are_read),
		T(test_bodies_too_large),
		T(test_keep_alive),
		T(test_etag),
		T(test_compressed_files),
		T(test_browser_errors),
		T(test_malformed),
		T(test_many_cookies),
		T(test_oversize_head),
		T(test_slow_heads),
		T(test_stop_with_visitors),
		T(test_port_in_use),
		T(test_missing_database),
		T(test_while_the_loop_publishes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
