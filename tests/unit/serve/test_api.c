#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "asking.h"
#include "chronicle.h"

#include "serve/words.h"

#define HOUR (3600 * US_PER_S)

struct fixture {
	struct asking asking;
	struct chronicle chronicle;
};

static int setup(void **state)
{
	static struct fixture f;
	memset(&f, 0, sizeof(f));
	sample_init(&f.asking.sample);
	asking_open(&f.asking, NULL);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	asking_close(&f->asking);
	return 0;
}

/* Four results an hour apart of gateway-health (pass, fail, warn, skip), and an open incident. */
static int setup_history(void **state)
{
	static struct fixture f;
	memset(&f, 0, sizeof(f));
	const struct sample *s = &f.asking.sample;
	sample_init(&f.asking.sample);
	chronicle_open(&f.chronicle, s);
	chronicle_add(&f.chronicle, s, 0, SAMPLE_NOW - 30 * HOUR, OUTCOME_FAIL, "long ago", false);
	chronicle_add(&f.chronicle, s, 0, SAMPLE_NOW - 4 * HOUR, OUTCOME_PASS, "", false);
	chronicle_add(
		&f.chronicle, s, 0, SAMPLE_NOW - 3 * HOUR, OUTCOME_FAIL, "broken \x1b[1m<b>", true);
	chronicle_add(&f.chronicle, s, 0, SAMPLE_NOW - 2 * HOUR, OUTCOME_WARN, "slow", false);
	chronicle_add(&f.chronicle, s, 0, SAMPLE_NOW - 1 * HOUR, OUTCOME_SKIP, "no key", false);
	/* as a clock says it that was wrong for a while */
	chronicle_add(&f.chronicle, s, 0, SAMPLE_NOW + 90000 * HOUR, OUTCOME_PASS, "", false);
	chronicle_finish(&f.chronicle);
	asking_open(&f.asking, f.chronicle.path);
	*state = &f;
	return 0;
}

static int teardown_history(void **state)
{
	struct fixture *f = *state;
	teardown(state);
	chronicle_remove(&f->chronicle);
	return 0;
}

static void test_status(void **state)
{
	struct asking *a = &((struct fixture *)*state)->asking;
	struct record record = sample_record(&a->sample, 1, SAMPLE_NOW);
	record.outcome = OUTCOME_FAIL;
	record.reason = REASON_EXPECTATION;
	record.message = "stream.ttft: expected at most 5s, got 6.012s";
	record.is_stream = true;
	record.integrity = INTEGRITY_COMPLETE;
	record.stream.ttft_us = 6012000;
	board_result(a->board, 1, &record);
	sample_state(a->board, 1, HEALTH_DOWN);
	sample_state(a->board, 0, HEALTH_UP);
	board_next(a->board, 1, SAMPLE_NOW + 60 * US_PER_S);
	const struct json *status = ask_json(a, "/api/v1/status");
	expect_text(status, "state", "down");
	expect_text(status, "sentence", "1 of 6 checks is down: Gateway streams a chat.");
	expect_text(status, "mode", "local");
	assert_false(json_bool(at(status, "demo")));
	assert_null(json_member(status, "generated_until"));
	expect_number(status, "summary.total", 6);
	expect_number(status, "summary.down", 1);
	expect_number(status, "summary.unknown", 4);
	expect_text(status, "services.0.id", "gateway");
	expect_text(status, "services.0.state", "down");
	expect_text(status, "services.1.state", "unknown");
	expect_text(status, "services.0.checks.2", "code[baseline-cli]");
	assert_int_equal(json_count(at(status, "checks")), SAMPLE_CHECKS);
	expect_text(status, "checks.1.id", "gateway-stream");
	expect_text(status, "checks.1.tags.0", "streaming");
	expect_text(status, "checks.1.since", "2026-11-22T09:00:00.000Z");
	expect_text(status, "checks.1.last.outcome", "fail");
	expect_text(status, "checks.1.last.reason", "expectation");
	expect_text(
		status, "checks.1.last.message", "stream.ttft: expected at most 5s, got 6.012s");
	expect_text(status, "checks.1.last.at", "2026-11-22T10:00:00.000Z");
	expect_number(status, "checks.1.last.duration_s", 0.123456);
	expect_number(status, "checks.1.last.ttfb_s", 0.02);
	expect_number(status, "checks.1.last.ttft_s", 6.012);
	expect_text(status, "checks.1.last.integrity", "complete");
	expect_number(status, "checks.1.last.http_status", 200);
	expect_text(status, "checks.1.next_at", "2026-11-22T10:01:00.000Z");
	expect_null(status, "checks.1.uptime.24h");
	expect_null(status, "checks.0.last");
	expect_null(status, "checks.0.incident");
	char key[24];
	snprintf(key, sizeof(key), "%016llx", (unsigned long long)sample_key(1, SAMPLE_NOW));
	expect_text(status, "checks.1.last.result", key);
	expect_text(status, "checks.1.incident", key);
}

