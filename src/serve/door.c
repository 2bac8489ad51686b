#include "serve/door.h"

#include "base/clock.h"
#include "base/memory.h"
#include "serve/farewell.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

struct waiting {
	struct waiting *next;
	int fd;
	int64_t since_us;
	struct sockaddr_storage from;
	socklen_t n;
};

/* Who waits of a network, the longest first. */
struct line {
	struct line *next;
	struct visitor_address network;
	struct waiting *first, **end;
	size_t n; /* at least one */
};

struct door {
	int listen_fd;
	bool watched; /* whether somebody comes */
	struct visitors *visitors;
	door_enter *enter;
	void *ctx;
	struct line *lines;
	size_t n, max; /* who wait */
	int entered; /* in this turn */
	int64_t looked_us;
	int64_t paused_us; /* until then nobody is taken from the socket */
};

struct door *door_new(int listen_fd, struct visitors *visitors, door_enter *enter, void *ctx)
{
	struct door *door = MEM_NEW(struct door);
	struct rlimit files = {.rlim_cur = RLIM_INFINITY};
	(void)getrlimit(RLIMIT_NOFILE, &files);
	*door = (struct door){.listen_fd = listen_fd,
		.visitors = visitors,
		.enter = enter,
		.ctx = ctx,
		.max = files.rlim_cur / 4 < DOOR_WAITING_MAX ? files.rlim_cur / 4
							     : DOOR_WAITING_MAX};
	return door;
}

/* --- who waits --- */

static struct line *line_of(struct door *door, struct visitor_address network)
{
	struct line *line = door->lines;
	while (line && memcmp(&line->network, &network, sizeof(network)) != 0)
		line = line->next;
	if (line)
		return line;
	line = MEM_NEW(struct line);
	*line = (struct line){.next = door->lines, .network = network};
	line->end = &line->first;
	door->lines = line;
	return line;
}

static void remove_line(struct door *door, struct line *line)
{
	struct line **at = &door->lines;
	while (*at != line)
		at = &(*at)->next;
	*at = line->next;
	free(line);
}

static void wait_outside(
	struct door *door, int fd, const struct sockaddr_storage *from, socklen_t n, int64_t now_us)
{
	struct line *line = line_of(door, visitor_network(visitor_address_of(from)));
	struct waiting *waiting = MEM_NEW(struct waiting);
	*waiting = (struct waiting){.fd = fd, .since_us = now_us, .from = *from, .n = n};
	*line->end = waiting;
	line->end = &waiting->next;
	line->n++;
	door->n++;
}

/* The first one's. The line goes with the last one. */
static struct waiting take_first(struct door *door, struct line *line)
{
	struct waiting taken = *line->first;
	free(line->first);
	line->first = taken.next;
	if (!line->first)
		line->end = &line->first;
	door->n--;
	if (--line->n == 0)
		remove_line(door, line);
	return taken;
}

static void send_away(struct door *door, struct line *line)
{
	struct waiting taken = take_first(door, line);
	farewell_early(taken.fd, 503, "Too many from the same network are here already.");
	close(taken.fd);
}

static void send_one_away(struct door *door)
{
	struct line *longest = door->lines;
	for (struct line *line = door->lines; line; line = line->next)
		if (line->n > longest->n)
			longest = line;
	if (longest)
		send_away(door, longest);
}

/* --- who comes --- */

static void let_in(struct door *door, int fd, const struct sockaddr_storage *from, socklen_t n)
{
	door->entered++;
	door->enter(door->ctx, fd, (const struct sockaddr *)from, n);
}

static bool may_enter(const struct door *door, struct visitor_address network, int64_t now_us)
{
	bool soon = door->entered < DOOR_ENTER_MAX || !visitors_know(door->visitors, network);
	return soon && visitors_have_room(door->visitors) &&
	       visitors_may_enter(door->visitors, network, now_us);
}

static bool has_left(int fd)
{
	char byte;
	ssize_t n = recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
	return n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
}

/* One that has left on the way takes nobody's place. */
static void let_first_in(struct door *door, struct line *line)
{
	struct waiting taken = take_first(door, line);
	if (has_left(taken.fd))
		close(taken.fd);
	else
		let_in(door, taken.fd, &taken.from, taken.n);
}

static void look_outside(struct door *door, int64_t now_us)
{
	struct line *next = NULL;
	door->looked_us = now_us;
	for (struct line *line = door->lines; line; line = next) {
		size_t left = line->n;
		next = line->next;
		while (left && may_enter(door, line->network, now_us)) {
			left--;
			let_first_in(door, line);
		}
		while (left && now_us - line->first->since_us > DOOR_WAIT_S * US_PER_S) {
			left--;
			send_away(door, line);
		}
	}
}

/* False: nobody more came. */
static bool take_next(struct door *door, int64_t now_us)
{
	struct sockaddr_storage from = {0};
	socklen_t n = sizeof(from);
	int fd = accept4(
		door->listen_fd, (struct sockaddr *)&from, &n, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd < 0) {
		if (errno == ECONNABORTED || errno == EINTR)
			return true;
		if (errno == EAGAIN)
			return false;
		send_one_away(door);
		door->paused_us = now_us + DOOR_PAUSE_MS * US_PER_MS;
		return false;
	}
	struct visitor_address network = visitor_network(visitor_address_of(&from));
	if (may_enter(door, network, now_us))
		let_in(door, fd, &from, n);
	else
		wait_outside(door, fd, &from, n, now_us);
	if (door->n > door->max)
		send_one_away(door);
	return true;
}

int door_wait_ms(const struct door *door, int max_ms)
{
	if (!door->watched && !door->paused_us)
		return 0; /* the first turn is still to come */
	return (door->n || !door->watched) && DOOR_LOOK_MS < max_ms ? DOOR_LOOK_MS : max_ms;
}

/* While nobody can be taken from the socket, it would wake the thread for nothing. */
static void watch(struct door *door, int epoll_fd, bool wanted)
{
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
	if (wanted == door->watched)
		return;
	int how = wanted ? EPOLL_CTL_ADD : EPOLL_CTL_DEL;
	if (epoll_ctl(epoll_fd, how, door->listen_fd, &event) == 0)
		door->watched = wanted;
}

void door_turn(struct door *door, int epoll_fd, int64_t now_us)
{
	bool more = now_us >= door->paused_us;
	door->entered = 0;
	if (now_us - door->looked_us >= DOOR_LOOK_MS * US_PER_MS)
		look_outside(door, now_us);
	for (int i = 0; more && i < DOOR_AT_ONCE && visitors_have_room(door->visitors); i++)
		more = take_next(door, now_us);
	watch(door, epoll_fd, now_us >= door->paused_us);
}

void door_free(struct door *door)
{
	if (!door)
		return;
	while (door->lines)
		send_away(door, door->lines);
	close(door->listen_fd);
	free(door);
}
