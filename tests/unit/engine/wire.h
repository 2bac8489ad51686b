/* A loopback server in a thread that says exactly what a test tells it to: one script for each
 * connection, in order (the last one for all that follow). It reads a request first. */
#ifndef OUTRIDER_TESTS_UNIT_ENGINE_WIRE_H
#define OUTRIDER_TESTS_UNIT_ENGINE_WIRE_H

#include "unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { WIRE_REQUEST_MAX = 2 << 20 };

enum wire_do {
	WIRE_END, /* close, in order */
	WIRE_SEND, /* text (n bytes, or to its NUL) */
	WIRE_TEAR, /* the same, every byte by itself */
	WIRE_FOREVER, /* text until the peer is gone */
	WIRE_WAIT, /* n milliseconds */
	WIRE_HOLD, /* until the peer is gone */
	WIRE_RESET,
};

struct wire_act {
	enum wire_do what;
	const char *text;
	size_t n;
};

struct wire {
	int listener;
	uint16_t port;
	pthread_t thread;
	const struct wire_act *const *scripts; /* NULL-terminated */
	bool speaks_first; /* reads no request */
	bool drains; /* reads what has come instead of a request */
	unsigned connections; /* served; read after wire_stop, or between transfers */
	char request[WIRE_REQUEST_MAX]; /* the last one */
	char first[WIRE_REQUEST_MAX];
};

static void wire_read_request(struct wire *wire, int fd)
{
	size_t n = 0;
	wire->request[0] = '\0';
	while (n < sizeof(wire->request) - 1) {
		const char *end = strstr(wire->request, "\r\n\r\n");
		const char *length = strcasestr(wire->request, "content-length: ");
		size_t body = length && length < end ? strtoul(length + 16, NULL, 10) : 0;
		if (end && n >= (size_t)(end - wire->request) + 4 + body)
			break;
		ssize_t got = recv(fd, wire->request + n, sizeof(wire->request) - 1 - n, 0);
		if (got <= 0)
			break;
		n += (size_t)got;
		wire->request[n] = '\0';
	}
	if (wire->connections == 1)
		memcpy(wire->first, wire->request, n + 1);
}

static bool wire_send(int fd, const char *text, size_t n)
{
	while (n) {
		ssize_t put = send(fd, text, n, MSG_NOSIGNAL);
		if (put <= 0)
			return false;
		text += put;
		n -= (size_t)put;
	}
	return true;
}

static void wire_hold(int fd)
{
	char bytes[256];
	while (recv(fd, bytes, sizeof(bytes), 0) > 0)
		;
}

static void wire_play(int fd, const struct wire_act *act)
{
	for (; act->what != WIRE_END; act++) {
		size_t n = act->n || !act->text ? act->n : strlen(act->text);
		switch (act->what) {
		case WIRE_END: break;
		case WIRE_SEND: wire_send(fd, act->text, n); break;
		case WIRE_TEAR:
			for (size_t i = 0; i < n && wire_send(fd, act->text + i, 1); i++)
				usleep(200);
			break;
		case WIRE_FOREVER:
			while (wire_send(fd, act->text, n))
				;
			break;
		case WIRE_WAIT: usleep((useconds_t)n * 1000); break;
		case WIRE_HOLD: wire_hold(fd); break;
		case WIRE_RESET:
			usleep(20000); /* so that what was sent before arrives */
			setsockopt(fd, SOL_SOCKET, SO_LINGER, &(struct linger){1, 0},
				sizeof(struct linger));
			return;
		}
	}
}

static void *wire_serve(void *ctx)
{
	struct wire *wire = ctx;
	int fd;
	while ((fd = accept(wire->listener, NULL, NULL)) >= 0) {
		const int one = 1;
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		const struct wire_act *script = *wire->scripts;
		wire->connections++;
		if (wire->drains)
			recv(fd, wire->request, sizeof(wire->request) - 1, 0);
		else if (!wire->speaks_first)
			wire_read_request(wire, fd);
		wire_play(fd, script);
		close(fd);
		if (wire->scripts[1])
			wire->scripts++;
	}
	return NULL;
}

static int wire_listen(uint16_t *port)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(fd, 64), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &n), 0);
	*port = ntohs(at.sin_port);
	return fd;
}

static struct wire *wire_start(const struct wire_act *const *scripts)
{
	struct wire *wire = calloc(1, sizeof(*wire));
	assert_non_null(wire);
	wire->scripts = scripts;
	wire->listener = wire_listen(&wire->port);
	assert_int_equal(pthread_create(&wire->thread, NULL, wire_serve, wire), 0);
	return wire;
}

static void wire_stop(struct wire *wire)
{
	shutdown(wire->listener, SHUT_RDWR); /* wakes accept */
	pthread_join(wire->thread, NULL);
	close(wire->listener);
	free(wire);
}

#endif