static void test_check(void **state)
{
	struct asking *a = &((struct fixture *)*state)->asking;
	a->sample.checks[1].known_issue = &a->sample.known;
	a->sample.known.until_us = SAMPLE_NOW;
	a->sample.checks[1].spec = "tests/test_x.py::test_y";
	a->sample.policies[1].slo = (struct slo){0.99, 30 * 24 * HOUR};
	board_load(a->board, &a->sample.plan, &a->sample.watch, true);
	sample_put(a->board, &a->sample, 1, SAMPLE_NOW, OUTCOME_PASS, REASON_NONE, "");
	sample_put(a->board, &a->sample, 1, SAMPLE_NOW + 1000, OUTCOME_SKIP, REASON_DNS, "no name");
	board_running(a->board, 1, true);
	const struct json *check = ask_json(a, "/api/v1/checks/gateway-stream");
	expect_text(check, "service", "gateway");
	expect_text(check, "known_issue.reason", "ticket 12");
	expect_text(check, "known_issue.until", "2026-11-22T10:00:00.000Z");
	expect_text(check, "spec", "tests/test_x.py::test_y");
	expect_number(check, "every_s", 60);
	expect_text(check, "depends_on.0", "gateway-health");
	expect_number(check, "slo.objective", 0.99);
	expect_number(check, "slo.window_s", 2592000);
	assert_true(json_bool(at(check, "running")));
	expect_text(check, "recent.0.outcome", "skip");
	expect_text(check, "recent.0.reason", "dns");
	expect_text(check, "recent.1.outcome", "pass");
	const struct json *checks = ask_json(a, "/api/v1/checks");
	assert_int_equal(json_count(at(checks, "checks")), SAMPLE_CHECKS);
	expect_text(checks, "checks.2.id", "code[baseline-cli]");
	expect_null(checks, "checks.2.description");
}

static void test_nothing_remembered(void **state)
{
	struct asking *a = &((struct fixture *)*state)->asking;
	const struct json *results = ask_json(a, "/api/v1/checks/gateway-health/results");
	expect_text(results, "check", "gateway-health");
	assert_int_equal(json_count(at(results, "results")), 0);
	expect_null(results, "next");
	assert_int_equal(json_count(at(ask_json(a, "/api/v1/incidents"), "incidents")), 0);
	assert_int_equal(ask(a, "/api/v1/results/0000000000000abc"), 404);
}

static void test_results(void **state)
{
	struct asking *a = &((struct fixture *)*state)->asking;
	const struct json *results = ask_json(a, "/api/v1/checks/gateway-health/results");
	assert_int_equal(json_count(at(results, "results")), 5);
	expect_null(results, "next");
	expect_text(results, "results.0.outcome", "skip");
	expect_text(results, "results.0.at", "2026-11-22T09:00:00.000Z");
	expect_text(results, "results.2.message", "broken \\x1b[1m<b>");
	expect_number(results, "results.2.http_status", 200);
	expect_text(results, "results.4.message", "long ago");
	results = ask_json(a, "/api/v1/checks/gateway-health/results?after=0000000000000001");
	assert_int_equal(json_count(at(results, "results")), 6);
	expect_text(results, "results.0.at", "2037-02-27T10:00:00.000Z");
	results = ask_json(a, "/api/v1/checks/gateway-health/results?after=0&limit=2");
	expect_text(results, "results.1.message", "long ago");
	assert_int_equal(ask(a, "/api/v1/checks/gateway-health/results?before=0"), 400);
	results = ask_json(a, "/api/v1/checks/gateway-health/results?outcome=fail");
	assert_int_equal(json_count(at(results, "results")), 2);
	expect_null(results, "next");
}

