/* Processor time of a check through executor and transfer, judged, against a bare libcurl multi loop
 * on libevent that asks the same server the same question, in turn (A B A B ...): 64 at a time, a
 * fresh connection each. Usage: bench_engine [CHECKS [ROUNDS [URL]]]; without a URL a server of its
 * own on loopback. */
#include "base/clock.h"
#include "base/memory.h"
#include "engine/executor.h"
#include "engine/transfer.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#define event libevent_event /* a run has a struct event of its own */
#include <event2/event.h>
#include <event2/event_struct.h>
#undef event
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { AT_A_TIME = 64, ROUNDS_MAX = 64 };

static const char answer[] =
	"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 75\r\n"
	"X-Request-ID: 0123456789abcdef\r\nDate: Sun, 22 Nov 2026 10:00:00 GMT\r\nServer: "
	"bench\r\n\r\n"
	"{\"status\":\"ok\",\"version\":\"0.1.0\",\"timestamp\":\"2026-11-22T10:00:00.000000Z\"}";

static size_t n_checks = 20000;
static char url[256];

static void pin(int core)
{
	cpu_set_t set;
	CPU_ZERO(&set);
	CPU_SET((size_t)core, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

/* --- the server --- */

static void serve_one(int epoll, int fd)
{
	char bytes[4096];
	ssize_t n = read(fd, bytes, sizeof(bytes));
	if (n > 0 && write(fd, answer, sizeof(answer) - 1) > 0)
		return;
	epoll_ctl(epoll, EPOLL_CTL_DEL, fd, NULL);
	close(fd);
}

static _Noreturn void serve(int listener)
{
	struct epoll_event events[64];
	int epoll = epoll_create1(0), fd;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	pin(1);
	epoll_ctl(epoll, EPOLL_CTL_ADD, listener,
		&(struct epoll_event){.events = EPOLLIN, .data.fd = listener});
	for (;;) {
		int n = epoll_wait(epoll, events, 64, -1);
		for (int i = 0; i < n; i++) {
			if (events[i].data.fd != listener) {
				serve_one(epoll, events[i].data.fd);
				continue;
			}
			while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0)
				epoll_ctl(epoll, EPOLL_CTL_ADD, fd,
					&(struct epoll_event){.events = EPOLLIN, .data.fd = fd});
		}
	}
}

static pid_t start_server(void)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) != 0 || listen(fd, 1024) != 0 ||
		getsockname(fd, (struct sockaddr *)&at, &n) != 0)
		abort();
	snprintf(url, sizeof(url), "http://127.0.0.1:%u", ntohs(at.sin_port));
	pid_t pid = fork();
	if (pid == 0)
		serve(fd);
	close(fd);
	return pid;
}

static struct event_base *new_base(void)
{
	struct event_config *config = event_config_new();
	event_config_set_flag(config, EVENT_BASE_FLAG_PRECISE_TIMER);
	struct event_base *base = event_base_new_with_config(config);
	event_config_free(config);
	return base;
}

static int64_t cpu_us(void)
{
	struct rusage usage;
	getrusage(RUSAGE_SELF, &usage);
	return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * US_PER_S + usage.ru_utime.tv_usec +
	       usage.ru_stime.tv_usec;
}

static uint64_t failures;

/* --- bare libcurl --- */

struct bare_socket {
	struct libevent_event event;
	struct bare *bare;
};

struct bare {
	CURLM *multi;
	struct event_base *base;
	struct libevent_event timer;
	struct curl_slist *headers;
	const char *where;
	size_t left, running;
};

static size_t bare_write(char *bytes, size_t size, size_t n, void *ctx)
{
	(void)bytes, (void)ctx;
	return size * n;
}

static void bare_add(struct bare *bare)
{
	CURL *easy = curl_easy_init();
	curl_easy_setopt(easy, CURLOPT_URL, bare->where);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, bare_write);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, bare->headers);
	curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip, deflate");
	curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
	curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
	curl_easy_setopt(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L);
	curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
	if (getenv("BENCH_CA"))
		curl_easy_setopt(easy, CURLOPT_CAINFO, getenv("BENCH_CA"));
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_multi_add_handle(bare->multi, easy);
}

