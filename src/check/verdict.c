#include "check/verdict.h"

#include "base/json_writer.h"
#include "check/finding.h"

#include <math.h>

enum {
	COLD_ANSWER_US = 5000000, /* a sleeping service's proxy answers at once ... */
	COLD_BODY_BYTES = 4096, /* ... and shortly */
};

struct judging {
	struct arena *arena;
	const struct secrets *secrets;
	struct observation *seen;
	struct verdict *verdict;
	bool masked;
};

static struct finding *finding_new(struct judging *j, const struct expectation *e)
{
	struct finding *finding = &j->verdict->findings[j->verdict->n_findings++];

	*finding = (struct finding){.subject = e->subject, .outcome = OUTCOME_PASS};
	return finding;
}

static void fail(struct finding *finding, const struct expectation *e, enum reason reason)
{
	finding->outcome = e->severity == OUTCOME_WARN ? OUTCOME_WARN : OUTCOME_FAIL;
	finding->reason = reason;
}

/* --- matchers --- */

static void judge_matcher(
	struct judging *j, const struct expectation *e, const struct subject *subject)
{
	struct finding *finding = finding_new(j, e);
	struct match_result result = matcher_judge(e->matcher, subject);
	struct buf words = BUF_INIT(8 * FINDING_TEXT_MAX); /* enough to know a secret at the cut */

	if (!result.ok) {
		fail(finding, e,
			result.masked        ? REASON_MASKED
			: subject->malformed ? REASON_MALFORMED
					     : REASON_EXPECTATION);
		if (result.masked)
			finding->outcome = OUTCOME_FAIL;
		finding->excerpt = finding_excerpt(j->arena, j->secrets, subject, result.place);
	}
	matcher_describe(e->matcher, &words);
	finding->expected = finding_text(j->arena, j->secrets, buf_str(&words));
	buf_fini(&words);
	if (subject->malformed)
		finding->actual = arena_printf(
			j->arena, "the body is not JSON: %s", j->seen->json_error.text);
	else
		finding->actual = finding_value(j->arena, j->secrets, subject);
}

static void judge_header(struct judging *j, const struct expectation *e)
{
	const char *value = headers_find(&j->seen->headers, e->header);
	struct subject subject = {.shape = value ? SUBJECT_TEXT : SUBJECT_MISSING};

	if (value)
		subject.text = str_of(value);
	judge_matcher(j, e, &subject);
}

static void judge_body(struct judging *j, const struct expectation *e)
{
	struct subject subject = {.shape = SUBJECT_TEXT, .text = buf_str(&j->seen->body)};

	judge_matcher(j, e, &subject);
}

/* The place may quote names of the answer. */
static const char *missing_at(struct judging *j, struct str place)
{
	return arena_printf(j->arena, "missing (%s)", finding_text(j->arena, j->secrets, place));
}

static void judge_json(struct judging *j, const struct expectation *e)
{
	const struct json *root = observation_json(j->seen);
	struct subject subject = {.shape = SUBJECT_MISSING, .malformed = !root};
	struct buf missing = BUF_INIT(256);

	if (root) {
		enum jsonpath_result found =
			jsonpath_select(e->path, root, j->arena, &subject.nodes, &missing);
		subject.list = jsonpath_is_list(e->path);
		if (found == JSONPATH_FOUND)
			subject.shape = SUBJECT_NODES;
	}
	judge_matcher(j, e, &subject);
	if (root && subject.shape == SUBJECT_MISSING) {
		struct finding *finding = &j->verdict->findings[j->verdict->n_findings - 1];
		finding->actual = missing.n ? missing_at(j, buf_str(&missing))
					    : "more values than can be judged";
	}
	buf_fini(&missing);
}

static void judge_content(struct judging *j, const struct expectation *e)
{
	struct subject subject = observation_content(j->seen);

	judge_matcher(j, e, &subject);
}

/* --- status --- */

/* A sleeping service is answered for by its host's proxy: fast, small, and not in the service's own
 * words (FastAPI's errors have a detail). */
