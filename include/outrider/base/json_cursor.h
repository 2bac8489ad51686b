/* base/json_cursor.h - looks at single members of a JSON text without building a tree. The text must
 * be valid (json_valid); what is handed out are pieces of it. Any thread. */
#ifndef OUTRIDER_BASE_JSON_CURSOR_H
#define OUTRIDER_BASE_JSON_CURSOR_H

#include "base/str.h"

struct json_cursor {
	const char *at, *end;
};

/* The inside of an object or array: its text begins with the bracket. */
struct json_cursor json_inside(struct str value);

/* The next member, in order; false at the end. name: as written between its quotes; value: its text,
 * which begins with its first byte: { [ " t f n or a number's. */
bool json_next_member(struct json_cursor *cursor, struct str *name, struct str *value);
/* The next item of an array. */
bool json_next_item(struct json_cursor *cursor, struct str *value);

/* Of a value that is a string: the text between its quotes, escapes as written; empty for others. */
struct str json_string_inside(struct str value);

#endif
