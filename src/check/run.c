#include "check/run_state.h"

#include "check/retry.h"

#include "base/memory.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

void run_again(struct run *run, const struct plan *plan, const struct check *check,
	struct run_identity identity)
{
	*run = (struct run){.plan = plan,
		.check = check,
		.identity = identity,
		.prompt_tokens = -1,
		.completion_tokens = -1,
		.arena = run->arena};
	run->record = ARENA_NEW(&run->arena, struct record);
}

struct run *run_new(
	const struct plan *plan, const struct check *check, struct run_identity identity)
{
	struct run *run = MEM_NEW(struct run);

	run_again(run, plan, check, identity);
	return run;
}

static void let_go(struct run *run)
{
	if (run->observing)
		observation_fini(&run->seen);
	if (run->state == RUN_OVER)
		record_free(run->record);
	run->observing = false;
	run->record = NULL;
}

void run_clear(struct run *run)
{
	let_go(run);
	arena_reset(&run->arena);
}

void run_free(struct run *run)
{
	if (!run)
		return;
	let_go(run);
	arena_fini(&run->arena);
	free(run);
}

unsigned run_attempt(const struct run *run)
{
	return run->attempt;
}

struct record *run_record_take(struct run *run)
{
	struct record *record = run->record;

	assert(run->state == RUN_OVER && record);
	run->record = NULL;
	return record;
}

void run_note(struct run *run, const char *text)
{
	if (run->n_notes < NOTES_MAX)
		run->notes[run->n_notes++] = text;
}

static struct command run_wait(int64_t wake_us)
{
	return (struct command){.kind = CMD_WAIT, .wake_us = wake_us};
}

static struct command run_abort(struct run *run, enum stop why)
{
	run->stop = why;
	run->aborting = true;
	return (struct command){.kind = CMD_ABORT, .wake_us = INT64_MAX};
}

/* The one end of every run. */
static struct command run_finish(struct run *run, int64_t at_us)
{
	run->state = RUN_OVER;
	record_complete(run, at_us);
	return (struct command){.kind = CMD_FINISH, .wake_us = INT64_MAX};
}

static struct command run_skip(struct run *run, enum reason reason, const char *why, int64_t at_us)
{
	run->skip = reason;
	run->verdict.message = why;
	return run_finish(run, at_us);
}

/* A random-looking UUID, version 4 (RFC 9562), the same throughout an attempt. */
static void make_uuid(char out[UUID_TEXT_MAX], uint64_t seed, unsigned attempt)
{
	uint64_t high = seed ^ (UINT64_C(0x9e3779b97f4a7c15) * (attempt + 1));
	uint64_t low;

	high = (high ^ (high >> 29)) * UINT64_C(0xbf58476d1ce4e5b9);
	high ^= high >> 32;
	low = (high ^ seed ^ (seed >> 31)) * UINT64_C(0x94d049bb133111eb);
	low ^= low >> 29;
	snprintf(out, UUID_TEXT_MAX,
		"%08" PRIx32 "-%04" PRIx16 "-4%03" PRIx16 "-%04" PRIx16 "-%012" PRIx64,
		(uint32_t)(high >> 32), (uint16_t)(high >> 16), (uint16_t)(high & 0xfff),
		(uint16_t)(0x8000 | (low >> 48 & 0x3fff)), low & UINT64_C(0xffffffffffff));
}

static size_t count_captures(const struct check *check)
{
	size_t n = 0;

	for (size_t i = 0; i < check->n_steps; i++)
		n += check->steps[i].n_captures;
	return n;
}

/* Each step may add one finding for its transfer, one for each capture. */
static size_t count_findings(const struct check *check)
{
	size_t n = 0;

	for (size_t i = 0; i < check->n_steps; i++)
		n += check->steps[i].n_expectations + check->steps[i].n_captures + 1;
	return n;
}

static void remember_failure(struct run *run)
{
	const struct verdict *verdict = &run->verdict;
	char wait[TEXT_DURATION_MAX];
	struct buf text = BUF_INIT(2 * RECORD_MESSAGE_MAX);
	size_t at = run->n_earlier < EARLIER_MAX ? run->n_earlier++ : EARLIER_MAX - 1;

	buf_printf(&text, "attempt %u failed: ", run->attempt);
	if (verdict->reason != REASON_EXPECTATION)
		buf_printf(&text, "%s: ", reason_name(verdict->reason));
	buf_puts(&text, verdict->message);
	if (run->retry_after_us)
		buf_printf(&text, "; it asked to wait for %s",
			text_duration(run->retry_after_us, wait));
	if (run->request)
		buf_printf(&text, "; request %s", run->request->request_id);
	run->earlier[at] = arena_strndup(&run->arena, buf_str(&text));
	buf_fini(&text);
}

static void add_built_in(struct run *run, int64_t at_us)
{
	make_uuid(run->uuid, run->identity.seed, run->attempt);
	text_time(run->identity.started_wall_us + (at_us - run->started_us), run->now);
	run->variables[0] = (struct variable){"$uuid", str_of(run->uuid)};
	run->variables[1] = (struct variable){"$now", str_of(run->now)};
	run->n_variables = BUILTIN_VARIABLES;
}

