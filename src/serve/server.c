#include "serve/server.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "serve/auth.h"
#include "serve/door.h"
#include "serve/exchange.h"
#include "serve/farewell.h"
#include "serve/listen.h"
#include "serve/streams.h"
#include "serve/visitors.h"

#include <microhttpd.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	CONNECTION_MEMORY =
		32 *
		1024, /* a request's head, its cookies once more, and the answer's head must fit */
	TICK_MS = 1000, /* how often slow visitors are looked for, and objectives at history */
	BUSY_MS = 50, /* while requests come close together a wake-up may be seen so late */
	NEWCOMER_US = 1000, /* and who is new, so late */
	LAST_TURNS = 16, /* for the ends of event streams, before all stops */
};

struct server {
	char address[LISTEN_ADDRESS_MAX];
	int listen_fd; /* the door's, as soon as there is one */
	struct door *door;
	int wake_fd;
	int epoll_fd; /* the library's */
	atomic_bool stopping;
	atomic_uint_fast64_t turns; /* of the thread */
	struct MHD_Daemon *daemon;
	struct site *site;
	struct visitors visitors;
	struct streams *streams;
	pthread_t thread;
	bool running;
};

/* --- who is connected --- */

/* The library takes the socket, and closes it if it does not want it. */
static void enter(void *ctx, int fd, const struct sockaddr *from, unsigned n)
{
	struct server *server = ctx;
	(void)MHD_add_connection(server->daemon, fd, from, n);
}

static void on_connection(void *cls, struct MHD_Connection *connection, void **socket_context,
	enum MHD_ConnectionNotificationCode what)
{
	struct server *server = cls;
	if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
		visitors_remove(&server->visitors, *socket_context);
		return;
	}
	struct sockaddr_storage from = {0};
	socklen_t n = sizeof(from);
	const union MHD_ConnectionInfo *fd =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	(void)getpeername(fd->connect_fd, (struct sockaddr *)&from, &n);
	*socket_context = visitors_add(
		&server->visitors, fd->connect_fd, visitor_address_of(&from), clock_mono_us());
	farewell_surplus(&server->visitors);
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *upload, size_t *upload_size,
	void **con_cls)
{
	struct server *server = cls;
	const struct http_line line = {method, version};
	(void)url;
	enum MHD_Result result =
		exchange_go_on(server->site, connection, *con_cls, &line, upload, upload_size);
	farewell_surplus(&server->visitors);
	return result;
}

static void on_completed(void *cls, struct MHD_Connection *connection, void **con_cls,
	enum MHD_RequestTerminationCode how)
{
	(void)cls;
	(void)how;
	exchange_end(connection, *con_cls);
	*con_cls = NULL;
}

/* We decode the target ourselves, after it was split. */
static size_t leave_escaped(void *cls, struct MHD_Connection *connection, char *text)
{
	(void)cls;
	(void)connection;
	return strlen(text);
}

__attribute__((format(printf, 2, 0))) static void on_library_message(
	void *cls, const char *format, va_list args)
{
	(void)cls;
	char text[ERROR_TEXT_MAX];
	vsnprintf(text, sizeof(text), format, args);
	log_write(LOG_DEBUG, "serve.library", LOG_STR("message", text));
}

/* --- the thread --- */

static int wait_ms(const struct server *server)
{
	MHD_UNSIGNED_LONG_LONG ms = 0;
	bool soon = MHD_get_timeout(server->daemon, &ms) == MHD_YES && ms < TICK_MS;
	int most_ms = door_wait_ms(server->door, soon ? (int)ms : TICK_MS);
	return streams_wait_ms(server->streams, clock_mono_us(), most_ms);
}

static void calm(const struct server *server)
{
	uint64_t count = 0;
	(void)!read(server->wake_fd, &count, sizeof(count));
}

static void wait_for_some(const struct server *server)
{
	struct pollfd fds[] = {
		{.fd = server->wake_fd, .events = POLLIN},
		{.fd = server->epoll_fd, .events = POLLIN},
	};
	(void)poll(fds, 2, wait_ms(server));
	if (fds[0].revents)
		calm(server);
}

/* Those who answered just now let the library wait by itself, which costs a system call less for each
 * request, unless somebody waits for what another thread has to say. */
static bool is_busy(const struct server *server, uint64_t answered)
{
	return server->site->answered != answered && !auth_waits(server->site->auth) &&
	       !streams_listen(server->streams);
}

