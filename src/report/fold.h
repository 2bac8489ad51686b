/* report/fold.h - lines that are too long for a terminal go on below, under the column their text
 * began in. Pure. */
#ifndef OUTRIDER_REPORT_FOLD_H
#define OUTRIDER_REPORT_FOLD_H

#include "base/buf.h"

/* Folds at blanks only: a longer word stays whole, and so does a line whose first word is `whole`,
 * which people want to copy. text may have colours; each of its lines ends in a newline. */
void fold_text(struct buf *out, struct str text, size_t width, const char *whole);

#endif
