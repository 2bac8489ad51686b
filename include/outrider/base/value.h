/* base/value.h - what a template is filled with: texts, truths, lists, objects. A tree in
 * an arena, which owns all of it, texts are borrowed as they are given. */
#ifndef OUTRIDER_BASE_VALUE_H
#define OUTRIDER_BASE_VALUE_H

#include "base/arena.h"

#include <stdint.h>

enum value_kind { VALUE_TEXT, VALUE_BOOL, VALUE_LIST, VALUE_OBJECT };

struct value {
	enum value_kind kind;
	const char *key; /* in its object */
	struct str text;
	bool truth;
	struct value *first, *last; /* children */
	struct value *next;
};

struct value *value_object(struct arena *arena); /* a root */

/* Members of an object. Keys are borrowed: literals. */
void value_text(struct arena *arena, struct value *object, const char *key, const char *text);
void value_str(struct arena *arena, struct value *object, const char *key, struct str text);
void value_int(struct arena *arena, struct value *object, const char *key, int64_t number);
void value_bool(struct arena *arena, struct value *object, const char *key, bool truth);
struct value *value_list(struct arena *arena, struct value *object, const char *key);
struct value *value_member(struct arena *arena, struct value *object, const char *key);

/* Items of a list. */
struct value *value_item(struct arena *arena, struct value *list); /* an object */
void value_item_text(struct arena *arena, struct value *list, const char *text);

const struct value *value_get(const struct value *object, struct str key); /* NULL: none */

/* What a section shows for: not false, not missing, not an empty text or list. */
bool value_truth(const struct value *value);

#endif
