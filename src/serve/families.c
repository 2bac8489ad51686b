#include "serve/families.h"

#include <math.h>

enum { RESULT_LABELS_MAX = 128 };

static const struct str none = {0};

#define TEXT(literal)                                                                              \
	{                                                                                          \
		(literal), sizeof(literal) - 1                                                     \
	}

static bool ran(const struct board_check *check)
{
	return check->has_last && check->last.outcome != OUTCOME_SKIP;
}

static void put_success(
	struct expo *out, struct str name, struct str labels, const struct board_check *check)
{
	if (!ran(check))
		return;
	expo_count(out, name, labels, none, check->last.outcome != OUTCOME_FAIL);
}

static void put_duration(
	struct expo *out, struct str name, struct str labels, const struct board_check *check)
{
	if (!ran(check))
		return;
	expo_seconds(out, name, labels, none, check->last.duration_us);
}

static void put_dns(
	struct expo *out, struct str name, struct str labels, const struct board_check *check)
{
	if (!ran(check) || check->last.timing.dns_us < 0)
		return;
	expo_seconds(out, name, labels, none, check->last.timing.dns_us);
}

/* From the end of one phase to the end of the next; a phase that did not happen takes no time. */
static void put_phases(
	struct expo *out, struct str name, struct str labels, const struct board_check *check)
{
	const struct timing *timing = &check->last.timing;
	const struct {
		struct str label;
		int64_t end_us;
	} phases[] = {
		{TEXT("phase=\"resolve\""), timing->dns_us},
		{TEXT("phase=\"connect\""), timing->connect_us},
		{TEXT("phase=\"tls\""), timing->tls_us},
		{TEXT("phase=\"processing\""), timing->ttfb_us},
		{TEXT("phase=\"transfer\""), timing->total_us},
	};
	if (!ran(check) || timing->ttfb_us < 0)
		return;
	int64_t at_us = 0;
	for (size_t i = 0; i < sizeof(phases) / sizeof(phases[0]); i++) {
		int64_t end_us = phases[i].end_us > at_us ? phases[i].end_us : at_us;
		expo_seconds(out, name, labels, phases[i].label, end_us - at_us);
		at_us = end_us;
	}
}

static void put_http_status(
	struct expo *out, struct str name, struct str labels, const struct board_check *check)
{
	if (!ran(check))
		return;
	expo_count(out, name, labels, none, (uint64_t)check->last.http_status);
}

static void put_tls_expiry(
	struct expo *out, struct str name, struct str labels, const struct board_check *check)
{
	if (!ran(check) || !check->last.tls_expires_us)
		return;
	expo_seconds(out, name, labels, none, check->last.tls_expires_us);
}

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

/* Names of outcomes and reasons need no escaping. */
static void put_results(
	struct expo *out, struct str name, struct str labels, const struct board_check *check)
{
	static const struct str outcomes[] = {
#define X(id, text) [OUTCOME_##id] = TEXT("outcome=\"" text "\",reason=\""),
		OUTCOMES(X)
#undef X
	};
	static const struct str reasons[] = {
#define X(id, text) [REASON_##id] = TEXT(text "\""),
		REASONS(X)
#undef X
	};
	char more[RESULT_LABELS_MAX];
	for (size_t i = 0; i < check->n_counts; i++) {
		struct str outcome = outcomes[check->counts[i].outcome];
		struct str reason = reasons[check->counts[i].reason];
		memcpy(more, outcome.p, outcome.n);
		memcpy(more + outcome.n, reason.p, reason.n);
		expo_count(out, name, labels, (struct str){more, outcome.n + reason.n},
			check->counts[i].n);
	}
}

/* Of each outcome from the start: who looks for a rise must have seen what it rose from. */
static void put_runs(
	struct expo *out, struct str name, struct str labels, const struct board_check *check)
{
	static const struct str outcomes[] = {
#define X(id, text) [OUTCOME_##id] = TEXT("outcome=\"" text "\""),
		OUTCOMES(X)
#undef X
	};
	uint64_t sums[OUTCOME_COUNT] = {0};
	for (size_t i = 0; i < check->n_counts; i++)
		sums[check->counts[i].outcome] += check->counts[i].n;
	for (size_t i = 0; i < OUTCOME_COUNT; i++)
		expo_count(out, name, labels, outcomes[i], sums[i]);
}

static void put_tokens(
	struct expo *out, struct str name, struct str labels, const struct board_check *check)
{
	if (!check->prompt_tokens && !check->completion_tokens)
		return;
	expo_count(out, name, labels, STR("type=\"prompt\""), check->prompt_tokens);
	expo_count(out, name, labels, STR("type=\"completion\""), check->completion_tokens);
}

static void put_state(
	struct expo *out, struct str name, struct str labels, const struct board_check *check)
{
	static const struct str states[] = {
#define X(id, text) TEXT("state=\"" text "\""),
		HEALTH_STATES(X)
#undef X
	};
	for (unsigned i = 0; i < HEALTH_COUNT; i++) {
		expo_count(
			out, name, labels, states[i], check->health.state == (enum health_state)i);
	}
}

