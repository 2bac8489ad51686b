/* manual/roff.h - text for manual pages in mdoc(7). */
#ifndef OUTRIDER_SRC_MANUAL_ROFF_H
#define OUTRIDER_SRC_MANUAL_ROFF_H

#include "base/str.h"

/* Ordinary text as it is read; a newline stays one. */
void roff_text(struct str text);
void roff_puts(const char *text);
/* One argument of a macro. */
void roff_argument(const char *text);

#endif