static bool answer_is_cold(struct observation *seen)
{
	const char *routing = headers_find(&seen->headers, "x-render-routing");

	if (seen->http_status != 429 && seen->http_status != 502 && seen->http_status != 503)
		return false;
	if (seen->ended_us - seen->started_us > COLD_ANSWER_US ||
		seen->body_bytes > COLD_BODY_BYTES)
		return false;
	if (routing && str_find(str_of(routing), STR("suspend"), true) >= 0)
		return false;
	return !json_member(observation_json(seen), "detail");
}

static bool status_in_ranges(const struct expectation *e, int status)
{
	for (size_t i = 0; i < e->n_ranges; i++)
		if (status >= e->ranges[i].low && status <= e->ranges[i].high)
			return true;
	return false;
}

static void describe_ranges(struct buf *out, const struct expectation *e)
{
	if (e->n_ranges > 1)
		buf_puts(out, "one of ");
	for (size_t i = 0; i < e->n_ranges; i++) {
		const struct status_range *r = &e->ranges[i];
		if (i)
			buf_puts(out, ", ");
		if (r->low == r->high)
			buf_printf(out, "%u", r->low);
		else if (r->high == r->low + 99 && r->low % 100 == 0)
			buf_printf(out, "%uxx", r->low / 100);
		else
			buf_printf(out, "%u-%u", r->low, r->high);
	}
}

static void judge_status(struct judging *j, const struct expectation *e)
{
	int status = j->seen->http_status;
	struct subject subject = {.shape = SUBJECT_NUMBER, .number = status};
	struct buf words = BUF_INIT(FINDING_TEXT_MAX);
	struct finding *finding;

	if (e->matcher) {
		judge_matcher(j, e, &subject);
		finding = &j->verdict->findings[j->verdict->n_findings - 1];
	} else {
		finding = finding_new(j, e);
		describe_ranges(&words, e);
		finding->expected = arena_strndup(j->arena, buf_str(&words));
		finding->actual = arena_printf(j->arena, "%d", status);
		if (!status_in_ranges(e, status))
			fail(finding, e, REASON_EXPECTATION);
		buf_fini(&words);
	}
	if (finding->outcome == OUTCOME_PASS)
		return;
	subject = (struct subject){.shape = SUBJECT_TEXT, .text = buf_str(&j->seen->body)};
	finding->excerpt = finding_excerpt(j->arena, j->secrets, &subject, (struct str){NULL, 0});
	if (answer_is_cold(j->seen)) {
		finding->reason = REASON_COLD;
		finding->actual = arena_printf(j->arena, "%d, of a sleeping service", status);
	}
}

/* --- thresholds --- */

static void judge_threshold(struct judging *j, const struct expectation *e, double value,
	enum finding_unit unit, const char *absent)
{
	struct finding *finding = finding_new(j, e);
	const struct threshold *t = &e->threshold;
	bool missing = isnan(value);

	finding->expected = finding_threshold(j->arena, t, unit, false);
	finding->actual = missing ? absent : finding_number(j->arena, value, unit);
	if ((t->has_max && (missing || value > t->max)) ||
		(t->has_min && (missing || value < t->min)))
		fail(finding, e, REASON_EXPECTATION);
	else if (t->has_warn && (missing || value > t->warn)) {
		finding->outcome = OUTCOME_WARN;
		finding->reason = REASON_EXPECTATION;
		finding->expected = finding_threshold(j->arena, t, unit, true);
	}
}

static double or_nan(int64_t value)
{
	return value < 0 ? NAN : (double)value;
}

static enum reason integrity_reason(enum integrity integrity)
{
	switch (integrity) {
	case INTEGRITY_MASKED: return REASON_MASKED;
	case INTEGRITY_ERROR_EVENT: return REASON_ERROR_EVENT;
	case INTEGRITY_TRUNCATED: return REASON_TRUNCATED;
	case INTEGRITY_MALFORMED: return REASON_MALFORMED;
	case INTEGRITY_ABORTED:
	case INTEGRITY_EMPTY:
	case INTEGRITY_UNDONE:
	case INTEGRITY_COMPLETE:
	case INTEGRITY_COUNT: break;
	}
	return REASON_EXPECTATION;
}

