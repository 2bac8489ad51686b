/* What an answer costs the server's process: /metrics of many checks, or /api/v1/status with the history of a
 * database, beside a bare libmicrohttpd that sends the same bytes. Both stand in this process and take turns;
 * who asks is another one. Prints a line of JSON for each turn. */
#include "base/clock.h"
#include "base/memory.h"
#include "serve/board.h"
#include "serve/server.h"
#include "support/asker.h"
#include "support/measure.h"

#include <getopt.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHECKS_MAX = 10000, RESULTS = 40, ID_MAX = 64 };

struct options {
	int client, server;
	size_t checks, requests, rounds;
	const char *database; /* NULL: /metrics */
	char *ids; /* separated by commas; NULL: made up */
};

struct house {
	struct service service;
	struct check *checks;
	struct watch_policy *policies;
	struct board *board;
	struct server *ours;
	struct MHD_Daemon *bare;
	struct MHD_Response *response;
};

static void die(const char *what)
{
	fprintf(stderr, "bench_serve: %s\n", what);
	exit(1);
}

/* --- what there is to tell --- */

static void tell(struct house *house, size_t index, size_t i, int64_t now_us)
{
	bool stream = index % 4 == 0, fails = (index + i) % 50 == 0;
	int64_t at_us = now_us - (int64_t)(RESULTS - i) * 60 * US_PER_S;
	int64_t took_us = (int64_t)(8000 + (index * 7919 + i * 104729) % 900000);
	struct record record = {
		.check = &house->checks[index],
		.check_id = house->checks[index].id,
		.key = (uint64_t)(index + 1) << RESULT_KEY_TIME_BITS |
		       (uint64_t)(at_us / US_PER_MS),
		.started_wall_us = at_us,
		.duration_us = took_us,
		.outcome = fails ? OUTCOME_FAIL : OUTCOME_PASS,
		.reason = fails ? REASON_EXPECTATION : REASON_NONE,
		.attempts = 1,
		.message = fails ? "status: expected 200, got 503" : "",
		.http_status = fails ? 503 : 200,
		.timing = {120, 420, -1, took_us / 2, took_us},
		.is_stream = stream,
		.integrity = INTEGRITY_COMPLETE,
		.stream = {.ttft_us = took_us / 2, .token_gap_us = took_us / 10},
		.prompt_tokens = stream ? 12 : 0,
		.completion_tokens = stream ? 40 : 0,
	};
	board_result(house->board, index, &record);
}

static void load(struct house *house, const struct options *options)
{
	int64_t now_us = clock_wall_us();
	size_t n = options->checks;
	char *rest = options->ids;
	house->service = (struct service){.id = "gateway", .title = "Gateway"};
	house->checks = mem_alloc(n * sizeof(*house->checks));
	house->policies = mem_alloc(n * sizeof(*house->policies));
	for (size_t i = 0; i < n; i++) {
		char id[ID_MAX];
		snprintf(id, sizeof(id), "gateway-check-%05zu", i);
		const char *given = options->ids ? strsep(&rest, ",") : id;
		house->checks[i] = (struct check){.id = mem_strdup(given ? given : id),
			.title = "Gateway answers",
			.service = &house->service,
			.timeout_us = 30 * US_PER_S};
		house->policies[i] =
			(struct watch_policy){.every_us = 60 * US_PER_S, .enabled = true};
	}
	house->board = board_new();
	const struct plan plan = {.mode = "local",
		.services = &house->service,
		.n_services = 1,
		.checks = house->checks,
		.n_checks = n};
	board_load(house->board, &plan,
		&(struct watch_plan){.checks = house->policies, .n_checks = n}, false);
	for (size_t i = 0; i < n; i++) {
		board_set_state(house->board, i, (struct health){.state = HEALTH_UP}, now_us,
			(struct board_incident){.root = -1});
		for (size_t r = 0; r < RESULTS; r++)
			tell(house, i, r, now_us);
	}
}

