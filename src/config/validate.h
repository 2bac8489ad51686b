/* config/validate.h - holds a tree against the table of keys: unknown and missing keys, wrong
 * types, values out of range. What is wrong is reported and marked bad. */
#ifndef OUTRIDER_SRC_CONFIG_VALIDATE_H
#define OUTRIDER_SRC_CONFIG_VALIDATE_H

#include "config/keys.h"
#include "config/problems.h"

/* A map with the keys of a section. */
void validate_section(struct problems *problems, struct node *map, enum section section);
/* The value of one key. */
void validate_value(struct problems *problems, struct node *node, const struct key *key);
/* Whether a scalar may be read by its text alone: unquoted, or made of ${...} or a matrix value. */
static inline bool node_typed(const struct node *node)
{
	return node->plain || node->resolved;
}

#endif
