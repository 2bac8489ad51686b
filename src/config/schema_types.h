/* config/schema_types.h - the types of the table of keys in the words of JSON Schema. Pure. */
#ifndef OUTRIDER_SRC_CONFIG_SCHEMA_TYPES_H
#define OUTRIDER_SRC_CONFIG_SCHEMA_TYPES_H

#include "config/keys.h"

#include "base/json_writer.h"

/* Members of a schema that a scalar of this type fits; ${NAME} and {{name}} fit every type. */
void schema_type(struct json_writer *w, const struct key *key, enum key_type type);
/* The pattern of a map's names; NULL: any. */
const char *schema_names(enum key_names names);
void schema_describe(struct json_writer *w, const struct key *key); /* description */
void schema_help(struct json_writer *w, const struct key *key); /* and default */

#endif
