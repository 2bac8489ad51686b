#include "check/selection.h"

#include "base/memory.h"
#include "base/text.h"
#include "base/utf8.h"

#include <stdlib.h>

enum node_kind { NODE_TAG, NODE_NOT, NODE_ALL, NODE_ANY };

/* Children hang in a list, so that only brackets and `not` deepen the tree. */
struct tag_expression {
	enum node_kind kind;
	struct str tag; /* NODE_TAG */
	struct tag_expression *child; /* the first; the others: NODE_ALL, NODE_ANY */
	struct tag_expression *next; /* sibling */
};

struct parser {
	struct arena *arena;
	struct str text;
	size_t at; /* of `word` */
	struct str word; /* a tag, a keyword or a bracket; empty at the end */
	unsigned depth;
	struct error *error;
};

static bool is_tag_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '.' || c == '-';
}

static void advance(struct parser *parser)
{
	struct str text = parser->text;
	size_t at = parser->at + parser->word.n;
	while (at < text.n && (text.p[at] == ' ' || text.p[at] == '\t' || text.p[at] == '\n'))
		at++;
	size_t end = at;
	while (end < text.n && is_tag_char(text.p[end]))
		end++;
	if (end == at && at < text.n)
		end += utf8_next(str_from(text, at)).n;
	parser->at = at;
	parser->word = (struct str){text.p + at, end - at};
}

static bool at_word(const struct parser *parser, const char *word)
{
	return str_eq(parser->word, str_of(word));
}

static struct tag_expression *refuse(struct parser *parser, const char *wanted)
{
	if (parser->word.n == 0) {
		error_set(parser->error, "column %zu: expected %s, found the end", parser->at + 1,
			wanted);
		return NULL;
	}
	struct buf word = BUF_INIT(64);
	text_inert(&word, parser->word, parser->word.n);
	error_set(parser->error, "column %zu: expected %s, found \"%s\"", parser->at + 1, wanted,
		buf_text(&word));
	buf_fini(&word);
	return NULL;
}

static struct tag_expression *node_new(struct parser *parser, enum node_kind kind)
{
	struct tag_expression *node = ARENA_NEW(parser->arena, struct tag_expression);
	node->kind = kind;
	return node;
}

static struct tag_expression *parse_chain(struct parser *parser, enum node_kind kind);

static bool descend(struct parser *parser)
{
	if (parser->depth == TAG_EXPRESSION_DEPTH_MAX)
		return error_set(parser->error, "column %zu: nested deeper than %d levels",
			parser->at + 1, TAG_EXPRESSION_DEPTH_MAX);
	parser->depth++;
	advance(parser);
	return true;
}

static struct tag_expression *parse_one(struct parser *parser)
{
	if (at_word(parser, "not")) {
		if (!descend(parser))
			return NULL;
		struct tag_expression *node = node_new(parser, NODE_NOT);
		node->child = parse_one(parser);
		parser->depth--;
		return node->child ? node : NULL;
	}
	if (at_word(parser, "(")) {
		if (!descend(parser))
			return NULL;
		struct tag_expression *inside = parse_chain(parser, NODE_ANY);
		if (inside && !at_word(parser, ")"))
			return refuse(parser, "\"and\", \"or\" or \")\"");
		parser->depth--;
		advance(parser);
		return inside;
	}
	if (parser->word.n == 0 || !is_tag_char(parser->word.p[0]) || at_word(parser, "and") ||
		at_word(parser, "or"))
		return refuse(parser, "a tag, \"not\" or \"(\"");
	struct tag_expression *tag = node_new(parser, NODE_TAG);
	tag->tag = arena_str(parser->arena, parser->word);
	advance(parser);
	return tag;
}

/* NODE_ANY: a or b or ...; each of them NODE_ALL: a and b and ... */
static struct tag_expression *parse_chain(struct parser *parser, enum node_kind kind)
{
	struct tag_expression *node = node_new(parser, kind);
	struct tag_expression **tail = &node->child;
	for (;;) {
		*tail = kind == NODE_ANY ? parse_chain(parser, NODE_ALL) : parse_one(parser);
		if (!*tail)
			return NULL;
		tail = &(*tail)->next;
		if (!at_word(parser, kind == NODE_ANY ? "or" : "and"))
			return node;
		advance(parser);
	}
}

const struct tag_expression *tag_expression_parse(
	struct arena *arena, const char *text, struct error *error)
{
	struct parser parser = {.arena = arena, .text = str_of(text), .error = error};
	advance(&parser);
	const struct tag_expression *root = parse_chain(&parser, NODE_ANY);
	if (root && parser.word.n > 0)
		return refuse(&parser, "\"and\", \"or\" or the end");
	return root;
}

static bool has_tag(const struct check *check, struct str tag)
{
	for (size_t i = 0; i < check->n_tags; i++)
		if (str_eq(str_of(check->tags[i]), tag))
			return true;
	return false;
}

