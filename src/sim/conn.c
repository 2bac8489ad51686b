#include "sim/conn.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	CONN_READ_SIZE = 16 << 10,
	CONN_IDLE_S = 5, /* uvicorn's keep-alive */
	CONN_REQUEST_S = 30, /* for a whole request to arrive */
	CONN_LINGER_S = 5, /* after our FIN, for the peer's */
	CONN_WRITE_MAX = 256 << 10, /* bytes in one turn of the loop, so that others get theirs */
};

enum conn_state {
	CONN_MUTE, /* whatever comes, nothing is said */
	CONN_RESETTING, /* whatever comes, reset */
	CONN_GREETING, /* the handshake of TLS */
	CONN_READING,
	CONN_RUNNING,
	CONN_LINGERING, /* our side is closed */
};

struct conn {
	struct conn *next, *previous;
	struct conn_list *list;
	const struct wire_handler *handler;
	struct event *readable, *writable, *timer;
	int fd;
	struct tls *tls; /* NULL: plain */
	enum conn_state state;
	bool continued; /* "100 Continue" is out */
	struct buf in;
	struct arena arena; /* of the request being answered */
	struct http_request request;
	struct script script;
	struct script_run run;
};

static void run_script(struct conn *conn);

static void arm(struct conn *conn, int64_t us)
{
	struct timeval tv = {.tv_sec = us / US_PER_S, .tv_usec = us % US_PER_S};
	event_add(conn->timer, &tv);
}

static void tell_over(struct conn *conn, enum wire_end end)
{
	if (conn->state == CONN_RUNNING && conn->script.tag)
		conn->handler->over(conn->handler->context, conn->script.tag, end, clock_mono_us());
}

static void conn_free(struct conn *conn)
{
	if (conn->previous)
		conn->previous->next = conn->next;
	else
		conn->list->first = conn->next;
	if (conn->next)
		conn->next->previous = conn->previous;
	conn->list->n--;
	event_free(conn->readable);
	event_free(conn->writable);
	event_free(conn->timer);
	tls_free(conn->tls);
	close(conn->fd);
	buf_fini(&conn->in);
	arena_fini(&conn->arena);
	free(conn);
}

static void conn_end(struct conn *conn, enum wire_end end)
{
	tell_over(conn, end);
	conn_free(conn);
}