static void put_info(
	struct expo *out, struct str name, struct str labels, const struct board_check *check)
{
	buf_reset(&out->label);
	expo_label(&out->label, "title", check->definition->title);
	expo_count(out, name, labels, buf_str(&out->label), 1);
}

static void put_known_issue(
	struct expo *out, struct str name, struct str labels, const struct board_check *check)
{
	if (!check->definition->known_issue)
		return;
	if (check->definition->known_until_wall_us)
		expo_seconds(out, name, labels, none, check->definition->known_until_wall_us);
	else
		expo_infinity(out, name, labels, none);
}

static void put_last_run(
	struct expo *out, struct str name, struct str labels, const struct board_check *check)
{
	if (!check->has_last)
		return;
	expo_seconds(out, name, labels, none, check->last.started_wall_us);
}

static void put_missed(
	struct expo *out, struct str name, struct str labels, const struct board_check *check)
{
	expo_count(out, name, labels, none, check->missed);
}

static void put_budget(
	struct expo *out, struct str name, struct str labels, const struct board_check *check)
{
	if (!check->slo || isnan(check->slo->budget_left))
		return;
	expo_real(out, name, labels, none, check->slo->budget_left);
}

static void put_burn_rates(
	struct expo *out, struct str name, struct str labels, const struct board_check *check)
{
	static const struct str windows[] = {
#define X(id, text, seconds) TEXT("window=\"" text "\""),
		SLO_SPANS(X)
#undef X
	};
	for (size_t i = 0; check->slo && i < SLO_SPAN_COUNT; i++) {
		if (isnan(check->slo->burn[i]))
			continue;
		expo_real(out, name, labels, windows[i], check->slo->burn[i]);
	}
}

static void put_interval(
	struct expo *out, struct str name, struct str labels, const struct board_check *check)
{
	if (!check->definition->enabled || check->paused)
		return;
	expo_seconds(out, name, labels, none, check->definition->every_us);
}

const struct family families[] = {
	{TEXT("probe_success"), "gauge",
		"Whether the newest run passed (with or without a warning); absent when it was "
		"skipped.",
		put_success, NULL},
	{TEXT("probe_duration_seconds"), "gauge", "How long the newest run took, retries included.",
		put_duration, NULL},
	{TEXT("probe_dns_lookup_time_seconds"), "gauge", "Name lookup of the newest run.", put_dns,
		NULL},
	{TEXT("probe_http_duration_seconds"), "gauge",
		"Phases of the newest run's deciding request.", put_phases, NULL},
	{TEXT("probe_http_status_code"), "gauge",
		"HTTP status of the newest run; 0 without an answer.", put_http_status, NULL},
	{TEXT("probe_ssl_earliest_cert_expiry"), "gauge",
		"When the first certificate of the chain expires, in seconds since 1970.",
		put_tls_expiry, NULL},
	{TEXT("outrider_check_duration_seconds"), "histogram",
		"How long runs took, retries included.", NULL, duration_of},
	{TEXT("outrider_stream_time_to_first_token_seconds"), "histogram",
		"From the start of the attempt, name lookup included, to the first content token.",
		NULL, ttft_of},
	{TEXT("outrider_stream_token_gap_seconds"), "histogram",
		"The longest pause between two tokens of each stream.", NULL, token_gap_of},
	{TEXT("outrider_runs_total"), "counter", "Finished runs by outcome.", put_runs, NULL},
	{TEXT("outrider_results_total"), "counter",
		"Finished runs by outcome and reason; absent before the first of both.",
		put_results, NULL},
	{TEXT("outrider_tokens_total"), "counter", "Tokens that services said they used.",
		put_tokens, NULL},
	{TEXT("outrider_check_state"), "gauge",
		"1 for the state the check is in, 0 for the others.", put_state, NULL},
	{TEXT("outrider_check_info"), "gauge", "Always 1; the check's title is a label.", put_info,
		NULL},
	{TEXT("outrider_check_known_issue_until_timestamp_seconds"), "gauge",
		"Until when failures of the check are known and excused, in seconds since 1970; "
		"+Inf: "
		"no end; absent where none is known.",
		put_known_issue, NULL},
	{TEXT("outrider_check_last_run_timestamp_seconds"), "gauge",
		"When the newest run started, in seconds since 1970.", put_last_run, NULL},
	{TEXT("outrider_check_interval_seconds"), "gauge",
		"How often the check runs; absent while it is disabled or paused.", put_interval,
		NULL},
	{TEXT("outrider_missed_slots_total"), "counter",
		"Runs that were due and could not start, ever.", put_missed, NULL},
	{TEXT("outrider_slo_budget_remaining_ratio"), "gauge",
		"What is left of the objective's error budget: 1 untouched, 0 spent, below that "
		"overspent; absent while there are too few results.",
		put_budget, NULL},
	{TEXT("outrider_slo_burn_rate"), "gauge",
		"How fast the error budget is spent, by window: at 1 it lasts as long as the "
		"objective's own window; absent while there are too few results.",
		put_burn_rates, NULL},
};

const size_t families_n = sizeof(families) / sizeof(families[0]);
