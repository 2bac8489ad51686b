/* check/stream.h - what an event stream of a chat shows: the answer's text, its clocks, its
 * integrity. Zero of every clock is the attempt's start. A bit that did not happen is -1. Pure;
 * owned by one run. Names: OpenTelemetry GenAI semantic conventions, vLLM, CHECKS.md. */
#ifndef OUTRIDER_CHECK_STREAM_H
#define OUTRIDER_CHECK_STREAM_H

#include "base/buf.h"
#include "base/json.h"
#include "check/chunk.h"
#include "check/sse.h"
#include "check/timeline.h"

#include <stdint.h>

enum {
	STREAM_CONTENT_MAX = 8 << 20, /* bytes of the assistant's text; more is too_large */
};

/* One word for each stream: the first that holds. */
#define INTEGRITIES(X)                                                                             \
	X(MASKED, "masked")                                                                        \
	X(ERROR_EVENT, "error_event")                                                              \
	X(ABORTED, "aborted")                                                                      \
	X(TRUNCATED, "truncated")                                                                  \
	X(EMPTY, "empty")                                                                          \
	X(MALFORMED, "malformed")                                                                  \
	X(UNDONE, "undone")                                                                        \
	X(COMPLETE, "complete")

enum integrity {
#define X(id, name) INTEGRITY_##id,
	INTEGRITIES(X)
#undef X
		INTEGRITY_COUNT
};

const char *integrity_name(enum integrity integrity);

/* Times since zero or lengths, in microseconds; -1: it did not happen. */
struct measures {
	int64_t ttfe_us, ttfr_us, ttft_us;
	int64_t line_gap_us; /* longest pause between non-empty lines, from zero on */
	int64_t event_gap_us; /* between data events */
	int64_t token_gap_us; /* between content or reasoning deltas; of a stream that never finished
				 also from the last one (or zero) to the end */
	int64_t line_gap_at_us, event_gap_at_us, token_gap_at_us; /* when those pauses began */
	int64_t itl_us, tpot_us;
	int64_t last_token_us, end_us;
	uint32_t chunks; /* data events that are JSON, [DONE] excluded */
	uint32_t keepalives, malformed, error_events, tokens;
	int64_t prompt_tokens, completion_tokens, total_tokens; /* from usage; -1: not said */
	double tokens_per_second; /* -1: not known */
	bool estimated; /* tokens_per_second counted by chunks */
	bool done, finished, burst;
};

struct stream {
	struct sse parser;
	struct chunk_model model;
	struct buf content; /* the assistant's text so far */
	struct buf error_text; /* of the first error event */
	struct measures m;
	int64_t zero_us, now_us;
	int64_t last_line_us, last_event_us, last_delta_us, first_arrival_us, last_arrival_us;
	struct timeline timeline;
	bool cut; /* an event was longer than SSE_DATA_MAX */
	bool broken; /* the transfer broke */
	bool aborted; /* by us, at a limit */
	bool ended;
};

void stream_init(struct stream *stream, int64_t zero_us);
void stream_fini(struct stream *stream);
void stream_feed(struct stream *stream, struct str bytes, int64_t at_us);

enum stream_end { STREAM_CLEAN, STREAM_BROKEN, STREAM_ABORTED };
void stream_end(struct stream *stream, enum stream_end how, int64_t at_us);

/* After stream_end. masked: a signature that the check names was found. */
enum integrity stream_integrity(const struct stream *stream, bool masked);

/* The object "stream" of reports and evidence: integrity and every measure, times in seconds. */
struct json_writer;
void stream_write_json(
	struct json_writer *w, enum integrity integrity, const struct measures *measures);

/* What expectations can ask for, by name. */
#define STREAM_MEASURES(X)                                                                         \
	X(DONE, "done")                                                                            \
	X(INTEGRITY, "integrity")                                                                  \
	X(TTFB, "ttfb")                                                                            \
	X(TTFE, "ttfe")                                                                            \
	X(TTFR, "ttfr")                                                                            \
	X(TTFT, "ttft")                                                                            \
	X(LINE_GAP, "line_gap")                                                                    \
	X(EVENT_GAP, "event_gap")                                                                  \
	X(TOKEN_GAP, "token_gap")                                                                  \
	X(ITL, "itl")                                                                              \
	X(TPOT, "tpot")                                                                            \
	X(TOKENS_PER_SECOND, "tokens_per_second")                                                  \
	X(CHUNKS, "chunks")                                                                        \
	X(KEEPALIVES, "keepalives")                                                                \
	X(TOKENS, "tokens")

enum stream_measure {
#define X(id, name) MEASURE_##id,
	STREAM_MEASURES(X)
#undef X
		MEASURE_COUNT
};

const char *stream_measure_name(enum stream_measure measure);

#endif
