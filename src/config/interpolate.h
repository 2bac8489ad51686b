/* config/interpolate.h - resolves ${NAME}, ${NAME:-default}, ${file:/path} and ${credential:NAME}
 * in the scalars of a tree, in place; $${ stands for ${. What comes from outside never counts as
 * {{name}}, and is a secret where the table of keys says so. */
#ifndef OUTRIDER_SRC_CONFIG_INTERPOLATE_H
#define OUTRIDER_SRC_CONFIG_INTERPOLATE_H

#include "config/config.h"
#include "config/problems.h"

enum {
	INTERPOLATED_BYTES_MAX = 64 * 1024, /* of one file */
	INTERPOLATED_TOTAL_MAX = 16 * 1024 * 1024,
};

/* root: a whole configuration. The config gets its secrets and its list of variables. An unset variable is an error, except in a check whose requires_env
 * names it: there it is empty. */
void interpolate(
	struct node *root, struct arena *arena, struct config *config, struct problems *problems);

#endif
