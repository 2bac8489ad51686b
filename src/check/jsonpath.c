#include "check/jsonpath.h"

#include <stdint.h>

struct jsonpath {
	const char *text;
	const struct jsonpath_segment *segments;
	size_t n;
	bool list;
};

struct parser {
	struct arena *arena;
	const char *text, *at;
	struct error *error;
	struct jsonpath_segment segments[JSONPATH_SEGMENTS_MAX];
	size_t n;
};

static bool refuse(const struct parser *p, const char *why)
{
	return error_set(p->error, "column %td: %s", p->at - p->text + 1, why);
}

static bool name_first(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c & 0x80) != 0;
}

/* RFC 9535 member-name-shorthand. */
static bool parse_dot_name(struct parser *p, struct jsonpath_segment *segment)
{
	const char *start = p->at;
	if (*p->at == '.')
		return refuse(p, "descendants (..) are not supported");
	if (*p->at == '*') {
		p->at++;
		segment->kind = JSONPATH_ALL;
		return true;
	}
	if (!name_first(*p->at))
		return refuse(p, "a name must follow the dot; write ['...'] for other names");
	while (name_first(*p->at) || (*p->at >= '0' && *p->at <= '9'))
		p->at++;
	segment->kind = JSONPATH_NAME;
	segment->name = arena_str(p->arena, (struct str){start, (size_t)(p->at - start)});
	return true;
}

static int hex_digit(char c)
{
	return c >= '0' && c <= '9'   ? c - '0'
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10
				      : -1;
}

static bool parse_hex4(struct parser *p, unsigned *unit)
{
	*unit = 0;
	for (int i = 0; i < 4; i++, p->at++) {
		int digit = hex_digit(*p->at);
		if (digit < 0)
			return refuse(p, "\\u needs four hexadecimal digits");
		*unit = *unit * 16 + (unsigned)digit;
	}
	return true;
}

static void put_utf8(struct buf *out, unsigned c)
{
	if (c < 0x80) {
		buf_putc(out, (char)c);
	} else if (c < 0x800) {
		buf_putc(out, (char)(0xc0 | c >> 6));
		buf_putc(out, (char)(0x80 | (c & 0x3f)));
	} else if (c < 0x10000) {
		buf_putc(out, (char)(0xe0 | c >> 12));
		buf_putc(out, (char)(0x80 | (c >> 6 & 0x3f)));
		buf_putc(out, (char)(0x80 | (c & 0x3f)));
	} else {
		buf_putc(out, (char)(0xf0 | c >> 18));
		buf_putc(out, (char)(0x80 | (c >> 12 & 0x3f)));
		buf_putc(out, (char)(0x80 | (c >> 6 & 0x3f)));
		buf_putc(out, (char)(0x80 | (c & 0x3f)));
	}
}

static bool parse_unicode_escape(struct parser *p, struct buf *name)
{
	unsigned high, low;
	if (!parse_hex4(p, &high))
		return false;
	if (high >= 0xd800 && high < 0xdc00) {
		if (p->at[0] != '\\' || p->at[1] != 'u')
			return refuse(p, "half of a surrogate pair");
		p->at += 2;
		if (!parse_hex4(p, &low))
			return false;
		if (low < 0xdc00 || low > 0xdfff)
			return refuse(p, "half of a surrogate pair");
		high = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
	} else if (high >= 0xdc00 && high <= 0xdfff) {
		return refuse(p, "half of a surrogate pair");
	}
	put_utf8(name, high);
	return true;
}

static bool parse_escape(struct parser *p, char quote, struct buf *name)
{
	static const char from[] = "bfnrt/\\";
	static const char to[] = "\b\f\n\r\t/\\";
	const char *found;

	p->at++;
	if (*p->at == 'u') {
		p->at++;
		return parse_unicode_escape(p, name);
	}
	found = *p->at ? strchr(from, *p->at) : NULL;
	if (!found && *p->at != quote)
		return refuse(p, "an unknown escape");
	buf_putc(name, found ? to[found - from] : quote);
	p->at++;
	return true;
}

static bool parse_quoted(struct parser *p, struct jsonpath_segment *segment)
{
	struct buf name = BUF_INIT(SIZE_MAX);
	char quote = *p->at++;
	bool ok = true;

	while (ok && *p->at != quote) {
		if (*p->at == '\0')
			ok = refuse(p, "the quote is not closed");
		else if ((unsigned char)*p->at < 0x20)
			ok = refuse(p, "a control character in a name");
		else if (*p->at == '\\')
			ok = parse_escape(p, quote, &name);
		else
			buf_putc(&name, *p->at++);
	}
	if (ok) {
		p->at++;
		segment->kind = JSONPATH_NAME;
		segment->name = arena_str(p->arena, buf_str(&name));
	}
	buf_fini(&name);
	return ok;
}

