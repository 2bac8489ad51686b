/* A path selects what a plain reading of it selects, never more than its cap, and says where it is
 * missing. */
#include "fuzz.h"

#include "check/jsonpath.h"

enum { MISSING_MAX = 256 };

struct reading {
	size_t n;
	bool missing;
	const struct json *last;
};

/* One step after another, on text that the compiler accepted. */
static void read_path(struct reading *r, struct str path, const struct json *value)
{
	if (r->missing)
		return;
	if (path.n == 0) {
		r->n++;
		r->last = value;
		return;
	}
	char buffer[4096];
	size_t n = 0;
	bool all = false, named = path.p[0] == '.', quoted = false;
	char quote = '\0';
	size_t at = 1;
	if (named) {
		while (at < path.n && path.p[at] != '.' && path.p[at] != '[')
			buffer[n++] = path.p[at++];
		all = n == 1 && buffer[0] == '*';
	} else {
		for (; path.p[at] != ']' || quote; at++) {
			char c = path.p[at];
			if (!quote && (c == '\'' || c == '"'))
				quote = c, quoted = true;
			else if (quote && c == quote)
				quote = '\0';
			else if (quote || (c != ' ' && c != '\t'))
				buffer[n++] = c;
		}
		at++;
		all = !quoted && n == 1 && buffer[0] == '*';
	}
	path = str_from(path, at);
	buffer[n] = '\0';
	if (all) {
		if (json_type(value) != JSON_ARRAY && json_type(value) != JSON_OBJECT)
			r->missing = true;
		for (const struct json *c = json_first(value); c; c = json_next(c))
			read_path(r, path, c);
		return;
	}
	const struct json *child;
	if (named || quoted) {
		child = json_member_str(value, (struct str){buffer, n});
	} else {
		long index = strtol(buffer, NULL, 10);
		if (index < 0)
			index += (long)json_count(value);
		child = index < 0 ? NULL : json_item(value, (size_t)index);
	}
	if (child)
		read_path(r, path, child);
	else
		r->missing = true;
}

static void selects(struct arena *arena, const struct jsonpath *path, const struct json *root)
{
	struct nodes nodes = {0};
	struct buf missing = BUF_INIT(MISSING_MAX);
	enum jsonpath_result result = jsonpath_select(path, root, arena, &nodes, &missing);
	struct str text = str_of(jsonpath_text(path));
	struct reading reading = {0};
	HOLDS(nodes.n <= JSONPATH_NODES_MAX);
	HOLDS((result == JSONPATH_MISSING) == (missing.n > 0));
	HOLDS(missing.n == 0 || missing.p[0] == '$');
	HOLDS(result != JSONPATH_FOUND || jsonpath_is_list(path) || nodes.n == 1);
	if (!memchr(text.p, '\\', text.n) && text.n < 4096) { /* escapes: see the unit test */
		read_path(&reading, str_from(text, 1), root);
		HOLDS(reading.missing == (result == JSONPATH_MISSING) ||
			result == JSONPATH_TOO_MANY);
		HOLDS(result != JSONPATH_FOUND || reading.n == nodes.n);
		HOLDS(result != JSONPATH_FOUND || !nodes.n ||
			nodes.items[nodes.n - 1] == reading.last);
	}
	buf_fini(&missing);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str body = input_of(data, size);
	struct str text = input_line(&body);
	struct arena arena;
	struct error error = {0};
	arena_init(&arena);
	const struct jsonpath *path = jsonpath_compile(&arena, text, &error);
	HOLDS(path || str_starts(str_of(error.text), STR("column "), false));
	struct json *root = path ? json_parse(body, &error) : NULL;
	if (path)
		HOLDS(str_eq(str_of(jsonpath_text(path)), text));
	if (root)
		selects(&arena, path, root);
	json_free(root);
	arena_fini(&arena);
	return 0;
}
