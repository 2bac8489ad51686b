/* proof/sketch.h - a JSON value that grows with what is demanded of its parts. Pure; the arena owns
 * it. */
#ifndef OUTRIDER_PROOF_SKETCH_H
#define OUTRIDER_PROOF_SKETCH_H

#include "proof/solve.h"

enum { SKETCH_ITEMS_MAX = 1000 };

struct sketch;

struct sketch *sketch_new(struct arena *arena);

/* The path shall be there, with a value that matcher takes (NULL: any). False when it can't be:
 * the same place is an object and a list, or a list is too long. Demands on how long lists are
 * touch what came before, so all demands are given twice. */
bool sketch_demand(struct sketch *root, const struct jsonpath *path, const struct matcher *matcher);

/* The value that stands at a path of plain names and indices when nothing else is demanded. */
void sketch_default(struct sketch *root, const char *path, struct str json);

/* Appends the value; false when some part takes none of what was tried. */
bool sketch_write(struct sketch *root, struct buf *out);

#endif
