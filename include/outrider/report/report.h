/* report/report.h - what a single run says: to a person on a terminal, to programs in their files. */
#ifndef OUTRIDER_REPORT_REPORT_H
#define OUTRIDER_REPORT_REPORT_H

#include "check/record.h"

#include <stdio.h>

/* Whether the end of a run comes back to this record, though no file is written of it. */
bool report_needs(const struct record *record);

/* A whole run, when it is over. records: in the order of the plan; where no file is written of it,
 * those that are needed. */
struct report {
	const char *mode;
	int64_t started_wall_us, duration_us;
	const struct record *const *records;
	size_t n_records, n_passes_left_out;
	bool interrupted;
};

struct report_summary {
	size_t total, pass, warn, fail, skip;
	size_t known; /* of fail */
	size_t cancelled; /* of skip */
	size_t retried; /* of pass: not at once */
};

struct report_summary report_summarize(const struct report *report);
/* "1 passed, 1 failed, 1 skipped in 12.30s" */
void report_counts(const struct report *report, struct buf *out);

enum { REPORT_JSON_VERSION = 1, REPORT_MARKDOWN_MAX = 1 << 20 /* GitHub's limit of a step */ };

/* All are whole when out did not cut them. The JSON report of the interface: */
void report_json(const struct report *report, struct buf *out);
void report_junit(const struct report *report, struct buf *out);
void report_tap(const struct report *report, struct buf *out);
/* Leaves details out, and says so, rather than exceed out's limit. */
void report_markdown(const struct report *report, struct buf *out);

struct terminal_options {
	bool color, live /* progress is redrawn on one line */, quiet, verbose;
	unsigned width; /* of the terminal; 0: unknown, nothing is cut */
	unsigned id_width; /* of the widest id, in bytes, for the column */
};

struct terminal;

/* Writes lines to out (standard output, or standard error when a report takes that), whose errors
 * are its owner's to look for. A check must outlive its terminal_finished. */
struct terminal *terminal_new(FILE *out, struct terminal_options options, size_t total);
void terminal_started(struct terminal *terminal, const struct check *check);
void terminal_finished(struct terminal *terminal, const struct record *record);
/* How long the run has taken and how wide the terminal is: before each of the calls around. */
void terminal_now(struct terminal *terminal, int64_t elapsed_us, unsigned width);
/* Now and then, so that a live line shows the time. */
void terminal_tick(struct terminal *terminal);
/* Takes the live line away, so that somebody else may write; the next event draws it again. */
void terminal_pause(struct terminal *terminal);
/* Failures once more, with what was expected, then the counts. */
void terminal_summary(struct terminal *terminal, const struct report *report);
void terminal_free(struct terminal *terminal);

#endif
