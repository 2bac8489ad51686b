/* A check, judged, against a bare libcurl loop that asks the same server the same question, in turn
 * (A B A B ...): 64 at a time, a fresh connection each. One line of JSON for each turn.
 * Usage: bench_http [--checks N] [--rounds N] [--cores CLIENT,SERVER] [--only bare|ours]
 *                   [--url URL] [--tls CA,CERT,KEY] [--store]; without a URL a server of its own on
 * loopback; with --store ours also stores each result, and a turn ends when all are committed. */
#include "support/bare.h"
#include "support/keeper.h"
#include "support/measure.h"
#include "support/ours.h"
#include "support/server.h"

#include "base/clock.h"

#include <event2/event.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

enum { AT_A_TIME = 64 };

struct bench {
	struct event_base *base;
	struct bare *bare;
	struct ours *ours;
	struct arena arena;
	struct check check;
	struct service service;
	struct step step;
	char url[256], where[300];
	char *ca;
	size_t checks, rounds;
	int client_core, server_core;
	char only; /* 'b', 'o'; 0: both */
	bool stores;
	struct keeper *keeper;
	struct bench_server server;
	pid_t server_pid;
};

static const char *next_url(void *ctx, curl_write_callback *write, void **write_ctx)
{
	const struct bench *b = ctx;
	(void)write, (void)write_ctx;
	return b->where;
}

static const struct check *next_check(void *ctx, void **cookie)
{
	const struct bench *b = ctx;
	(void)cookie;
	return &b->check;
}

/* GET /health: status 200, $.status is "ok", in time. */
static void make_check(struct bench *b)
{
	static const struct status_range ok = {200, 200};
	static struct expectation expectations[3];
	static struct match_term term = {.op = MATCH_EQUALS};
	static struct matcher matcher = {.terms = &term, .n_terms = 1};
	struct error error;
	term.value = json_parse(STR("\"ok\""), &error);
	expectations[0] = (struct expectation){.kind = EXPECT_STATUS,
		.subject = "status",
		.severity = OUTCOME_FAIL,
		.ranges = &ok,
		.n_ranges = 1};
	expectations[1] = (struct expectation){.kind = EXPECT_JSON,
		.subject = "json.$.status",
		.severity = OUTCOME_FAIL,
		.matcher = &matcher,
		.path = jsonpath_compile(&b->arena, STR("$.status"), &error)};
	expectations[2] = (struct expectation){.kind = EXPECT_LATENCY,
		.subject = "latency",
		.severity = OUTCOME_FAIL,
		.threshold = {.has_max = true, .max = 60e6}};
	template_add_literal(&b->arena, &b->step.request.path, STR("/health"));
	b->step.expectations = expectations;
	b->step.n_expectations = 3;
	b->service = (struct service){.id = "bench", .title = "", .url = b->url, .tls_ca = b->ca};
	b->check = (struct check){.id = "bench-health",
		.title = "",
		.service = &b->service,
		.timeout_us = 60 * US_PER_S,
		.idle_timeout_us = 30 * US_PER_S,
		.steps = &b->step,
		.n_steps = 1,
		.n_ordinary = 1};
}

static void say(const char *who, size_t n, int64_t cpu, int64_t wall, uint64_t failures)
{
	printf("{\"who\":\"%s\",\"checks\":%zu,\"cpu_us\":%lld,\"wall_us\":%lld,"
	       "\"failures\":%llu}\n",
		who, n, (long long)cpu, (long long)wall, (unsigned long long)failures);
	fflush(stdout);
}

static void keep(void *ctx, struct record *record)
{
	const struct bench *b = ctx;
	keeper_take(b->keeper, record);
}

static __attribute__((noinline)) uint64_t bare_round(const struct bench *b)
{
	return bare_run(b->bare, b->checks);
}

static __attribute__((noinline)) uint64_t ours_round(const struct bench *b)
{
	uint64_t failures = ours_run(b->ours, b->checks);
	if (b->keeper)
		keeper_settle(b->keeper);
	return failures;
}

static bool turn(const struct bench *b, bool ours)
{
	int64_t cpu = bench_cpu_us(), wall = clock_mono_us();
	uint64_t failures = ours ? ours_round(b) : bare_round(b);
	say(ours ? "ours" : "bare", b->checks, bench_cpu_us() - cpu, clock_mono_us() - wall,
		failures);
	return failures == 0;
}

static bool measure(struct bench *b)
{
	bool ok = true;
	struct bare_options bare = {.base = b->base,
		.ca = b->ca,
		.encoding = "gzip, deflate",
		.at_a_time = AT_A_TIME,
		.next = next_url,
		.ctx = b};
	struct ours_options ours = {
		.base = b->base, .at_a_time = AT_A_TIME, .next = next_check, .ctx = b};
	curl_global_init(CURL_GLOBAL_DEFAULT);
	make_check(b);
	b->bare = b->only == 'o' ? NULL : bare_new(&bare);
	if (b->stores) {
		b->keeper = keeper_new();
		ours.take = keep;
		ours.numbers = KEEPER_CHECKS;
	}
	b->ours = b->only == 'b' ? NULL : ours_new(&ours);
	for (size_t i = 0; i < b->rounds; i++) {
		ok = (!b->bare || turn(b, false)) && ok;
		ok = (!b->ours || turn(b, true)) && ok;
	}
	if (b->bare)
		bare_free(b->bare);
	if (b->ours)
		ours_free(b->ours);
	if (b->keeper)
		keeper_free(b->keeper);
	return ok;
}

static bool serve(struct bench *b)
{
	if (b->url[0])
		return true;
	if (!bench_server_open(&b->server))
		return false;
	snprintf(b->url, sizeof(b->url), "%s://127.0.0.1:%u", b->ca ? "https" : "http",
		b->server.port);
	b->server_pid = bench_fork();
	if (b->server_pid)
		return true;
	bench_pin(b->server_core);
	bench_server_run(&b->server);
}

static void set_tls(struct bench *b, char *files)
{
	b->ca = strtok(files, ",");
	b->server.cert = strtok(NULL, ",");
	b->server.key = strtok(NULL, ",");
}

static bool read_options(struct bench *b, int argc, char **argv)
{
	static const struct option options[] = {{"checks", 1, NULL, 'c'}, {"rounds", 1, NULL, 'r'},
		{"cores", 1, NULL, 'p'}, {"only", 1, NULL, 'o'}, {"url", 1, NULL, 'u'},
		{"tls", 1, NULL, 't'}, {"store", 0, NULL, 's'}, {NULL, 0, NULL, 0}};
	int option;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		switch (option) {
		case 'c': b->checks = strtoul(optarg, NULL, 10); break;
		case 'r': b->rounds = strtoul(optarg, NULL, 10); break;
		case 'p': sscanf(optarg, "%d,%d", &b->client_core, &b->server_core); break;
		case 'o': b->only = optarg[0]; break;
		case 'u': snprintf(b->url, sizeof(b->url), "%s", optarg); break;
		case 't': set_tls(b, optarg); break;
		case 's': b->stores = true; break;
		default: return false;
		}
	return b->checks > 0 && b->rounds > 0;
}

int main(int argc, char **argv)
{
	struct bench b = {.checks = 20000, .rounds = 7, .server_core = 1};
	if (!read_options(&b, argc, argv) || !serve(&b))
		return 2;
	snprintf(b.where, sizeof(b.where), "%s/health", b.url);
	bench_pin(b.client_core);
	b.base = bench_base();
	bool ok = measure(&b);
	event_base_free(b.base);
	arena_fini(&b.arena);
	bench_end(b.server_pid);
	return ok ? 0 : 1;
}