static void test_series(void **state)
{
	struct asking *a = &((struct fixture *)*state)->asking;
	const char *path = "/api/v1/checks/gateway-health/series";
	char target[256];
	snprintf(target, sizeof(target),
		"%s?from=2026-11-22T00:30:00Z&to=2026-11-22T12:00:00Z&step=1h&metric=ttfb", path);
	const struct json *series = ask_json(a, target);
	assert_int_equal(a->response.status, 200);
	expect_text(series, "metric", "ttfb");
	expect_number(series, "step_s", 3600);
	assert_int_equal(json_count(at(series, "points")), 12);
	expect_text(series, "points.9.at", "2026-11-22T09:00:00.000Z");
	expect_number(series, "points.9.skip", 1);
	expect_number(series, "points.9.count", 1);
	expect_null(series, "points.9.p50_s");
	expect_number(series, "points.7.fail", 1);
	expect_null(series, "points.0.p99_s");
	series = ask_json(a, path); /* the last day, by five minutes */
	expect_text(series, "metric", "duration");
	expect_number(series, "step_s", 300);
	double count = 0;
	for (size_t i = 0; i < json_count(at(series, "points")); i++) {
		snprintf(target, sizeof(target), "points.%zu.count", i);
		count += json_number(at(series, target));
	}
	assert_true(count > 3.5 && count < 4.5);
	snprintf(target, sizeof(target), "%s?from=1970-01-01T00:00:00Z", path);
	series = ask_json(a, target);
	expect_text(series, "points.0.at", "1970-01-01T00:00:00.000Z");
}

static void test_series_says_what_is_wrong(void **state)
{
	struct asking *a = &((struct fixture *)*state)->asking;
	static const char *const wrong[][2] = {{"from=yesterday", "parameter from"},
		{"to=2026-11-22", "parameter to"}, {"to=2026-13-22T10:00:00Z", "parameter to"},
		{"from=2026-02-30T10:00:00Z", "parameter from"}, {"step=often", "parameter step"},
		{"to=2026-11-22T10:00:00+01:00", "parameter to"}, {"step=", "parameter step"},
		{"metric=pass", "parameter metric"}, {"step=0s", "parameter step"},
		{"step=1m&from=2026-11-01T00:00:00Z", "a longer step"},
		{"from=2026-11-22T09:00:00Z&to=2026-11-22T08:00:00Z", "parameter from"},
		{"from=2026-11-22T10:00:01Z", "parameter from"},
		{"to=9999-12-31T23:59:59Z", "parameter to"}};
	char target[256];
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		snprintf(target, sizeof(target), "/api/v1/checks/gateway-health/series?%s",
			wrong[i][0]);
		if (ask(a, target) != 400 || !strstr(body_of(a), wrong[i][1]))
			fail_msg("%s: %s", wrong[i][0], body_of(a));
	}
	assert_int_equal(ask(a, "/api/v1/checks/unknown/series"), 404);
}

static void follow(struct asking *a, const char *first, size_t pages, size_t total)
{
	char target[256];
	size_t seen = 0;
	snprintf(target, sizeof(target), "%s", first);
	for (size_t i = 1; i <= pages; i++) {
		const struct json *page = ask_json(a, target);
		assert_int_equal(a->response.status, 200);
		seen += json_count(at(page, "results"));
		struct str next = json_string(at(page, "next"));
		assert_int_equal(next.n == 0, i == pages);
		snprintf(target, sizeof(target), "%.*s", STR_ARG(next));
	}
	assert_int_equal(seen, total);
}

static void test_paging(void **state)
{
	struct asking *a = &((struct fixture *)*state)->asking;
	follow(a, "/api/v1/checks/gateway-health/results?limit=2", 3, 5);
	follow(a, "/api/v1/checks/gateway-health/results?limit=5", 1, 5);
	follow(a, "/api/v1/checks/gateway-health/results?limit=1&outcome=fail", 2, 2);
	follow(a, "/api/v1/checks/code%5Bbaseline-cli%5D/results?limit=1", 1, 0);
}

static void test_one_result(void **state)
{
	struct fixture *f = *state;
	struct asking *a = &f->asking;
	uint64_t key = chronicle_key(&f->chronicle, 0, SAMPLE_NOW - 3 * HOUR);
	char targets[3][64];
	unsigned long long number = key;
	snprintf(targets[0], sizeof(targets[0]), "/api/v1/results/%016llx", number);
	snprintf(targets[1], sizeof(targets[1]), "/api/v1/results/0x%llX", number);
	snprintf(targets[2], sizeof(targets[2]), "/api/v1/results/%llu", number);
	for (size_t i = 0; i < 3; i++) {
		const struct json *result = ask_json(a, targets[i]);
		assert_int_equal(a->response.status, 200);
		expect_text(result, "check", "gateway-health");
		expect_text(result, "outcome", "fail");
		assert_int_equal(json_type(at(result, "evidence")), JSON_OBJECT);
	}
	ask(a, "/api/v1/results/ffffffffffffffff");
	assert_int_equal(a->response.status, 404);
}

