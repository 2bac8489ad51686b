/* A receiver of webhooks on loopback, in a thread: answers as it is told and keeps what it got. */
#ifndef OUTRIDER_TESTS_ALERT_RECEIVER_H
#define OUTRIDER_TESTS_ALERT_RECEIVER_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { RECEIVED_MAX = 200, RECEIVED_BYTES = 65536, OPEN_MAX_CONNECTIONS = 64 };

/* Behind the head of its answer, of which a part is missing. */
enum receiver_manner { RECEIVER_SAYS_ALL, RECEIVER_HALF_SAID, RECEIVER_BREAKS_OFF };

struct receiver {
	int listener;
	char url[64];
	pthread_t thread;
	atomic_bool stop;
	atomic_int status; /* to answer with; 0: never answers */
	atomic_int fail_first; /* so many requests get 500 before that */
	atomic_int delay_ms; /* before an answer */
	atomic_int manner;
	_Atomic(const char *) retry_after; /* of a 503; NULL: 77 */
	atomic_int n; /* whole requests that came */
	char requests[RECEIVED_MAX][RECEIVED_BYTES];
};

static void receiver_answer(struct receiver *r, int fd)
{
	int status = atomic_load(&r->status);
	if (atomic_load(&r->fail_first) > 0) {
		atomic_fetch_sub(&r->fail_first, 1);
		status = 500;
	}
	char text[256];
	const char *wait = atomic_load(&r->retry_after);
	int n = snprintf(text, sizeof(text),
		"HTTP/1.1 %d Said\r\nContent-Length: %d\r\nConnection: close\r\n%s%s%s\r\nno",
		status, atomic_load(&r->manner) == RECEIVER_SAYS_ALL ? 2 : 200,
		status == 503 ? "Retry-After: " : "", status == 503 ? wait ? wait : "77" : "",
		status == 503 ? "\r\n" : "");
	usleep((useconds_t)atomic_load(&r->delay_ms) * 1000);
	ssize_t sent = send(fd, text, (size_t)n, MSG_NOSIGNAL);
	(void)sent;
}

static bool receiver_whole(const char *request)
{
	const char *end = strstr(request, "\r\n\r\n");
	const char *length = strcasestr(request, "content-length: ");
	return end && strlen(end + 4) >= (length ? strtoul(length + 16, NULL, 10) : 0);
}

static bool receiver_read(struct receiver *r, int fd)
{
	int at = atomic_load(&r->n);
	if (at == RECEIVED_MAX)
		return false;
	char *to = r->requests[at];
	size_t have = 0;
	memset(to, 0, RECEIVED_BYTES);
	while (have < RECEIVED_BYTES - 1 && !receiver_whole(to)) {
		ssize_t got = recv(fd, to + have, RECEIVED_BYTES - 1 - have, 0);
		if (got <= 0)
			return false;
		have += (size_t)got;
	}
	atomic_fetch_add(&r->n, 1);
	return true;
}

static void *receiver_run(void *arg)
{
	struct receiver *r = arg;
	int held[OPEN_MAX_CONNECTIONS];
	size_t n_held = 0;
	while (!atomic_load(&r->stop)) {
		struct pollfd ready = {.fd = r->listener, .events = POLLIN};
		if (poll(&ready, 1, 20) <= 0)
			continue;
		int fd = accept(r->listener, NULL, NULL);
		bool whole = fd >= 0 && receiver_read(r, fd);
		if (whole && atomic_load(&r->status) == 0 && n_held < OPEN_MAX_CONNECTIONS) {
			held[n_held++] = fd;
			continue;
		}
		if (whole)
			receiver_answer(r, fd);
		if (whole && atomic_load(&r->manner) == RECEIVER_HALF_SAID &&
			n_held < OPEN_MAX_CONNECTIONS)
			held[n_held++] = fd;
		else
			close(fd);
	}
	while (n_held)
		close(held[--n_held]);
	return NULL;
}

static struct receiver *receiver_start(int status)
{
	struct receiver *r = calloc(1, sizeof(*r));
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(address);
	atomic_store(&r->status, status);
	r->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(r->listener, (struct sockaddr *)&address, size) != 0 ||
		listen(r->listener, 128) != 0 ||
		getsockname(r->listener, (struct sockaddr *)&address, &size) != 0)
		abort();
	snprintf(r->url, sizeof(r->url), "http://127.0.0.1:%d/hook?token=hunter22",
		ntohs(address.sin_port));
	pthread_create(&r->thread, NULL, receiver_run, r);
	return r;
}

static void receiver_stop(struct receiver *r)
{
	atomic_store(&r->stop, true);
	pthread_join(r->thread, NULL);
	close(r->listener);
	free(r);
}

#endif
