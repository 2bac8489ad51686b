/* config/print.h - writes a loaded tree as YAML that loads to the same plan: defaults stand in each
 * check, fallbacks of the table are written, ${...} is resolved except where it gives a secret. */
#ifndef OUTRIDER_SRC_CONFIG_PRINT_H
#define OUTRIDER_SRC_CONFIG_PRINT_H

#include "config/compile.h"

enum { PRINTED_BYTES_MAX = 64 << 20 };

/* After everything was compiled without a problem. Secrets that stand in the files themselves
 * become [redacted]. */
void print_tree(struct compile *c, struct buf *out);

/* Whether a section that is not written still says something: by its keys' fallbacks, and it has no
 * key that is required. */
bool section_holds_unwritten(enum section section);

#endif
