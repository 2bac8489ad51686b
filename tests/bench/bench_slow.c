/* Visitors who are slow on purpose, from twenty addresses of loopback: idle ones, heads and bodies a byte at a
 * time, half-closed ones, readers of a large page a byte at a time, listeners who never read. Whoever is cut
 * off comes again soon after. Lasts --seconds, then prints a line of JSON. */
#include "base/clock.h"
#include "base/memory.h"
#include "support/measure.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	ADDRESSES = 20,
	FIRST_ADDRESS = 0x7f000010, /* 127.0.0.16 */
	VISITORS_MOST = 10000,
	AGAIN_MS = 50, /* after being cut off */
	STEP_MS = 100, /* between two bytes */
	TICK_MS = 10,
	AT_A_TICK = 500, /* who comes again */
	STAY_S = 3, /* who reads: then another one comes */
	EVENTS = 256,
	NOT_SLOWER = 19, /* niceness: they stand for other machines */
};

enum manner { IDLE, HEAD, BODY, HALF_CLOSED, READER, LISTENER, MANNERS };

static const struct {
	const char *name, *opening;
	int of_thousand;
} manners[MANNERS] = {
	[IDLE] = {"idle", "", 600},
	[HEAD] = {"heads", "GET /api/v1/status HTTP/1.1\r\nHost: x\r\nX-Slow: ", 120},
	[BODY] = {"bodies",
		"POST /api/v1/maintenance HTTP/1.1\r\nHost: x\r\nContent-Type: "
		"application/json\r\nContent-Length: 4000\r\n\r\n",
		80},
	[HALF_CLOSED] = {"half-closed", "GET /api/v1/status HTTP/1.1\r\nHo", 60},
	[READER] = {"readers", "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", 80},
	[LISTENER] = {"listeners", "GET /api/v1/events HTTP/1.1\r\nHost: x\r\n\r\n", 60},
};

struct slow {
	int fd; /* -1: not connected */
	enum manner manner;
	int64_t next_us; /* when it does something */
	int64_t since_us;
	bool spoke;
};

struct crowd {
	struct slow *visitors;
	size_t n;
	int epoll_fd;
	struct sockaddr_in target;
	unsigned long came, cut, failed, open, open_most;
};

