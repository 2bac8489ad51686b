#include "wait.h"

#include "base/clock.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	KNOCK_TIMEOUT_US = 2000000, /* of one connection */
	KNOCK_PAUSE_US = 100000, /* between two rounds */
	HOST_MAX = 256,
	PORT_MAX = 8,
};

struct waiting {
	int64_t deadline_us;
	int interrupt_fd;
	bool interrupted;
};

/* Of "http://host:port/path": false when it has no host that fits. */
static bool split_url(const char *url, char host[HOST_MAX], char port[PORT_MAX])
{
	bool tls = str_starts(str_of(url), STR("https:"), true);
	const char *at = strstr(url, "://");
	if (!at)
		return false;
	at += 3;
	size_t n = strcspn(at, "/?#");
	struct str place = {at, n};
	for (size_t i = 0; i < n; i++)
		if (at[i] == '@')
			place = str_from((struct str){at, n}, i + 1);
	bool bracket = place.n > 0 && place.p[0] == '[';
	if (bracket)
		place = str_from(place, 1);
	ptrdiff_t end = str_find(place, bracket ? STR("]") : STR(":"), false);
	struct str name = {place.p, end < 0 ? place.n : (size_t)end};
	struct str rest = str_from(place, name.n + bracket);
	if (name.n == 0 || name.n >= HOST_MAX || rest.n >= PORT_MAX)
		return false;
	snprintf(host, HOST_MAX, "%.*s", STR_ARG(name));
	if (rest.n > 1)
		snprintf(port, PORT_MAX, "%.*s", STR_ARG(str_from(rest, 1)));
	else
		snprintf(port, PORT_MAX, "%s", tls ? "443" : "80");
	return true;
}

/* Sleeps until fd (-1: none) is writable. False when the time is over, or on an interrupt. */
static bool wait_on(struct waiting *waiting, int fd, int64_t at_most_us)
{
	int64_t left = waiting->deadline_us - clock_mono_us();
	if (left > at_most_us)
		left = at_most_us;
	struct pollfd fds[] = {
		{.fd = waiting->interrupt_fd, .events = POLLIN}, {.fd = fd, .events = POLLOUT}};
	int n = poll(fds, 2, left > 0 ? (int)(left / US_PER_MS) + 1 : 0);
	waiting->interrupted |= n > 0 && fds[0].revents;
	return n > 0 && fds[1].revents && !waiting->interrupted;
}

static bool knock_at(struct waiting *waiting, const struct addrinfo *address)
{
	int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return false;
	bool ok = connect(fd, address->ai_addr, address->ai_addrlen) == 0;
	if (!ok && errno == EINPROGRESS && wait_on(waiting, fd, KNOCK_TIMEOUT_US)) {
		int why = 0;
		socklen_t size = sizeof(why);
		ok = getsockopt(fd, SOL_SOCKET, SO_ERROR, &why, &size) == 0 && why == 0;
	}
	close(fd);
	return ok;
}

static int family_of(enum ip_family ip)
{
	switch (ip) {
	case IP_4: return AF_INET;
	case IP_6: return AF_INET6;
	case IP_ANY: break;
	}
	return AF_UNSPEC;
}

static bool knock(struct waiting *waiting, const struct service *service)
{
	char host[HOST_MAX];
	char port[PORT_MAX];
	if (!service->url || service->proxy || !split_url(service->url, host, port))
		return true;
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_family = family_of(service->ip)};
	struct addrinfo *found = NULL;
	bool ok = false;
	if (getaddrinfo(host, port, &hints, &found) != 0)
		return false;
	for (const struct addrinfo *one = found; one && !ok && !waiting->interrupted;
		one = one->ai_next)
		ok = knock_at(waiting, one);
	freeaddrinfo(found);
	return ok;
}

const struct service *wait_for_services(
	const struct service *const *services, size_t n, int64_t timeout_us, int interrupt_fd)
{
	struct waiting waiting = {
		.deadline_us = clock_mono_us() + timeout_us, .interrupt_fd = interrupt_fd};
	for (size_t ready = 0; ready < n; ready++)
		while (!knock(&waiting, services[ready])) {
			wait_on(&waiting, -1, KNOCK_PAUSE_US);
			if (waiting.interrupted)
				return NULL;
			if (clock_mono_us() >= waiting.deadline_us)
				return services[ready];
		}
	return NULL;
}
