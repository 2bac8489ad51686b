/* `openssl s_server` on loopback, with certificates made for the test; and the client that asks it. */
#ifndef OUTRIDER_TESTS_UNIT_ENGINE_TLS_SERVER_H
#define OUTRIDER_TESTS_UNIT_ENGINE_TLS_SERVER_H

#include "client.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>

enum { COMMAND_MAX = 1024, ARGUMENTS_MAX = 24 };

extern char **environ;

static char folder[] = "/tmp/outrider-tls-XXXXXX";

static bool sh(const char *command)
{
	char line[COMMAND_MAX];
	snprintf(line, sizeof(line), "cd %s && { %s; } >>log 2>&1", folder, command);
	return system(line) == 0;
}

static const char *file(const char *name)
{
	static char paths[16][COMMAND_MAX];
	static unsigned next;
	char *path = paths[next++ % COUNT(paths)];
	snprintf(path, COMMAND_MAX, "%s/%s", folder, name);
	return path;
}

static bool folder_open(void)
{
	return mkdtemp(folder) && sh("openssl version");
}

static int folder_close(void)
{
	char line[COMMAND_MAX];
	snprintf(line, sizeof(line), "rm -rf %s", folder);
	return system(line);
}

struct tls {
	struct client client;
	pid_t pid;
	int output;
	char url[128];
	struct service service;
	struct request request;
};

/* "ACCEPT 127.0.0.1:40347" */
static unsigned read_port(int fd)
{
	char text[1024] = "";
	size_t n = 0;
	ssize_t got;
	while (n < sizeof(text) - 1 && (got = read(fd, text + n, sizeof(text) - 1 - n)) > 0) {
		n += (size_t)got;
		text[n] = '\0';
		const char *accept = strstr(text, "ACCEPT ");
		if (accept && strchr(accept, '\n'))
			return (unsigned)strtoul(strrchr(text, ':') + 1, NULL, 10);
	}
	fail_msg("openssl s_server does not start: %s", text);
	return 0;
}

/* more: further arguments, NULL-terminated; those with a dot name files of the folder */
static inline void tls_serve(struct tls *tls, const char *certificate, const char *const *more)
{
	int ends[2];
	posix_spawn_file_actions_t actions;
	const char *argv[ARGUMENTS_MAX] = {"timeout", "120", "openssl", "s_server", "-accept",
		"127.0.0.1:0", "-www", "-cert", file(certificate)};
	size_t n = 9;
	for (; more && *more; more++)
		argv[n++] = strchr(*more, '.') ? file(*more) : *more;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
	assert_int_equal(
		posix_spawnp(&tls->pid, "timeout", &actions, NULL, (char *const *)argv, environ),
		0);
	posix_spawn_file_actions_destroy(&actions);
	close(ends[1]);
	tls->output = ends[0];
	snprintf(tls->url, sizeof(tls->url), "https://127.0.0.1:%u/", read_port(tls->output));
}

static void tls_open(struct tls *tls)
{
	memset(tls, 0, sizeof(*tls));
	client_open(&tls->client);
	tls->service = (struct service){.id = "tls", .tls_ca = file("ca.pem")};
	tls->request = (struct request){.service = &tls->service,
		.method = METHOD_GET,
		.url = tls->url,
		.body_limit = 1 << 20};
}

static inline void tls_stop(struct tls *tls)
{
	kill(tls->pid, SIGTERM);
	waitpid(tls->pid, NULL, 0);
	close(tls->output);
}

#endif
