#include "config/yaml.h"

#include "base/memory.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <yaml.h>

enum {
	DIRECTIVES_MAX = 4,
	KEYS_USUALLY = 32, /* of a map; more are fine */
};

struct level {
	struct node *node;
	struct node **tail;
	struct node *key; /* of a map: waits for its value */
};

struct reading {
	yaml_parser_t parser;
	const struct file *file;
	struct arena *arena;
	struct problems *problems;
	struct level levels[NODE_DEPTH_MAX];
	size_t depth;
	struct node *root;
	size_t documents;
};

/* libyaml ends a last line that doesn't; what it finds behind that stands at the line's end. */
static struct place end_of(const struct file *file)
{
	struct place place = {file, (unsigned)file->n_lines, 1};
	for (struct str line = file_line(file, place.line); line.n; place.column++)
		line = str_from(line, utf8_next(line).n);
	return place;
}

static struct place place_of(const struct reading *r, yaml_mark_t mark)
{
	if (mark.line >= r->file->n_lines)
		return end_of(r->file);
	return (struct place){r->file, (unsigned)mark.line + 1, (unsigned)mark.column + 1};
}

/* The bytes of a place's line, from the place on. */
static struct str text_at(struct place place)
{
	struct str line = file_line(place.file, place.line);
	for (unsigned column = 1; column < place.column && line.n; column++)
		line = str_from(line, utf8_next(line).n);
	return line;
}

/* Where ${ or {{ stands unquoted in the line before (or at) the place: 0 when nowhere. */
static unsigned unquoted_braces(struct place place)
{
	struct str line = file_line(place.file, place.line);
	char quote = '\0';
	unsigned column = 1;
	for (size_t at = 0; at + 1 < line.n && column <= place.column; column++) {
		char c = line.p[at];
		if (quote)
			quote = c == quote ? '\0' : quote;
		else if (c == '"' || c == '\'')
			quote = c;
		else if ((c == '$' || c == '{') && line.p[at + 1] == '{')
			return column;
		at += utf8_next(str_from(line, at)).n;
	}
	return 0;
}

static bool quote_it(struct reading *r, struct place place)
{
	struct str at = text_at(place);
	const char *what = at.n && at.p[0] == '$' ? "${...}" : "{{...}}";
	return problem(
		r->problems, place, "an unquoted %s is no YAML here: quote it, \"%s\"", what, what);
}

/* What to look for, by libyaml's words. */
static const char *advice(const char *why, const char *context)
{
	static const struct {
		const char *words, *advice;
	} rows[] = {
		{"mapping values are not allowed", "; quote a text with ': ' in it"},
		{"while parsing a block", "; lines of one mapping or list begin in one column"},
		{"while scanning a tag", "; quote a text that begins with !"},
		{"while parsing a flow", "; is a bracket or a comma missing before it?"},
		{"while scanning an a",
			"; quote a text that begins with & or *"}, /* anchor, alias */
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strstr(why, rows[i].words) || strstr(context, rows[i].words))
			return rows[i].advice;
	return "";
}

static bool not_yaml(struct reading *r)
{
	const yaml_parser_t *p = &r->parser;
	bool quoted = p->context && strstr(p->context, "quoted scalar");
	struct place place = place_of(r, quoted ? p->context_mark : p->problem_mark);
	struct str at = text_at(place);
	unsigned braces = quoted ? 0 : unquoted_braces(place);
	if (p->error == YAML_MEMORY_ERROR)
		mem_exhausted();
	if (braces) {
		place.column = braces;
		return quote_it(r, place);
	}
	if (at.n && at.p[0] == '\t')
		return problem(r->problems, place, "a tab can't indent: use blanks");
	if (at.n && strchr("@`%", at.p[0]))
		return problem(r->problems, place, "a text can't begin with %c: quote it", at.p[0]);
	const char *why = p->problem ? p->problem : "unreadable";
	return problem(r->problems, place, "not YAML: %s%s%s%s", why, p->context ? ", " : "",
		p->context ? p->context : "", advice(why, p->context ? p->context : ""));
}

