/* report/details.h - what is said when the run is over, and more of each check when asked for. */
#ifndef OUTRIDER_REPORT_DETAILS_H
#define OUTRIDER_REPORT_DETAILS_H

#include "report/line.h"
#include "report/report.h"

#define DETAILS_CURL "repeat" /* the label of the line that people copy */

/* Every expectation with what was found, under the line of its check. */
void details_expectations(FILE *out, const struct record *record, bool color);

/* All that is known of a check, in plain lines as on a terminal, each ended; without its head. */
void details_text(struct buf *out, const struct record *record);

/* Retries, skips, known issues, warnings, failures; then one line of counts, the last. */
void details_summary(
	FILE *out, const struct report *report, const struct terminal_options *options);

#endif