static bool any_in_headers(const struct header_template *headers, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (template_has_variable(&headers[i].value))
			return true;
	return false;
}

/* Most requests are the same each time: nothing is made up for those. */
static bool any_variable(const struct check *check)
{
	if (any_in_headers(check->service->headers, check->service->n_headers))
		return true;
	for (size_t i = 0; i < check->n_steps; i++) {
		const struct request_template *request = &check->steps[i].request;
		if (template_has_variable(&request->path) ||
			template_has_variable(&request->body) ||
			any_in_headers(request->headers, request->n_headers))
			return true;
	}
	return false;
}

static void begin_attempt(struct run *run, int64_t at_us)
{
	struct arena *arena = &run->arena;

	if (run->attempt > 0)
		remember_failure(run);
	if (run->attempt++ == 0)
		run->started_us = at_us;
	run->attempt_us = at_us;
	run->step = 0;
	run->failed = run->unreached = false;
	run->retry_after_us = 0;
	run->verdict = (struct verdict){.outcome = OUTCOME_PASS, .message = ""};
	run->n_findings = run->n_notes = 0;
	run->findings = ARENA_ARRAY(arena, count_findings(run->check), struct finding);
	run->variables =
		ARENA_ARRAY(arena, count_captures(run->check) + BUILTIN_VARIABLES, struct variable);
	run->n_variables = 0;
	if (any_variable(run->check))
		add_built_in(run, at_us);
}

/* When the time of the current request is over. */
static int64_t deadline_us(const struct run *run)
{
	if (!run_current(run)->cleanup)
		return run->attempt_us + run->check->timeout_us;
	/* after a cancel all of cleanup has the time of one */
	return (run->cancels ? run->cancelled_us : run->step_us) + RUN_CLEANUP_TIMEOUT_US;
}

/* When the current request is to be looked at again, if nothing comes. */
static int64_t next_wake(const struct run *run)
{
	int64_t idle_us = run->check->idle_timeout_us;
	int64_t wake = deadline_us(run);

	if (idle_us && run->last_byte_us + idle_us < wake)
		wake = run->last_byte_us + idle_us;
	if (run->grace_us && run->grace_us < wake)
		wake = run->grace_us;
	return wake;
}

static struct command after_step(struct run *run, int64_t at_us);

static struct command run_send(struct run *run, int64_t at_us)
{
	struct scope scope = {run->variables, run->n_variables};
	struct error error = {""};
	const struct step *step = run_current(run);

	run->state = RUN_AWAITING;
	run->step_us = run->last_byte_us = at_us;
	run->grace_us = 0;
	run->stop = STOP_NONE;
	run->aborting = run->satisfied = false;
	run->request = request_build(
		&run->arena, run->check, step, &scope, run->identity.key, ++run->ordinal, &error);
	answer_begin(run, at_us);
	if (!run->request) { /* a value that no earlier step captured */
		run->seen.failure = REASON_EXPECTATION;
		run->seen.failure_text = arena_strdup(&run->arena, error.text);
		return after_step(run, at_us);
	}
	return (struct command){
		.kind = CMD_SEND, .request = run->request, .wake_us = next_wake(run)};
}

static bool retry_wanted(const struct run *run)
{
	const struct retry_policy *retries = &run->check->retries;

	if (!run->failed || run->attempt > retries->times || run->cancels)
		return false;
	if (retries->when == 0 && !retries->when_429)
		return true;
	return (retries->when & REASON_BIT(run->verdict.reason)) ||
	       (retries->when_429 && run->http_status == 429);
}

/* How long until the next attempt; -1: the service does not want one so soon. */
static int64_t pause_us(struct run *run)
{
	int64_t backoff = retry_backoff_us(&run->check->retries, run->attempt);
	int64_t asked = run->retry_after_us;
	char text[TEXT_DURATION_MAX];

	if (asked <= RETRY_AFTER_MAX_US)
		return asked > backoff ? asked : backoff;
	run_note(run, arena_printf(&run->arena, "not tried again: the service asks to wait for %s",
			      text_duration(asked, text)));
	return -1;
}

static struct command run_retry_or_finish(struct run *run, int64_t at_us)
{
	int64_t pause;

	if (run->cut_short)
		return run_skip(run, REASON_CANCELLED, "cancelled", at_us);
	if (run->failed && (run->check->skip_on & REASON_BIT(run->verdict.reason)))
		return run_skip(run, run->verdict.reason, run->verdict.message, at_us);
	pause = retry_wanted(run) ? pause_us(run) : -1;
	if (pause < 0)
		return run_finish(run, at_us);
	run->state = RUN_PAUSED;
	return (struct command){.kind = CMD_PAUSE, .wake_us = at_us + pause};
}

/* The next step to send: ordinary ones in order until one fails or is cancelled, then those of
 * cleanup, unless that is cancelled too. */