static void unload(struct house *house, size_t checks)
{
	server_stop(house->ours);
	MHD_stop_daemon(house->bare);
	MHD_destroy_response(house->response);
	board_free(house->board);
	for (size_t i = 0; i < checks; i++)
		free((void *)house->checks[i].id);
	free(house->checks);
	free(house->policies);
}

/* --- the limit --- */

static enum MHD_Result on_request(void *cls, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *upload, size_t *upload_size,
	void **seen)
{
	struct house *house = cls;
	(void)url, (void)method, (void)version, (void)upload, (void)upload_size;
	if (!*seen) {
		*seen = house;
		return MHD_YES;
	}
	return MHD_queue_response(connection, 200, house->response);
}

static unsigned start_bare(struct house *house, struct answer_bytes bytes)
{
	house->response = MHD_create_response_from_buffer(bytes.n, bytes.p, MHD_RESPMEM_MUST_FREE);
	house->bare = MHD_start_daemon(
		MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL, NULL, on_request, house, MHD_OPTION_END);
	if (!house->bare)
		die("libmicrohttpd does not start");
	return MHD_get_daemon_info(house->bare, MHD_DAEMON_INFO_BIND_PORT)->port;
}

/* --- turns --- */

static void turn(struct asker *asker, const char *who, unsigned port, const char *path, size_t n)
{
	int64_t before_us = bench_cpu_us();
	uint64_t bytes = asker_ask(asker, port, path, n);
	printf("{\"who\": \"%s\", \"cpu_us\": %lld, \"requests\": %zu, \"bytes\": %llu}\n", who,
		(long long)(bench_cpu_us() - before_us), n, (unsigned long long)bytes);
}

static void measure(struct asker *asker, const struct options *options)
{
	struct house house = {0};
	struct error error = {""};
	const char *path = options->database ? "/api/v1/status" : "/metrics";
	load(&house, options);
	house.ours = server_start(&(struct serve_options){.listen = "127.0.0.1:0"},
		(struct server_sources){.board = house.board, .database = options->database},
		&error);
	if (!house.ours)
		die(error.text);
	unsigned ours = (unsigned)strtoul(strrchr(server_address(house.ours), ':') + 1, NULL, 10);
	asker_ask(asker, ours, path, 3); /* history is looked up */
	unsigned bare = start_bare(&house, asker_read(ours, path));
	for (size_t i = 0; i < options->rounds; i++) {
		turn(asker, "bare", bare, path, options->requests);
		turn(asker, "ours", ours, path, options->requests);
	}
	unload(&house, options->checks);
}

static bool read_options(struct options *options, int argc, char **argv)
{
	static const struct option known[] = {{"cores", required_argument, NULL, 'c'},
		{"checks", required_argument, NULL, 'n'},
		{"requests", required_argument, NULL, 'q'},
		{"rounds", required_argument, NULL, 'r'},
		{"database", required_argument, NULL, 'd'}, {"ids", required_argument, NULL, 'i'},
		{0}};
	for (int c; (c = getopt_long(argc, argv, "", known, NULL)) != -1;)
		switch (c) {
		case 'c':
			if (sscanf(optarg, "%d,%d", &options->client, &options->server) != 2)
				return false;
			break;
		case 'n': options->checks = strtoul(optarg, NULL, 10); break;
		case 'q': options->requests = strtoul(optarg, NULL, 10); break;
		case 'r': options->rounds = strtoul(optarg, NULL, 10); break;
		case 'd': options->database = optarg; break;
		case 'i': options->ids = optarg; break;
		default: return false;
		}
	return options->checks > 0 && options->checks <= CHECKS_MAX && options->requests > 0 &&
	       options->rounds > 0;
}

int main(int argc, char **argv)
{
	struct options options = {
		.client = -1, .server = -1, .checks = CHECKS_MAX, .requests = 1, .rounds = 5};
	if (!read_options(&options, argc, argv))
		return 2;
	struct asker *asker = asker_new(options.client); /* forks: before there are threads */
	bench_pin(options.server);
	measure(asker, &options);
	asker_free(asker);
	return 0;
}
