/* What a run makes of an answer while it comes and when it is over. */
#include "check/run_state.h"

#include "check/finding.h"
#include "check/retry.h"

enum { EXPIRY_NOTED_DAYS = 14 };
#define DAY_US INT64_C(86400000000)

void answer_begin(struct run *run, int64_t at_us)
{
	if (run->observing)
		observation_fini(&run->seen);
	observation_init(
		&run->seen, at_us, run->identity.started_wall_us + (at_us - run->started_us));
	run->observing = true;
}

static struct headers copy_headers(struct arena *arena, const struct headers *from)
{
	struct header *items = ARENA_ARRAY(arena, from->n, struct header);

	for (size_t i = 0; i < from->n; i++) {
		items[i].name = arena_strdup(arena, from->items[i].name);
		items[i].value = arena_strdup(arena, from->items[i].value);
	}
	return (struct headers){items, from->n};
}

/* Whether something looks at the body itself: of a stream it is needed for that only. */
static bool reads_body(const struct step *step)
{
	for (size_t i = 0; i < step->n_expectations; i++)
		if (step->expectations[i].kind == EXPECT_BODY ||
			step->expectations[i].kind == EXPECT_JSON)
			return true;
	for (size_t i = 0; i < step->n_captures; i++)
		if (step->captures[i].from == CAPTURE_JSON)
			return true;
	return false;
}

/* A service that was asked for a stream may answer with one body, as one that was not. */
static bool is_json(const char *type)
{
	return type && str_starts(str_of(type), STR("application/json"), true);
}

void answer_headers(struct run *run, const struct event *event)
{
	struct observation *seen = &run->seen;
	const char *type;

	seen->http_status = event->head.status;
	seen->headers = copy_headers(&run->arena, &event->head.headers);
	type = headers_find(&seen->headers, "content-type");
	seen->is_stream = run_current(run)->request.stream ||
			  (type && str_starts(str_of(type), STR("text/event-stream"), true));
	if (seen->is_stream && !reads_body(run_current(run)) && !is_json(type))
		seen->body.max = STREAM_RAW_KEPT;
}

enum stop answer_bytes(struct run *run, const struct event *event)
{
	struct observation *seen = &run->seen;
	enum read_until until = run_current(run)->request.until;

	seen->body_bytes += event->body.n;
	buf_put(&seen->body, event->body.p, event->body.n);
	if (!seen->is_stream)
		return STOP_NONE;
	stream_feed(&seen->stream, event->body, event->at_us);
	run->satisfied |= (until == UNTIL_TOKEN && seen->stream.m.ttft_us >= 0) ||
			  (until == UNTIL_DONE && seen->stream.m.done);
	return seen->stream.m.done && until != UNTIL_END ? STOP_OPEN : STOP_NONE;
}

static bool connected(const struct run *run, const struct timing *timing)
{
	if (run->seen.http_status)
		return true;
	if (strncmp(run->request->url, "https:", 6) == 0)
		return timing->tls_us >= 0;
	return timing->connect_us >= 0;
}

static const char *waited_for(const struct run *run, const struct transport_result *result)
{
	if (run->seen.stream.m.done)
		return "the end of the body";
	if (run->seen.http_status)
		return run->seen.body_bytes ? "the rest of the answer" : "the body";
	if (connected(run, &result->timing))
		return "the answer";
	return result->waiting ? result->waiting : "a connection";
}

static enum reason timeout_reason(const struct run *run, const struct transport_result *result)
{
	if (result->looking_up)
		return REASON_DNS;
	return run->stop == STOP_IDLE && connected(run, &result->timing) ? REASON_IDLE_TIMEOUT
									 : REASON_TIMEOUT;
}

static void fail_timeout(struct run *run, const struct transport_result *result)
{
	const struct check *check = run->check;
	bool idle = run->stop == STOP_IDLE;
	int64_t limit = run_current(run)->cleanup && !idle ? RUN_CLEANUP_TIMEOUT_US
			: idle                             ? check->idle_timeout_us
							   : check->timeout_us;
	char text[TEXT_DURATION_MAX];

	run->seen.failure = timeout_reason(run, result);
	run->seen.failure_text = arena_printf(&run->arena, "%s %s while waiting for %s",
		idle ? "nothing came for" : "not over after", text_duration(limit, text),
		waited_for(run, result));
}

