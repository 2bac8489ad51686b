/* config/print_scalar.h - a scalar of a tree as YAML in block style, so that it is read back as what
 * it was: text as text, a number as a number. Pure. */
#ifndef OUTRIDER_SRC_CONFIG_PRINT_SCALAR_H
#define OUTRIDER_SRC_CONFIG_PRINT_SCALAR_H

#include "config/keys.h"
#include "config/node.h"

#include "base/secret.h"

/* type: what the table says of it; ANY where it says nothing. reference: ${...} stays as it is
 * written, else what it gave is written, unless that is a secret. A secret that is no reference
 * becomes [redacted]. */
void print_scalar(struct buf *out, const struct node *node, enum key_type type, bool reference,
	const struct secrets *secrets);
/* A text alone, quoted where it must be. */
void print_text(struct buf *out, struct str text);

#endif
