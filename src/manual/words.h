/* manual/words.h - rows of the tables in words. Pure. */
#ifndef OUTRIDER_SRC_MANUAL_WORDS_H
#define OUTRIDER_SRC_MANUAL_WORDS_H

#include "check/outcome.h"
#include "config/keys.h"

#include "base/buf.h"

/* "a list of names", "a duration from 1s to 400d, or a mapping (see ...)": without a full stop. */
void words_type(const struct key *key, struct buf *out);
/* As a heading: "CHECK", "TIME LIMIT". */
const char *words_section(enum section section);
/* When a result has this reason. */
const char *words_reason(enum reason reason);

#endif
