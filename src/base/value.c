#include "base/value.h"

#include <inttypes.h>

static struct value *add(
	struct arena *arena, struct value *parent, const char *key, enum value_kind kind)
{
	struct value *value = ARENA_NEW(arena, struct value);
	value->kind = kind;
	value->key = key;
	if (parent->last)
		parent->last->next = value;
	else
		parent->first = value;
	parent->last = value;
	return value;
}

struct value *value_object(struct arena *arena)
{
	struct value *value = ARENA_NEW(arena, struct value);
	value->kind = VALUE_OBJECT;
	return value;
}

void value_str(struct arena *arena, struct value *object, const char *key, struct str text)
{
	add(arena, object, key, VALUE_TEXT)->text = text;
}

void value_text(struct arena *arena, struct value *object, const char *key, const char *text)
{
	value_str(arena, object, key, str_of(text));
}

void value_int(struct arena *arena, struct value *object, const char *key, int64_t number)
{
	value_text(arena, object, key, arena_printf(arena, "%" PRId64, number));
}

void value_bool(struct arena *arena, struct value *object, const char *key, bool truth)
{
	add(arena, object, key, VALUE_BOOL)->truth = truth;
}

struct value *value_list(struct arena *arena, struct value *object, const char *key)
{
	return add(arena, object, key, VALUE_LIST);
}

struct value *value_member(struct arena *arena, struct value *object, const char *key)
{
	return add(arena, object, key, VALUE_OBJECT);
}

struct value *value_item(struct arena *arena, struct value *list)
{
	return add(arena, list, NULL, VALUE_OBJECT);
}

void value_item_text(struct arena *arena, struct value *list, const char *text)
{
	add(arena, list, NULL, VALUE_TEXT)->text = str_of(text);
}

const struct value *value_get(const struct value *object, struct str key)
{
	if (object->kind != VALUE_OBJECT)
		return NULL;
	for (const struct value *member = object->first; member; member = member->next)
		if (str_eq(key, str_of(member->key)))
			return member;
	return NULL;
}

bool value_truth(const struct value *value)
{
	if (!value)
		return false;
	switch (value->kind) {
	case VALUE_TEXT: return value->text.n > 0;
	case VALUE_BOOL: return value->truth;
	case VALUE_LIST: return value->first != NULL;
	case VALUE_OBJECT: return true;
	}
	return false;
}