static void judge_integrity(struct judging *j, const struct expectation *e)
{
	struct finding *finding = finding_new(j, e);
	enum integrity integrity = j->verdict->integrity;

	finding->expected = integrity_name(e->integrity);
	finding->actual = integrity_name(integrity);
	if (integrity == e->integrity)
		return;
	fail(finding, e, integrity_reason(integrity));
	if (integrity == INTEGRITY_ERROR_EVENT) {
		struct subject error = {
			.shape = SUBJECT_TEXT, .text = buf_str(&j->seen->stream.error_text)};
		finding->excerpt = finding_value(j->arena, j->secrets, &error);
	}
}

static void judge_done(struct judging *j, const struct expectation *e)
{
	struct finding *finding = finding_new(j, e);
	bool done = j->seen->stream.m.done;

	finding->expected = e->done ? "[DONE]" : "no [DONE]";
	finding->actual = done ? "[DONE]" : "no [DONE]";
	if (done != e->done)
		fail(finding, e, REASON_EXPECTATION);
}

static int64_t stream_ttfb(const struct observation *seen)
{
	if (seen->timing.ttfb_us >= 0)
		return seen->timing.ttfb_us;
	return seen->stream.first_arrival_us < 0
		       ? -1
		       : seen->stream.first_arrival_us - seen->stream.zero_us;
}

static void judge_stream(struct judging *j, const struct expectation *e)
{
	const struct measures *m = &j->seen->stream.m;
	const struct threshold *t = &e->threshold;

	switch (e->measure) {
	case MEASURE_DONE: judge_done(j, e); break;
	case MEASURE_INTEGRITY: judge_integrity(j, e); break;
	case MEASURE_TTFB:
		judge_threshold(j, e, or_nan(stream_ttfb(j->seen)), UNIT_TIME, "no byte");
		break;
	case MEASURE_TTFE: judge_threshold(j, e, or_nan(m->ttfe_us), UNIT_TIME, "no event"); break;
	case MEASURE_TTFR: judge_threshold(j, e, or_nan(m->ttfr_us), UNIT_TIME, "no delta"); break;
	case MEASURE_TTFT: judge_threshold(j, e, or_nan(m->ttft_us), UNIT_TIME, "no token"); break;
	case MEASURE_LINE_GAP: judge_threshold(j, e, (double)m->line_gap_us, UNIT_TIME, ""); break;
	/* A gap needs two ends: with fewer there is none, which only a minimum minds. */
	case MEASURE_EVENT_GAP:
		judge_threshold(j, e,
			t->has_min ? or_nan(m->event_gap_us) : fmax(0, (double)m->event_gap_us),
			UNIT_TIME, "no two events");
		break;
	case MEASURE_TOKEN_GAP:
		judge_threshold(j, e,
			t->has_min ? or_nan(m->token_gap_us) : fmax(0, (double)m->token_gap_us),
			UNIT_TIME, "no two tokens");
		break;
	case MEASURE_ITL:
		judge_threshold(j, e, or_nan(m->itl_us), UNIT_TIME, "no two tokens");
		break;
	case MEASURE_TPOT:
		judge_threshold(j, e, or_nan(m->tpot_us), UNIT_TIME, "no two tokens");
		break;
	case MEASURE_TOKENS_PER_SECOND:
		judge_threshold(j, e, m->tokens_per_second < 0 ? NAN : m->tokens_per_second,
			UNIT_COUNT, "no two tokens");
		break;
	case MEASURE_CHUNKS: judge_threshold(j, e, m->chunks, UNIT_COUNT, ""); break;
	case MEASURE_KEEPALIVES: judge_threshold(j, e, m->keepalives, UNIT_COUNT, ""); break;
	case MEASURE_TOKENS: judge_threshold(j, e, m->tokens, UNIT_COUNT, ""); break;
	case MEASURE_COUNT: break;
	}
}