static void test_incidents(void **state)
{
	struct asking *a = &((struct fixture *)*state)->asking;
	const struct json *incidents = ask_json(a, "/api/v1/incidents?state=open");
	assert_int_equal(json_count(at(incidents, "incidents")), 1);
	expect_text(incidents, "incidents.0.check", "gateway-health");
	expect_text(incidents, "incidents.0.state", "open");
	expect_text(incidents, "incidents.0.cause", "broken \\x1b[1m<b>");
	expect_text(incidents, "incidents.0.opened_at", "2026-11-22T07:00:00.000Z");
	expect_null(incidents, "incidents.0.resolved_at");
	expect_number(incidents, "incidents.0.duration_s", 3 * 3600);
	expect_number(incidents, "incidents.0.checks_total", 1);
	expect_null(incidents, "incidents.0.merged_into");
	expect_null(incidents, "next");
	incidents = ask_json(a, "/api/v1/incidents?state=resolved");
	assert_int_equal(json_count(at(incidents, "incidents")), 0);
	static const char *const wrong[] = {
		"state=closed", "limit=0", "limit=501", "before=none", "before=0"};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		char target[64];
		snprintf(target, sizeof(target), "/api/v1/incidents?%s", wrong[i]);
		assert_int_equal(ask(a, target), 400);
	}
}

static void test_an_incident(void **state)
{
	struct fixture *f = *state;
	struct asking *a = &f->asking;
	char target[64];
	char key[17];
	snprintf(key, sizeof(key), "%016llx",
		(unsigned long long)chronicle_key(&f->chronicle, 0, SAMPLE_NOW - 3 * HOUR));
	snprintf(target, sizeof(target), "/api/v1/incidents/%s", key);
	const struct json *incident = ask_json(a, target);
	assert_int_equal(a->response.status, 200);
	expect_text(incident, "id", key);
	expect_text(incident, "state", "open");
	assert_int_equal(json_count(at(incident, "checks")), 1);
	expect_text(incident, "checks.0.check", "gateway-health");
	expect_text(incident, "checks.0.joined_at", "2026-11-22T07:00:00.000Z");
	expect_null(incident, "checks.0.left_at");
	expect_text(incident, "checks.0.message", "broken \\x1b[1m<b>");
	assert_int_equal(json_count(at(incident, "timeline")), 1);
	expect_text(incident, "timeline.0.event", "opened");
	expect_text(incident, "timeline.0.check", "gateway-health");
	expect_text(incident, "timeline.0.result", key);
	expect_text(incident, "timeline.0.text", "broken \\x1b[1m<b>");
	assert_int_equal(key[0], '0');
	snprintf(target, sizeof(target), "/api/v1/incidents/%s", key + strspn(key, "0"));
	expect_text(ask_json(a, target), "id", key); /* as alerts have it */
	ask(a, "/api/v1/incidents/1");
	assert_int_equal(a->response.status, 404);
	ask(a, "/api/v1/incidents/none");
	assert_int_equal(a->response.status, 404);
}

static void test_what_came_before_the_board(void **state)
{
	struct asking *a = &((struct fixture *)*state)->asking;
	const struct json *check = ask_json(a, "/api/v1/checks/gateway-health");
	/* Of the last 24 hours: pass, fail, warn; the skip does not count. */
	assert_true(json_number(at(check, "uptime.24h")) > 0.6666);
	assert_true(json_number(at(check, "uptime.24h")) < 0.6667);
	assert_true(json_number(at(check, "uptime.7d")) > 0);
	assert_true(json_number(at(check, "uptime.90d")) > 0);
	assert_true(json_number(at(check, "duration.24h.p50_s")) > 0);
	assert_true(json_number(at(check, "duration.90d.p99_s")) >=
		    json_number(at(check, "duration.90d.p50_s")));
	expect_text(check, "last.outcome", "skip");
	expect_text(check, "last.message", "no key");
	assert_int_equal(json_count(at(check, "recent")), 5);
	/* New results go in front of them; one that the board and the database know shows once. */
	const struct chronicle *c = &((struct fixture *)*state)->chronicle;
	struct record record = sample_record(&a->sample, 0, SAMPLE_NOW - HOUR);
	record.outcome = OUTCOME_SKIP;
	record.key = chronicle_key(c, 0, SAMPLE_NOW - HOUR);
	board_result(a->board, 0, &record);
	record = sample_record(&a->sample, 0, SAMPLE_NOW);
	record.key = chronicle_key(c, 0, SAMPLE_NOW);
	board_result(a->board, 0, &record);
	check = ask_json(a, "/api/v1/checks/gateway-health");
	expect_text(check, "last.outcome", "pass");
	assert_int_equal(json_count(at(check, "recent")), 6);
	expect_text(check, "recent.0.outcome", "pass");
	expect_text(check, "recent.1.outcome", "skip");
	check = ask_json(a, "/api/v1/checks/ui-home");
	expect_null(check, "uptime.24h");
	expect_null(check, "duration.30d.p95_s");
}

