/* store/sql.h - the statements of sql/, by name. A file holds sections that begin with a line
 * `-- name: NAME` and end before the next one. Constant; any thread. */
#ifndef OUTRIDER_STORE_SQL_H
#define OUTRIDER_STORE_SQL_H

#include "base/str.h"

/* The section; a name that the file lacks is our own bug and aborts. */
struct str sql_named(const char *file, const char *name);

/* The same of a given text; .p is NULL when it lacks the name. */
struct str sql_section(struct str text, const char *name);

#endif