static struct node *node_new(struct reading *r, enum node_kind kind, yaml_mark_t mark)
{
	struct node *node = ARENA_NEW(r->arena, struct node);
	node->kind = kind;
	node->place = place_of(r, mark);
	return node;
}

/* A map or list as a key is nearly always {{name}} without quotes. */
static bool complex_key(struct reading *r, const struct node *key)
{
	struct place place = key->place;
	if (place.column > 1)
		place.column--;
	if (str_starts(text_at(place), STR("{{"), false))
		return quote_it(r, place);
	return problem(r->problems, key->place, "a key must be a word");
}

/* Puts a node at its place in the tree. */
static bool attach(struct reading *r, struct node *node)
{
	if (r->depth == 0) {
		r->root = node;
		return true;
	}
	struct level *top = &r->levels[r->depth - 1];
	if (top->node->kind == NODE_MAP && !top->key) {
		if (node->kind != NODE_SCALAR)
			return complex_key(r, node);
		top->key = node;
		return true;
	}
	node->key = top->key;
	top->key = NULL;
	node_append(top->node, &top->tail, node);
	return true;
}

/* Anchors and tags could hide what a value is; the rest of the file is read all the same. */
static void refuse_properties(
	struct reading *r, struct node *node, const yaml_char_t *anchor, const yaml_char_t *tag)
{
	if (anchor)
		problem(r->problems, node->place,
			"anchors are refused: use defaults, a matrix or a folder");
	if (tag)
		problem_at(r->problems, node, "tags are refused: quote a text that begins with !");
}

static bool add_scalar(struct reading *r, const yaml_event_t *event)
{
	struct node *node = node_new(r, NODE_SCALAR, event->start_mark);
	struct str text = {(const char *)event->data.scalar.value, event->data.scalar.length};
	node->text = arena_str(r->arena, text);
	node->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	refuse_properties(r, node, event->data.scalar.anchor, event->data.scalar.tag);
	if (text.n && memchr(text.p, '\0', text.n))
		problem_at(r->problems, node, "a NUL character");
	return attach(r, node);
}

static bool open_level(struct reading *r, const yaml_event_t *event, enum node_kind kind)
{
	struct node *node = node_new(r, kind, event->start_mark);
	if (kind == NODE_LIST)
		refuse_properties(
			r, node, event->data.sequence_start.anchor, event->data.sequence_start.tag);
	else
		refuse_properties(
			r, node, event->data.mapping_start.anchor, event->data.mapping_start.tag);
	if (r->depth == NODE_DEPTH_MAX)
		return problem(
			r->problems, node->place, "nested deeper than %d levels", NODE_DEPTH_MAX);
	if (!attach(r, node))
		return false;
	r->levels[r->depth++] = (struct level){.node = node};
	return true;
}

static int by_key(const void *a, const void *b)
{
	const struct node *x = *(struct node *const *)a, *y = *(struct node *const *)b;
	size_t n = x->key->text.n < y->key->text.n ? x->key->text.n : y->key->text.n;
	int order = n ? memcmp(x->key->text.p, y->key->text.p, n) : 0;
	if (order)
		return order;
	if (x->key->text.n != y->key->text.n)
		return x->key->text.n < y->key->text.n ? -1 : 1;
	if (x->key->place.line != y->key->place.line)
		return x->key->place.line < y->key->place.line ? -1 : 1;
	return x->key->place.column < y->key->place.column ? -1 : 1;
}

static void find_duplicates(struct reading *r, const struct node *map)
{
	struct node *few[KEYS_USUALLY];
	struct arena scratch;
	arena_init(&scratch);
	struct node **children =
		map->n <= KEYS_USUALLY ? few : ARENA_ARRAY(&scratch, map->n, struct node *);
	size_t n = 0;
	for (struct node *child = map->first; child; child = child->next)
		children[n++] = child;
	qsort(children, n, sizeof(struct node *), by_key);
	for (size_t i = 1, first = 0; i < n; i++) {
		const struct node *key = children[i]->key;
		if (!str_eq(key->text, children[first]->key->text)) {
			first = i;
			continue;
		}
		children[i]->bad = true;
		problem(r->problems, key->place,
			"duplicate key '%.*s', it stands at line %u already", SHOWN(key->text),
			children[first]->key->place.line);
	}
	arena_fini(&scratch);
}