static void fail_transfer(struct run *run, const struct transport_result *result)
{
	run->seen.failure = result->reason;
	run->seen.failure_text = finding_text(&run->arena, run->plan->secrets,
		str_of(result->detail ? result->detail : reason_name(result->reason)));
}

static void set_failure(struct run *run, const struct transport_result *result)
{
	switch (run->stop) {
	case STOP_NONE:
		if (result->reason != REASON_NONE)
			fail_transfer(run, result);
		break;
	case STOP_TIMEOUT:
	case STOP_IDLE: fail_timeout(run, result); break;
	case STOP_CANCEL:
		run->seen.failure = REASON_CANCELLED;
		run->seen.failure_text = "cancelled";
		break;
	case STOP_OPEN:
		run->seen.left_open = true;
		run_note(run, "the body was left open after [DONE]");
		break;
	case STOP_ENOUGH: break;
	}
	if (run->satisfied && run->stop != STOP_CANCEL && run->seen.failure != REASON_NONE) {
		run_note(run, arena_printf(&run->arena, "after what was needed: %s",
				      run->seen.failure_text));
		run->seen.failure = REASON_NONE;
	}
}

/* A body that was left open was over with [DONE]: our waiting is not measured. */
static int64_t answer_over_us(const struct run *run, const struct event *event)
{
	return run->stop == STOP_OPEN ? run->grace_us - RUN_DONE_GRACE_US : event->at_us;
}

static enum stream_end stream_ending(const struct run *run, const struct transport_result *result)
{
	switch (run->stop) {
	case STOP_NONE: break;
	case STOP_OPEN: return STREAM_CLEAN;
	case STOP_ENOUGH:
	case STOP_TIMEOUT:
	case STOP_IDLE:
	case STOP_CANCEL: return STREAM_ABORTED;
	}
	return result->reason == REASON_NONE        ? STREAM_CLEAN
	       : result->reason == REASON_TOO_LARGE ? STREAM_ABORTED
						    : STREAM_BROKEN;
}

static const char *keep(struct run *run, const char *text)
{
	return text ? arena_strdup(&run->arena, text) : NULL;
}

static void note_expiry(struct run *run)
{
	int64_t left_us = run->seen.tls.expires_us - run->seen.wall_us;
	if (run->step > 0 || !run->seen.tls.expires_us || left_us < 0 ||
		left_us >= EXPIRY_NOTED_DAYS * DAY_US)
		return;
	int days = (int)(left_us / DAY_US);
	run_note(run, arena_printf(&run->arena, "the certificate expires in %d day%s", days,
			      days == 1 ? "" : "s"));
}

void answer_end(struct run *run, const struct event *event)
{
	struct observation *seen = &run->seen;
	const struct transport_result *result = &event->done;

	seen->timing = result->timing;
	seen->ended_us = answer_over_us(run, event);
	seen->http_version = result->http_version;
	seen->address = keep(run, result->address);
	seen->tls = (struct tls_facts){result->tls.expires_us, keep(run, result->tls.version),
		keep(run, result->tls.cipher)};
	note_expiry(run);
	if (seen->timing.total_us < 0)
		seen->timing.total_us = event->at_us - seen->started_us;
	if (run->step == 0)
		run->unreached = !connected(run, &result->timing);
	stream_end(&seen->stream, stream_ending(run, result), seen->ended_us);
	set_failure(run, result);
}

static void add_finding(struct run *run, const struct finding *finding)
{
	run->findings[run->n_findings++] = *finding;
}

