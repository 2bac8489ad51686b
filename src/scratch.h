/* scratch.h - where a demo keeps its database: in a folder of its own for temporary files, which goes with
 * it. One thread. */
#ifndef OUTRIDER_SCRATCH_H
#define OUTRIDER_SCRATCH_H

#include "base/error.h"

struct scratch {
	char folder[64], database[96]; /* "": none */
};

/* Removes what demos of this user that were killed have left, and makes a folder. */
bool scratch_make(struct scratch *scratch, struct error *error) MUST_CHECK;
void scratch_remove(struct scratch *scratch);

#endif