static void test_history_is_kept_a_while(void **state)
{
	struct asking *a = &((struct fixture *)*state)->asking;
	ask(a, "/api/v1/status");
	uint64_t generation = history_generation(a->site->history);
	assert_true(generation > 0);
	a->now_wall_us += 30 * US_PER_S;
	ask(a, "/api/v1/checks");
	assert_int_equal(history_generation(a->site->history), generation);
	a->now_wall_us += 30 * HOUR; /* nothing of all that was in the last 24 hours */
	expect_null(ask_json(a, "/api/v1/status"), "checks.0.uptime.24h");
	assert_true(history_generation(a->site->history) > generation);
}

/* Of a check with few days behind it, a result moves the long windows as much as the day's. */
static void test_a_young_history_is_fresh(void **state)
{
	struct fixture *f = *state;
	struct asking *a = &f->asking;
	const struct sample *s = &a->sample;
	ask(a, "/api/v1/status");
	expect_number(ask_json(a, "/api/v1/status"), "checks.0.uptime.90d", 0.5);
	chronicle_reopen(&f->chronicle, s);
	chronicle_add(&f->chronicle, s, 0, SAMPLE_NOW, OUTCOME_FAIL, "", false);
	chronicle_add(&f->chronicle, s, 1, SAMPLE_NOW - US_PER_S, OUTCOME_PASS, "", false);
	chronicle_add(&f->chronicle, s, 1, SAMPLE_NOW, OUTCOME_FAIL, "", false);
	chronicle_finish(&f->chronicle);
	a->now_wall_us += HISTORY_FRESH_S * US_PER_S;
	ask(a, "/api/v1/status");
	const struct json *status = ask_json(a, "/api/v1/status");
	expect_number(status, "checks.0.uptime.7d", 2 / 5.0);
	expect_number(status, "checks.0.uptime.90d", 2 / 5.0);
	expect_number(status, "checks.1.uptime.90d", 0.5);
}

/* What a broken file still gives is not all that there is. */
static void test_what_can_not_be_read(void **state)
{
	struct fixture *f = *state;
	struct asking *a = &f->asking;
	sqlite3 *db = NULL;
	assert_int_equal(ask(a, "/api/v1/checks/gateway-health/results"), 200);
	assert_int_equal(sqlite3_open(f->chronicle.path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "ALTER TABLE result RENAME TO gone", 0, 0, 0), SQLITE_OK);
	sqlite3_close(db);
	assert_int_equal(ask(a, "/api/v1/checks/gateway-health/results"), 503);
	assert_string_equal(a->response.payload->content_type, "application/problem+json");
	assert_int_equal(ask(a, "/api/v1/incidents"), 200);
	assert_int_equal(ask(a, "/"), 200);
	assert_int_equal(ask(a, "/checks/gateway-health"), 503); /* the board knows how it stands */
	assert_int_equal(a->response.cache, CACHE_NEVER);
	assert_non_null(strstr(body_of(a), "<h1>Gateway answers /health</h1>"));
	assert_non_null(strstr(body_of(a), "<h2>The database can't be read at the moment.</h2>"));
	assert_null(strstr(body_of(a), "id=\"results\""));
	assert_null(strstr(body_of(a), "id=\"charts-title\""));
	assert_int_equal(ask(a, "/checks/nothing"), 404);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
#define H(name) cmocka_unit_test_setup_teardown(name, setup_history, teardown_history)
	const struct CMUnitTest tests[] = {
		T(test_status),
		T(test_check),
		T(test_nothing_remembered),
		H(test_results),
		H(test_series),
		H(test_series_says_what_is_wrong),
		H(test_paging),
		H(test_one_result),
		H(test_incidents),
		H(test_an_incident),
		H(test_what_came_before_the_board),
		H(test_history_is_kept_a_while),
		H(test_a_young_history_is_fresh),
		H(test_what_can_not_be_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
