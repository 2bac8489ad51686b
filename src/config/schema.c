#include "config/schema.h"

#include "config/schema_types.h"

#include <ctype.h>
#include <stdio.h>

enum { SECTION_NAME_MAX = 32 };

static const char *const section_ids[] = {
#define X(bit, id, words) [bit] = #id,
	SECTIONS(X)
#undef X
};

/* Rules between keys, which the table does not hold: JSON to go into the section's schema. */
static const struct {
	enum section section;
	const char *name, *json;
} rules[] = {
	{IN_SERVICE, "oneOf", "[{\"required\":[\"url\"]},{\"required\":[\"urls\"]}]"},
	{IN_CHAT, "oneOf", "[{\"required\":[\"user\"]},{\"required\":[\"messages\"]}]"},
	{IN_CHAT, "dependencies", "{\"image\":[\"user\"]}"},
	{IN_MATCHER, "minProperties", "1"},
	{IN_TIME_LIMIT, "minProperties", "1"},
	{IN_COUNT_LIMIT, "minProperties", "1"},
	{IN_LIFE, "minProperties", "1"},
	{IN_STREAM, "minProperties", "1"},
	{IN_TIMING, "minProperties", "1"},
	{IN_CERTIFICATE, "minProperties", "1"},
	{IN_USAGE, "minProperties", "1"},
};

static void put_name(char out[SECTION_NAME_MAX], size_t bit)
{
	size_t n = 0;
	for (const char *c = section_ids[bit]; *c && n + 1 < SECTION_NAME_MAX; c++)
		out[n++] = (char)tolower((unsigned char)*c);
	out[n] = '\0';
}

static void put_section(struct json_writer *w, enum section section)
{
	char name[SECTION_NAME_MAX], path[SECTION_NAME_MAX + 16];
	size_t bit = 0;
	while (UINT32_C(1) << bit != (uint32_t)section)
		bit++;
	put_name(name, bit);
	snprintf(path, sizeof(path), "#/definitions/%s", name);
	jw_text(w, "$ref", path);
}

static void put_alternative(struct json_writer *w, const struct key *key, enum key_type type)
{
	jw_object(w, NULL);
	if (type != WORD && type != REASON)
		schema_describe(w, key);
	if (type == SECTION)
		put_section(w, key->of);
	else
		schema_type(w, key, type);
	jw_object_end(w);
}

static void put_map_alternative(struct json_writer *w, const struct key *key, enum section section)
{
	jw_object(w, NULL);
	schema_describe(w, key);
	put_section(w, section);
	jw_object_end(w);
}

/* One item: its type, or a map that may stand instead. */
static void put_item(struct json_writer *w, const struct key *key)
{
	bool map = key->type == MATCHER || (key->of && key->type != SECTION);
	if (!map && key->type == SECTION) {
		put_section(w, key->of);
	} else if (!map) {
		schema_type(w, key, key->type);
	} else {
		jw_array(w, "anyOf");
		put_alternative(w, key, key->type);
		put_map_alternative(w, key, key->of ? key->of : IN_MATCHER);
		jw_array_end(w);
	}
}

static void put_bounds(
	struct json_writer *w, const struct key *key, const char *least, const char *most)
{
	if (!(key->max > key->min))
		return;
	jw_int(w, least, (int64_t)key->min);
	jw_int(w, most, (int64_t)key->max);
}

static void put_list(struct json_writer *w, const struct key *key)
{
	jw_text(w, "type", "array");
	put_bounds(w, key, "minItems", "maxItems");
	jw_object(w, "items");
	if (key->of && key->type != SECTION) /* the map stands for the list, not for an item */
		schema_type(w, key, key->type);
	else
		put_item(w, key);
	jw_object_end(w);
}

static void put_map(struct json_writer *w, const struct key *key)
{
	const char *pattern = schema_names(key->names);
	jw_text(w, "type", "object");
	if (key->shape == MAP)
		put_bounds(w, key, "minProperties", "maxProperties");
	if (pattern) {
		jw_object(w, "propertyNames");
		jw_text(w, "pattern", pattern);
		jw_object_end(w);
	}
	jw_object(w, "additionalProperties");
	if (key->shape == LISTS)
		put_list(w, key);
	else
		put_item(w, key);
	jw_object_end(w);
}

static void put_shape(struct json_writer *w, const struct key *key)
{
	switch (key->shape) {
	case ONE: put_item(w, key); break;
	case LIST: put_list(w, key); break;
	case MAP:
	case LISTS: put_map(w, key); break;
	}
}

/* The value as the key's shape has it; where a scalar or a map may stand for it, one of these. */
static void put_value(struct json_writer *w, const struct key *key)
{
	bool map = key->shape == LIST && key->of && key->type != SECTION;
	if (!key->brief && !map) {
		put_shape(w, key);
		return;
	}
	jw_array(w, "anyOf");
	if (key->brief)
		put_alternative(w, key, key->brief);
	jw_object(w, NULL);
	schema_describe(w, key);
	put_shape(w, key);
	jw_object_end(w);
	if (map)
		put_map_alternative(w, key, key->of);
	jw_array_end(w);
}

