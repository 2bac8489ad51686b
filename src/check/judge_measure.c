#include "check/answer_words.h"
#include "check/judge.h"

#include <math.h>

struct finding *judge_threshold(struct judging *j, const struct expectation *e, double value,
	enum finding_unit unit, const char *absent)
{
	struct finding *finding = judge_begin(j, e);
	const struct threshold *t = &e->threshold;
	bool missing = isnan(value), warns = false;

	if ((t->has_max && (missing || value > t->max)) ||
		(t->has_min && (missing || value < t->min)))
		judge_fail(finding, e, REASON_EXPECTATION);
	else if (t->has_warn && (missing || (t->low_warns ? value < t->warn : value > t->warn))) {
		finding->outcome = OUTCOME_WARN;
		finding->reason = REASON_EXPECTATION;
		warns = true;
	}
	if (j->brief)
		return finding;
	finding->expected = finding_threshold(j->arena, t, unit, warns);
	finding->actual = missing ? absent : finding_number(j->arena, value, unit);
	return finding;
}

double judge_or_nan(int64_t value)
{
	return value < 0 ? NAN : (double)value;
}

/* What was cut may have been well-formed. */
static enum reason integrity_reason(enum integrity integrity, bool cut)
{
	switch (integrity) {
	case INTEGRITY_MASKED: return REASON_MASKED;
	case INTEGRITY_ERROR_EVENT: return REASON_ERROR_EVENT;
	case INTEGRITY_TRUNCATED: return REASON_TRUNCATED;
	case INTEGRITY_MALFORMED: return cut ? REASON_TOO_LARGE : REASON_MALFORMED;
	case INTEGRITY_EMPTY: return cut ? REASON_TOO_LARGE : REASON_EXPECTATION;
	case INTEGRITY_ABORTED:
	case INTEGRITY_UNDONE:
	case INTEGRITY_COMPLETE:
	case INTEGRITY_COUNT: break;
	}
	return REASON_EXPECTATION;
}

/* Of an answer that is no stream, or none that could be read. */
static const char *instead(struct judging *j)
{
	if (j->seen->stream.cut)
		return answer_cut_event(j->arena, j->seen);
	if (observation_streamed(j->seen))
		return NULL;
	return answer_instead(j->arena, j->secrets, j->seen);
}

static const char *integrity_detail(struct judging *j, enum integrity integrity)
{
	const struct stream *s = &j->seen->stream;
	struct subject error = {.shape = SUBJECT_TEXT, .text = buf_str(&s->error_text)};

	switch (integrity) {
	case INTEGRITY_ERROR_EVENT:
		return arena_printf(
			j->arena, "error %s", finding_value(j->arena, j->secrets, &error));
	case INTEGRITY_TRUNCATED:
		if (s->broken)
			return NULL;
		return observation_streamed(j->seen) && !s->cut ? "no finish_reason before the end"
								: instead(j);
	case INTEGRITY_EMPTY:
		if (s->cut)
			return instead(j);
		return arena_printf(j->arena, "no token in %u chunks", s->m.chunks);
	case INTEGRITY_MALFORMED:
		if (s->cut)
			return instead(j);
		return arena_printf(
			j->arena, "malformed events: %u, chunks: %u", s->m.malformed, s->m.chunks);
	case INTEGRITY_UNDONE: return "finished, but no [DONE]";
	case INTEGRITY_MASKED:
	case INTEGRITY_ABORTED:
	case INTEGRITY_COMPLETE:
	case INTEGRITY_COUNT: break;
	}
	return NULL;
}

static void judge_integrity(struct judging *j, const struct expectation *e)
{
	struct finding *finding = judge_begin(j, e);
	enum integrity integrity = j->verdict->integrity;

	finding->expected = integrity_name(e->integrity);
	finding->actual = integrity_name(integrity);
	if (integrity == e->integrity)
		return;
	judge_fail(finding, e, integrity_reason(integrity, j->seen->stream.cut));
	finding->detail = integrity_detail(j, integrity);
}

static void judge_done(struct judging *j, const struct expectation *e)
{
	struct finding *finding = judge_begin(j, e);
	bool done = j->seen->stream.m.done;

	finding->expected = e->done ? "[DONE]" : "no [DONE]";
	finding->actual = done ? "[DONE]" : "no [DONE]";
	if (done == e->done)
		return;
	judge_fail(finding, e, REASON_EXPECTATION);
	finding->detail = instead(j);
}

