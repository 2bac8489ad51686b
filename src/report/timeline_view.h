/* report/timeline_view.h - a stream at a glance: one line over its time, in which tokens, keep-alives,
 * pauses and the end are seen, and under it the pause that matters. */
#ifndef OUTRIDER_REPORT_TIMELINE_VIEW_H
#define OUTRIDER_REPORT_TIMELINE_VIEW_H

#include "report/line.h"

#include "check/record.h"

/* A picture is TIMELINE_COLUMNS wide, its line at most 80. There is none when the record kept no
 * frames, or all of them came at zero. */
enum { TIMELINE_COLUMNS = 52 };

/* The picture, then the pause that matters, then what the signs mean; label stands before the first. */
void timeline_view(FILE *out, bool color, const char *label, const struct record *record);

#endif
