#include "serve/metrics.h"

#include "serve/metrics_self.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

enum { LABELS_MAX = 8192, METRICS_MAX = 256 << 20 };

/* Of one check: its samples of one family. labels: check, service, mode. */
typedef void put_samples(
	struct expo *out, struct str name, struct str labels, const struct board_check *check);

static bool ran(const struct board_check *check)
{
	return check->has_last && check->last.outcome != OUTCOME_SKIP;
}

static void put_success(
	struct expo *out, struct str name, struct str labels, const struct board_check *check)
{
	if (!ran(check))
		return;
	expo_sample(out, name, labels, (struct str){0});
	expo_count(out, check->last.outcome != OUTCOME_FAIL);
}

static void put_duration(
	struct expo *out, struct str name, struct str labels, const struct board_check *check)
{
	if (!ran(check))
		return;
	expo_sample(out, name, labels, (struct str){0});
	expo_seconds(out, check->last.duration_us);
}

static void put_dns(
	struct expo *out, struct str name, struct str labels, const struct board_check *check)
{
	if (!ran(check) || check->last.timing.dns_us < 0)
		return;
	expo_sample(out, name, labels, (struct str){0});
	expo_seconds(out, check->last.timing.dns_us);
}

/* From the end of one phase to the end of the next; a phase that did not happen takes no time. */
static void put_phases(
	struct expo *out, struct str name, struct str labels, const struct board_check *check)
{
	const struct timing *timing = &check->last.timing;
	const struct {
		const char *label;
		int64_t end_us;
	} phases[] = {
		{"phase=\"resolve\"", timing->dns_us},
		{"phase=\"connect\"", timing->connect_us},
		{"phase=\"tls\"", timing->tls_us},
		{"phase=\"processing\"", timing->ttfb_us},
		{"phase=\"transfer\"", timing->total_us},
	};
	if (!ran(check) || timing->ttfb_us < 0)
		return;
	int64_t at_us = 0;
	for (size_t i = 0; i < sizeof(phases) / sizeof(phases[0]); i++) {
		int64_t end_us = phases[i].end_us > at_us ? phases[i].end_us : at_us;
		expo_sample(out, name, labels, str_of(phases[i].label));
		expo_seconds(out, end_us - at_us);
		at_us = end_us;
	}
}

static void put_http_status(
	struct expo *out, struct str name, struct str labels, const struct board_check *check)
{
	if (!ran(check))
		return;
	expo_sample(out, name, labels, (struct str){0});
	expo_signed(out, check->last.http_status);
}

static void put_tls_expiry(
	struct expo *out, struct str name, struct str labels, const struct board_check *check)
{
	if (!ran(check) || !check->last.tls_expires_us)
		return;
	expo_sample(out, name, labels, (struct str){0});
	expo_seconds(out, check->last.tls_expires_us);
}

/* NULL: nothing was measured. */
typedef const struct histogram *histogram_of(const struct board_check *check);

static const struct histogram *duration_of(const struct board_check *check)
{
	return check->duration;
}

static const struct histogram *ttft_of(const struct board_check *check)
{
	return check->ttft;
}

static const struct histogram *token_gap_of(const struct board_check *check)
{
	return check->token_gap;
}

static void put_results(
	struct expo *out, struct str name, struct str labels, const struct board_check *check)
{
	struct buf more = BUF_INIT(LABELS_MAX);
	for (size_t i = 0; i < check->n_counts; i++) {
		buf_reset(&more);
		expo_label(&more, "outcome", outcome_name(check->counts[i].outcome));
		expo_label(&more, "reason", reason_name(check->counts[i].reason));
		expo_sample(out, name, labels, buf_str(&more));
		expo_count(out, check->counts[i].n);
	}
	buf_fini(&more);
}

static void put_tokens(
	struct expo *out, struct str name, struct str labels, const struct board_check *check)
{
	if (!check->prompt_tokens && !check->completion_tokens)
		return;
	expo_sample(out, name, labels, STR("type=\"prompt\""));
	expo_count(out, check->prompt_tokens);
	expo_sample(out, name, labels, STR("type=\"completion\""));
	expo_count(out, check->completion_tokens);
}

static void put_state(
	struct expo *out, struct str name, struct str labels, const struct board_check *check)
{
	static const char *const states[] = {
#define X(id, text) "state=\"" text "\"",
		HEALTH_STATES(X)
#undef X
	};
	for (unsigned i = 0; i < HEALTH_COUNT; i++) {
		expo_sample(out, name, labels, str_of(states[i]));
		expo_count(out, check->health.state == (enum health_state)i);
	}
}

static void put_info(
	struct expo *out, struct str name, struct str labels, const struct board_check *check)
{
	struct buf more = BUF_INIT(LABELS_MAX);
	expo_label(&more, "title", check->definition->title);
	expo_sample(out, name, labels, buf_str(&more));
	expo_count(out, 1);
	buf_fini(&more);
}

