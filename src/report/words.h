/* report/words.h - how a record is put into words and marks. Pure. */
#ifndef OUTRIDER_REPORT_WORDS_H
#define OUTRIDER_REPORT_WORDS_H

#include "check/record.h"
#include "report/line.h"

enum { WORDS_TIME_MAX = 24 };

const char *words_glyph(enum outcome outcome);

/* Of an outcome; a known issue is no alarm. */
enum style words_style(enum outcome outcome, bool known_issue);

/* How a record stands among the others of its run; the later, the more it matters. */
enum standing {
	STANDING_PASSED,
	STANDING_RETRIED, /* passed, but not at once */
	STANDING_SKIPPED,
	STANDING_CANCELLED, /* by --fail-fast or an interrupt */
	STANDING_SURPRISE, /* passes, though a known issue */
	STANDING_KNOWN, /* fails as it is known to */
	STANDING_WARNED,
	STANDING_FAILED,
};

enum standing words_standing(const struct record *record);

/* "passed after retry (2 attempts)", "2 attempts"; nothing after the first attempt. */
void words_attempts(struct buf *out, const struct record *record);

/* A duration at a glance: "850us", "12ms", "2.10s", "3m05s". "-" when it did not happen. */
const char *words_time(int64_t us, char out[WORDS_TIME_MAX]);

/* Why it came out so, in one line: the message, with its reason in front where that says more. */
void words_why(struct buf *out, const struct record *record);

/* "1.1" or "2"; NULL when there was none. */
const char *words_http(int version);

/* Whole days from the run's start to the certificates' earliest expiry, rounded down. */
int64_t words_days_left(const struct record *record);

#endif
