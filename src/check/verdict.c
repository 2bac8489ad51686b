#include "check/verdict.h"

#include "check/judge.h"
#include "check/pieces.h"

#include <math.h>

struct finding *judge_begin(struct judging *j, const struct expectation *e)
{
	struct finding *finding = &j->verdict->findings[j->verdict->n_findings++];

	*finding = (struct finding){.subject = e->subject, .outcome = OUTCOME_PASS};
	return finding;
}

void judge_fail(struct finding *finding, const struct expectation *e, enum reason reason)
{
	finding->outcome = e->severity == OUTCOME_WARN ? OUTCOME_WARN : OUTCOME_FAIL;
	finding->reason = reason;
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
		judge_threshold(j, e, judge_or_nan(timing_phase_us(&seen->timing, e->phase)),
			UNIT_TIME, "did not happen");
		break;
	case EXPECT_TLS_EXPIRY:
		judge_threshold(j, e,
			seen->tls.expires_us ? (double)(seen->tls.expires_us - seen->wall_us) : NAN,
			UNIT_TIME, "no certificate");
		break;
	case EXPECT_USAGE:
		judge_threshold(j, e, judge_or_nan(observation_usage(seen, e->usage)), UNIT_COUNT,
			"not said");
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
	/* an error inside a stream and a sleeping service explain what is missing */
	return finding->reason == REASON_ERROR_EVENT || finding->reason == REASON_COLD ? 3 : 2;
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

/* Of raw text that would show a secret in pieces nothing is quoted. */
static void withhold(const struct expectation *e, struct finding *finding)
{
	bool quotes = e->kind == EXPECT_BODY || e->kind == EXPECT_JSON;

	if (!quotes && e->kind != EXPECT_STATUS)
		return;
	if (quotes)
		finding->actual = PIECES_WITHHELD;
	finding->detail = finding->excerpt = NULL;
	finding->marked = false;
}

static void judge_step(struct judging *j, const struct step *step)
{
	struct verdict *verdict = j->verdict;

	verdict->findings = ARENA_ARRAY(j->arena, step->n_expectations + 1, struct finding);
	j->masked = find_mask(j, step);
	verdict->integrity = stream_integrity(&j->seen->stream, j->masked);
	if (j->seen->failure != REASON_NONE)
		add_transfer_finding(j);
	bool pieces = !j->brief && pieces_make_secret(j->seen, j->secrets);
	for (size_t i = 0; i < step->n_expectations; i++) {
		const struct expectation *e = &step->expectations[i];
		if (!can_be_judged(j, e))
			continue;
		judge_expectation(j, e);
		if (pieces)
			withhold(e, &verdict->findings[verdict->n_findings - 1]);
	}
}

struct verdict verdict_judge(struct arena *arena, const struct step *step, struct observation *seen,
	const struct secrets *secrets)
{
	struct verdict verdict = {.outcome = OUTCOME_PASS, .reason = REASON_NONE};
	struct judging j = {.arena = arena, .secrets = secrets, .seen = seen, .verdict = &verdict};

	judge_step(&j, step);
	for (size_t i = 0; i < verdict.n_findings; i++)
		verdict.findings[i].step = step->name;
	decide(&verdict, arena);
	return verdict;
}

struct verdict verdict_judge_briefly(struct arena *arena, const struct step *step,
	struct observation *seen, const struct secrets *secrets)
{
	struct verdict verdict = {.outcome = OUTCOME_PASS, .message = ""};
	struct judging j = {arena, secrets, seen, &verdict, .brief = true};

	judge_step(&j, step);
	for (size_t i = 0; i < verdict.n_findings; i++)
		if (verdict.findings[i].outcome != OUTCOME_PASS) /* now in words */
			return verdict_judge(arena, step, seen, secrets);
	verdict.n_findings = 0;
	return verdict;
}