static void close_level(struct reading *r)
{
	const struct node *node = r->levels[--r->depth].node;
	if (node->kind == NODE_MAP && node->n > 1)
		find_duplicates(r, node);
}

static bool add_alias(struct reading *r, const yaml_event_t *event)
{
	struct node *node = node_new(r, NODE_SCALAR, event->start_mark);
	node->text = STR("");
	problem_at(r->problems, node, "aliases are refused: quote a text that begins with *");
	return attach(r, node);
}

static bool take(struct reading *r, const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_DOCUMENT_START_EVENT:
		if (r->documents++ == 0)
			return true;
		return problem(r->problems, place_of(r, event->start_mark),
			"a second document: one file holds one");
	case YAML_ALIAS_EVENT: return add_alias(r, event);
	case YAML_SCALAR_EVENT: return add_scalar(r, event);
	case YAML_SEQUENCE_START_EVENT: return open_level(r, event, NODE_LIST);
	case YAML_MAPPING_START_EVENT: return open_level(r, event, NODE_MAP);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT: close_level(r); return true;
	case YAML_NO_EVENT:
	case YAML_STREAM_START_EVENT:
	case YAML_STREAM_END_EVENT:
	case YAML_DOCUMENT_END_EVENT: break;
	}
	return true;
}

static bool is_control(uint32_t code)
{
	return (code < 0x20 && code != '\t' && code != '\n' && code != '\r') ||
	       (code >= 0x7f && code < 0xa0 && code != 0x85);
}

/* Characters that end a line for libyaml but for no editor: lines would be counted in two ways. */
static const char *line_break(uint32_t code)
{
	return code == 0x85 ? "\\N" : code == 0x2028 ? "\\L" : code == 0x2029 ? "\\P" : NULL;
}

/* What libyaml would report without a place, or be slow on. */
static bool scan(const struct file *file, struct problems *problems)
{
	struct place place = {file, 1, 1};
	size_t directives = 0;
	for (size_t at = 0; at < file->text.n;) {
		char byte = file->text.p[at];
		if (byte >= ' ' && byte <= '~' && byte != '%') { /* nearly all are */
			at++;
			place.column++;
			continue;
		}
		struct utf8_char c = utf8_next(str_from(file->text, at));
		if (!c.ok)
			return problem(problems, place, "not UTF-8");
		if (is_control(c.code))
			return problem(
				problems, place, "a control character (0x%02x)", (unsigned)c.code);
		if (line_break(c.code))
			return problem(problems, place,
				"a line break of Unicode (U+%04X): write %s in double quotes",
				(unsigned)c.code, line_break(c.code));
		if (c.code == '%' && place.column == 1 && ++directives > DIRECTIVES_MAX)
			return problem(problems, place, "more than %d lines that begin with %%",
				DIRECTIVES_MAX);
		at += c.n;
		place.column++;
		if (place.line < file->n_lines && at == file->lines[place.line])
			place = (struct place){file, place.line + 1, 1};
	}
	return true;
}

static bool read_events(struct reading *r)
{
	for (;;) {
		yaml_event_t event;
		if (!yaml_parser_parse(&r->parser, &event))
			return not_yaml(r);
		bool last = event.type == YAML_STREAM_END_EVENT;
		bool ok = take(r, &event);
		yaml_event_delete(&event);
		if (!ok || last)
			return ok;
	}
}

struct node *yaml_read(const struct file *file, struct arena *arena, struct problems *problems)
{
	struct reading r = {.file = file, .arena = arena, .problems = problems};
	if (!scan(file, problems))
		return NULL;
	if (!yaml_parser_initialize(&r.parser))
		mem_exhausted();
	yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&r.parser, (const unsigned char *)file->text.p, file->text.n);
	bool ok = read_events(&r);
	yaml_parser_delete(&r.parser);
	return ok ? r.root : NULL;
}
