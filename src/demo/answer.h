/* demo/answer.h - what a made-up run comes back with: how long it takes, by the kind of check, the hour and
 * the fault of that time, and how it ends. The same seed gives the same answers. Pure. */
#ifndef OUTRIDER_DEMO_ANSWER_H
#define OUTRIDER_DEMO_ANSWER_H

#include "check/record.h"
#include "demo/fault.h"

enum demo_kind {
	DEMO_LOOK, /* costs the service nothing */
	DEMO_TASK,
	DEMO_CHAT,
	DEMO_STREAM,
	DEMO_AGENT, /* minutes of work */
	DEMO_KIND_COUNT,
};

/* How one check is answered. */
struct demo_voice {
	const struct check *check;
	enum demo_kind kind;
	int http_status; /* that it wants */
	double pace; /* its own, about 1; for each of its steps */
	uint64_t dice; /* never 0 */
};

struct demo_voice demo_voice_of(const struct check *check);

struct demo_answer {
	int64_t started_wall_us;
	int64_t duration_us, ttfb_us;
	int64_t ttft_us; /* of a stream; else -1 */
	const struct demo_fault *fault; /* that it met; NULL: none */
	bool lost; /* silence, once in a while, for no reason */
	uint32_t tokens;
};

/* So long before the history's end. */
struct demo_answer demo_answer_at(struct demo_voice *voice, int64_t wall_us, int64_t ago_us);

/* Fills the record, all but its arena and key. What did not pass has its evidence, in the arena. */
void demo_answer_tell(
	const struct demo_voice *voice, const struct demo_answer *answer, struct record *record);

#endif
