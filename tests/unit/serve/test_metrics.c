#include "serve/metrics.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "exposition_reader.h"
#include "sample.h"

struct fixture {
	struct sample sample;
	struct board *board;
	struct exposition exposition;
};

static int setup(void **state)
{
	static struct fixture f;
	sample_init(&f.sample);
	f.board = board_new();
	board_load(f.board, &f.sample.plan, &f.sample.watch, false);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	board_free(f->board);
	return 0;
}

static const struct exposition *scrape(struct fixture *f)
{
	struct arena arena;
	struct buf out = BUF_INIT(1 << 24);
	arena_init(&arena);
	size_t size = metrics_write(
		&out, EXPO_PROMETHEUS, &arena, board_view(f->board, &arena, BOARD_METRICS));
	assert_int_equal(size, out.n);
	read_exposition(&f->exposition, out.p);
	buf_fini(&out);
	arena_fini(&arena);
	return &f->exposition;
}

#define CLOSE(a, b) assert_true((a) - (b) < 1e-9 && (b) - (a) < 1e-9)

static void test_probe(void **state)
{
	struct fixture *f = *state;
	struct record record = sample_record(&f->sample, 0, SAMPLE_NOW);
	record.timing = (struct timing){1000, 3000, 10000, 60000, 100000};
	record.tls.expires_us = SAMPLE_NOW + 86400 * US_PER_S;
	board_result(f->board, 0, &record);
	sample_put(f->board, &f->sample, 1, SAMPLE_NOW, OUTCOME_FAIL, REASON_TIMEOUT, "x");
	sample_put(f->board, &f->sample, 2, SAMPLE_NOW, OUTCOME_SKIP, REASON_ENV, "x");
	sample_put(f->board, &f->sample, 3, SAMPLE_NOW, OUTCOME_WARN, REASON_EXPECTATION, "x");
	const struct exposition *e = scrape(f);
	CLOSE(VALUE("probe_success", "check", "gateway-health", "service", "gateway", "mode",
		      "local"),
		1);
	CLOSE(VALUE("probe_success", "check", "gateway-stream"), 0);
	CLOSE(VALUE("probe_success", "check", "memory-recall", "service", "memory"), 1);
	ABSENT("probe_success", "check", "code[baseline-cli]"); /* skipped */
	ABSENT("probe_duration_seconds", "check", "code[baseline-cli]");
	ABSENT("probe_success", "check", "ui-home"); /* never ran */
	CLOSE(VALUE("probe_duration_seconds", "check", "gateway-health"), 0.123456);
	CLOSE(VALUE("probe_dns_lookup_time_seconds", "check", "gateway-health"), 0.001);
	CLOSE(VALUE("probe_http_status_code", "check", "gateway-health"), 200);
	CLOSE(VALUE("probe_ssl_earliest_cert_expiry", "check", "gateway-health"),
		1795341600.0 + 86400);
	ABSENT("probe_ssl_earliest_cert_expiry", "check", "gateway-stream");
	static const struct {
		const char *phase;
		double seconds;
	} phases[] = {{"resolve", .001}, {"connect", .002}, {"tls", .007}, {"processing", .05},
		{"transfer", .04}};
	for (size_t i = 0; i < 5; i++)
		CLOSE(VALUE("probe_http_duration_seconds", "check", "gateway-health", "phase",
			      phases[i].phase),
			phases[i].seconds);
}

static void test_phases_that_did_not_happen(void **state)
{
	struct fixture *f = *state;
	struct record record = sample_record(&f->sample, 0, SAMPLE_NOW);
	record.timing = (struct timing){1000, 3000, -1, 60000, 100000};
	board_result(f->board, 0, &record);
	record = sample_record(&f->sample, 1, SAMPLE_NOW);
	record.outcome = OUTCOME_FAIL;
	record.timing = TIMING_NONE;
	board_result(f->board, 1, &record);
	const struct exposition *e = scrape(f);
	const char *name = "probe_http_duration_seconds";
	CLOSE(VALUE(name, "check", "gateway-health", "phase", "tls"), 0);
	CLOSE(VALUE(name, "check", "gateway-health", "phase", "processing"), .057);
	ABSENT(name, "check", "gateway-stream");
	ABSENT("probe_dns_lookup_time_seconds", "check", "gateway-stream");
}

