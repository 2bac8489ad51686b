#include "base/json.h"

#include "base/json_scan.h"
#include "base/json_writer.h"
#include "base/memory.h"

#include <assert.h>
#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>

static const cJSON *node_of(const struct json *value)
{
	return (const cJSON *)(const void *)value;
}

static const struct json *json_of(const cJSON *node)
{
	return (const struct json *)(const void *)node;
}

static struct str trim(struct str text)
{
	while (text.n && (unsigned char)text.p[text.n - 1] <= ' ')
		text.n--;
	return text;
}

static cJSON *parse_whole(struct str text, struct error *error)
{
	const char *end = NULL;
	cJSON *root = cJSON_ParseWithLengthOpts(text.p, text.n, &end, false);
	if (root && end == text.p + text.n)
		return root;
	size_t at = end ? (size_t)(end - text.p) : 0;
	cJSON_Delete(root);
	error_set(error, "at byte %zu: the parser gave up", at);
	return NULL;
}

/* cJSON has no text for a number's node and frees one that is there. */
static void keep_large(cJSON *node, struct str *text)
{
	if (cJSON_IsNumber(node)) {
		struct str number = json_take_number(text);
		if (json_is_large(number))
			node->valuestring = mem_strndup(number);
	}
	for (cJSON *child = node->child; child; child = child->next)
		keep_large(child, text);
}

static struct json *parse_scanned(struct str text, struct json_marks marks, struct error *error)
{
	cJSON *root = parse_whole(text, error);
	if (root && marks.large)
		keep_large(root, &text);
	return (struct json *)(void *)root;
}

struct json *json_parse(struct str text, struct error *error)
{
	struct json_marks marks;
	if (!json_scan(text, &marks, error))
		return NULL;
	text = trim(text);
	if (!marks.odd)
		return parse_scanned(text, marks, error);
	struct buf mended = BUF_INIT(text.n);
	json_mend(&mended, text);
	assert(!mended.cut);
	struct json *root = parse_scanned(buf_str(&mended), marks, error);
	buf_fini(&mended);
	return root;
}

void json_free(struct json *root)
{
	cJSON_Delete((cJSON *)(void *)root);
}

bool json_valid(struct str text, struct error *error)
{
	struct json_marks marks;
	return json_scan(text, &marks, error);
}

bool json_plain(struct str text)
{
	struct error ignored;
	struct json_marks marks;
	return json_scan(text, &marks, &ignored) && !marks.odd;
}

enum json_type json_type(const struct json *value)
{
	switch (node_of(value)->type & 0xff) {
	case cJSON_True:
	case cJSON_False: return JSON_BOOL;
	case cJSON_Number: return JSON_NUMBER;
	case cJSON_String: return JSON_STRING;
	case cJSON_Array: return JSON_ARRAY;
	case cJSON_Object: return JSON_OBJECT;
	default: return JSON_NULL;
	}
}

const char *json_type_name(enum json_type type)
{
	switch (type) {
	case JSON_NULL: return "null";
	case JSON_BOOL: return "boolean";
	case JSON_NUMBER: return "number";
	case JSON_STRING: return "string";
	case JSON_ARRAY: return "array";
	case JSON_OBJECT: return "object";
	}
	assert(false && "a type without a name");
	return "";
}

bool json_bool(const struct json *value)
{
	return value && cJSON_IsTrue(node_of(value));
}

double json_number(const struct json *value)
{
	return value && cJSON_IsNumber(node_of(value)) ? node_of(value)->valuedouble : 0;
}

struct str json_string(const struct json *value)
{
	if (!value || !cJSON_IsString(node_of(value)))
		return (struct str){"", 0};
	return str_of(node_of(value)->valuestring);
}

bool json_is_nothing(const struct json *value)
{
	switch (value ? json_type(value) : JSON_NULL) {
	case JSON_NULL: return true;
	case JSON_BOOL: return !json_bool(value);
	case JSON_NUMBER: return json_number(value) == 0;
	case JSON_STRING: return json_string(value).n == 0;
	case JSON_ARRAY:
	case JSON_OBJECT: return json_first(value) == NULL;
	}
	return false;
}

const struct json *json_member(const struct json *object, const char *name)
{
	return json_member_str(object, str_of(name));
}

const struct json *json_member_str(const struct json *object, struct str name)
{
	const struct json *found = NULL;
	if (!object || json_type(object) != JSON_OBJECT)
		return NULL;
	for (const struct json *m = json_first(object); m; m = json_next(m))
		if (str_eq(json_name(m), name))
			found = m;
	return found;
}

size_t json_count(const struct json *value)
{
	size_t n = 0;
	for (const struct json *child = json_first(value); child; child = json_next(child))
		n++;
	return n;
}

const struct json *json_item(const struct json *array, size_t index)
{
	if (!array || json_type(array) != JSON_ARRAY)
		return NULL;
	const struct json *child = json_first(array);
	while (child && index--)
		child = json_next(child);
	return child;
}

const struct json *json_first(const struct json *value)
{
	return value ? json_of(node_of(value)->child) : NULL;
}

