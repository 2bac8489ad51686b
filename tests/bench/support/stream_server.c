#include "stream_server.h"

#include "base/clock.h"
#include "base/memory.h"
#include "server.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum { REQUEST_MAX = 4096, AT_A_TIME = 64 };

struct listener {
	struct listener *next, **before; /* among those that are being sent to */
	int fd;
	unsigned id, events, sent;
	int64_t interval_us, due_us;
};

struct streaming {
	struct stream_log *log;
	struct listener *first;
	int epoll, listener, timer;
};

static const char head[] = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n"
			   "Cache-Control: no-cache\r\nConnection: close\r\n\r\n";
static const char token[] =
	"data: {\"id\":\"chatcmpl-7f2a81c09bd44e5f\",\"object\":\"chat.completion.chunk\","
	"\"created\":1764000000,\"model\":\"baseline\",\"choices\":[{\"index\":0,\"delta\":"
	"{\"content\":\"word \"},\"finish_reason\":null}]}\n\n";
static const char last[] =
	"data: {\"id\":\"chatcmpl-7f2a81c09bd44e5f\",\"object\":\"chat.completion.chunk\","
	"\"created\":1764000000,\"model\":\"baseline\",\"choices\":[{\"index\":0,\"delta\":{},"
	"\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";

const size_t stream_event_bytes = sizeof(token) - 1;

struct stream_log *stream_log_new(void)
{
	void *log = mmap(NULL, sizeof(struct stream_log), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (log == MAP_FAILED)
		abort();
	return log;
}

void stream_log_clear(struct stream_log *log)
{
	memset(log, 0, sizeof(*log));
}

int stream_server_open(unsigned *port)
{
	struct bench_server server = {0};
	if (!bench_server_open(&server))
		return -1;
	*port = server.port;
	return server.listener;
}

static void listener_close(struct streaming *s, struct listener *l)
{
	if (l->before) {
		*l->before = l->next;
		if (l->next)
			l->next->before = l->before;
	}
	epoll_ctl(s->epoll, EPOLL_CTL_DEL, l->fd, NULL);
	close(l->fd);
	free(l);
}

/* Each stream has its own place in the interval, all of them spread evenly (by the golden ratio), so
 * that what a reader shows does not hang on when it happened to ask. */
static int64_t first_due(unsigned id, unsigned interval_us)
{
	int64_t place = (int64_t)(id * UINT32_C(2654435769) / 4294967296.0 * interval_us);
	int64_t soonest = clock_mono_us() + interval_us / 2;
	return soonest + (place - soonest % interval_us + interval_us) % interval_us;
}

static void begin(struct streaming *s, struct listener *l)
{
	char bytes[REQUEST_MAX + 1];
	unsigned interval;
	ssize_t n = read(l->fd, bytes, REQUEST_MAX);
	bytes[n > 0 ? n : 0] = '\0';
	if (n <= 0 || l->before ||
		sscanf(bytes, "GET /stream/%u/%u/%u ", &l->id, &l->events, &interval) != 3 ||
		l->id >= STREAM_IDS_MAX || l->events > STREAM_EVENTS_MAX ||
		write(l->fd, head, sizeof(head) - 1) < 0) {
		listener_close(s, l);
		return;
	}
	l->interval_us = interval;
	l->due_us = first_due(l->id, interval);
	l->next = s->first;
	l->before = &s->first;
	if (s->first)
		s->first->before = &l->next;
	s->first = l;
}

static void send_event(struct streaming *s, struct listener *l)
{
	l->due_us += l->interval_us;
	if (l->sent == l->events) {
		ssize_t went = write(l->fd, last, sizeof(last) - 1);
		(void)went;
		listener_close(s, l);
		return;
	}
	s->log->sent_us[l->id][l->sent++] = clock_mono_us();
	if (write(l->fd, token, sizeof(token) - 1) < 0)
		listener_close(s, l);
}

static void send_due(struct streaming *s)
{
	int64_t now = clock_mono_us(), due = INT64_MAX;
	struct listener *next;
	for (struct listener *l = s->first; l; l = next) {
		next = l->next;
		if (l->due_us <= now)
			send_event(s, l);
	}
	for (const struct listener *l = s->first; l; l = l->next)
		due = l->due_us < due ? l->due_us : due;
	struct itimerspec at = {{0, 0}, {due / US_PER_S, due % US_PER_S * 1000}};
	timerfd_settime(s->timer, TFD_TIMER_ABSTIME,
		s->first ? &at : &(struct itimerspec){{0, 0}, {0, 0}}, NULL);
}

static void welcome(struct streaming *s)
{
	int fd, one = 1;
	while ((fd = accept4(s->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
		struct listener *l = MEM_NEW(struct listener);
		l->fd = fd;
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		epoll_ctl(s->epoll, EPOLL_CTL_ADD, fd,
			&(struct epoll_event){.events = EPOLLIN, .data.ptr = l});
	}
}

_Noreturn void stream_server_run(int listener, struct stream_log *log)
{
	struct streaming s = {.log = log, .listener = listener, .epoll = epoll_create1(0)};
	struct epoll_event events[AT_A_TIME];
	uint64_t rings;
	signal(SIGPIPE, SIG_IGN);
	s.timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
	epoll_ctl(s.epoll, EPOLL_CTL_ADD, listener,
		&(struct epoll_event){.events = EPOLLIN, .data.ptr = &s.listener});
	epoll_ctl(s.epoll, EPOLL_CTL_ADD, s.timer,
		&(struct epoll_event){.events = EPOLLIN, .data.ptr = &s.timer});
	for (;;) {
		int n = epoll_wait(s.epoll, events, AT_A_TIME, -1);
		for (int i = 0; i < n; i++) {
			void *what = events[i].data.ptr;
			if (what == &s.listener)
				welcome(&s);
			else if (what != &s.timer)
				begin(&s, what);
			else if (read(s.timer, &rings, sizeof(rings)) < 0)
				continue;
		}
		send_due(&s);
	}
}