static void bare_end(struct bare *bare, CURL *easy, CURLcode code)
{
	static const CURLINFO times[] = {CURLINFO_NAMELOOKUP_TIME_T, CURLINFO_CONNECT_TIME_T,
		CURLINFO_APPCONNECT_TIME_T, CURLINFO_STARTTRANSFER_TIME_T, CURLINFO_TOTAL_TIME_T};
	curl_off_t us;
	long status;
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		curl_easy_getinfo(easy, times[i], &us);
	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	failures += code != CURLE_OK || status != 200;
	curl_multi_remove_handle(bare->multi, easy);
	curl_easy_cleanup(easy);
	if (bare->left) {
		bare->left--;
		bare_add(bare);
	} else if (--bare->running == 0) {
		event_base_loopbreak(bare->base);
	}
}

static void bare_act(struct bare *bare, curl_socket_t fd, int mask)
{
	int running, left;
	CURLMsg *message;
	curl_multi_socket_action(bare->multi, fd, mask, &running);
	while ((message = curl_multi_info_read(bare->multi, &left)))
		bare_end(bare, message->easy_handle, message->data.result);
}

static void bare_ready(evutil_socket_t fd, short what, void *ctx)
{
	struct bare_socket *s = ctx;
	bare_act(s->bare, fd,
		(what & EV_READ ? CURL_CSELECT_IN : 0) | (what & EV_WRITE ? CURL_CSELECT_OUT : 0));
}

static void bare_time(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd, (void)what;
	bare_act(ctx, CURL_SOCKET_TIMEOUT, 0);
}

static int bare_socket(CURL *easy, curl_socket_t fd, int what, void *ctx, void *assigned)
{
	struct bare *bare = ctx;
	struct bare_socket *s = assigned;
	(void)easy;
	if (s)
		event_del(&s->event);
	if (what == CURL_POLL_REMOVE) {
		free(s);
		return 0;
	}
	if (!s) {
		s = MEM_NEW(struct bare_socket);
		s->bare = bare;
		curl_multi_assign(bare->multi, fd, s);
	}
	short wants = (short)(EV_PERSIST | (what & CURL_POLL_IN ? EV_READ : 0) |
			      (what & CURL_POLL_OUT ? EV_WRITE : 0));
	event_assign(&s->event, bare->base, fd, wants, bare_ready, s);
	event_add(&s->event, NULL);
	return 0;
}

static int bare_timer(CURLM *multi, long timeout_ms, void *ctx)
{
	struct bare *bare = ctx;
	struct timeval in = {timeout_ms / 1000, timeout_ms % 1000 * 1000};
	(void)multi;
	if (timeout_ms < 0)
		evtimer_del(&bare->timer);
	else
		evtimer_add(&bare->timer, &in);
	return 0;
}

static void bare_open(struct bare *bare, struct event_base *base, const char *where)
{
	static const char *const headers[] = {"User-Agent: outrider/0.1.0",
		"X-Request-ID: bench-health-0000000000000",
		"traceparent: 00-0123456789abcdef0123456789abcdef-0123456789abcdef-01"};
	*bare = (struct bare){.multi = curl_multi_init(), .base = base, .where = where};
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		bare->headers = curl_slist_append(bare->headers, headers[i]);
	evtimer_assign(&bare->timer, base, bare_time, bare);
	curl_multi_setopt(bare->multi, CURLMOPT_SOCKETFUNCTION, bare_socket);
	curl_multi_setopt(bare->multi, CURLMOPT_SOCKETDATA, bare);
	curl_multi_setopt(bare->multi, CURLMOPT_TIMERFUNCTION, bare_timer);
	curl_multi_setopt(bare->multi, CURLMOPT_TIMERDATA, bare);
}

static void bare_close(struct bare *bare)
{
	curl_multi_cleanup(bare->multi);
	evtimer_del(&bare->timer);
	curl_slist_free_all(bare->headers);
}

static __attribute__((noinline)) int64_t bare_round(struct bare *bare)
{
	int64_t before = cpu_us();
	bare->running = AT_A_TIME;
	bare->left = n_checks - AT_A_TIME;
	for (size_t i = 0; i < AT_A_TIME; i++)
		bare_add(bare);
	event_base_dispatch(bare->base);
	return cpu_us() - before;
}

/* --- ours --- */

struct ours {
	struct executor *executor;
	struct plan plan;
	struct check check;
	struct submission submission;
	size_t left, running;
	struct event_base *base;
};