static bool parse_index(struct parser *p, struct jsonpath_segment *segment)
{
	bool minus = *p->at == '-';
	const char *digits = p->at + (minus ? 1 : 0);
	const char *end = digits;
	long value = 0;

	while (*end >= '0' && *end <= '9')
		end++;
	if (end == digits)
		return refuse(p, *p->at == '?' ? "filters are not supported"
					       : "an index, a quoted name or * must stand in [ ]");
	if ((*digits == '0' && end - digits > 1) || (minus && *digits == '0'))
		return refuse(p, "an index can't begin with 0");
	if (end - digits > 9)
		return refuse(p, "the index is too large");
	for (const char *c = digits; c < end; c++)
		value = value * 10 + (*c - '0');
	p->at = end;
	if (*p->at == ':')
		return refuse(p, "slices are not supported");
	segment->kind = JSONPATH_INDEX;
	segment->index = minus ? -value : value;
	return true;
}

static void skip_blanks(struct parser *p)
{
	while (*p->at == ' ' || *p->at == '\t')
		p->at++;
}

static bool parse_bracket(struct parser *p, struct jsonpath_segment *segment)
{
	bool ok = true;

	skip_blanks(p);
	if (*p->at == '*') {
		p->at++;
		segment->kind = JSONPATH_ALL;
	} else if (*p->at == '\'' || *p->at == '"') {
		ok = parse_quoted(p, segment);
	} else {
		ok = parse_index(p, segment);
	}
	if (!ok)
		return false;
	skip_blanks(p);
	if (*p->at == ',')
		return refuse(p, "lists of selectors are not supported");
	if (*p->at != ']')
		return refuse(p, "] is missing");
	p->at++;
	return true;
}

static bool parse_segment(struct parser *p)
{
	if (p->n == JSONPATH_SEGMENTS_MAX)
		return refuse(p, "the path is too long");
	struct jsonpath_segment *segment = &p->segments[p->n++];
	char c = *p->at;
	if (c != '.' && c != '[')
		return refuse(p, c == ' ' ? "a blank in the path" : "expected .name or [...]");
	p->at++;
	return c == '.' ? parse_dot_name(p, segment) : parse_bracket(p, segment);
}

static const struct jsonpath *path_of(const struct parser *p)
{
	struct jsonpath *path = ARENA_NEW(p->arena, struct jsonpath);
	struct jsonpath_segment *segments = ARENA_ARRAY(p->arena, p->n, struct jsonpath_segment);

	*path = (struct jsonpath){.text = p->text, .segments = segments, .n = p->n};
	for (size_t i = 0; i < p->n; i++) {
		segments[i] = p->segments[i];
		path->list |= segments[i].kind == JSONPATH_ALL;
	}
	return path;
}

const struct jsonpath *jsonpath_compile(struct arena *arena, struct str text, struct error *error)
{
	struct parser p = {.arena = arena, .text = arena_strndup(arena, text), .error = error};

	p.at = p.text;
	if (strlen(p.text) != text.n || *p.at != '$') {
		refuse(&p, "a path begins with $");
		return NULL;
	}
	p.at++;
	while (*p.at)
		if (!parse_segment(&p))
			return NULL;
	return path_of(&p);
}

static const struct json *child_at(const struct json *value, long index)
{
	size_t count;

	if (json_type(value) != JSON_ARRAY)
		return NULL;
	if (index >= 0)
		return json_item(value, (size_t)index);
	count = json_count(value);
	return (size_t)-index > count ? NULL : json_item(value, count - (size_t)-index);
}

static bool is_container(const struct json *value)
{
	return json_type(value) == JSON_ARRAY || json_type(value) == JSON_OBJECT;
}

/* The one child that a segment other than [*] names, or NULL. */
static const struct json *child_of(const struct json *value, const struct jsonpath_segment *segment)
{
	return segment->kind == JSONPATH_NAME ? json_member_str(value, segment->name)
					      : child_at(value, segment->index);
}

static bool is_shorthand(struct str name)
{
	for (size_t i = 0; i < name.n; i++)
		if (!name_first(name.p[i]) && (i == 0 || name.p[i] < '0' || name.p[i] > '9'))
			return false;
	return name.n > 0;
}