static void test_counters(void **state)
{
	struct fixture *f = *state;
	for (int i = 0; i < 3; i++)
		sample_put(f->board, &f->sample, 0, SAMPLE_NOW, OUTCOME_PASS, REASON_NONE, "");
	sample_put(f->board, &f->sample, 0, SAMPLE_NOW, OUTCOME_FAIL, REASON_DNS, "");
	struct record record = sample_record(&f->sample, 1, SAMPLE_NOW);
	record.prompt_tokens = 12;
	record.completion_tokens = 30;
	board_result(f->board, 1, &record);
	board_missed(f->board, 1, 4);
	const struct exposition *e = scrape(f);
	CLOSE(VALUE("outrider_runs_total", "check", "gateway-health", "outcome", "pass"), 3);
	CLOSE(VALUE("outrider_runs_total", "check", "gateway-health", "outcome", "fail"), 1);
	CLOSE(VALUE("outrider_runs_total", "check", "gateway-health", "outcome", "warn"), 0);
	CLOSE(VALUE("outrider_runs_total", "check", "ui-home", "outcome", "fail"), 0);
	ABSENT("outrider_results_total", "check", "ui-home");
	CLOSE(VALUE("outrider_results_total", "check", "gateway-health", "outcome", "pass",
		      "reason", "none"),
		3);
	CLOSE(VALUE("outrider_results_total", "check", "gateway-health", "outcome", "fail",
		      "reason", "dns"),
		1);
	CLOSE(VALUE("outrider_tokens_total", "check", "gateway-stream", "type", "prompt"), 12);
	CLOSE(VALUE("outrider_tokens_total", "check", "gateway-stream", "type", "completion"), 30);
	ABSENT("outrider_tokens_total", "check", "gateway-health");
	CLOSE(VALUE("outrider_missed_slots_total", "check", "gateway-stream"), 4);
	CLOSE(VALUE("outrider_missed_slots_total", "check", "ui-home"), 0);
	CLOSE(VALUE("outrider_check_last_run_timestamp_seconds", "check", "gateway-health"),
		1795341600.0);
}

static void check_buckets(const struct exposition *e, const char *name, const char *check,
	const struct histogram_bounds *bounds, double count)
{
	char bucket[TEXT_MAX];
	snprintf(bucket, sizeof(bucket), "%s_bucket", name);
	size_t n = 0;
	double below = 0;
	double upper = -1;
	for (size_t i = 0; i < e->n_samples; i++) {
		const struct sample_line *sample = &e->samples[i];
		bool ours = strcmp(sample->name, bucket) == 0 &&
			    strcmp(label_of(sample, "check"), check) == 0;
		if (!ours)
			continue;
		double le = strtod(label_of(sample, "le"), NULL);
		assert_true(le > upper);
		assert_true(sample->value >= below);
		if (n < bounds->n)
			CLOSE(le, (double)bounds->upper_us[n] / 1e6);
		below = sample->value;
		upper = le;
		n++;
	}
	assert_int_equal(n, bounds->n + 1);
	CLOSE(below, count);
	CLOSE(VALUE(bucket, "check", check, "le", "+Inf"), count);
}

static void test_histograms(void **state)
{
	struct fixture *f = *state;
	static const int64_t durations[] = {500, 10000, 10001, 700000, 999000000};
	for (size_t i = 0; i < 5; i++) {
		struct record record = sample_record(&f->sample, 1, SAMPLE_NOW);
		record.duration_us = durations[i];
		record.is_stream = true;
		record.stream.ttft_us = i == 0 ? -1 : durations[i];
		record.stream.token_gap_us = 120000;
		board_result(f->board, 1, &record);
	}
	const struct exposition *e = scrape(f);
	const char *name = "outrider_check_duration_seconds";
	check_buckets(e, name, "gateway-stream", &histogram_check_bounds, 5);
	CLOSE(VALUE("outrider_check_duration_seconds_bucket", "check", "gateway-stream", "le",
		      "0.01"),
		2);
	CLOSE(VALUE("outrider_check_duration_seconds_bucket", "check", "gateway-stream", "le",
		      "0.02"),
		3);
	CLOSE(VALUE("outrider_check_duration_seconds_sum", "check", "gateway-stream"), 999.720501);
	CLOSE(VALUE("outrider_check_duration_seconds_count", "check", "gateway-stream"), 5);
	check_buckets(e, "outrider_stream_time_to_first_token_seconds", "gateway-stream",
		&histogram_ttft_bounds, 4);
	check_buckets(
		e, "outrider_stream_token_gap_seconds", "gateway-stream", &histogram_gap_bounds, 5);
	ABSENT("outrider_check_duration_seconds_count", "check", "gateway-health");
}