static int64_t stream_ttfb(const struct observation *seen)
{
	if (seen->timing.ttfb_us >= 0)
		return seen->timing.ttfb_us;
	return seen->stream.first_arrival_us < 0
		       ? -1
		       : seen->stream.first_arrival_us - seen->stream.zero_us;
}

static void judge_moment(
	struct judging *j, const struct expectation *e, int64_t at_us, const char *absent)
{
	struct finding *finding = judge_threshold(j, e, judge_or_nan(at_us), UNIT_TIME, absent);

	if (finding->outcome != OUTCOME_PASS && at_us < 0)
		finding->detail = instead(j);
}

/* A gap needs two ends: with fewer there is none, which only a minimum minds. */
static void judge_gap(struct judging *j, const struct expectation *e, int64_t gap_us, int64_t at_us,
	const char *absent)
{
	bool none = gap_us < 0;
	struct finding *finding = judge_threshold(
		j, e, none && !e->threshold.has_min ? 0 : judge_or_nan(gap_us), UNIT_TIME, absent);

	if (finding->outcome != OUTCOME_PASS && !none && at_us >= 0)
		finding->detail = arena_printf(j->arena, "from %s to %s",
			finding_number(j->arena, (double)at_us, UNIT_TIME),
			finding_number(j->arena, (double)(at_us + gap_us), UNIT_TIME));
}

/* Between tokens: as a gap, but no token at all is a failure. */
static void judge_mean(struct judging *j, const struct expectation *e, int64_t mean_us)
{
	if (j->seen->stream.m.tokens == 0)
		judge_threshold(j, e, NAN, UNIT_TIME, "no token");
	else
		judge_gap(j, e, mean_us, -1, "no two tokens");
}

/* Tokens that came all at once came infinitely fast; of one token there is no rate, which nothing
 * minds. */
static void judge_rate(struct judging *j, const struct expectation *e, const struct measures *m)
{
	double rate = m->tokens == 0              ? NAN
		      : m->tokens_per_second >= 0 ? m->tokens_per_second
		      : m->tokens > 1             ? INFINITY
		      : e->threshold.has_min      ? e->threshold.min
						  : 0;
	struct finding *finding = judge_threshold(j, e, rate, UNIT_RATE, "no token");

	if (m->tokens > 0 && m->tokens_per_second < 0)
		finding->actual = m->tokens > 1 ? "all at once" : "one token";
	if (finding->outcome != OUTCOME_PASS && m->estimated && m->tokens_per_second >= 0)
		finding->detail = "estimated: chunks are counted, usage was not said";
}

void judge_stream(struct judging *j, const struct expectation *e)
{
	const struct measures *m = &j->seen->stream.m;

	switch (e->measure) {
	case MEASURE_DONE: judge_done(j, e); break;
	case MEASURE_INTEGRITY: judge_integrity(j, e); break;
	case MEASURE_TTFB:
		judge_threshold(j, e, judge_or_nan(stream_ttfb(j->seen)), UNIT_TIME, "no byte");
		break;
	case MEASURE_TTFE: judge_moment(j, e, m->ttfe_us, "no event"); break;
	case MEASURE_TTFR: judge_moment(j, e, m->ttfr_us, "no delta"); break;
	case MEASURE_TTFT: judge_moment(j, e, m->ttft_us, "no token"); break;
	case MEASURE_LINE_GAP: judge_gap(j, e, m->line_gap_us, m->line_gap_at_us, ""); break;
	case MEASURE_EVENT_GAP:
		judge_gap(j, e, m->event_gap_us, m->event_gap_at_us, "no two events");
		break;
	case MEASURE_TOKEN_GAP:
		judge_gap(j, e, m->token_gap_us, m->token_gap_at_us, "no two tokens");
		break;
	case MEASURE_ITL: judge_mean(j, e, m->itl_us); break;
	case MEASURE_TPOT: judge_mean(j, e, m->tpot_us); break;
	case MEASURE_TOKENS_PER_SECOND: judge_rate(j, e, m); break;
	case MEASURE_CHUNKS: judge_threshold(j, e, m->chunks, UNIT_COUNT, ""); break;
	case MEASURE_KEEPALIVES: judge_threshold(j, e, m->keepalives, UNIT_COUNT, ""); break;
	case MEASURE_TOKENS: judge_threshold(j, e, m->tokens, UNIT_COUNT, ""); break;
	case MEASURE_COUNT: break;
	}
}
