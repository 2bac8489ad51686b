#include "serve/farewell.h"

#include "base/buf.h"
#include "base/clock.h"
#include "serve/problem.h"

#include <errno.h>
#include <sys/socket.h>

enum {
	EARLY_BODY_MAX = 1024,
	EARLY_ANSWER_MAX = 2048,
};

/* One whose request never came in full is told so: nothing was sent on the socket before. */
static void send_timeout(int fd)
{
	struct buf body = BUF_INIT(EARLY_BODY_MAX);
	struct buf out = BUF_INIT(EARLY_ANSWER_MAX);
	problem_document(&body, 408, "The request did not arrive in time.");
	buf_printf(&out,
		"HTTP/1.1 408 Request Timeout\r\nContent-Type: application/problem+json\r\n"
		"Content-Length: %zu\r\nConnection: close\r\n\r\n%s",
		body.n, buf_text(&body));
	(void)!send(fd, out.p, out.n, MSG_DONTWAIT | MSG_NOSIGNAL);
	buf_fini(&out);
	buf_fini(&body);
}

/* The library sees the end of the connection and lets it go. */
void farewell_slow(struct visitors *visitors)
{
	struct visitor *visitor = NULL;
	while ((visitor = visitors_cut_next(visitors, clock_mono_us()))) {
		if (visitor->state == VISITOR_NEW)
			send_timeout(visitor->fd);
		shutdown(visitor->fd, SHUT_RDWR);
	}
}

/* One who left while something of theirs was still unread: the library does not see it. */
static bool has_left(const struct visitor *visitor)
{
	char byte;
	if (visitor->state == VISITOR_ANSWERED || visitor->cut)
		return false;
	ssize_t n = recv(visitor->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
	bool reset = n < 0 && errno != EAGAIN && errno != EINTR;
	return n == 0 || (reset && visitor->state == VISITOR_LISTENING);
}

void farewell_left(struct visitors *visitors)
{
	for (struct visitor *visitor = visitors->first; visitor; visitor = visitor->next)
		if (has_left(visitor)) {
			visitors_cut(visitors, visitor);
			shutdown(visitor->fd, SHUT_RDWR);
		}
}
