#include "sim/wire.h"

#include "base/log.h"
#include "base/memory.h"
#include "sim/conn.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { WIRE_PAUSE_MS = 100 };

struct wire {
	struct event_base *base;
	struct wire_handler handler;
	struct conn_list conns;
	struct event *accepting, *resting; /* one of them pends while it listens */
	int fd; /* bound always; listening unless it refuses */
	int port;
	bool refusing;
};

static void on_rested(evutil_socket_t fd, short what, void *context)
{
	struct wire *wire = context;
	(void)fd;
	(void)what;
	event_add(wire->accepting, NULL);
}

/* Who could not be accepted stays in the backlog, and would wake us at once again. */
static void rest(struct wire *wire)
{
	const struct timeval pause = {0, WIRE_PAUSE_MS * 1000};
	event_del(wire->accepting);
	event_add(wire->resting, &pause);
}

static bool out_of_something(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

static void on_accept(evutil_socket_t fd, short what, void *context)
{
	struct wire *wire = context;
	(void)what;
	int peer = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (peer < 0 && out_of_something(errno))
		rest(wire);
	if (peer < 0)
		return;
	if (wire->conns.n == WIRE_CONNECTIONS_MAX) {
		close(peer);
		return;
	}
	int on = 1;
	setsockopt(peer, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	conn_open(wire->base, peer, wire->handler.greet(wire->handler.context), &wire->handler,
		&wire->conns);
}

/* A bound socket, not listening yet: connections to it are refused. */
static int open_bound(int *port, struct error *error)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)*port),
		.sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)},
	};
	socklen_t size = sizeof(address);
	int on = 1;
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
		bind(fd, (struct sockaddr *)&address, size) != 0 ||
		getsockname(fd, (struct sockaddr *)&address, &size) != 0) {
		error_set(error, "can't bind 127.0.0.1:%d: %s", *port, strerror(errno));
		if (fd >= 0)
			close(fd);
		return -1;
	}
	*port = ntohs(address.sin_port);
	return fd;
}

static bool start_listening(struct wire *wire, struct error *error)
{
	if (listen(wire->fd, WIRE_BACKLOG) != 0)
		return error_set(
			error, "can't listen on 127.0.0.1:%d: %s", wire->port, strerror(errno));
	wire->accepting = event_new(wire->base, wire->fd, EV_READ | EV_PERSIST, on_accept, wire);
	wire->resting = evtimer_new(wire->base, on_rested, wire);
	if (!wire->accepting || !wire->resting)
		mem_exhausted();
	event_add(wire->accepting, NULL);
	wire->refusing = false;
	return true;
}

/* Closing a listener is the only way to refuse at once, with what its backlog holds; binding the
 * port again, without listening, keeps others from taking it meanwhile. */
static void stop_listening(struct wire *wire)
{
	if (wire->accepting)
		event_free(wire->accepting);
	if (wire->resting)
		event_free(wire->resting);
	wire->accepting = wire->resting = NULL;
	if (wire->fd >= 0)
		close(wire->fd);
	wire->fd = -1;
	wire->refusing = true;
}

struct wire *wire_new(
	struct event_base *base, int port, const struct wire_handler *handler, struct error *error)
{
	struct wire *wire = MEM_NEW(struct wire);
	*wire = (struct wire){.base = base, .handler = *handler, .port = port};
	wire->fd = open_bound(&wire->port, error);
	if (wire->fd < 0 || !start_listening(wire, error)) {
		wire_free(wire);
		return NULL;
	}
	return wire;
}

void wire_free(struct wire *wire)
{
	if (!wire)
		return;
	conn_reset_all(&wire->conns);
	stop_listening(wire);
	free(wire);
}

int wire_port(const struct wire *wire)
{
	return wire->port;
}

bool wire_refuse(struct wire *wire, bool refuse, struct error *error)
{
	if (refuse == wire->refusing)
		return true;
	if (refuse) {
		conn_reset_all(&wire->conns);
		stop_listening(wire);
		wire->fd = open_bound(&wire->port, error);
		return wire->fd >= 0;
	}
	if (wire->fd < 0)
		wire->fd = open_bound(&wire->port, error);
	return wire->fd >= 0 && start_listening(wire, error);
}