static bool next_step(struct run *run)
{
	const struct check *check = run->check;

	run->step++;
	if (run->cancels > 1)
		return false;
	if ((run->failed || run->cut_short) && run->step < check->n_ordinary)
		run->step = check->n_ordinary;
	if (run->step >= check->n_ordinary && run->unreached)
		return false;
	return run->step < check->n_steps;
}

static struct command after_step(struct run *run, int64_t at_us)
{
	run->cut_short |= run->stop == STOP_CANCEL && !run_current(run)->cleanup;
	answer_judge(run);
	return next_step(run) ? run_send(run, at_us) : run_retry_or_finish(run, at_us);
}

static struct command run_start(struct run *run, int64_t at_us)
{
	if (run->attempt == 0 && run->check->missing_env) {
		run->started_us = at_us;
		return run_skip(run, REASON_ENV,
			arena_printf(&run->arena, "%s is not set", run->check->missing_env), at_us);
	}
	begin_attempt(run, at_us);
	return run_send(run, at_us);
}

static struct command run_timer(struct run *run, int64_t at_us)
{
	if (at_us < next_wake(run))
		return run_wait(next_wake(run));
	if (run->grace_us) /* whichever limit it is: all but the body's end has come */
		return run_abort(run, STOP_OPEN);
	return run_abort(run, at_us >= deadline_us(run) ? STOP_TIMEOUT : STOP_IDLE);
}

static struct command run_bytes(struct run *run, const struct event *event)
{
	enum stop stop;

	run->last_byte_us = event->at_us;
	stop = answer_bytes(run, event);
	if (stop == STOP_OPEN && !run->grace_us)
		run->grace_us = event->at_us + RUN_DONE_GRACE_US;
	return run_wait(next_wake(run));
}

/* The first one ends what is asked and lets cleanup run, or go on; the second ends that too. */
static struct command run_cancel(struct run *run, int64_t at_us)
{
	if (run->cancels++ == 0)
		run->cancelled_us = at_us;
	bool goes_on = run_current(run)->cleanup && run->cancels == 1;
	if (run->aborting && !goes_on)
		run->stop = STOP_CANCEL;
	if (run->aborting)
		return run_wait(INT64_MAX);
	return goes_on ? run_wait(next_wake(run)) : run_abort(run, STOP_CANCEL);
}

/* Events of a transfer that we wait for. */
static struct command run_await(struct run *run, const struct event *event)
{
	if (event->kind == EVENT_DONE) {
		answer_end(run, event);
		return after_step(run, event->at_us);
	}
	if (event->kind == EVENT_CANCEL)
		return run_cancel(run, event->at_us);
	if (run->aborting) /* only its end counts now */
		return run_wait(INT64_MAX);
	switch (event->kind) {
	case EVENT_HEADERS:
		run->last_byte_us = event->at_us;
		answer_headers(run, event);
		if (run_current(run)->request.until == UNTIL_HEADERS)
			return run_abort(run, STOP_ENOUGH);
		return run_wait(next_wake(run));
	case EVENT_BODY: return run_bytes(run, event);
	case EVENT_TIMER: return run_timer(run, event->at_us);
	case EVENT_START:
	case EVENT_CANCEL:
	case EVENT_DONE: break;
	}
	return run_wait(next_wake(run));
}

/* Its last attempt stands, unless only all of them together say something. */
static struct command give_up_pause(struct run *run, int64_t at_us)
{
	if (!run->identity.whole)
		return run_finish(run, at_us);
	remember_failure(run);
	return run_skip(run, REASON_CANCELLED, "cancelled", at_us);
}

static struct command run_paused(struct run *run, const struct event *event)
{
	switch (event->kind) {
	case EVENT_START:
	case EVENT_TIMER: return run_start(run, event->at_us);
	case EVENT_CANCEL: return give_up_pause(run, event->at_us);
	case EVENT_HEADERS:
	case EVENT_BODY:
	case EVENT_DONE: break;
	}
	assert(false && "a transfer's event during a pause");
	abort();
}

struct command run_step(struct run *run, const struct event *event)
{
	switch (run->state) {
	case RUN_READY:
		if (event->kind == EVENT_CANCEL) {
			run->started_us = event->at_us;
			return run_skip(run, REASON_CANCELLED, "cancelled", event->at_us);
		}
		assert(event->kind == EVENT_START);
		return run_start(run, event->at_us);
	case RUN_AWAITING: return run_await(run, event);
	case RUN_PAUSED: return run_paused(run, event);
	case RUN_OVER: break;
	}
	assert(false && "event after the run was over");
	abort();
}

struct record *run_skipped(const struct plan *plan, const struct check *check,
	struct run_identity identity, enum reason reason, const char *why)
{
	struct run *run = run_new(plan, check, identity);
	struct record *record;

	run_skip(run, reason, arena_strdup(&run->arena, why), 0);
	record = run_record_take(run);
	run_free(run);
	return record;
}
