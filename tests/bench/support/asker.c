#include "asker.h"

#include "base/memory.h"
#include "measure.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PATH_SIZE = 128, HEAD_MAX = 4096, PIECE = 256 * 1024 };

struct question {
	unsigned port;
	size_t requests;
	char path[PATH_SIZE];
};

struct asker {
	pid_t pid;
	int ask[2], told[2];
};

static void die(const char *what)
{
	fprintf(stderr, "asker: %s\n", what);
	exit(1);
}

static int connect_to(unsigned port)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr = {htonl(INADDR_LOOPBACK)}};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0)
		die("no connection");
	return fd;
}

/* The head of an answer, and the first bytes behind it. */
static size_t read_head(int fd, char *head, size_t *body_bytes)
{
	size_t n = 0;
	for (;;) {
		ssize_t got = read(fd, head + n, HEAD_MAX - n);
		if (got <= 0)
			die("no answer");
		n += (size_t)got;
		head[n] = '\0';
		char *end = strstr(head, "\r\n\r\n");
		if (!end)
			continue;
		const char *length = strcasestr(head, "\r\nContent-Length:");
		if (strncmp(head, "HTTP/1.1 200 ", 13) != 0 || !length || length > end)
			die("not a 200 with its length");
		*body_bytes = strtoul(length + strlen("\r\nContent-Length:"), NULL, 10);
		size_t behind = n - (size_t)(end + 4 - head);
		memmove(head, end + 4, behind);
		return behind;
	}
}

/* keep: NULL, or where the body goes. */
static size_t get(int fd, const char *path, char **keep)
{
	static char piece[PIECE];
	char head[HEAD_MAX + 1];
	size_t bytes = 0;
	int n = snprintf(head, sizeof(head), "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", path);
	if (write(fd, head, (size_t)n) != n)
		die("can't write");
	size_t have = read_head(fd, head, &bytes);
	if (keep) {
		*keep = mem_alloc(bytes + 1);
		memcpy(*keep, head, have);
	}
	while (have < bytes) {
		size_t most = keep ? bytes - have : sizeof(piece);
		ssize_t got = read(fd, keep ? *keep + have : piece, most);
		if (got <= 0)
			die("an answer ends early");
		have += (size_t)got;
	}
	return bytes;
}

static _Noreturn void serve(const struct asker *asker)
{
	struct question question;
	while (read(asker->ask[0], &question, sizeof(question)) == (ssize_t)sizeof(question)) {
		uint64_t bytes = 0;
		int fd = connect_to(question.port);
		for (size_t i = 0; i < question.requests; i++)
			bytes += get(fd, question.path, NULL);
		close(fd);
		if (write(asker->told[1], &bytes, sizeof(bytes)) != (ssize_t)sizeof(bytes))
			break;
	}
	_exit(0);
}

struct asker *asker_new(int core)
{
	struct asker *asker = MEM_NEW(struct asker);
	if (pipe(asker->ask) != 0 || pipe(asker->told) != 0)
		die("no pipe");
	asker->pid = bench_fork();
	if (asker->pid == 0) {
		close(asker->ask[1]);
		close(asker->told[0]);
		bench_pin(core);
		serve(asker);
	}
	close(asker->ask[0]);
	close(asker->told[1]);
	return asker;
}

void asker_free(struct asker *asker)
{
	close(asker->ask[1]);
	close(asker->told[0]);
	bench_end(asker->pid);
	free(asker);
}

uint64_t asker_ask(struct asker *asker, unsigned port, const char *path, size_t requests)
{
	struct question question = {.port = port, .requests = requests};
	uint64_t bytes = 0;
	snprintf(question.path, sizeof(question.path), "%s", path);
	if (write(asker->ask[1], &question, sizeof(question)) != (ssize_t)sizeof(question) ||
		read(asker->told[0], &bytes, sizeof(bytes)) != (ssize_t)sizeof(bytes))
		die("it ended");
	return bytes;
}

struct answer_bytes asker_read(unsigned port, const char *path)
{
	struct answer_bytes answer = {0};
	int fd = connect_to(port);
	answer.n = get(fd, path, &answer.p);
	close(fd);
	return answer;
}