static void judge_expectation(struct judging *j, const struct expectation *e)
{
	struct observation *seen = j->seen;

	switch (e->kind) {
	case EXPECT_STATUS: judge_status(j, e); break;
	case EXPECT_HEADER: judge_header(j, e); break;
	case EXPECT_BODY: judge_body(j, e); break;
	case EXPECT_JSON: judge_json(j, e); break;
	case EXPECT_CONTENT: judge_content(j, e); break;
	case EXPECT_STREAM: judge_stream(j, e); break;
	case EXPECT_LATENCY:
		judge_threshold(j, e, (double)(seen->ended_us - seen->started_us), UNIT_TIME, "");
		break;
	case EXPECT_TIMING:
		judge_threshold(j, e, or_nan(timing_phase_us(&seen->timing, e->phase)), UNIT_TIME,
			"did not happen");
		break;
	case EXPECT_TLS_EXPIRY:
		judge_threshold(j, e,
			seen->tls_expires_us ? (double)(seen->tls_expires_us - seen->wall_us) : NAN,
			UNIT_TIME, "no certificate");
		break;
	case EXPECT_USAGE:
		judge_threshold(
			j, e, or_nan(observation_usage(seen, e->usage)), UNIT_COUNT, "not said");
		break;
	}
}

/* An answer that broke off is judged on what came whole: status, headers, and a stream's text. */
static bool can_be_judged(const struct judging *j, const struct expectation *e)
{
	if (j->seen->failure == REASON_NONE)
		return true;
	if (j->seen->http_status == 0)
		return false;
	switch (e->kind) {
	case EXPECT_STATUS:
	case EXPECT_HEADER:
	case EXPECT_STREAM: return true;
	case EXPECT_CONTENT: return j->seen->is_stream;
	case EXPECT_BODY:
	case EXPECT_JSON:
	case EXPECT_LATENCY:
	case EXPECT_TIMING:
	case EXPECT_TLS_EXPIRY:
	case EXPECT_USAGE: break;
	}
	return false;
}

/* Before the others, since it is a word about the whole stream. */
static bool find_mask(struct judging *j, const struct step *step)
{
	for (size_t i = 0; i < step->n_expectations; i++) {
		const struct expectation *e = &step->expectations[i];
		if (e->kind != EXPECT_CONTENT || !can_be_judged(j, e))
			continue;
		struct subject subject = observation_content(j->seen);
		if (matcher_judge(e->matcher, &subject).masked)
			return true;
	}
	return false;
}

static void add_transfer_finding(struct judging *j)
{
	struct finding *finding = &j->verdict->findings[j->verdict->n_findings++];

	*finding = (struct finding){
		.subject = "transfer",
		.outcome = OUTCOME_FAIL,
		.reason = j->seen->failure,
		.expected = "a whole answer",
		.actual = finding_text(j->arena, j->secrets, str_of(j->seen->failure_text)),
	};
}

static int rank(const struct finding *finding)
{
	if (finding->outcome == OUTCOME_PASS)
		return 0;
	if (finding->outcome == OUTCOME_WARN)
		return 1;
	if (finding->reason == REASON_MASKED)
		return 5;
	if (strcmp(finding->subject, "transfer") == 0)
		return 4;
	return finding->reason == REASON_COLD ? 3 : 2;
}

static void decide(struct verdict *verdict, struct arena *arena)
{
	const struct finding *worst = NULL;

	for (size_t i = 0; i < verdict->n_findings; i++)
		if (rank(&verdict->findings[i]) > (worst ? rank(worst) : 0))
			worst = &verdict->findings[i];
	verdict->message = "";
	if (!worst)
		return;
	verdict->outcome = worst->outcome;
	verdict->reason = worst->reason;
	verdict->message = finding_message(arena, worst);
}

struct verdict verdict_judge(struct arena *arena, const struct step *step, struct observation *seen,
	const struct secrets *secrets)
{
	struct verdict verdict = {.outcome = OUTCOME_PASS, .reason = REASON_NONE};
	struct judging j = {.arena = arena, .secrets = secrets, .seen = seen, .verdict = &verdict};

	verdict.findings = ARENA_ARRAY(arena, step->n_expectations + 1, struct finding);
	j.masked = find_mask(&j, step);
	verdict.integrity = stream_integrity(&seen->stream, j.masked);
	if (seen->failure != REASON_NONE)
		add_transfer_finding(&j);
	for (size_t i = 0; i < step->n_expectations; i++)
		if (can_be_judged(&j, &step->expectations[i]))
			judge_expectation(&j, &step->expectations[i]);
	for (size_t i = 0; i < verdict.n_findings; i++)
		verdict.findings[i].step = step->name;
	decide(&verdict, arena);
	return verdict;
}