/* A close with bytes unread or a linger of zero makes the kernel send RST. */
static void conn_reset(struct conn *conn, enum wire_end end)
{
	struct linger linger = {.l_onoff = 1, .l_linger = 0};
	setsockopt(conn->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	conn_end(conn, end);
}

static void bye(struct conn *conn)
{
	if (conn->tls)
		tls_bye(conn->tls);
}

/* As asked to, WIRE_END_FIN, it is a cut: TLS ends without a word. */
static void conn_fin(struct conn *conn, enum wire_end end)
{
	tell_over(conn, end);
	if (end == WIRE_END_DONE)
		bye(conn);
	conn->state = CONN_LINGERING;
	if (shutdown(conn->fd, SHUT_WR) != 0) {
		conn_free(conn);
		return;
	}
	arm(conn, CONN_LINGER_S * US_PER_S);
}

static void answer(struct conn *conn)
{
	conn->state = CONN_RUNNING;
	event_del(conn->timer);
	script_init(&conn->script, &conn->arena);
	conn->handler->serve(conn->handler->context, &conn->request, &conn->arena, &conn->script);
	conn->script.close |= conn->request.close;
	conn->run = script_start(&conn->script);
	run_script(conn);
}

static ssize_t put_bytes(struct conn *conn, const void *bytes, size_t n)
{
	return conn->tls ? tls_send(conn->tls, bytes, n) : send(conn->fd, bytes, n, MSG_NOSIGNAL);
}

static ssize_t get_bytes(struct conn *conn, void *bytes, size_t n)
{
	return conn->tls ? tls_recv(conn->tls, bytes, n) : recv(conn->fd, bytes, n, 0);
}

/* What isn't HTTP gets uvicorn's words, and the door. */
static void refuse(struct conn *conn)
{
	static const char words[] = "HTTP/1.1 400 Bad Request\r\n"
				    "content-type: text/plain; charset=utf-8\r\n"
				    "connection: close\r\n\r\nInvalid HTTP request received.";
	if (put_bytes(conn, words, sizeof(words) - 1) < 0) {
		conn_reset(conn, WIRE_END_RESET);
		return;
	}
	conn_fin(conn, WIRE_END_DONE);
}

/* The request is copied, so that what arrives meanwhile can't move it. */
static void take_request(struct conn *conn)
{
	struct str bytes = arena_str(&conn->arena, (struct str){conn->in.p, conn->request.length});
	size_t left = conn->in.n - bytes.n;
	memmove(conn->in.p, conn->in.p + bytes.n, left);
	conn->in.n = left;
	if (http_read(bytes, &conn->arena, &conn->request) != HTTP_READY)
		abort();
	conn->continued = false;
	answer(conn);
}

static void go_on(struct conn *conn)
{
	static const char more[] = "HTTP/1.1 100 Continue\r\n\r\n";
	if (!conn->continued)
		conn->continued = put_bytes(conn, more, sizeof(more) - 1) > 0;
}

static void try_request(struct conn *conn)
{
	switch (http_read(buf_str(&conn->in), &conn->arena, &conn->request)) {
	case HTTP_MORE: break;
	case HTTP_CONTINUE: go_on(conn); break;
	case HTTP_READY: take_request(conn); break;
	case HTTP_BAD:
	case HTTP_TOO_LARGE: refuse(conn); break;
	}
}

static void next_request(struct conn *conn)
{
	tell_over(conn, WIRE_END_DONE);
	arena_fini(&conn->arena);
	arena_init(&conn->arena);
	conn->state = CONN_READING;
	arm(conn, CONN_IDLE_S * US_PER_S);
	if (conn->in.n) /* in another turn of the loop: no recursion */
		event_active(conn->readable, EV_READ, 1);
}

static void end_of_script(struct conn *conn)
{
	if (conn->script.close)
		conn_fin(conn, WIRE_END_DONE);
	else
		next_request(conn);
}

/* How many bytes went out; 0 when the socket is full, -1 when the connection broke. */
static ssize_t write_some(struct conn *conn, struct str bytes, int64_t now_us)
{
	ssize_t n = put_bytes(conn, bytes.p, bytes.n);
	if (n <= 0)
		return n < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -1;
	struct marks marks = script_wrote(&conn->run, (size_t)n, now_us);
	if (marks.n && conn->script.tag)
		conn->handler->sent(conn->handler->context, conn->script.tag, marks, now_us);
	return n;
}

static void run_script(struct conn *conn)
{
	size_t written = 0;
	for (;;) {
		int64_t now = clock_mono_us();
		struct step step = script_step(&conn->run, now);
		ssize_t n;
		switch (step.kind) {
		case STEP_WRITE:
			n = write_some(conn, step.bytes, now);
			if (n < 0) {
				conn_end(conn, WIRE_END_GONE);
				return;
			}
			written += (size_t)n;
			if (n == 0 || written > CONN_WRITE_MAX) {
				event_add(conn->writable, NULL);
				return;
			}
			break;
		case STEP_SLEEP: arm(conn, step.until_us - now); return;
		case STEP_HOLD: return;
		case STEP_FIN: conn_fin(conn, WIRE_END_FIN); return;
		case STEP_RESET: conn_reset(conn, WIRE_END_RESET); return;
		case STEP_END: end_of_script(conn); return;
		}
	}
}

static void greet(struct conn *conn)
{
	int done = tls_greet(conn->tls);
	if (done < 0) /* lingering, so that the alert arrives */
		conn_fin(conn, WIRE_END_FIN);
	else if (done > 0)
		conn->state = CONN_READING;
}

static void take_bytes(struct conn *conn)
{
	char bytes[CONN_READ_SIZE];
	bool raw = conn->state == CONN_LINGERING;
	ssize_t n = raw ? recv(conn->fd, bytes, sizeof(bytes), 0)
			: get_bytes(conn, bytes, sizeof(bytes));
	bool nothing = n < 0 && (errno == EAGAIN || errno == EINTR);
	if (n <= 0 && !nothing) {
		conn_end(conn, WIRE_END_GONE);
		return;
	}
	if (conn->state == CONN_LINGERING || conn->state == CONN_MUTE)
		return;
	if (n > 0 && !buf_put(&conn->in, bytes, (size_t)n)) {
		conn_reset(conn, WIRE_END_RESET);
		return;
	}
	if (conn->state != CONN_READING || conn->in.n == 0)
		return;
	if (n > 0 && conn->in.n == (size_t)n)
		arm(conn, CONN_REQUEST_S * US_PER_S);
	try_request(conn);
}

static void on_readable(evutil_socket_t fd, short what, void *context)
{
	struct conn *conn = context;
	(void)fd;
	(void)what;
	if (conn->state == CONN_RESETTING)
		conn_reset(conn, WIRE_END_RESET);
	else if (conn->state == CONN_GREETING)
		greet(conn);
	else
		take_bytes(conn);
}

static void on_writable(evutil_socket_t fd, short what, void *context)
{
	(void)fd;
	(void)what;
	run_script(context);
}

static void on_timer(evutil_socket_t fd, short what, void *context)
{
	struct conn *conn = context;
	(void)fd;
	(void)what;
	if (conn->state == CONN_RUNNING) {
		run_script(conn);
		return;
	}
	if (conn->state == CONN_READING)
		bye(conn);
	conn_free(conn);
}

static struct event *new_event(
	struct event_base *base, int fd, short what, event_callback_fn callback, struct conn *conn)
{
	struct event *event = event_new(base, fd, what, callback, conn);
	if (!event)
		mem_exhausted();
	return event;
}

/* False when there is no certificate to greet with. */
static bool set_manner(struct conn *conn, enum tls_manner manner)
{
	conn->state = CONN_READING;
	if (manner == TLS_OFF || manner == TLS_PLAIN)
		return true;
	if (manner == TLS_SILENCE || manner == TLS_RESET) {
		conn->state = manner == TLS_RESET ? CONN_RESETTING : CONN_MUTE;
		return true;
	}
	conn->state = CONN_GREETING;
	conn->tls = tls_new(manner, conn->fd);
	return conn->tls != NULL;
}

void conn_open(struct event_base *base, int fd, enum tls_manner manner,
	const struct wire_handler *handler, struct conn_list *list)
{
	struct conn *conn = MEM_NEW(struct conn);
	conn->fd = fd;
	conn->list = list;
	conn->handler = handler;
	conn->in = BUF_INIT(HTTP_REQUEST_MAX);
	arena_init(&conn->arena);
	conn->next = list->first;
	if (conn->next)
		conn->next->previous = conn;
	list->first = conn;
	list->n++;
	conn->readable = new_event(base, fd, EV_READ | EV_PERSIST, on_readable, conn);
	conn->writable = new_event(base, fd, EV_WRITE, on_writable, conn);
	conn->timer = new_event(base, -1, 0, on_timer, conn);
	event_add(conn->readable, NULL);
	if (!set_manner(conn, manner)) {
		log_write(LOG_ERROR, "sim.tls", LOG_STR("error", "no certificate could be made"));
		conn_reset(conn, WIRE_END_RESET);
	} else if (conn->state != CONN_MUTE) {
		arm(conn, CONN_REQUEST_S * US_PER_S);
	}
}

void conn_reset_all(struct conn_list *list)
{
	struct conn *next;
	for (struct conn *conn = list->first; conn; conn = next) {
		next = conn->next;
		conn_reset(conn, WIRE_END_RESET);
	}
}
