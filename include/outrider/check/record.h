/* check/record.h - one finished run as everybody downstream sees it: store, board, reports, alerts.
 * Made once, in run_finish; redacted at birth. One owner at a time; nothing in it points outside
 * but `check`, which lives as long as its plan. */
#ifndef OUTRIDER_CHECK_RECORD_H
#define OUTRIDER_CHECK_RECORD_H

#include "check/observation.h"
#include "check/plan.h"

/* A result's key: the check's number above the time of its start in ms, so that the database
 * clusters by check, then time. 42 bits of ms reach the year 2109. */
enum { RESULT_KEY_TIME_BITS = 42 };

static inline uint64_t result_key(uint32_t check_number, int64_t wall_us)
{
	uint64_t ms = (uint64_t)(wall_us / 1000) & ((UINT64_C(1) << RESULT_KEY_TIME_BITS) - 1);

	return (uint64_t)check_number << RESULT_KEY_TIME_BITS | ms;
}

enum { RECORD_EXCERPT_MAX = 4096, RECORD_MESSAGE_MAX = 1024 };

/* What was sent and what came, of the step that decided (the failing one, else the last judged). */
struct evidence {
	const char *method, *url;
	const char *curl; /* repeats the request */
	const struct header *request_headers;
	size_t n_request_headers;
	const struct header *headers;
	size_t n_headers;
	const char *body; /* the answer's first bytes, inert; of a stream its raw text */
	size_t body_bytes; /* all that came */
	const char *content; /* the assistant's text, its first bytes; or NULL */
	const struct frame *frames; /* of a stream: its timeline */
	size_t n_frames;
	uint64_t frames_left_out; /* between those */
};

struct record {
	struct arena arena;
	const struct check *check; /* valid while the plan is */
	const char *check_id;
	uint64_t key; /* the result's key in the database; unique for the check */
	int64_t started_wall_us;
	int64_t duration_us; /* all attempts and pauses */
	enum outcome outcome;
	enum reason reason;
	bool known_issue; /* failing (or passing again) under one */
	bool maintenance; /* it ran inside a maintenance window: counts for nothing; the loop says so */
	unsigned attempts;
	bool passed_after_retry;
	const char *message; /* one line; "" when it passed */
	const char *const *notes; /* why earlier attempts failed, left open, cleanup failed, ... */
	size_t n_notes;
	const struct finding
		*findings; /* all that were judged in the last attempt; of a pass in brief none */
	size_t n_findings;
	int http_status; /* of the deciding step; 0: none */
	struct timing timing; /* of the deciding step */
	const char *address;
	struct tls_facts tls;
	int http_version; /* 10, 11, 20; 0: none */
	const char *request_id; /* of the deciding step */
	bool is_stream;
	enum integrity integrity; /* when is_stream */
	struct measures stream; /* when is_stream */
	int64_t prompt_tokens, completion_tokens; /* all steps of all attempts; -1: not said */
	struct evidence evidence;
};

void record_free(struct record *record);

#endif
