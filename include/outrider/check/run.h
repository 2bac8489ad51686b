/* check/run.h - one check being run: a pure state machine. It is told what happened and answers
 * what to do next; it never waits, sends or looks at a clock. The executor owns it. Times are
 * monotonic microseconds; a scenario test may start at 0. */
#ifndef OUTRIDER_CHECK_RUN_H
#define OUTRIDER_CHECK_RUN_H

#include "check/record.h"
#include "check/request.h"

enum {
	RUN_DONE_GRACE_US = 1000000, /* after [DONE]: so long to see the body end */
	RUN_CLEANUP_TIMEOUT_US = 10000000, /* each cleanup step, on top of the attempt's time */
};

enum event_kind {
	EVENT_START, /* the first; also the end of a pause (EVENT_TIMER may say that too) */
	EVENT_HEADERS, /* a final answer's status and headers (1xx never shows) */
	EVENT_BODY, /* decoded bytes */
	EVENT_DONE, /* the transfer is over: whole, broken, or cancelled after CMD_ABORT */
	EVENT_TIMER, /* wake_us has come */
	EVENT_CANCEL, /* from outside: stopping, interrupted; cleanup still runs, unless told twice */
};

struct event {
	enum event_kind kind;
	int64_t at_us;
	union {
		struct {
			int status;
			struct headers headers; /* borrowed for the call */
		} head;
		struct str body; /* borrowed for the call */
		struct transport_result done;
	};
};

enum command_kind {
	CMD_WAIT, /* nothing; more events are to come */
	CMD_SEND, /* start `request` */
	CMD_ABORT, /* cancel the transfer; then tell EVENT_DONE with what is known of it */
	CMD_PAUSE, /* before a retry: EVENT_START when wake_us has come */
	CMD_FINISH, /* run_record_take, run_free or run_clear */
};

struct command {
	enum command_kind kind;
	const struct request *request; /* CMD_SEND: borrowed until EVENT_DONE */
	int64_t wake_us; /* EVENT_TIMER (or the pause's end) is due then; INT64_MAX: never */
};

/* What sets one run apart from the next of the same check. */
struct run_identity {
	uint64_t key; /* of the result; request ids derive from it */
	int64_t started_wall_us;
	uint64_t seed; /* {{$uuid}} derives from it and the attempt */
	bool evidence; /* keep it of a pass too */
	bool brief; /* a pass may be without findings */
	bool whole; /* cancelled before its last attempt it is a skip, whatever failed so far */
};

struct run;

/* plan must outlive the run; check belongs to it. */
struct run *run_new(
	const struct plan *plan, const struct check *check, struct run_identity identity);
void run_free(struct run *run);
/* run_free, but its memory is kept: for run_again, which is run_new in it, or run_free. */
void run_clear(struct run *run);
void run_again(struct run *run, const struct plan *plan, const struct check *check,
	struct run_identity identity);

struct command run_step(struct run *run, const struct event *event);

/* Once, after CMD_FINISH. The caller owns it. */
struct record *run_record_take(struct run *run);

/* The record of a run that is not made: a skip for that reason, nothing sent. The caller owns it. */
struct record *run_skipped(const struct plan *plan, const struct check *check,
	struct run_identity identity, enum reason reason, const char *why);

/* From 1; 0 before the start. */
unsigned run_attempt(const struct run *run);

#endif
