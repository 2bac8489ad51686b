/* Mail against a server on loopback that does as it is told: what goes wrong has its words, and nothing holds the
 * loop. */
#include "unit.h"

#include "engine/mail.h"

#include <arpa/inet.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SAID_MAX = 8192, LINE_MAX_BYTES = 512 };

/* What it says to a line that begins so; "" says nothing, NULL closes. The greeting is what it says to "". */
struct reply {
	const char *to, *say;
};

struct server {
	int listener;
	char url[64];
	const struct reply *replies; /* then the usual ones */
	pthread_t thread;
	char heard[SAID_MAX];
	atomic_bool stop;
};

static const struct reply usual[] = {
	{"", "220 test\r\n"},
	{"EHLO", "250-test\r\n250-SIZE 99999\r\n250 AUTH PLAIN\r\n"},
	{"AUTH", "334 \r\n"},
	{"MAIL", "250 ok\r\n"},
	{"RCPT", "250 ok\r\n"},
	{"DATA", "354 go\r\n"},
	{".\r", "250 taken\r\n"},
	{"QUIT", "221 bye\r\n"},
	{"AG1", "235 in\r\n"}, /* base64 of NUL and "me" */
	{NULL, NULL},
};

static const struct reply *find(const struct reply *replies, const char *line)
{
	for (; replies && replies->to; replies++)
		if (strncmp(line, replies->to, strlen(replies->to)) == 0 &&
			(*replies->to || !*line))
			return replies;
	return NULL;
}

/* False: the connection ends. */
static bool answer(struct server *s, int fd, const char *line)
{
	const struct reply *reply = find(s->replies, line);
	if (!reply)
		reply = find(usual, line);
	if (!reply)
		return true;
	if (!reply->say)
		return false;
	ssize_t sent = send(fd, reply->say, strlen(reply->say), MSG_NOSIGNAL);
	return sent >= 0;
}

static bool read_line(const struct server *s, int fd, char line[LINE_MAX_BYTES])
{
	size_t n = 0;
	while (n < LINE_MAX_BYTES - 1 && !atomic_load(&s->stop)) {
		struct pollfd ready = {.fd = fd, .events = POLLIN};
		if (poll(&ready, 1, 20) <= 0)
			continue;
		if (recv(fd, line + n, 1, 0) <= 0)
			return false;
		line[++n] = '\0';
		if (line[n - 1] == '\n')
			return true;
	}
	return false;
}

static void serve(struct server *s, int fd)
{
	char line[LINE_MAX_BYTES] = "";
	if (!answer(s, fd, ""))
		return;
	while (read_line(s, fd, line)) {
		strncat(s->heard, line, sizeof(s->heard) - strlen(s->heard) - 1);
		if (!answer(s, fd, line))
			return;
	}
}

static void *server_run(void *arg)
{
	struct server *s = arg;
	while (!atomic_load(&s->stop)) {
		struct pollfd ready = {.fd = s->listener, .events = POLLIN};
		if (poll(&ready, 1, 20) <= 0)
			continue;
		int fd = accept(s->listener, NULL, NULL);
		serve(s, fd);
		close(fd);
	}
	return NULL;
}

static void server_start(struct server *s, const struct reply *replies)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof(at);
	memset(s, 0, sizeof(*s));
	s->replies = replies;
	s->listener = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(s->listener, (struct sockaddr *)&at, n), 0);
	assert_int_equal(listen(s->listener, 8), 0);
	assert_int_equal(getsockname(s->listener, (struct sockaddr *)&at, &n), 0);
	snprintf(s->url, sizeof(s->url), "smtp://127.0.0.1:%u", ntohs(at.sin_port));
	assert_int_equal(pthread_create(&s->thread, NULL, server_run, s), 0);
}

static void server_stop(struct server *s)
{
	atomic_store(&s->stop, true);
	pthread_join(s->thread, NULL);
	close(s->listener);
}

/* --- who sends --- */

struct sender {
	struct event_base *base;
	struct mailer *mailer;
	struct mail *mail;
	int dones;
	uint64_t taken, refused;
	int status;
	char why[MAIL_WHY_MAX];
};

static void sender_open(struct sender *s)
{
	struct error error = {""};
	memset(s, 0, sizeof(*s));
	s->base = event_base_new();
	s->mailer = mailer_open(s->base, &error);
	assert_non_null(s->mailer);
}

static void sender_close(struct sender *s)
{
	mailer_close(s->mailer);
	event_base_free(s->base);
}