static void *serve(void *cls)
{
	struct server *server = cls;
	bool busy = false;
	int64_t tick_us = clock_mono_us();
	int64_t door_us = 0;
	while (!atomic_load(&server->stopping)) {
		if (!busy)
			wait_for_some(server);
		atomic_fetch_add(&server->turns, 1);
		int64_t now_us = clock_mono_us();
		/* Between answers in a row whoever is new waits a moment: asking costs a system call. */
		if (!busy || now_us - door_us >= NEWCOMER_US) {
			door_turn(server->door, server->epoll_fd, now_us);
			door_us = now_us;
		}
		streams_turn(server->streams, now_us);
		exchange_resume(server->site);
		uint64_t answered = server->site->answered;
		(void)MHD_run_wait(server->daemon, busy ? BUSY_MS : 0);
		busy = is_busy(server, answered);
		if (now_us - tick_us < TICK_MS * US_PER_MS)
			continue;
		tick_us = now_us;
		site_tick(server->site, clock_wall_us());
		farewell_overdue(&server->visitors);
		farewell_left(&server->visitors);
		streams_tick(server->streams, auth_generation(server->site->auth), tick_us);
	}
	auth_close(server->site->auth);
	exchange_resume(server->site);
	for (int i = 0; i < LAST_TURNS && !streams_close(server->streams); i++)
		(void)MHD_run(server->daemon);
	MHD_stop_daemon(server->daemon);
	door_free(server->door);
	streams_free(server->streams);
	site_free(server->site);
	return NULL;
}

static struct MHD_Daemon *start_daemon(struct server *server)
{
	return MHD_start_daemon(MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET |
					MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG,
		0, NULL, NULL, on_request, server, MHD_OPTION_EXTERNAL_LOGGER, on_library_message,
		NULL, MHD_OPTION_CONNECTION_LIMIT, (unsigned)VISITORS_MAX,
		MHD_OPTION_PER_IP_CONNECTION_LIMIT, (unsigned)VISITORS_ADDRESS_MAX,
		MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)VISITOR_IDLE_S,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
		MHD_OPTION_STRICT_FOR_CLIENT, 0, MHD_OPTION_NOTIFY_CONNECTION, on_connection,
		server, MHD_OPTION_NOTIFY_COMPLETED, on_completed, server,
		MHD_OPTION_URI_LOG_CALLBACK, exchange_begin, NULL, MHD_OPTION_UNESCAPE_CALLBACK,
		leave_escaped, NULL, MHD_OPTION_END);
}

/* Signals are the loop's. */
static bool start_thread(struct server *server)
{
	sigset_t all;
	sigset_t before;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	server->running = pthread_create(&server->thread, NULL, serve, server) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (server->running)
		pthread_setname_np(server->thread, "http");
	return server->running;
}

static bool start(struct server *server, const struct serve_options *options,
	struct server_sources from, struct error *error)
{
	server->listen_fd = listen_for(options, error);
	if (server->listen_fd < 0)
		return false;
	listen_name(server->listen_fd, server->address);
	server->site = site_new(from.board, from.database, from.wishes, error);
	if (!server->site)
		return false;
	auth_configure(server->site->auth, &options->auth);
	server->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	server->site->streams = server->streams = streams_new(from.board, server->wake_fd);
	auth_wake(server->site->auth, server->wake_fd);
	server->door = door_new(server->listen_fd, &server->visitors, enter, server);
	server->daemon = server->wake_fd < 0 ? NULL : start_daemon(server);
	if (server->daemon)
		server->epoll_fd =
			MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
	if (!server->daemon || !start_thread(server))
		return error_set(error, "can't serve on %s: no descriptors or threads left",
			server->address);
	return true;
}

struct server *server_start(
	const struct serve_options *options, struct server_sources sources, struct error *error)
{
	struct server *server = MEM_NEW(struct server);
	server->listen_fd = server->wake_fd = -1;
	if (start(server, options, sources, error))
		return server;
	server_stop(server);
	return NULL;
}

void server_set_auth(struct server *server, const struct serve_auth *auth)
{
	auth_configure(server->site->auth, auth);
}

const char *server_address(const struct server *server)
{
	return server->address;
}

uint64_t server_turns(const struct server *server)
{
	return atomic_load(&server->turns);
}

void server_nudge(const struct server *server)
{
	const uint64_t one = 1;
	(void)!write(server->wake_fd, &one, sizeof(one));
}

void server_stop(struct server *server)
{
	if (!server)
		return;
	if (server->running) {
		atomic_store(&server->stopping, true);
		server_nudge(server);
		pthread_join(server->thread, NULL);
	} else {
		if (server->daemon)
			MHD_stop_daemon(server->daemon);
		if (server->door)
			door_free(server->door);
		else if (server->listen_fd >= 0)
			close(server->listen_fd);
		streams_free(server->streams);
		site_free(server->site);
	}
	if (server->wake_fd >= 0)
		close(server->wake_fd);
	free(server);
}

const char *server_library(void)
{
	static char text[40];
	snprintf(text, sizeof(text), "libmicrohttpd %s", MHD_get_version());
	return text;
}
