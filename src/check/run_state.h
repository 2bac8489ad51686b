/* check/run_state.h - the inside of a run, shared by the machine (run.c), what it makes of an
 * answer (run_answer.c) and the record it leaves (record.c). Private to check/. */
#ifndef OUTRIDER_CHECK_RUN_STATE_H
#define OUTRIDER_CHECK_RUN_STATE_H

#include "base/text.h"
#include "check/run.h"
#include "check/verdict.h"

enum {
	NOTES_MAX = 16,
	EARLIER_MAX = 8, /* failed attempts that are told of: the first ones and the latest */
	UUID_TEXT_MAX = 37,
	BUILTIN_VARIABLES = 2
};

enum run_state { RUN_READY, RUN_AWAITING, RUN_PAUSED, RUN_OVER };

/* Why we stopped reading. */
enum stop {
	STOP_NONE,
	STOP_ENOUGH, /* what the step wanted has come */
	STOP_OPEN, /* [DONE] came, the body stayed open */
	STOP_TIMEOUT,
	STOP_IDLE,
	STOP_CANCEL,
};

struct run {
	const struct plan *plan;
	const struct check *check;
	struct run_identity identity;
	struct arena arena; /* dies with the run */
	struct record *record; /* a draft in the arena; when over, packed, the taker's */
	enum run_state state;
	unsigned attempt; /* from 1 */
	unsigned ordinal; /* requests sent so far */
	size_t step;
	int64_t started_us, attempt_us, step_us; /* when each began */
	int64_t last_byte_us;
	int64_t grace_us; /* after [DONE]; 0: not yet */
	int64_t cancelled_us; /* the first one */
	unsigned cancels; /* the first one lets cleanup run, the second does not */
	enum stop stop;
	bool aborting;
	bool cut_short; /* an ordinary step was cancelled */
	bool satisfied; /* until: token has its token */
	bool observing; /* seen is initialised */
	const struct request *request;
	struct observation seen;

	const char *earlier[EARLIER_MAX]; /* why the attempts before failed */
	size_t n_earlier;

	int64_t prompt_tokens, completion_tokens; /* of all attempts */

	/* Of this attempt. */
	struct variable *variables;
	size_t n_variables;
	char uuid[UUID_TEXT_MAX];
	char now[TEXT_TIME_MAX];
	struct verdict verdict; /* of the step that decided so far */
	struct finding *findings;
	size_t n_findings;
	int64_t retry_after_us; /* what its answer asks to wait before another; 0: nothing */
	const char *notes[NOTES_MAX];
	size_t n_notes;
	enum reason skip; /* REASON_NONE: no */
	int http_status; /* of the deciding step */
	bool failed; /* an ordinary step failed */
	bool unreached; /* the first step had no connection: nothing to clean up */
};

static inline const struct step *run_current(const struct run *run)
{
	return &run->check->steps[run->step];
}

void run_note(
	struct run *run, const char *text); /* borrowed: from the record's arena, or constant */

/* run_answer.c: an answer begins, comes, is over. */
void answer_begin(struct run *run, int64_t at_us);
void answer_headers(struct run *run, const struct event *event);
/* What is to be done after these bytes: STOP_NONE to go on. */
enum stop answer_bytes(struct run *run, const struct event *event);
void answer_end(struct run *run, const struct event *event);
/* Judges the step, keeps its findings, takes its captures. */
void answer_judge(struct run *run);

/* record.c */
void record_keep_step(struct run *run); /* what the deciding step shows, before seen is dropped */
void record_complete(struct run *run, int64_t at_us);

#endif