static void on_done(void *ctx, const struct mail_result *result)
{
	struct sender *s = ctx;
	assert_non_null(s->mail); /* never from inside mail_send */
	s->dones++;
	s->taken = result->taken;
	s->refused = result->refused;
	s->status = result->status;
	snprintf(s->why, sizeof(s->why), "%s", result->why);
	event_base_loopbreak(s->base);
}

static const char *const two[] = {"a@example.org", "b@example.org"};

static struct mail_request request_for(const char *url)
{
	return (struct mail_request){.url = url,
		.from = "me@example.org",
		.to = two,
		.n_to = 2,
		.starttls = MAIL_STARTTLS_OPPORTUNISTIC,
		.message = STR("Subject: x\r\n\r\n.hidden\r\n")};
}

static void send_it(struct sender *s, const struct mail_request *request)
{
	s->dones = 0;
	s->mail = NULL;
	s->mail = mail_send(s->mailer, request, on_done, s);
	assert_int_equal(s->dones, 0);
	event_base_dispatch(s->base);
	assert_int_equal(s->dones, 1);
}

static void it_arrives_whole(void **state)
{
	(void)state;
	struct server server;
	struct sender sender;
	server_start(&server, NULL);
	sender_open(&sender);
	struct mail_request request = request_for(server.url);
	send_it(&sender, &request);
	assert_string_equal(sender.why, "");
	assert_int_equal(sender.taken, 3);
	assert_int_equal(sender.status, 250);
	event_base_dispatch(sender.base); /* until the server has said goodbye */
	server_stop(&server);
	assert_non_null(
		strstr(server.heard, "MAIL FROM:<me@example.org>\r\n"
				     "RCPT TO:<a@example.org>\r\n"
				     "RCPT TO:<b@example.org>\r\n"
				     "DATA\r\nSubject: x\r\n\r\n..hidden\r\n.\r\nQUIT\r\n"));
	sender_close(&sender);
}

static void who_signs_in_does_so_first(void **state)
{
	(void)state;
	struct server server;
	struct sender sender;
	server_start(&server, NULL);
	sender_open(&sender);
	struct mail_request request = request_for(server.url);
	request.username = "me";
	request.password = "canary";
	send_it(&sender, &request);
	assert_string_equal(sender.why, "");
	server_stop(&server);
	assert_non_null(strstr(server.heard, "AUTH PLAIN\r\nAG1lAGNhbmFyeQ==\r\nMAIL FROM"));
	sender_close(&sender);
}

struct fault {
	struct reply replies[3];
	const char *words;
	uint64_t taken, refused;
	bool signs_in, tls;
};

static void failures_have_words(void **state)
{
	(void)state;
	static const struct fault faults[] = {
		{{{"", "554 go away\r\n"}}, "the mail server turned us away (554)", 0, 0, false,
			false},
		{{{"", "354 hi\r\n"}}, "what answers is no mail server", 0, 0, false, false},
		{{{"", NULL}}, "the mail server closed the connection", 0, 0, false, false},
		{{{"EHLO", "550 no\r\n"}, {"HELO", "550 no\r\n"}},
			"the mail server refused our EHLO (550)", 0, 0, false, false},
		{{{"EHLO", NULL}}, "the mail server closed the connection", 0, 0, false, false},
		{{{"AG1", "535 canary\r\n"}}, "signing in at the mail server failed (535)", 0, 0,
			true, false},
		{{{"AG1", "454 later\r\n"}}, "signing in at the mail server failed (454)", 0, 0,
			true, false},
		{{{"EHLO", "250 test\r\n"}},
			"the mail server offers no way to sign in that we know", 0, 0, true, false},
		{{{"EHLO", "250 AUTH WEIRD\r\n"}},
			"the mail server offers no way to sign in that we know", 0, 0, true, false},
		{{{"EHLO", "250 test\r\n"}}, "the mail server offers no STARTTLS", 0, 0, false,
			true},
		{{{"EHLO", "250 STARTTLS\r\n"}, {"STARTTLS", "454 not now\r\n"}},
			"the mail server refused STARTTLS (454)", 0, 0, false, true},
		{{{"EHLO", "250 STARTTLS\r\n"}, {"STARTTLS", "220 go\r\nnonsense\r\n"}},
			"what answers is no mail server", 0, 0, false, true},
		{{{"MAIL", "451 later\r\n"}}, "the mail server put off the sender (451)", 0, 0,
			false, false},
		{{{"RCPT TO:<a", "550 who\r\n"}}, "of 2 recipients the mail server refused 1 (550)",
			2, 1, false, false},
		{{{"RCPT", "550 who\r\n"}}, "the mail server refused every recipient (550)", 0, 3,
			false, false},
		{{{"RCPT", "450 grey\r\n"}}, "the mail server put off every recipient (450)", 0, 0,
			false, false},
		{{{".\r", "451 scan\r\n"}}, "the mail server put off the message (451)", 0, 0,
			false, false},
		{{{".\r", NULL}}, "the mail server closed the connection", 0, 0, false, false},
		{{{"QUIT", NULL}}, "", 3, 0, false, false},
		{{{"QUIT", "500 what\r\n"}}, "", 3, 0, false, false},
	};
	struct sender sender;
	sender_open(&sender);
	for (size_t i = 0; i < COUNT(faults); i++) {
		const struct fault *fault = &faults[i];
		struct server server;
		server_start(&server, fault->replies);
		struct mail_request request = request_for(server.url);
		request.username = fault->signs_in ? "me" : NULL;
		request.password = fault->signs_in ? "canary" : NULL;
		if (fault->tls)
			request.starttls = MAIL_STARTTLS_REQUIRED;
		send_it(&sender, &request);
		assert_string_equal(sender.why, fault->words);
		assert_int_equal(sender.taken, fault->taken);
		assert_int_equal(sender.refused, fault->refused);
		if (!sender.taken && !strstr(server.heard, "DATA"))
			assert_null(strstr(server.heard, "Subject"));
		server_stop(&server);
	}
	sender_close(&sender);
}

