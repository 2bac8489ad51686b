/* config/schema.h - the check language as a JSON Schema (draft-07), for editors and validators. It
 * holds structure: keys, types, ranges, choices, what needs or excludes what. Names that must exist
 * (services, signatures, captures) and ranges of durations are the loader's to check. Pure. */
#ifndef OUTRIDER_CONFIG_SCHEMA_H
#define OUTRIDER_CONFIG_SCHEMA_H

#include "base/buf.h"

/* Appends it, compact. */
void config_schema(struct buf *out);

#endif
