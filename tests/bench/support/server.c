#include "server.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/memory.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { REQUEST_MAX = 4096, AT_A_TIME = 64, BACKLOG = 1024, ARRIVALS_MAX = 1 << 16 };

struct arrival {
	int number;
	int64_t at_us;
};

struct serving {
	const struct bench_server *server;
	SSL_CTX *tls;
	int epoll;
	int64_t first_us, before_us;
	struct arrival arrivals[ARRIVALS_MAX];
	size_t n_arrivals;
};

struct visitor {
	int fd;
	int64_t at_us;
	SSL *tls;
};

static const char answer[] =
	"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 75\r\n"
	"X-Request-ID: 0123456789abcdef\r\nDate: Sun, 22 Nov 2026 10:00:00 GMT\r\nServer: "
	"bench\r\n\r\n"
	"{\"status\":\"ok\",\"version\":\"0.1.0\",\"timestamp\":\"2026-11-22T10:00:00.000000Z\"}";

bool bench_server_open(struct bench_server *server)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&at, n) != 0 || listen(fd, BACKLOG) != 0 ||
		getsockname(fd, (struct sockaddr *)&at, &n) != 0)
		return false;
	server->listener = fd;
	server->port = ntohs(at.sin_port);
	return true;
}

static SSL_CTX *open_tls(const struct bench_server *server)
{
	SSL_CTX *tls = SSL_CTX_new(TLS_server_method());
	if (!tls || SSL_CTX_use_certificate_chain_file(tls, server->cert) != 1 ||
		SSL_CTX_use_PrivateKey_file(tls, server->key, SSL_FILETYPE_PEM) != 1)
		abort();
	SSL_CTX_set_min_proto_version(tls, TLS1_3_VERSION);
	SSL_CTX_set1_groups_list(tls, "P-256");
	SSL_CTX_set_num_tickets(tls, 0);
	SSL_CTX_set_session_cache_mode(tls, SSL_SESS_CACHE_OFF);
	return tls;
}

static ssize_t visitor_read(struct visitor *v, char *bytes, int n)
{
	return v->tls ? SSL_read(v->tls, bytes, n) : read(v->fd, bytes, (size_t)n);
}

static bool visitor_write(struct visitor *v, const char *bytes, size_t n)
{
	ssize_t went = v->tls ? SSL_write(v->tls, bytes, (int)n) : write(v->fd, bytes, n);
	return went == (ssize_t)n;
}

static void visitor_close(struct serving *s, struct visitor *v)
{
	epoll_ctl(s->epoll, EPOLL_CTL_DEL, v->fd, NULL);
	if (v->tls) {
		SSL_shutdown(v->tls);
		SSL_free(v->tls);
	}
	close(v->fd);
	free(v);
}

static void say_first(struct serving *s, struct visitor *v)
{
	char head[256], body[32];
	int n = snprintf(body, sizeof(body), "%lld", (long long)s->before_us);
	int h = snprintf(
		head, sizeof(head), "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", n, body);
	visitor_write(v, head, (size_t)h);
	s->first_us = s->before_us = 0;
}

/* Of the check that the request's id names: "check-00017-...". */
static void note_arrival(struct serving *s, const struct visitor *v, const char *bytes, size_t n)
{
	static const char named[] = "X-Request-ID: check-";
	const char *at = memmem(bytes, n, named, sizeof(named) - 1);
	if (at && s->n_arrivals < ARRIVALS_MAX)
		s->arrivals[s->n_arrivals++] =
			(struct arrival){atoi(at + sizeof(named) - 1), v->at_us};
}

static void say_arrivals(struct serving *s, struct visitor *v)
{
	struct buf out = BUF_INIT(SIZE_MAX);
	fcntl(v->fd, F_SETFL, 0); /* it may be long */
	buf_puts(&out, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
	for (size_t i = 0; i < s->n_arrivals; i++)
		buf_printf(
			&out, "%d %lld\n", s->arrivals[i].number, (long long)s->arrivals[i].at_us);
	visitor_write(v, out.p, out.n);
	buf_fini(&out);
	visitor_close(s, v);
	s->n_arrivals = 0;
}

static void serve_one(struct serving *s, struct visitor *v)
{
	char bytes[REQUEST_MAX];
	ssize_t n = visitor_read(v, bytes, sizeof(bytes));
	if (n <= 0 && v->tls && SSL_get_error(v->tls, (int)n) == SSL_ERROR_WANT_READ)
		return;
	if (n > 11 && memcmp(bytes, "GET /first ", 11) == 0) {
		say_first(s, v);
		return;
	}
	if (n > 14 && memcmp(bytes, "GET /arrivals ", 14) == 0) {
		say_arrivals(s, v);
		return;
	}
	if (n > 0)
		note_arrival(s, v, bytes, (size_t)n);
	s->before_us = s->first_us;
	if (n <= 0 || !visitor_write(v, answer, sizeof(answer) - 1))
		visitor_close(s, v);
}

static void welcome(struct serving *s)
{
	int fd, one = 1;
	while ((fd = accept4(s->server->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
		struct visitor *v = MEM_NEW(struct visitor);
		v->at_us = clock_mono_us();
		if (!s->first_us)
			s->first_us = v->at_us;
		v->fd = fd;
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		if (s->tls) {
			v->tls = SSL_new(s->tls);
			SSL_set_fd(v->tls, fd);
			SSL_set_accept_state(v->tls);
		}
		epoll_ctl(s->epoll, EPOLL_CTL_ADD, fd,
			&(struct epoll_event){.events = EPOLLIN, .data.ptr = v});
	}
}

_Noreturn void bench_server_run(const struct bench_server *server)
{
	static struct serving s;
	struct epoll_event events[AT_A_TIME];
	s.server = server;
	s.epoll = epoll_create1(EPOLL_CLOEXEC);
	signal(SIGPIPE, SIG_IGN);
	if (server->cert)
		s.tls = open_tls(server);
	epoll_ctl(s.epoll, EPOLL_CTL_ADD, server->listener,
		&(struct epoll_event){.events = EPOLLIN, .data.ptr = NULL});
	for (;;) {
		int n = epoll_wait(s.epoll, events, AT_A_TIME, -1);
		for (int i = 0; i < n; i++) {
			if (events[i].data.ptr)
				serve_one(&s, events[i].data.ptr);
			else
				welcome(&s);
		}
	}
}
