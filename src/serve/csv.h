/* serve/csv.h - rows as RFC 4180 has them, for spreadsheets too. Pure. */
#ifndef OUTRIDER_SERVE_CSV_H
#define OUTRIDER_SERVE_CSV_H

#include "base/buf.h"

#include <stdint.h>

struct csv {
	struct buf *out;
	bool comma; /* a field stands before this place */
};

/* A text that a spreadsheet would take for a formula begins with an apostrophe (OWASP, "CSV Injection");
 * control characters but line breaks are left out. NULL is empty. */
void csv_text(struct csv *csv, const char *text);
void csv_int(struct csv *csv, int64_t number);
/* Microseconds as seconds, exact; negative (not measured) is empty. */
void csv_seconds(struct csv *csv, int64_t us);
void csv_end(struct csv *csv); /* of a row: CR LF */

#endif