const struct json *json_next(const struct json *child)
{
	return child ? json_of(node_of(child)->next) : NULL;
}

struct str json_name(const struct json *child)
{
	const char *name = child ? node_of(child)->string : NULL;
	return str_of(name ? name : "");
}

/* The digits of a whole number that a double may not hold; empty of all others. */
static struct str large(const struct json *number)
{
	return str_of(node_of(number)->valuestring);
}

static bool numbers_equal(const struct json *a, const struct json *b)
{
	if (large(a).n && large(b).n)
		return str_eq(large(a), large(b));
	return json_number(a) == json_number(b);
}

struct member {
	const char *name;
	const struct json *value;
	size_t place;
	const struct json *other; /* the last of that name in the other object */
};

static int by_name(const void *a, const void *b)
{
	const struct member *x = a;
	const struct member *y = b;
	return strcmp(x->name, y->name);
}

static int by_name_and_place(const void *a, const void *b)
{
	const struct member *x = a;
	const struct member *y = b;
	int order = by_name(a, b);
	return order ? order : (x->place > y->place) - (x->place < y->place);
}

/* The members that count, sorted by name: of equal names only the last. */
static struct member *members_of(const struct json *object, size_t *count)
{
	size_t n = json_count(object);
	struct member *all = mem_alloc((n + 1) * sizeof(*all));
	size_t place = 0;
	for (const struct json *m = json_first(object); m; m = json_next(m), place++)
		all[place] = (struct member){json_name(m).p, m, place, NULL};
	if (n > 1)
		qsort(all, n, sizeof(*all), by_name_and_place);
	*count = 0;
	for (size_t i = 0; i < n; i++)
		if (i + 1 == n || strcmp(all[i].name, all[i + 1].name) != 0)
			all[(*count)++] = all[i];
	return all;
}

static bool is_shorter(const struct json *a, const struct json *b)
{
	const struct json *x = json_first(a);
	const struct json *y = json_first(b);
	for (; x && y; x = json_next(x), y = json_next(y))
		;
	return !x;
}

/* Only the shorter one is sorted; a member of the other that it lacks ends the search. */
static bool objects_equal(const struct json *a, const struct json *b)
{
	const struct json *few = is_shorter(a, b) ? a : b;
	const struct json *many = few == a ? b : a;
	size_t n = 0;
	struct member *members = members_of(few, &n);
	bool equal = true;
	for (const struct json *m = json_first(many); equal && m; m = json_next(m)) {
		struct member wanted = {.name = json_name(m).p};
		struct member *same = bsearch(&wanted, members, n, sizeof(*members), by_name);
		equal = same != NULL;
		if (same)
			same->other = m;
	}
	for (size_t i = 0; equal && i < n; i++)
		equal = json_equal(members[i].value, members[i].other);
	free(members);
	return equal;
}

static bool arrays_equal(const struct json *a, const struct json *b)
{
	const struct json *x = json_first(a);
	const struct json *y = json_first(b);
	for (; x && y; x = json_next(x), y = json_next(y))
		if (!json_equal(x, y))
			return false;
	return !x && !y;
}

bool json_equal(const struct json *a, const struct json *b)
{
	if (!a || !b)
		return a == b;
	if (json_type(a) != json_type(b))
		return false;
	switch (json_type(a)) {
	case JSON_NULL: return true;
	case JSON_BOOL: return json_bool(a) == json_bool(b);
	case JSON_NUMBER: return numbers_equal(a, b);
	case JSON_STRING: return str_eq(json_string(a), json_string(b));
	case JSON_ARRAY: return arrays_equal(a, b);
	case JSON_OBJECT: return objects_equal(a, b);
	}
	assert(false && "a type without a name");
	return false;
}

static void print_number(struct json_writer *w, const char *key, const struct json *value)
{
	double number = json_number(value);
	if (large(value).n)
		jw_raw(w, key, large(value));
	else if (isinf(number))
		jw_raw(w, key, number < 0 ? STR("-1e999") : STR("1e999"));
	else
		jw_real(w, key, number);
}

static void print(struct json_writer *w, const char *key, const struct json *value)
{
	enum json_type type = json_type(value);
	switch (type) {
	case JSON_NULL: jw_null(w, key); return;
	case JSON_BOOL: jw_bool(w, key, json_bool(value)); return;
	case JSON_NUMBER: print_number(w, key, value); return;
	case JSON_STRING: jw_str(w, key, json_string(value)); return;
	case JSON_ARRAY: jw_array(w, key); break;
	case JSON_OBJECT: jw_object(w, key); break;
	}
	const struct json *child = json_first(value);
	for (; child && !w->out->cut; child = json_next(child))
		print(w, type == JSON_OBJECT ? json_name(child).p : NULL, child);
	if (type == JSON_ARRAY)
		jw_array_end(w);
	else
		jw_object_end(w);
}

void json_print(struct buf *out, const struct json *value)
{
	struct json_writer w = json_writer_to(out);
	if (value)
		print(&w, NULL, value);
	else
		jw_null(&w, NULL);
}
