/* base/json.h - the one door to cJSON. Text is first held against RFC 8259 strictly (numbers,
 * control characters, escapes, UTF-8, trailing bytes, nesting of at most JSON_DEPTH_MAX, at most
 * JSON_VALUES_MAX values), then parsed. A tree is read-only and owned by its root. Not shared while
 * being built. */
#ifndef OUTRIDER_BASE_JSON_H
#define OUTRIDER_BASE_JSON_H

#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"

enum { JSON_DEPTH_MAX = 256, JSON_VALUES_MAX = 1 << 18 };

enum json_type { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

struct json; /* a value in a tree */

/* NULL with an error that names the byte: "at byte 17: a number can't begin with 0". A leading
 * byte order mark is refused. The grammar allows an escaped NUL and half a surrogate pair: they are
 * read as U+FFFD. A number beyond a double is infinite. */
struct json *json_parse(struct str text, struct error *error) MUST_CHECK;
void json_free(struct json *root);

/* Whether text is one RFC 8259 value, without building a tree. */
bool json_valid(struct str text, struct error *error) MUST_CHECK;
/* The same, and as a tree has it: no escaped NUL or lone surrogate, no endless number. */
bool json_plain(struct str text) MUST_CHECK;

enum json_type json_type(const struct json *value);
const char *json_type_name(enum json_type type); /* "string" */
bool json_bool(const struct json *value);
double json_number(const struct json *value);
struct str json_string(const struct json *value); /* empty when it is no string */

/* Missing, null, false, 0, "", [] or {}: how services say that there is none of it. */
bool json_is_nothing(const struct json *value);

/* Of an object: the last member of that name (as most readers do), or NULL. Case matters. NULL and
 * non-objects give NULL, so that look-ups chain. */
const struct json *json_member(const struct json *object, const char *name);
const struct json *json_member_str(const struct json *object, struct str name);

/* Children of an array or object, in order. */
size_t json_count(const struct json *value);
const struct json *json_item(
	const struct json *array, size_t index); /* NULL: no array, or no such */
const struct json *json_first(const struct json *value);
const struct json *json_next(const struct json *child);
struct str json_name(const struct json *child); /* of an object's member */

/* Same type and value; objects without regard to order and by their last members of a name; numbers
 * as doubles, but whole ones that a double may not hold by their digits. */
bool json_equal(const struct json *a, const struct json *b);

/* Compact JSON; stops where out is cut. Such whole numbers as they were written; an infinite one as
 * 1e999, which reads back as one. */
void json_print(struct buf *out, const struct json *value);

#endif