static bool holds(const struct tag_expression *node, const struct check *check)
{
	switch (node->kind) {
	case NODE_TAG: return has_tag(check, node->tag);
	case NODE_NOT: return !holds(node->child, check);
	case NODE_ALL:
	case NODE_ANY:
		for (const struct tag_expression *one = node->child; one; one = one->next)
			if (holds(one, check) == (node->kind == NODE_ANY))
				return node->kind == NODE_ANY;
		return node->kind == NODE_ALL;
	}
	return false;
}

/* A check with a matrix answers to its own id too: "code" means every "code[...]". */
static bool id_matches(const char *wanted, const char *id)
{
	if (text_glob(wanted, id))
		return true;
	size_t n = strlen(wanted);
	return strncmp(id, wanted, n) == 0 && id[n] == '[';
}

static bool any_id(const struct selection *selection, const struct check *check)
{
	for (size_t i = 0; i < selection->n_ids; i++)
		if (id_matches(selection->ids[i], check->id))
			return true;
	return selection->n_ids == 0;
}

static bool any_service(const struct selection *selection, const struct check *check)
{
	for (size_t i = 0; i < selection->n_services; i++)
		if (strcmp(selection->services[i], check->service->id) == 0)
			return true;
	return selection->n_services == 0;
}

static int compare_id(const void *id, const void *entry)
{
	return strcmp(id, *(const char *const *)entry);
}

bool check_list_has(const struct check_list *list, const char *id)
{
	return list->n && bsearch(id, list->ids, list->n, sizeof(*list->ids), compare_id);
}

bool selection_has(const struct selection *selection, const struct check *check)
{
	if (selection->among && !check_list_has(selection->among, check->id))
		return false;
	return any_id(selection, check) && any_service(selection, check) &&
	       (!selection->tags || holds(selection->tags, check));
}

/* Fails; names: NULL-terminated, of the heap, freed here. */
static bool unknown(struct error *error, const char *what, const char *word, const char **names)
{
	const char *near = text_nearest(word, names);
	error_set(error, near ? "no %s \"%s\"; did you mean \"%s\"?" : "no %s \"%s\"", what, word,
		near);
	free(names);
	return false;
}

static bool validate_id(const struct plan *plan, const char *wanted, struct error *error)
{
	for (size_t i = 0; i < plan->n_checks; i++)
		if (id_matches(wanted, plan->checks[i].id))
			return true;
	if (strpbrk(wanted, "*?"))
		return error_set(error, "no check matches \"%s\"", wanted);
	const char **names = mem_alloc((plan->n_checks + 1) * sizeof(*names));
	for (size_t i = 0; i < plan->n_checks; i++)
		names[i] = plan->checks[i].id;
	return unknown(error, "check", wanted, names);
}

static bool validate_service(const struct plan *plan, const char *wanted, struct error *error)
{
	for (size_t i = 0; i < plan->n_services; i++)
		if (strcmp(plan->services[i].id, wanted) == 0)
			return true;
	const char **names = mem_alloc((plan->n_services + 1) * sizeof(*names));
	for (size_t i = 0; i < plan->n_services; i++)
		names[i] = plan->services[i].id;
	return unknown(error, "service", wanted, names);
}

/* The first tag in the expression that no check has; empty: none. */
static struct str strange_tag(const struct tag_expression *node, const struct plan *plan)
{
	if (node->kind == NODE_TAG) {
		for (size_t i = 0; i < plan->n_checks; i++)
			if (has_tag(&plan->checks[i], node->tag))
				return (struct str){NULL, 0};
		return node->tag;
	}
	struct str strange = {NULL, 0};
	for (const struct tag_expression *one = node->child; one && !strange.n; one = one->next)
		strange = strange_tag(one, plan);
	return strange;
}

static bool explain_nothing(
	const struct selection *selection, const struct plan *plan, struct error *error)
{
	struct str tag = {NULL, 0};
	if (selection->tags)
		tag = strange_tag(selection->tags, plan);
	if (tag.n == 0)
		return error_set(error, "the selection matches no check");
	size_t n = 0;
	for (size_t i = 0; i < plan->n_checks; i++)
		n += plan->checks[i].n_tags;
	const char **names = mem_alloc((n + 1) * sizeof(*names));
	n = 0;
	for (size_t i = 0; i < plan->n_checks; i++)
		for (size_t j = 0; j < plan->checks[i].n_tags; j++)
			names[n++] = plan->checks[i].tags[j];
	char *word = mem_strndup(tag);
	unknown(error, "check has the tag", word, names);
	free(word);
	return error_wrap(error, "the selection matches no check");
}

bool selection_validate(
	const struct selection *selection, const struct plan *plan, struct error *error)
{
	for (size_t i = 0; i < selection->n_ids; i++)
		if (!validate_id(plan, selection->ids[i], error))
			return false;
	for (size_t i = 0; i < selection->n_services; i++)
		if (!validate_service(plan, selection->services[i], error))
			return false;
	for (size_t i = 0; i < plan->n_checks; i++)
		if (selection_has(selection, &plan->checks[i]))
			return true;
	return explain_nothing(selection, plan, error);
}
