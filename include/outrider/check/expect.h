/* check/expect.h - one demand on an answer, and what was found. Expectations are constant and
 * owned by the plan's arena; findings by the run's. Pure. */
#ifndef OUTRIDER_CHECK_EXPECT_H
#define OUTRIDER_CHECK_EXPECT_H

#include "check/matcher.h"
#include "check/outcome.h"
#include "check/stream.h"

#include <stdint.h>

enum expect_kind {
	EXPECT_STATUS,
	EXPECT_HEADER,
	EXPECT_BODY,
	EXPECT_JSON,
	EXPECT_CONTENT,
	EXPECT_STREAM,
	EXPECT_LATENCY,
	EXPECT_TIMING,
	EXPECT_TLS_EXPIRY,
	EXPECT_USAGE,
};

#define TIMING_PHASES(X)                                                                           \
	X(DNS, "dns")                                                                              \
	X(CONNECT, "connect")                                                                      \
	X(TLS, "tls")                                                                              \
	X(TTFB, "ttfb")

enum timing_phase {
#define X(id, name) PHASE_##id,
	TIMING_PHASES(X)
#undef X
		PHASE_COUNT
};

#define USAGE_FIELDS(X)                                                                            \
	X(PROMPT, "prompt_tokens")                                                                 \
	X(COMPLETION, "completion_tokens")                                                         \
	X(TOTAL, "total_tokens")

enum usage_field {
#define X(id, name) USAGE_##id,
	USAGE_FIELDS(X)
#undef X
		USAGE_COUNT
};

/* A scalar is a maximum (a minimum where less is worse); or {warn, max} or {min}. Durations in microseconds, counts as they are.
 * A value that did not happen fails a maximum and a minimum; between two ends of which there is but
 * one it fails a minimum only, and tokens_per_second neither. */
struct threshold {
	bool has_min, has_max, has_warn;
	bool low_warns; /* of what remains, where less is worse: below warn it warns */
	double min, max, warn;
};

struct status_range {
	uint16_t low, high; /* both included */
};

struct expectation {
	enum expect_kind kind;
	const char *subject; /* as reports print it: "status", "json.$.data[0].id", "stream.ttft" */
	enum outcome
		severity; /* OUTCOME_FAIL, or OUTCOME_WARN for a whole demand that only warns */

	/* STATUS: ranges, or a matcher on the number. */
	const struct status_range *ranges;
	size_t n_ranges;
	const struct matcher *matcher; /* STATUS HEADER BODY JSON CONTENT */
	const char *header; /* HEADER, in lower case */
	const struct jsonpath *path; /* JSON */
	enum stream_measure measure; /* STREAM */
	bool done; /* STREAM done: what is demanded */
	enum integrity integrity; /* STREAM integrity: the word demanded */
	enum timing_phase phase; /* TIMING */
	enum usage_field usage; /* USAGE */
	struct threshold threshold; /* STREAM measures, LATENCY, TIMING, TLS_EXPIRY, USAGE */
};

/* In words: `at most 5s, warns above 2s`, `one of 200, 503`. */
void expectation_describe(const struct expectation *expectation, struct buf *out);

struct finding {
	const char *step; /* NULL in a check of one unnamed step */
	const char *subject;
	enum outcome outcome;
	enum reason reason; /* what this one would call the failure */
	const char *expected; /* in words */
	const char *actual; /* in words, redacted, short */
	const char
		*detail; /* in words, what explains it: the item, the member, the place; or NULL */
	const char *excerpt; /* of a longer subject, around the place; or NULL */
	bool marked; /* the place is known: */
	size_t mark_at, mark_n; /* bytes of excerpt, whole characters; mark_n 0: between two */
};

/* The marks of plain text. */
#define MARK_OPEN "\xc2\xab"
#define MARK_CLOSE "\xc2\xbb"

/* The excerpt with its place between open and close. */
void finding_put_marked(
	struct buf *out, const struct finding *finding, const char *open, const char *close);
/* Characters (Unicode code points) in the first n bytes of text: what JSON counts in. */
size_t finding_characters(const char *text, size_t n);

#endif