static void test_histograms_of_services(void **state)
{
	struct fixture *f = *state;
	for (size_t i = 0; i < 4; i++) /* the last one is another service's */
		sample_put(f->board, &f->sample, i, SAMPLE_NOW, OUTCOME_PASS, REASON_NONE, "");
	board_set_self(f->board, &(struct board_self){.service_histograms = true});
	const struct exposition *e = scrape(f);
	const char *name = "outrider_check_duration_seconds_count";
	CLOSE(VALUE(name, "service", "gateway", "mode", "local"), 3);
	CLOSE(VALUE(name, "service", "memory"), 1);
	ABSENT(name, "service", "ui");
	ABSENT(name, "check", "gateway-health");
	CLOSE(VALUE("outrider_check_duration_seconds_bucket", "service", "gateway", "le", "+Inf"),
		3);
	CLOSE(VALUE("probe_success", "check", "gateway-health"), 1);
}

static void test_known_issues(void **state)
{
	struct fixture *f = *state;
	struct known_issue forever = {"ticket 12", 0}, soon = {"ticket 13", 1798761600 * US_PER_S};
	f->sample.checks[1].known_issue = &forever;
	f->sample.checks[2].known_issue = &soon;
	board_load(f->board, &f->sample.plan, &f->sample.watch, false);
	const struct exposition *e = scrape(f);
	ABSENT("outrider_check_known_issue_until_timestamp_seconds", "check", "gateway-health");
	CLOSE(VALUE("outrider_check_known_issue_until_timestamp_seconds", "check",
		      "code[baseline-cli]"),
		1798761600);
	assert_true(isinf(VALUE(
		"outrider_check_known_issue_until_timestamp_seconds", "check", "gateway-stream")));
}

static void test_state(void **state)
{
	struct fixture *f = *state;
	sample_state(f->board, 0, HEALTH_DOWN);
	sample_state(f->board, 1, HEALTH_UP);
	/* Two checks, one incident. */
	board_set_state(f->board, 2, (struct health){.state = HEALTH_DOWN}, SAMPLE_NOW,
		(struct board_incident){99, 2, false});
	board_set_state(f->board, 3, (struct health){.state = HEALTH_DOWN}, SAMPLE_NOW,
		(struct board_incident){99, 2, false});
	const struct exposition *e = scrape(f);
	CLOSE(VALUE("outrider_check_state", "check", "gateway-health", "state", "down"), 1);
	CLOSE(VALUE("outrider_check_state", "check", "gateway-health", "state", "up"), 0);
	CLOSE(VALUE("outrider_check_state", "check", "gateway-stream", "state", "up"), 1);
	CLOSE(VALUE("outrider_check_state", "check", "ui-home", "state", "unknown"), 1);
	CLOSE(VALUE("outrider_incidents_open"), 2);
	CLOSE(VALUE("outrider_check_info", "check", "gateway-stream", "title",
		      "Gateway streams a chat"),
		1);
}

static void test_self(void **state)
{
	struct fixture *f = *state;
	struct histogram lateness = {.bounds = &histogram_gap_bounds};
	histogram_add(&lateness, 20000);
	const struct board_channel channels[] = {{"ops", 2, 3, 4, 0}, {"quiet", 0, 0, 0, 7}};
	struct board_self self = {.started_wall_us = SAMPLE_NOW,
		.reloaded_wall_us = SAMPLE_NOW + 500000,
		.reload_ok = true,
		.store_ok = false,
		.store_queue = 17,
		.store_commits = 4,
		.store_commit_us = 2500000,
		.alerts_pending = 1,
		.alerts_given_up = 5,
		.channels = channels,
		.n_channels = 2,
		.lateness = lateness};
	board_set_self(f->board, &self);
	const struct exposition *e = scrape(f);
	CLOSE(VALUE("outrider_store_queue_length"), 17);
	CLOSE(VALUE("outrider_store_up"), 0);
	CLOSE(VALUE("outrider_store_commit_seconds_sum"), 2.5);
	CLOSE(VALUE("outrider_store_commit_seconds_count"), 4);
	CLOSE(VALUE("outrider_alerts_pending"), 1);
	CLOSE(VALUE("outrider_alerts_given_up"), 5);
	CLOSE(VALUE("outrider_alerts_total", "channel", "ops", "outcome", "delivered"), 2);
	CLOSE(VALUE("outrider_alerts_total", "channel", "ops", "outcome", "failed"), 3);
	CLOSE(VALUE("outrider_alerts_total", "channel", "ops", "outcome", "dead"), 4);
	CLOSE(VALUE("outrider_alerts_total", "channel", "quiet", "outcome", "dead"), 0);
	CLOSE(VALUE("outrider_alerts_held", "channel", "ops"), 0);
	CLOSE(VALUE("outrider_alerts_held", "channel", "quiet"), 7);
	CLOSE(VALUE("outrider_config_last_reload_successful"), 1);
	CLOSE(VALUE("outrider_config_last_reload_success_timestamp_seconds"), 1795341600.5);
	CLOSE(VALUE("outrider_schedule_lateness_seconds_bucket", "le", "0.01"), 0);
	CLOSE(VALUE("outrider_schedule_lateness_seconds_bucket", "le", "0.025"), 1);
	CLOSE(VALUE("outrider_build_info", "version", OUTRIDER_VERSION), 1);
	CLOSE(VALUE("process_start_time_seconds"), 1795341600.0);
	assert_true(VALUE("process_resident_memory_bytes") > 100000);
	assert_true(VALUE("process_open_fds") >= 3);
	assert_true(VALUE("process_cpu_seconds_total") >= 0);
	assert_true(VALUE("process_threads") >= 1);
}