static void put_key(struct json_writer *w, const struct key *key)
{
	jw_object(w, key->name);
	schema_help(w, key);
	put_value(w, key);
	jw_object_end(w);
}

/* Whether it is one of the ways to ask: get, post, ... chat, or the steps that do. */
static bool asks(const struct key *key)
{
	return key->of == IN_REQUEST || key->of == IN_CHAT || key->of == IN_STEP;
}

static void put_only(struct json_writer *w, const char *name)
{
	jw_object(w, NULL);
	jw_array(w, "required");
	jw_text(w, NULL, name);
	jw_array_end(w);
	jw_object_end(w);
}

/* A mapping with the key `with` has none of the others. */
static void put_without(struct json_writer *w, const char *with, const char *const *others)
{
	jw_object(w, with);
	jw_object(w, "not");
	jw_array(w, "anyOf");
	for (; *others; others++)
		if (strcmp(*others, with) != 0)
			put_only(w, *others);
	jw_array_end(w);
	jw_object_end(w);
	jw_object_end(w);
}

/* Exactly one way to ask. */
static void put_ways(struct json_writer *w, enum section section)
{
	jw_array(w, "oneOf");
	for (const struct key *key = keys; key->name; key++)
		if ((key->where & (uint32_t)section) && asks(key) && key->of != IN_STEP)
			put_only(w, key->name);
	if (section == IN_CHECK)
		put_only(w, "steps");
	jw_array_end(w);
}

/* Each type of channel with what it needs. */
static void put_needs(struct json_writer *w)
{
	jw_array(w, "allOf");
	for (const struct channel_need *need = channel_needs; need->type; need++) {
		jw_object(w, NULL);
		jw_object(w, "if");
		jw_object(w, "properties");
		jw_object(w, "type");
		jw_text(w, "const", need->type);
		jw_object_end(w);
		jw_object_end(w);
		jw_object_end(w);
		jw_object(w, "then");
		jw_array(w, "required");
		jw_text(w, NULL, need->member);
		jw_array_end(w);
		jw_object_end(w);
		jw_object_end(w);
	}
	jw_array_end(w);
}

/* What the keys of a section need of each other. */
static void put_choice(struct json_writer *w, enum section section)
{
	static const char *const bodies[] = {"json", "body", "form", "file", NULL};
	static const char *const of_steps[] = {"expect", "capture", "until", "redirects", NULL};
	if (section == IN_CHECK || section == IN_STEP)
		put_ways(w, section);
	if (section == IN_CHANNEL)
		put_needs(w);
	if (section != IN_CHECK && section != IN_REQUEST)
		return;
	jw_object(w, "dependencies");
	if (section == IN_CHECK)
		put_without(w, "steps", of_steps);
	for (size_t i = 0; section == IN_REQUEST && bodies[i]; i++)
		put_without(w, bodies[i], bodies);
	jw_object_end(w);
}

static void put_keys(struct json_writer *w, enum section section)
{
	jw_object(w, "properties");
	for (const struct key *key = keys; key->name; key++)
		if (key->where & (uint32_t)section)
			put_key(w, key);
	jw_object_end(w);
	bool any = false;
	for (const struct key *key = keys; key->name; key++) {
		if (!(key->where & (uint32_t)section) || !key->required)
			continue;
		if (!any)
			jw_array(w, "required");
		any = true;
		jw_text(w, NULL, key->name);
	}
	if (any)
		jw_array_end(w);
}

static void put_definition(struct json_writer *w, const char *name, enum section section)
{
	if (name)
		jw_object(w, name);
	jw_text(w, "type", "object");
	jw_bool(w, "additionalProperties", false);
	put_keys(w, section);
	put_choice(w, section);
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (rules[i].section == section)
			jw_raw(w, rules[i].name, str_of(rules[i].json));
	if (name)
		jw_object_end(w);
}

void config_schema(struct buf *out)
{
	struct json_writer w = json_writer_to(out);
	char name[SECTION_NAME_MAX];
	jw_object(&w, NULL);
	jw_text(&w, "$schema", "http://json-schema.org/draft-07/schema#");
	jw_text(&w, "title", "Outrider check file");
	put_definition(&w, NULL, IN_TOP);
	jw_object(&w, "definitions");
	for (size_t bit = 1; bit < sizeof(section_ids) / sizeof(section_ids[0]); bit++) {
		put_name(name, bit);
		put_definition(&w, name, (enum section)(1 << bit));
	}
	jw_object_end(&w);
	jw_object_end(&w);
	buf_putc(out, '\n');
}
