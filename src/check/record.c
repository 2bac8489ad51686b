#include "base/memory.h"
#include "check/finding.h"
#include "check/pieces.h"
#include "check/record_pack.h"
#include "check/run_state.h"

#include <stdint.h>
#include <stdlib.h>

void record_free(struct record *record)
{
	struct arena arena;

	if (!record)
		return;
	arena = record->arena;
	free(record);
	arena_fini(&arena);
}

/* Redacted, then inert, at most max bytes of it. */
static const char *foreign(struct run *run, struct str text, size_t max)
{
	struct buf clean = BUF_INIT(SIZE_MAX);
	const char *kept;

	finding_clean(&clean, run->plan->secrets, text, max);
	kept = arena_strndup(&run->arena, buf_str(&clean));
	buf_fini(&clean);
	return kept;
}

static void keep_headers(struct run *run, struct evidence *e)
{
	struct arena *arena = &run->arena;
	const struct request *request = run->request;
	const struct headers *headers = &run->seen.headers;
	struct header *sent = ARENA_ARRAY(arena, request->n_headers, struct header);
	struct header *came = ARENA_ARRAY(arena, headers->n, struct header);

	for (size_t i = 0; i < request->n_headers; i++) {
		sent[i].name = request->headers[i].name;
		sent[i].value = foreign(run, str_of(request->headers[i].value), RECORD_EXCERPT_MAX);
	}
	for (size_t i = 0; i < headers->n; i++) {
		came[i].name = foreign(run, str_of(headers->items[i].name), RECORD_EXCERPT_MAX);
		came[i].value = foreign(run, str_of(headers->items[i].value), RECORD_EXCERPT_MAX);
	}
	e->request_headers = sent;
	e->n_request_headers = request->n_headers;
	e->headers = came;
	e->n_headers = headers->n;
}

static void keep_timeline(struct arena *arena, struct evidence *e, const struct timeline *timeline)
{
	struct frame *frames = ARENA_ARRAY(arena, timeline->n, struct frame);

	if (timeline->n)
		memcpy(frames, timeline->frames, timeline->n * sizeof(*frames));
	e->frames = frames;
	e->n_frames = timeline->n;
	e->frames_left_out = timeline->left_out;
}

static void keep_evidence(struct run *run)
{
	struct arena *arena = &run->arena;
	struct evidence *e = &run->record->evidence;
	struct observation *seen = &run->seen;
	struct subject content = observation_content(seen);
	struct buf curl = BUF_INIT(REQUEST_BODY_MAX);

	e->method = method_name(run->request->method);
	e->url = foreign(run, str_of(run->request->url), RECORD_EXCERPT_MAX);
	request_as_curl(run->request, run->plan->secrets, &curl);
	e->curl = arena_strndup(arena, buf_str(&curl));
	buf_fini(&curl);
	keep_headers(run, e);
	e->body = pieces_make_secret(seen, run->plan->secrets)
			  ? PIECES_WITHHELD
			  : foreign(run, buf_str(&seen->body), RECORD_EXCERPT_MAX);
	e->body_bytes = seen->body_bytes;
	if (content.shape == SUBJECT_TEXT)
		e->content = foreign(run, content.text, RECORD_EXCERPT_MAX);
	keep_timeline(arena, e, &seen->stream.timeline);
}

void record_keep_step(struct run *run)
{
	struct record *record = run->record;
	struct observation *seen = &run->seen;

	record->http_status = seen->http_status;
	record->timing = seen->timing;
	record->address = seen->address;
	record->tls = seen->tls;
	record->http_version = seen->http_version;
	record->is_stream = seen->is_stream;
	record->integrity = run->verdict.integrity;
	record->stream = seen->stream.m;
	record->evidence = (struct evidence){0}; /* of an earlier attempt */
	if (!run->request)
		return;
	record->request_id = run->request->request_id;
	if (run->verdict.outcome != OUTCOME_PASS || run->identity.evidence)
		keep_evidence(run);
}

/* Fails again as any other, and why it did not before. */
static void note_expired(struct run *run, const struct known_issue *issue)
{
	char end[TEXT_TIME_MAX];

	if (run->record->outcome != OUTCOME_FAIL)
		return;
	text_time(issue->until_us - 1, end);
	run_note(run,
		arena_printf(&run->arena, "was a known issue until %.10s: %s", end, issue->reason));
}

static void apply_known_issue(struct run *run)
{
	const struct known_issue *issue = run->check->known_issue;
	struct record *record = run->record;

	if (!issue)
		return;
	if (!known_issue_holds(issue, record->started_wall_us)) {
		note_expired(run, issue);
		return;
	}
	if (record->outcome == OUTCOME_FAIL)
		record->known_issue = true;
	else if (record->outcome != OUTCOME_SKIP) {
		record->known_issue = true;
		run_note(run, arena_printf(&run->arena, "passes, though known to fail: %s",
				      issue->reason));
	}
}

static void keep_notes(struct run *run)
{
	struct record *record = run->record;
	const char **notes = ARENA_ARRAY(&run->arena, run->n_earlier + run->n_notes, const char *);

	for (size_t i = 0; i < run->n_earlier; i++)
		notes[record->n_notes++] = run->earlier[i];
	for (size_t i = 0; i < run->n_notes; i++)
		notes[record->n_notes++] = run->notes[i];
	record->notes = notes;
}

void record_complete(struct run *run, int64_t at_us)
{
	struct record *record = run->record;
	bool skipped = run->skip != REASON_NONE;

	record->check = run->check;
	record->check_id = run->check->id;
	record->key = run->identity.key;
	record->started_wall_us = run->identity.started_wall_us;
	record->duration_us = at_us - run->started_us;
	record->outcome = skipped ? OUTCOME_SKIP : run->verdict.outcome;
	record->reason = skipped ? run->skip : run->verdict.reason;
	record->message = run->verdict.message ? run->verdict.message : "";
	record->attempts = run->attempt;
	record->passed_after_retry =
		run->attempt > 1 && record->outcome != OUTCOME_FAIL && !skipped;
	record->findings = run->findings;
	record->n_findings = run->n_findings;
	record->prompt_tokens = run->attempt ? run->prompt_tokens : -1;
	record->completion_tokens = run->attempt ? run->completion_tokens : -1;
	if (run->attempt == 0) {
		record->timing = TIMING_NONE;
		record->prompt_tokens = record->completion_tokens = -1;
	}
	apply_known_issue(run);
	keep_notes(run);
	run->record = record_pack(record);
}