/* They are not counted for each scrape; soon enough all the same. */
static void test_descriptors_are_counted(void **state)
{
	struct fixture *f = *state;
	double more = 0;
	const struct exposition *e = scrape(f);
	double before = VALUE("process_open_fds");
	int fd = dup(STDERR_FILENO);
	assert_true(fd >= 0);
	for (int tries = 0; tries < 100 && more <= before; tries++) {
		usleep(100000);
		e = scrape(f);
		more = VALUE("process_open_fds");
	}
	CLOSE(more, before + 1);
	close(fd);
}

/* What differs from the other format; a parser of others reads the whole (e2e). */
static void test_openmetrics(void **state)
{
	struct fixture *f = *state;
	struct arena arena;
	struct buf out = BUF_INIT(1 << 24);
	sample_put(f->board, &f->sample, 0, SAMPLE_NOW, OUTCOME_PASS, REASON_NONE, "");
	arena_init(&arena);
	size_t size = metrics_write(
		&out, EXPO_OPENMETRICS, &arena, board_view(f->board, &arena, BOARD_METRICS));
	assert_int_equal(size, out.n);
	assert_true(str_ends(buf_str(&out), STR("\n# EOF\n"), false));
	assert_non_null(strstr(out.p, "# TYPE outrider_results counter\n"));
	assert_non_null(strstr(out.p, "\noutrider_results_total{check=\"gateway-health\""));
	assert_non_null(strstr(out.p, ",le=\"0.01\"} 0\n"));
	buf_fini(&out);
	arena_fini(&arena);
}

static void test_nothing_loaded(void **state)
{
	struct fixture *f = *state;
	struct plan none = {.mode = NULL};
	board_load(f->board, &none, NULL, false);
	const struct exposition *e = scrape(f);
	CLOSE(VALUE("outrider_incidents_open"), 0);
	ABSENT("outrider_store_queue_length"); /* nobody said */
}

static void test_labels_are_escaped(void **state)
{
	struct fixture *f = *state;
	static const char hostile[] = "a\"} 1\nevil{x=\"\\";
	f->sample.checks[0].id = hostile;
	f->sample.checks[0].title = "bad \xff utf-8";
	f->sample.plan.mode = "m\"\\\n";
	board_load(f->board, &f->sample.plan, &f->sample.watch, false);
	sample_put(f->board, &f->sample, 0, SAMPLE_NOW, OUTCOME_PASS, REASON_NONE, "");
	const struct exposition *e = scrape(f);
	CLOSE(VALUE("probe_success", "check", hostile, "mode", "m\"\\\n"), 1);
	CLOSE(VALUE("outrider_check_info", "check", hostile, "title", "bad \xef\xbf\xbd utf-8"), 1);
	for (size_t i = 0; i < e->n_samples; i++)
		assert_string_not_equal(e->samples[i].name, "evil");
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_probe),
		T(test_phases_that_did_not_happen),
		T(test_counters),
		T(test_histograms),
		T(test_histograms_of_services),
		T(test_known_issues),
		T(test_state),
		T(test_self),
		T(test_descriptors_are_counted),
		T(test_openmetrics),
		T(test_nothing_loaded),
		T(test_labels_are_escaped),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