void jsonpath_put_name(struct buf *out, struct str name)
{
	buf_printf(out, is_shorthand(name) ? ".%.*s" : "['%.*s']", STR_ARG(name));
}

/* For "where it is missing": the steps on the way to the skip-th node of the first depth segments,
 * then the next one. */
struct place {
	const struct jsonpath *path;
	size_t depth, skip;
	size_t at[JSONPATH_SEGMENTS_MAX]; /* which child each [*] took */
	const struct json *child[JSONPATH_SEGMENTS_MAX];
};

static bool place_find(struct place *place, const struct json *value, size_t i)
{
	const struct jsonpath_segment *segment = &place->path->segments[i];
	const struct json *child;

	if (i == place->depth)
		return place->skip-- == 0;
	if (segment->kind != JSONPATH_ALL)
		return place_find(place, child_of(value, segment), i + 1);
	place->at[i] = 0;
	for (child = json_first(value); child; child = json_next(child), place->at[i]++) {
		place->child[i] = child;
		if (place_find(place, child, i + 1))
			return true;
	}
	return false;
}

static void print_place(struct buf *out, const struct jsonpath *path, size_t depth, size_t skip,
	const struct json *root)
{
	struct place place = {.path = path, .depth = depth, .skip = skip};

	place_find(&place, root, 0);
	buf_puts(out, "$");
	for (size_t i = 0; i <= depth && i < path->n; i++) {
		const struct jsonpath_segment *s = &path->segments[i];
		if (s->kind == JSONPATH_NAME)
			jsonpath_put_name(out, s->name);
		else if (s->kind == JSONPATH_INDEX)
			buf_printf(out, "[%ld]", s->index);
		else if (i == depth)
			buf_puts(out, "[*]");
		else if (json_name(place.child[i]).n)
			jsonpath_put_name(out, json_name(place.child[i]));
		else
			buf_printf(out, "[%zu]", place.at[i]);
	}
}

struct selection_walk {
	const struct json **items;
	size_t n, cap;
	struct arena *arena;
};

static bool walk_push(struct selection_walk *walk, const struct json *value)
{
	if (walk->n == JSONPATH_NODES_MAX)
		return false;
	if (walk->n == walk->cap) {
		size_t cap = walk->cap ? 2 * walk->cap : 8;
		const struct json **items =
			(const struct json **)arena_array(walk->arena, cap, sizeof(*items));
		if (walk->n)
			memcpy(items, walk->items, walk->n * sizeof(*items));
		walk->items = items;
		walk->cap = cap;
	}
	walk->items[walk->n++] = value;
	return true;
}

/* *at: the node of from that a child is missing from. */
static enum jsonpath_result walk_segment(const struct jsonpath_segment *segment,
	const struct selection_walk *from, struct selection_walk *to, size_t *at)
{
	for (size_t i = 0; i < from->n; i++) {
		const struct json *value = from->items[i];
		bool all = segment->kind == JSONPATH_ALL;
		const struct json *child = all ? json_first(value) : child_of(value, segment);
		*at = i;
		if (all ? !is_container(value) : !child)
			return JSONPATH_MISSING;
		for (; child; child = all ? json_next(child) : NULL)
			if (!walk_push(to, child))
				return JSONPATH_TOO_MANY;
	}
	return JSONPATH_FOUND;
}

enum jsonpath_result jsonpath_select(const struct jsonpath *path, const struct json *root,
	struct arena *arena, struct nodes *nodes, struct buf *missing)
{
	struct selection_walk from = {.arena = arena};
	enum jsonpath_result result = JSONPATH_FOUND;

	walk_push(&from, root);
	for (size_t i = 0; i < path->n; i++) {
		struct selection_walk to = {.arena = arena};
		size_t at = 0;
		result = walk_segment(&path->segments[i], &from, &to, &at);
		if (result == JSONPATH_MISSING) {
			print_place(missing, path, i, at, root);
			*nodes = (struct nodes){from.items + at, 1};
		}
		if (result != JSONPATH_FOUND)
			return result;
		from = to;
	}
	*nodes = (struct nodes){from.items, from.n};
	return result;
}

void jsonpath_put_place(
	const struct jsonpath *path, const struct json *root, size_t index, struct buf *out)
{
	print_place(out, path, path->n, index, root);
}

bool jsonpath_is_list(const struct jsonpath *path)
{
	return path->list;
}

const char *jsonpath_text(const struct jsonpath *path)
{
	return path->text;
}

const struct jsonpath_segment *jsonpath_segments(const struct jsonpath *path, size_t *n)
{
	*n = path->n;
	return path->segments;
}