static void on_finished(void *ctx, struct record *record, void *cookie)
{
	struct ours *ours = ctx;
	(void)cookie;
	if (record->outcome != OUTCOME_PASS && failures++ == 0)
		fprintf(stderr, "%s\n", record->message);
	record_free(record);
	if (ours->left) {
		ours->left--;
		executor_submit(ours->executor, &ours->submission);
	} else if (--ours->running == 0) {
		event_base_loopbreak(ours->base);
	}
}

static void make_check(struct ours *ours, struct service *service, struct step *step)
{
	struct arena *arena = &ours->plan.arena;
	static const struct status_range ok = {200, 200};
	static struct expectation expectations[2];
	static struct match_term term = {.op = MATCH_EQUALS};
	static struct matcher matcher;
	struct error error;
	template_add_literal(arena, &step->request.path, STR("/health"));
	term.value = json_parse(STR("\"ok\""), &error);
	matcher = (struct matcher){.terms = &term, .n_terms = 1};
	expectations[0] = (struct expectation){.kind = EXPECT_STATUS,
		.subject = "status",
		.severity = OUTCOME_FAIL,
		.ranges = &ok,
		.n_ranges = 1};
	expectations[1] = (struct expectation){.kind = EXPECT_JSON,
		.subject = "json.$.status",
		.severity = OUTCOME_FAIL,
		.matcher = &matcher,
		.path = jsonpath_compile(arena, STR("$.status"), &error)};
	step->expectations = expectations;
	step->n_expectations = 2;
	ours->check = (struct check){.id = "bench-health",
		.title = "",
		.service = service,
		.timeout_us = 60 * US_PER_S,
		.idle_timeout_us = 30 * US_PER_S,
		.steps = step,
		.n_steps = 1,
		.n_ordinary = 1};
}

static __attribute__((noinline)) int64_t ours_round(struct ours *ours)
{
	int64_t before = cpu_us();
	ours->running = AT_A_TIME;
	ours->left = n_checks - AT_A_TIME;
	for (size_t i = 0; i < AT_A_TIME; i++)
		executor_submit(ours->executor, &ours->submission);
	event_base_dispatch(ours->base);
	return cpu_us() - before;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return x < y ? -1 : x > y;
}

static void measure(struct event_base *base, struct transfers *transfers, size_t rounds)
{
	struct service service = {
		.id = "bench", .title = "", .url = url, .tls_ca = getenv("BENCH_CA")};
	struct step step = {0};
	struct ours ours = {.base = base};
	struct bare bare;
	char where[300];
	double ratios[ROUNDS_MAX];
	snprintf(where, sizeof(where), "%s/health", url);
	bare_open(&bare, base, where);
	make_check(&ours, &service, &step);
	ours.executor = executor_new(base, transfers_transport(transfers),
		(struct engine_options){.jobs = AT_A_TIME},
		(struct executor_sink){&ours, NULL, on_finished});
	ours.submission =
		(struct submission){.plan = &ours.plan, .check = &ours.check, .check_number = 1};
	for (size_t i = 0; i < rounds; i++) {
		double a = (double)bare_round(&bare) / (double)n_checks;
		double b = (double)ours_round(&ours) / (double)n_checks;
		ratios[i] = b / a;
		printf("bare %.1f us, ours %.1f us a check, ratio %.3f\n", a, b, ratios[i]);
	}
	qsort(ratios, rounds, sizeof(ratios[0]), by_size);
	printf("median ratio %.3f (%.3f to %.3f); %llu failures\n", ratios[rounds / 2], ratios[0],
		ratios[rounds - 1], (unsigned long long)failures);
	executor_free(ours.executor);
	arena_fini(&ours.plan.arena);
	bare_close(&bare);
}

int main(int argc, char **argv)
{
	size_t rounds = argc > 2 ? strtoul(argv[2], NULL, 10) : 7;
	pid_t server = 0;
	struct error error;
	n_checks = argc > 1 ? strtoul(argv[1], NULL, 10) : n_checks;
	if (argc > 3)
		snprintf(url, sizeof(url), "%s", argv[3]);
	else
		server = start_server();
	pin(0);
	struct event_base *base = new_base();
	struct transfers *transfers = transfers_open(base, &error);
	if (transfers)
		measure(base, transfers, rounds < ROUNDS_MAX ? rounds : ROUNDS_MAX);
	transfers_close(transfers);
	event_base_free(base);
	if (server) {
		kill(server, SIGKILL);
		waitpid(server, NULL, 0);
	}
	return failures != 0;
}