static void put_last_run(
	struct expo *out, struct str name, struct str labels, const struct board_check *check)
{
	if (!check->has_last)
		return;
	expo_sample(out, name, labels, (struct str){0});
	expo_seconds(out, check->last.started_wall_us);
}

static void put_missed(
	struct expo *out, struct str name, struct str labels, const struct board_check *check)
{
	expo_sample(out, name, labels, (struct str){0});
	expo_count(out, check->missed);
}

static void put_budget(
	struct expo *out, struct str name, struct str labels, const struct board_check *check)
{
	if (!check->slo || isnan(check->slo->budget_left))
		return;
	expo_sample(out, name, labels, (struct str){0});
	expo_real(out, check->slo->budget_left);
}

static void put_burn_rates(
	struct expo *out, struct str name, struct str labels, const struct board_check *check)
{
	static const struct str windows[] = {
#define X(id, text, seconds) {"window=\"" text "\"", sizeof("window=\"" text "\"") - 1},
		SLO_SPANS(X)
#undef X
	};
	for (size_t i = 0; check->slo && i < SLO_SPAN_COUNT; i++) {
		if (isnan(check->slo->burn[i]))
			continue;
		expo_sample(out, name, labels, windows[i]);
		expo_real(out, check->slo->burn[i]);
	}
}

static void put_interval(
	struct expo *out, struct str name, struct str labels, const struct board_check *check)
{
	if (!check->definition->enabled || check->paused)
		return;
	expo_sample(out, name, labels, (struct str){0});
	expo_seconds(out, check->definition->every_us);
}

static const struct family {
	const char *name, *type, *help;
	put_samples *put;
	histogram_of *histogram; /* instead */
} families[] = {
	{"probe_success", "gauge",
		"Whether the newest run passed (with or without a warning); absent when it was "
		"skipped.",
		put_success, NULL},
	{"probe_duration_seconds", "gauge", "How long the newest run took, retries included.",
		put_duration, NULL},
	{"probe_dns_lookup_time_seconds", "gauge", "Name lookup of the newest run.", put_dns, NULL},
	{"probe_http_duration_seconds", "gauge", "Phases of the newest run's deciding request.",
		put_phases, NULL},
	{"probe_http_status_code", "gauge", "HTTP status of the newest run; 0 without an answer.",
		put_http_status, NULL},
	{"probe_ssl_earliest_cert_expiry", "gauge",
		"When the first certificate of the chain expires, in seconds since 1970.",
		put_tls_expiry, NULL},
	{"outrider_check_duration_seconds", "histogram", "How long runs took, retries included.",
		NULL, duration_of},
	{"outrider_stream_time_to_first_token_seconds", "histogram",
		"From the start of the attempt, name lookup included, to the first content token.",
		NULL, ttft_of},
	{"outrider_stream_token_gap_seconds", "histogram",
		"The longest pause between two tokens of each stream.", NULL, token_gap_of},
	{"outrider_results_total", "counter", "Finished runs by outcome and reason.", put_results,
		NULL},
	{"outrider_tokens_total", "counter", "Tokens that services said they used.", put_tokens,
		NULL},
	{"outrider_check_state", "gauge", "1 for the state the check is in, 0 for the others.",
		put_state, NULL},
	{"outrider_check_info", "gauge", "Always 1; the check's title is a label.", put_info, NULL},
	{"outrider_check_last_run_timestamp_seconds", "gauge",
		"When the newest run started, in seconds since 1970.", put_last_run, NULL},
	{"outrider_check_interval_seconds", "gauge",
		"How often the check runs; absent while it is disabled or paused.", put_interval,
		NULL},
	{"outrider_missed_slots_total", "counter", "Runs that were due and could not start, ever.",
		put_missed, NULL},
	{"outrider_slo_budget_remaining_ratio", "gauge",
		"What is left of the objective's error budget: 1 untouched, 0 spent, below that "
		"overspent; absent while there are too few results.",
		put_budget, NULL},
	{"outrider_slo_burn_rate", "gauge",
		"How fast the error budget is spent, by window: at 1 it lasts as long as the "
		"objective's own window; absent while there are too few results.",
		put_burn_rates, NULL},
};

static struct str *labels_of(struct arena *arena, const struct board_view *view)
{
	struct str *labels = ARENA_ARRAY(arena, view->plan->n_checks, struct str);
	struct buf out = BUF_INIT(LABELS_MAX);
	for (size_t i = 0; i < view->plan->n_checks; i++) {
		const struct board_definition *definition = &view->plan->checks[i];
		buf_reset(&out);
		expo_label(&out, "check", definition->id);
		expo_label(&out, "service", view->plan->services[definition->service].id);
		expo_label(&out, "mode", view->plan->mode);
		labels[i] = arena_str(arena, buf_str(&out));
	}
	buf_fini(&out);
	return labels;
}

