/* What a passing check costs from its first step to its freed record, without the network: a GET, its
 * status, one JSON member, its latency. Usage: bench_check [RUNS]; under callgrind one counts the
 * instructions: valgrind --tool=callgrind bench_check 2000. */
#include "base/clock.h"
#include "check/run.h"

#include <stdio.h>
#include <stdlib.h>

static struct arena arena;
static struct secrets *secrets;

static struct template text(const char *from)
{
	struct template tmpl = {NULL, 0};
	template_add_literal(&arena, &tmpl, str_of(from));
	return tmpl;
}

static struct json *parse(struct str from)
{
	struct error error;
	struct json *value = json_parse(from, &error);
	if (!value)
		exit(1);
	return value;
}

static struct record *run_once(const struct plan *plan, const struct check *check, int64_t at_us)
{
	static const struct header items[] = {{"content-type", "application/json"},
		{"date", "Sun, 22 Nov 2026 10:00:00 GMT"}, {"server", "uvicorn"},
		{"content-length", "64"}};
	static const struct timing timing = {100, 200, -1, 900, 1000};
	const struct event events[] = {
		{.kind = EVENT_START, .at_us = at_us},
		{.kind = EVENT_HEADERS,
			.at_us = at_us + 900,
			.head = {200, {items, sizeof(items) / sizeof(items[0])}}},
		{.kind = EVENT_BODY,
			.at_us = at_us + 950,
			.body = STR("{\"status\":\"ok\",\"version\":\"0.1.0\",\"timestamp\":\"2026-"
				    "11\"}")},
		{.kind = EVENT_DONE,
			.at_us = at_us + 1000,
			.done = {.timing = timing,
				.address = "127.0.0.1:8000",
				.http_version = 11}},
	};
	struct run *run = run_new(plan, check, (struct run_identity){.key = (uint64_t)at_us});
	struct record *record;

	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		run_step(run, &events[i]);
	record = run_record_take(run);
	run_free(run);
	return record;
}

int main(int argc, char **argv)
{
	long runs = argc > 1 ? strtol(argv[1], NULL, 10) : 200000, passed = 0;
	const struct status_range ok = {200, 200};
	struct json *words = parse(STR("[\"ok\",\"healthy\"]"));
	struct match_term term = {.op = MATCH_IN, .value = words};
	struct matcher matcher = {&term, 1, false};
	struct error error = {""};
	struct expectation expectations[] = {
		{.kind = EXPECT_STATUS, .subject = "status", .ranges = &ok, .n_ranges = 1},
		{.kind = EXPECT_JSON, .subject = "json.$.status", .matcher = &matcher},
		{.kind = EXPECT_LATENCY,
			.subject = "latency",
			.threshold = {.has_warn = true, .warn = 1e6}},
	};
	struct step step = {.expectations = expectations, .n_expectations = 3};
	struct service service = {.id = "gateway", .url = "http://localhost:8000"};
	struct check check = {.id = "gateway-health", .service = &service, .steps = &step};
	struct plan plan = {.checks = &check, .n_checks = 1};

	arena_init(&arena);
	plan.secrets = secrets = secrets_new();
	if (!secrets_add(secrets, STR("a secret of the configuration")))
		return 1;
	step.request.path = text("/health");
	check.n_steps = check.n_ordinary = 1;
	check.timeout_us = 10 * US_PER_S;
	expectations[1].path = jsonpath_compile(&arena, STR("$.status"), &error);

	int64_t before_us = clock_cpu_us();
	for (long i = 0; i < runs; i++) {
		struct record *record = run_once(&plan, &check, i);
		passed += record->outcome == OUTCOME_PASS;
		record_free(record);
	}
	int64_t spent_us = clock_cpu_us() - before_us;
	printf("%ld of %ld passed, %.2f us of processor time each\n", passed, runs,
		(double)spent_us / (double)runs);
	secrets_free(secrets);
	json_free(words);
	arena_fini(&arena);
	return passed == runs ? 0 : 1;
}
