/* base/fold.h - text without case: Unicode's simple folding (CaseFolding.txt, C and S), one character
 * for one, so that "ß" is "ẞ" and is not "ss". Bytes that are not UTF-8 are themselves. Pure. */
#ifndef OUTRIDER_BASE_FOLD_H
#define OUTRIDER_BASE_FOLD_H

#include "base/str.h"

#include <stdint.h>

uint32_t fold_code(uint32_t code);

bool fold_eq(struct str a, struct str b);
/* How many bytes of a stand at the beginning of b too, in whole characters; *in_b: as how many. */
size_t fold_common(struct str a, struct str b, size_t *in_b);

/* On true *place is where: of another length, perhaps, than what was looked for. */
bool fold_starts(struct str s, struct str prefix, struct str *place);
bool fold_ends(struct str s, struct str suffix, struct str *place);
bool fold_find(struct str s, struct str needle, struct str *place);

#endif