static int id_order(const void *a, const void *b)
{
	const uint64_t *left = a;
	const uint64_t *right = b;
	return *left < *right ? -1 : *left > *right;
}

/* Several checks can share one incident. */
static uint64_t incidents_open(struct arena *arena, const struct board_view *view)
{
	uint64_t *ids = ARENA_ARRAY(arena, view->plan->n_checks, uint64_t);
	size_t n = 0;
	for (size_t i = 0; i < view->plan->n_checks; i++)
		if (view->checks[i].incident)
			ids[n++] = view->checks[i].incident;
	qsort(ids, n, sizeof(*ids), id_order);
	uint64_t distinct = 0;
	for (size_t i = 0; i < n; i++)
		distinct += i == 0 || ids[i] != ids[i - 1];
	return distinct;
}

static void put_service_histograms(struct expo *out, const struct family *family,
	struct arena *arena, const struct board_view *view)
{
	const struct board_plan *plan = view->plan;
	struct histogram *sums = ARENA_ARRAY(arena, plan->n_services, struct histogram);
	struct buf labels = BUF_INIT(LABELS_MAX);
	for (size_t i = 0; i < plan->n_services; i++)
		sums[i] = (struct histogram){0};
	for (size_t i = 0; i < plan->n_checks; i++) {
		const struct histogram *one = family->histogram(&view->checks[i]);
		if (one)
			histogram_merge(&sums[plan->checks[i].service], one);
	}
	for (size_t i = 0; i < plan->n_services; i++) {
		if (!sums[i].bounds)
			continue;
		buf_reset(&labels);
		expo_label(&labels, "service", plan->services[i].id);
		expo_label(&labels, "mode", plan->mode);
		expo_histogram(out, str_of(family->name), buf_str(&labels), &sums[i]);
	}
	buf_fini(&labels);
}

static void put_checks(struct expo *out, const struct family *family, const struct str *labels,
	const struct board_view *view)
{
	struct str name = str_of(family->name);
	for (size_t i = 0; i < view->plan->n_checks; i++) {
		const struct board_check *check = &view->checks[i];
		const struct histogram *one = family->histogram ? family->histogram(check) : NULL;
		if (family->put)
			family->put(out, name, labels[i], check);
		else if (one)
			expo_histogram(out, name, labels[i], one);
	}
}

void metrics_write(struct buf *out, enum expo_format format, struct arena *arena,
	const struct board_view *view)
{
	struct expo expo = {out, format};
	const struct str *labels = labels_of(arena, view);
	for (size_t f = 0; f < sizeof(families) / sizeof(families[0]); f++) {
		const struct family *family = &families[f];
		expo_family(&expo, str_of(family->name), family->type, family->help);
		if (family->histogram && view->self.service_histograms)
			put_service_histograms(&expo, family, arena, view);
		else
			put_checks(&expo, family, labels, view);
	}
	expo_family(&expo, STR("outrider_incidents_open"), "gauge", "Incidents that are open.");
	expo_sample(&expo, STR("outrider_incidents_open"), (struct str){0}, (struct str){0});
	expo_count(&expo, incidents_open(arena, view));
	metrics_write_self(&expo, view);
	expo_end(&expo);
}

/* Room for about as much as last time, in large pages: with 10,000 checks, to touch each small one for the
 * first time costs more than to write the text. */
static void expect(struct buf *body, size_t bytes)
{
	enum { LARGE_PAGE = 2 << 20 };
	char *room = bytes > LARGE_PAGE ? buf_room(body, bytes) : NULL;
	if (!room)
		return;
	uintptr_t end = (uintptr_t)room + bytes;
	uintptr_t start = ((uintptr_t)room + LARGE_PAGE - 1) & ~(uintptr_t)(LARGE_PAGE - 1);
	if (end > start)
		(void)madvise(room + (start - (uintptr_t)room), end - start, MADV_HUGEPAGE);
}

void metrics(struct site *site, const struct http_request *request, struct http_response *response)
{
	static const char *const types[] = {
		[EXPO_PROMETHEUS] = "text/plain; version=0.0.4; charset=utf-8",
		[EXPO_OPENMETRICS] = "application/openmetrics-text; version=1.0.0; charset=utf-8",
	};
	enum expo_format format =
		http_prefers_openmetrics(request->accept) ? EXPO_OPENMETRICS : EXPO_PROMETHEUS;
	const struct board_view *view = site_view_metrics(site, request);
	struct buf body = BUF_INIT(METRICS_MAX);
	expect(&body, site->metrics_bytes + site->metrics_bytes / 16);
	metrics_write(&body, format, request->arena, view);
	site->metrics_bytes = body.n;
	response->cache = CACHE_NEVER;
	response->varies = true;
	http_answer(response, 200, types[format], &body);
}
