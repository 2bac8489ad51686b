/* demo/fault.h - what went wrong in the made-up history: a calendar, counted back from its end. Constant. */
#ifndef OUTRIDER_DEMO_FAULT_H
#define OUTRIDER_DEMO_FAULT_H

#include <stddef.h>
#include <stdint.h>

enum demo_effect {
	DEMO_SLOW, /* passes, but takes its time */
	DEMO_STALL, /* a long pause in the middle of a stream, behind keep-alives: warns */
	DEMO_REFUSED,
	DEMO_MASKED, /* 200, and the error is the assistant's text */
	DEMO_BAD_GATEWAY,
	DEMO_CUT, /* the stream ends in the middle */
	DEMO_COLD, /* the service sleeps */
	DEMO_WORK, /* refused as well, but announced: maintenance */
	DEMO_EFFECT_COUNT,
};

struct demo_fault {
	int32_t ago_min; /* when it began */
	int32_t for_min;
	enum demo_effect effect;
	uint8_t percent; /* of the results that it hits */
	const char *checks; /* globs of ids, separated by commas */
};

enum { DEMO_DAYS = 90 };

extern const struct demo_fault demo_faults[];
extern const size_t demo_faults_n;

/* The one that a check was under so long before the end; NULL: none. */
const struct demo_fault *demo_fault_at(const char *check_id, int64_t ago_us);

#endif
