/* proof/sample.h - a text for a pattern. Pure. */
#ifndef OUTRIDER_PROOF_SAMPLE_H
#define OUTRIDER_PROOF_SAMPLE_H

#include "base/buf.h"

enum { SAMPLE_DEPTH_MAX = 32, SAMPLE_REPEATS_MAX = 1000 };

/* Appends a text that the pattern probably matches: of every choice the first, of every repetition
 * the least. Assertions are not looked at, so the caller tries the text. False when the pattern has
 * what is not known here, such as a back reference. */
bool sample_regex(struct str pattern, struct buf *out);

#endif