static void die(const char *what)
{
	fprintf(stderr, "bench_slow: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void leave(struct crowd *crowd, struct slow *visitor, int64_t now_us)
{
	close(visitor->fd);
	visitor->fd = -1;
	visitor->next_us = now_us + (int64_t)AGAIN_MS * US_PER_MS;
	crowd->open--;
}

static void come(struct crowd *crowd, size_t i, int64_t now_us)
{
	struct slow *visitor = &crowd->visitors[i];
	struct sockaddr_in from = {.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(FIRST_ADDRESS + (uint32_t)(i % ADDRESSES))};
	const int small = 4096;
	const int one = 1;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		die("no socket");
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof(one));
	struct epoll_event event = {.events = EPOLLRDHUP, .data.u64 = i};
	if (bind(fd, (const struct sockaddr *)&from, sizeof(from)) != 0 ||
		(connect(fd, (const struct sockaddr *)&crowd->target, sizeof(crowd->target)) != 0 &&
			errno != EINPROGRESS) ||
		epoll_ctl(crowd->epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0) {
		close(fd);
		crowd->failed++;
		visitor->next_us = now_us + (int64_t)AGAIN_MS * US_PER_MS;
		return;
	}
	visitor->fd = fd;
	visitor->spoke = false;
	visitor->since_us = now_us;
	visitor->next_us = now_us + (int64_t)TICK_MS * US_PER_MS;
	crowd->came++;
	crowd->open++;
	if (crowd->open > crowd->open_most)
		crowd->open_most = crowd->open;
}

static void speak(struct slow *visitor)
{
	const char *opening = manners[visitor->manner].opening;
	char byte = 'a';
	if (!visitor->spoke) {
		visitor->spoke = send(visitor->fd, opening, strlen(opening), MSG_NOSIGNAL) >= 0;
		if (visitor->spoke && visitor->manner == HALF_CLOSED)
			shutdown(visitor->fd, SHUT_WR);
	} else if (visitor->manner == HEAD || visitor->manner == BODY) {
		(void)!send(visitor->fd, &byte, 1, MSG_NOSIGNAL);
	} else if (visitor->manner == READER) {
		(void)!recv(visitor->fd, &byte, 1, 0);
	}
}

static void step(struct crowd *crowd, int64_t now_us)
{
	int coming = 0;
	for (size_t i = 0; i < crowd->n; i++) {
		struct slow *visitor = &crowd->visitors[i];
		bool reads = visitor->manner == READER || visitor->manner == LISTENER;
		if (now_us < visitor->next_us)
			continue;
		if (visitor->fd < 0) {
			if (coming++ < AT_A_TICK)
				come(crowd, i, now_us);
		} else if (reads && now_us - visitor->since_us > STAY_S * US_PER_S) {
			leave(crowd, visitor, now_us);
		} else {
			visitor->next_us = now_us + (int64_t)STEP_MS * US_PER_MS;
			speak(visitor);
		}
	}
}

static void look(struct crowd *crowd)
{
	struct epoll_event events[EVENTS];
	int n = epoll_wait(crowd->epoll_fd, events, EVENTS, TICK_MS);
	int64_t now_us = clock_mono_us();
	for (int i = 0; i < n; i++) {
		leave(crowd, &crowd->visitors[events[i].data.u64], now_us);
		crowd->cut++;
	}
}

static void gather(struct crowd *crowd)
{
	size_t at = 0;
	crowd->visitors = mem_alloc(crowd->n * sizeof(*crowd->visitors));
	for (int manner = 0; manner < MANNERS; manner++) {
		size_t end = at + crowd->n * (size_t)manners[manner].of_thousand / 1000;
		for (; at < end; at++)
			crowd->visitors[at] = (struct slow){.fd = -1, .manner = manner};
	}
	crowd->n = at;
}

static void read_options(struct crowd *crowd, int64_t *seconds, int argc, char **argv)
{
	static const struct option known[] = {{"cores", required_argument, NULL, 'c'},
		{"port", required_argument, NULL, 'p'}, {"visitors", required_argument, NULL, 'n'},
		{"seconds", required_argument, NULL, 's'}, {0}};
	int client = 0;
	int server = 0;
	int option;
	while ((option = getopt_long(argc, argv, "", known, NULL)) >= 0) {
		if (option == 'c' && sscanf(optarg, "%d,%d", &client, &server) == 2)
			bench_pin(server);
		else if (option == 'p')
			crowd->target.sin_port = htons((uint16_t)atoi(optarg));
		else if (option == 'n')
			crowd->n = strtoul(optarg, NULL, 10);
		else if (option == 's')
			*seconds = atoi(optarg);
		else
			exit(2);
	}
	if (crowd->n > VISITORS_MOST)
		exit(2);
}

int main(int argc, char **argv)
{
	struct crowd crowd = {.n = 3000,
		.target = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)}};
	struct rlimit files;
	int64_t seconds = 1;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	read_options(&crowd, &seconds, argc, argv);
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	setpriority(PRIO_PROCESS, 0, NOT_SLOWER);
	crowd.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (crowd.epoll_fd < 0)
		die("no epoll");
	gather(&crowd);
	for (int64_t end_us = clock_mono_us() + seconds * US_PER_S; clock_mono_us() < end_us;) {
		step(&crowd, clock_mono_us());
		look(&crowd);
	}
	printf("{\"came\": %lu, \"cut\": %lu, \"failed\": %lu, \"open\": %lu}\n", crowd.came,
		crowd.cut, crowd.failed, crowd.open_most);
	free(crowd.visitors);
	return 0;
}