static const char *capture_value(struct run *run, const struct capture *capture, struct str *value)
{
	struct arena *arena = &run->arena;
	struct subject subject;
	struct nodes nodes;
	struct buf text = BUF_INIT(CAPTURE_BYTES_MAX + 1), missing = BUF_INIT(256);
	const struct json *root;
	const char *header;

	switch (capture->from) {
	case CAPTURE_CONTENT:
		subject = observation_content(&run->seen);
		if (subject.shape != SUBJECT_TEXT)
			return "the answer has no content";
		*value = arena_str(arena, subject.text);
		return NULL;
	case CAPTURE_HEADER:
		header = headers_find(&run->seen.headers, capture->header);
		if (!header)
			return "the answer has no such header";
		*value = str_of(header);
		return NULL;
	case CAPTURE_JSON: break;
	}
	root = observation_json(&run->seen);
	if (!root)
		return "the body is not JSON";
	if (jsonpath_select(capture->path, root, arena, &nodes, &missing) != JSONPATH_FOUND ||
		nodes.n != 1) {
		const char *where = finding_text(arena, run->plan->secrets, buf_str(&missing));
		buf_fini(&missing);
		return *where ? arena_printf(arena, "missing (%s)", where)
			      : "no single value there";
	}
	if (json_type(nodes.items[0]) == JSON_STRING)
		buf_putstr(&text, json_string(nodes.items[0]));
	else
		json_print(&text, nodes.items[0]);
	*value = arena_str(arena, buf_str(&text));
	buf_fini(&text);
	return NULL;
}

static void take_captures(struct run *run)
{
	const struct step *step = run_current(run);
	struct arena *arena = &run->arena;

	for (size_t i = 0; i < step->n_captures; i++) {
		struct variable variable = {.name = step->captures[i].name};
		const char *why = capture_value(run, &step->captures[i], &variable.value);
		if (!why && variable.value.n > CAPTURE_BYTES_MAX)
			why = "more than 256 KiB";
		if (!why) {
			run->variables[run->n_variables++] = variable;
			continue;
		}
		struct finding finding = {
			.step = step->name,
			.subject = arena_printf(arena, "capture.%s", variable.name),
			.outcome = OUTCOME_FAIL,
			.reason = REASON_EXPECTATION,
			.expected = "a value",
			.actual = why,
		};
		add_finding(run, &finding);
		run->verdict.outcome = OUTCOME_FAIL;
		run->verdict.reason = REASON_EXPECTATION;
		run->verdict.message = finding_message(arena, &finding);
		return;
	}
}

static void add_tokens(int64_t *sum, int64_t n)
{
	if (n >= 0)
		*sum = (*sum < 0 ? 0 : *sum) + n;
}

static void note_cleanup(struct run *run)
{
	const struct step *step = run_current(run);
	const char *name = step->name ? step->name : "cleanup";

	if (run->seen.failure != REASON_NONE)
		run_note(run,
			arena_printf(&run->arena, "%s failed: %s", name, run->seen.failure_text));
	else if (run->seen.http_status >= 400)
		run_note(run, arena_printf(&run->arena, "%s failed: status %d", name,
				      run->seen.http_status));
}

static bool worse(enum outcome a, enum outcome b)
{
	return (a == OUTCOME_FAIL && b != OUTCOME_FAIL) || (a == OUTCOME_WARN && b == OUTCOME_PASS);
}

/* Findings of this step are wanted, too, when a later one or a capture fails. */
static struct verdict judge(struct run *run, const struct step *step)
{
	bool brief = run->identity.brief && !run->identity.evidence &&
		     run->check->n_ordinary == 1 && step->n_captures == 0;

	return (brief ? verdict_judge_briefly : verdict_judge)(
		&run->arena, step, &run->seen, run->plan->secrets);
}

void answer_judge(struct run *run)
{
	const struct step *step = run_current(run);
	struct verdict before = run->verdict;

	if (step->cleanup) {
		note_cleanup(run);
		return;
	}
	run->verdict = judge(run, step);
	for (size_t i = 0; i < run->verdict.n_findings; i++)
		add_finding(run, &run->verdict.findings[i]);
	if (run->verdict.outcome != OUTCOME_FAIL)
		take_captures(run);
	if (step->request.chat) {
		add_tokens(&run->prompt_tokens, observation_usage(&run->seen, USAGE_PROMPT));
		add_tokens(
			&run->completion_tokens, observation_usage(&run->seen, USAGE_COMPLETION));
	}
	run->http_status = run->seen.http_status;
	run->failed = run->verdict.outcome == OUTCOME_FAIL;
	if (run->failed)
		run->retry_after_us = retry_after_us(&run->seen);
	if (run->step == 0 || run->failed || !worse(before.outcome, run->verdict.outcome))
		record_keep_step(run);
	else
		run->verdict = before; /* an earlier step's warning decides */
}