static void where_nobody_listens(void **state)
{
	(void)state;
	static const struct {
		const char *url, *words;
	} rows[] = {
		{"smtp://localhost:1", "no connection to the mail server"},
		{"smtp://no-such-host.invalid", "the mail server's name has no address"},
		{"smtp://:x", "the mail server's URL can't be used"},
	};
	struct sender sender;
	sender_open(&sender);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct mail_request request = request_for(rows[i].url);
		send_it(&sender, &request);
		assert_string_equal(sender.why, rows[i].words);
	}
	sender_close(&sender);
}

/* --- what hangs --- */

static void on_tick(evutil_socket_t fd, short what, void *ctx)
{
	struct sender *s = ctx;
	(void)fd, (void)what;
	event_base_loopbreak(s->base);
}

/* Whatever the server leaves out: the loop turns, or this never ends. */
static void a_server_that_hangs_holds_nobody(void **state)
{
	(void)state;
	static const struct reply silences[][2] = {{{"", ""}, {NULL, NULL}},
		{{"EHLO", ""}, {NULL, NULL}}, {{"EHLO", "250-a\r\n"}, {NULL, NULL}},
		{{"AG1", ""}, {NULL, NULL}}, {{"MAIL", ""}, {NULL, NULL}},
		{{"RCPT", "25"}, {NULL, NULL}}, {{"DATA", ""}, {NULL, NULL}},
		{{".\r", ""}, {NULL, NULL}}};
	const struct timeval soon = {0, 150000};
	struct sender sender;
	sender_open(&sender);
	struct event *tick = evtimer_new(sender.base, on_tick, &sender);
	for (size_t i = 0; i < COUNT(silences); i++) {
		struct server server;
		server_start(&server, silences[i]);
		struct mail_request request = request_for(server.url);
		request.username = "me";
		request.password = "canary";
		sender.dones = 0;
		sender.mail = mail_send(sender.mailer, &request, on_done, &sender);
		evtimer_add(tick, &soon);
		event_base_dispatch(sender.base);
		assert_int_equal(sender.dones, 0);
		mail_cancel(sender.mail);
		server_stop(&server);
	}
	event_free(tick);
	sender_close(&sender);
}

/* The message is taken; that nobody answers to QUIT delays no report, and no end. */
static void a_goodbye_without_answer_is_left_alone(void **state)
{
	(void)state;
	static const struct reply silence[] = {{"QUIT", ""}, {NULL, NULL}};
	struct server server;
	struct sender sender;
	server_start(&server, silence);
	sender_open(&sender);
	struct mail_request request = request_for(server.url);
	send_it(&sender, &request);
	assert_int_equal(sender.taken, 3);
	sender_close(&sender);
	server_stop(&server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_arrives_whole),
		cmocka_unit_test(who_signs_in_does_so_first),
		cmocka_unit_test(failures_have_words),
		cmocka_unit_test(where_nobody_listens),
		cmocka_unit_test(a_server_that_hangs_holds_nobody),
		cmocka_unit_test(a_goodbye_without_answer_is_left_alone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
