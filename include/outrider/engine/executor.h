/* engine/executor.h - drives runs: their commands to the transport, its events back, timers, and
 * who may run at the same time (in all, for each service). On the loop's thread. */
#ifndef OUTRIDER_ENGINE_EXECUTOR_H
#define OUTRIDER_ENGINE_EXECUTOR_H

#include "engine/options.h"
#include "engine/transport.h"

struct event_base;
struct executor;

struct executor_sink {
	void *ctx;
	/* Asked before each attempt, when its turn has come; false cancels it. May be NULL: all are. */
	bool (*wanted)(void *ctx, void *cookie);
	void (*started)(void *ctx, const struct check *check, void *cookie); /* may be NULL */
	/* The callee owns the record (record_free). Never from inside executor_submit. */
	void (*finished)(void *ctx, struct record *record, void *cookie);
};

/* base: made with EVENT_BASE_FLAG_PRECISE_TIMER. */
struct executor *executor_new(struct event_base *base, struct transport transport,
	struct engine_options options, struct executor_sink sink);
void executor_free(struct executor *executor); /* when idle */

/* What is to run. The result's key is made when it starts: check_number << RESULT_KEY_TIME_BITS |
 * wall time in ms. */
struct submission {
	const struct plan *plan; /* must outlive the run */
	const struct check *check;
	void *cookie;
	uint32_t check_number; /* of the database; in a single run the check's index + 1 */
	bool evidence; /* keep it of a pass too */
	bool brief; /* a pass may be without findings */
	bool whole; /* cancelled before its last attempt it is a skip, whatever failed so far */
};

/* Starts it as soon as the limits allow; until then it waits in line, first come first served. */
void executor_submit(struct executor *executor, const struct submission *submission);

/* Cancels what runs and what waits: each still ends in finished(), outcome skip for those that
 * never started, reason cancelled. Steps of cleanup still run, for at most RUN_CLEANUP_TIMEOUT_US;
 * called a second time it ends those too. */
void executor_cancel_all(struct executor *executor);
size_t executor_in_flight(const struct executor *executor);
size_t executor_waiting(const struct executor *executor);

#endif
