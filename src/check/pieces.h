/* check/pieces.h - a secret that a stream sends back in pieces: no frame has it whole, so that nobody finds
 * it in the raw text, and whoever reads that puts it together. Private to check/. Pure. */
#ifndef OUTRIDER_CHECK_PIECES_H
#define OUTRIDER_CHECK_PIECES_H

#include "base/secret.h"
#include "check/observation.h"

#define PIECES_WITHHELD "[redacted: a secret came in pieces]"

/* Whether what a member of the events' JSON says in one after the other makes a secret, or the lines that are
 * no JSON do. Of no stream: false. */
bool pieces_make_secret(const struct observation *seen, const struct secrets *secrets);

#endif
