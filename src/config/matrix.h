/* config/matrix.h - one check with a matrix becomes one for every combination of its values:
 * {{name}} is replaced in every scalar; a scalar that is just {{name}} takes the value's type. */
#ifndef OUTRIDER_SRC_CONFIG_MATRIX_H
#define OUTRIDER_SRC_CONFIG_MATRIX_H

#include "config/problems.h"

enum {
	MATRIX_NAMES_MAX = 8,
	MATRIX_INSTANCES_MAX = 256, /* of one check */
	MATRIX_BYTES_MAX = 16 * 1024 * 1024, /* that all copies of a load take */
};

struct instance {
	struct node *check;
	const char *suffix; /* of the id: "[a,b]"; "" without a matrix */
};

/* Returns how many; 0 when the matrix is wrong (reported). *room: bytes left of all copies. */
size_t matrix_expand(struct node *check, struct arena *arena, struct problems *problems,
	size_t *room, struct instance **instances);

#endif
