#include "serve/farewell.h"

#include "base/buf.h"
#include "base/clock.h"
#include "serve/problem.h"

#include <errno.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

enum {
	EARLY_BODY_MAX = 1024,
	EARLY_ANSWER_MAX = 2048,
};

void farewell_early(int fd, unsigned status, const char *detail)
{
	struct buf body = BUF_INIT(EARLY_BODY_MAX);
	struct buf out = BUF_INIT(EARLY_ANSWER_MAX);
	problem_document(&body, status, detail);
	buf_printf(&out,
		"HTTP/1.1 %u %s\r\nContent-Type: application/problem+json\r\n"
		"Content-Length: %zu\r\nConnection: close\r\n\r\n%s",
		status, http_status_title(status), body.n, buf_text(&body));
	(void)!send(fd, out.p, out.n, MSG_DONTWAIT | MSG_NOSIGNAL);
	buf_fini(&out);
	buf_fini(&body);
}

/* The library sees the end of the connection and lets it go. What a reader did not take is not kept for it by the
 * system either. */
static void hang_up(const struct visitor *visitor)
{
	const struct linger at_once = {.l_onoff = 1};
	int left = 0;
	if (visitor->state == VISITOR_NEW)
		farewell_early(visitor->fd, 408, "The request did not arrive in time.");
	else if (ioctl(visitor->fd, SIOCOUTQ, &left) == 0 && left > 0)
		(void)setsockopt(visitor->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	shutdown(visitor->fd, SHUT_RDWR);
}

void farewell_surplus(struct visitors *visitors)
{
	struct visitor *visitor = NULL;
	while ((visitor = visitors_cut_surplus(visitors)))
		hang_up(visitor);
}

void farewell_overdue(struct visitors *visitors)
{
	struct visitor *visitor = NULL;
	while ((visitor = visitors_cut_overdue(visitors, clock_mono_us())))
		hang_up(visitor);
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
	for (struct visitor *v = visitors_after(visitors, NULL); v; v = visitors_after(visitors, v))
		if (has_left(v)) {
			visitors_cut(visitors, v);
			shutdown(v->fd, SHUT_RDWR);
		}
}
