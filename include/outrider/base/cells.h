/* base/cells.h - how wide text stands on a terminal. Cells by Unicode 15: East Asian Width W and F
 * take two, combining marks none; blocks rather than single characters where that is near enough.
 * Pure. */
#ifndef OUTRIDER_BASE_CELLS_H
#define OUTRIDER_BASE_CELLS_H

#include "base/str.h"

size_t cells_width(struct str text);

/* The longest beginning of text that fits into so many cells, marks included. */
struct str cells_fit(struct str text, size_t cells);

#endif
