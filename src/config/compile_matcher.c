#include "config/compile.h"

#include "config/scalar.h"
#include "config/validate.h"

#include "base/memory.h"

enum { TERMS_MAX = 64 };

/* What a matcher inherits from the one around it. */
struct around {
	bool text; /* the subject is text */
	bool ignore_case;
	bool signature; /* inside a set of signatures */
	bool list; /* the subject is the list that a path with [*] selects */
};

static const struct matcher *matcher(struct compile *c, struct node *node, struct around around);

static void release_json(void *json)
{
	json_free(json);
}

static void release_regex(void *regex)
{
	regex_free(regex);
}

static const struct json *value_of(struct compile *c, struct node *node, bool text)
{
	struct buf out = BUF_INIT(SIZE_MAX);
	struct error error = {0};
	compile_json(c, node, text, &out);
	struct json *json = json_parse(buf_str(&out), &error);
	buf_fini(&out);
	if (json)
		arena_on_fini(c->arena, release_json, json);
	else
		problem_at(c->problems, node, "not a JSON value: %s", error.text);
	return json;
}

static void set_regex(
	struct compile *c, struct match_term *term, struct node *node, bool ignore_case)
{
	struct error error = {0};
	struct regex *regex = regex_new(term->text, ignore_case, &error);
	if (regex)
		arena_on_fini(c->arena, release_regex, regex);
	else
		problem_at(c->problems, node, "not a regular expression: %s", error.text);
	term->regex = regex;
}

static void set_type(struct match_term *term, struct str word)
{
	static const enum json_type types[] = {JSON_STRING, JSON_NUMBER, JSON_NUMBER, JSON_BOOL,
		JSON_ARRAY, JSON_OBJECT, JSON_NULL};
	int choice = scalar_choice(word, key_find(IN_MATCHER, STR("type"))->choices);
	term->type = types[choice < 0 ? 0 : choice];
	term->integer = str_eq(word, STR("integer"));
}

static void set_signatures(
	struct compile *c, struct match_term *term, struct node *node, struct around around)
{
	const char **names = ARENA_ARRAY(c->scratch, c->n_signatures + 1, const char *);
	if (around.signature) {
		problem_at(c->problems, node, "a signature can't name signatures");
		return;
	}
	for (size_t i = 0; i < c->n_signatures; i++) {
		names[i] = c->signatures[i].name;
		if (str_eq(node->text, str_of(names[i])))
			term->signatures = &c->signatures[i];
	}
	if (!term->signatures)
		problem_at(c->problems, node, "unknown set of signatures '%.*s'%s",
			SHOWN(node->text), problems_hint(c->problems, node->text, names));
}

static void set_list(
	struct compile *c, struct match_term *term, const struct node *list, struct around around)
{
	struct matcher *items = ARENA_ARRAY(c->arena, list->n, struct matcher);
	for (struct node *item = list->first; item; item = item->next)
		items[term->n_sub++] = *matcher(c, item, around);
	term->sub = items;
}

static void set_sub(
	struct compile *c, struct match_term *term, struct node *node, struct around around)
{
	term->sub = matcher(c, node, around);
	term->n_sub = 1;
}

static void set_text(struct compile *c, struct match_term *term, struct node *node)
{
	compile_plain(c, node);
	term->text = arena_str(c->arena, node->text);
}

static void set_term(
	struct compile *c, struct match_term *term, struct node *node, struct around around)
{
	int64_t items = 0;
	switch (term->op) {
	case MATCH_EQUALS:
	case MATCH_IN: term->value = value_of(c, node, around.text); break;
	case MATCH_CONTAINS: term->value = value_of(c, node, around.text); /* fall through */
	case MATCH_STARTS_WITH:
	case MATCH_ENDS_WITH: set_text(c, term, node); break;
	case MATCH_MATCHES:
		set_text(c, term, node);
		set_regex(c, term, node, around.ignore_case);
		break;
	case MATCH_NOT_EMPTY:
	case MATCH_EXISTS: scalar_bool(node->text, &term->yes); break;
	case MATCH_TYPE: set_type(term, node->text); break;
	case MATCH_MIN:
	case MATCH_MAX: scalar_number(node->text, &term->number); break;
	case MATCH_MIN_ITEMS:
	case MATCH_MAX_ITEMS:
		scalar_int(node->text, &items);
		term->items = (size_t)items;
		break;
	case MATCH_NOT: set_sub(c, term, node, around); break;
	case MATCH_ANY:
	case MATCH_ALL:
	case MATCH_NONE:
		around.list = false;
		set_sub(c, term, node, around);
		break;
	case MATCH_ANY_OF:
	case MATCH_ALL_OF: set_list(c, term, node, around); break;
	case MATCH_NOT_SIGNATURE: set_signatures(c, term, node, around); break;
	case MATCH_OP_COUNT: break;
	}
}

static enum match_op op_of(struct str name)
{
	for (size_t i = 0; i < MATCH_OP_COUNT; i++)
		if (str_eq(name, str_of(match_op_name((enum match_op)i))))
			return (enum match_op)i;
	return MATCH_OP_COUNT;
}

/* Of a list the others never hold, so that their opposite always would. */
static bool judges_lists(enum match_op op)
{
	switch (op) {
	case MATCH_NOT:
	case MATCH_NOT_EMPTY:
	case MATCH_EXISTS:
	case MATCH_MIN_ITEMS:
	case MATCH_MAX_ITEMS:
	case MATCH_ANY:
	case MATCH_ALL:
	case MATCH_NONE:
	case MATCH_ANY_OF:
	case MATCH_ALL_OF: return true;
	case MATCH_EQUALS:
	case MATCH_IN:
	case MATCH_CONTAINS:
	case MATCH_STARTS_WITH:
	case MATCH_ENDS_WITH:
	case MATCH_MATCHES:
	case MATCH_TYPE:
	case MATCH_MIN:
	case MATCH_MAX:
	case MATCH_NOT_SIGNATURE:
	case MATCH_OP_COUNT: break;
	}
	return false;
}

static void refuse_list(struct compile *c, struct place place)
{
	problem(c->problems, place, "[*] selects a list: any, all or none judge what is in it");
}

/* The term of that kind, or NULL. */
static const struct match_term *term_of(const struct matcher *matcher, enum match_op op)
{
	for (size_t i = 0; i < matcher->n_terms; i++)
		if (matcher->terms[i].op == op)
			return &matcher->terms[i];
	return NULL;
}

static void hold_bounds(struct compile *c, const struct matcher *matcher, const struct node *map)
{
	const struct match_term *min = term_of(matcher, MATCH_MIN),
				*max = term_of(matcher, MATCH_MAX),
				*fewest = term_of(matcher, MATCH_MIN_ITEMS),
				*most = term_of(matcher, MATCH_MAX_ITEMS);
	if (min && max && min->number > max->number)
		problem(c->problems, node_key_place(map), "min is above max: nothing would pass");
	if (fewest && most && fewest->items > most->items)
		problem(c->problems, node_key_place(map),
			"min_items is above max_items: nothing would pass");
}

static void set_map(struct compile *c, struct matcher *to, struct node *map, struct around around)
{
	struct match_term *terms = ARENA_ARRAY(c->arena, map->n, struct match_term);
	struct view view = {map, NULL, IN_MATCHER};
	size_t said = 0;
	if (view_get(view, "ignore_case"))
		around.ignore_case = view_bool(view, "ignore_case");
	to->ignore_case = around.ignore_case;
	to->terms = terms;
	for (struct node *child = map->first; child; child = child->next) {
		enum match_op op = op_of(child->key->text);
		said += op != MATCH_OP_COUNT || child->bad;
		if (op == MATCH_OP_COUNT || child->bad)
			continue;
		if (around.list && !judges_lists(op))
			refuse_list(c, child->key->place);
		terms[to->n_terms].op = op;
		set_term(c, &terms[to->n_terms++], child, around);
	}
	if (said == 0)
		problem(c->problems, node_key_place(map),
			"demands nothing: name a matcher, such as exists: true");
	hold_bounds(c, to, map);
}

static const struct matcher *matcher(struct compile *c, struct node *node, struct around around)
{
	struct matcher *to = ARENA_NEW(c->arena, struct matcher);
	to->ignore_case = around.ignore_case;
	if (node->bad || node->kind == NODE_LIST)
		return to;
	if (node->kind == NODE_MAP) {
		set_map(c, to, node, around);
		return to;
	}
	if (around.list)
		refuse_list(c, node->place);
	struct match_term *term = ARENA_NEW(c->arena, struct match_term);
	term->op = MATCH_EQUALS;
	term->value = value_of(c, node, around.text);
	to->terms = term;
	to->n_terms = 1;
	return to;
}

const struct matcher *compile_matcher(struct compile *c, struct node *node, bool text)
{
	return matcher(c, node, (struct around){.text = text});
}

const struct matcher *compile_list_matcher(struct compile *c, struct node *node)
{
	return matcher(c, node, (struct around){.list = true});
}

static void set_signature(struct compile *c, struct signatures *set, const struct node *list)
{
	struct matcher *items = ARENA_ARRAY(c->arena, list->n, struct matcher);
	const char **labels = ARENA_ARRAY(c->arena, list->n, const char *);
	for (struct node *item = list->first; item; item = item->next) {
		struct buf text = BUF_INIT(FILE_BYTES_MAX);
		items[set->n] = *matcher(c, item, (struct around){.text = true, .signature = true});
		if (!problems_any(c->problems)) /* a broken one can't be described */
			matcher_describe(&items[set->n], &text);
		labels[set->n++] = arena_strndup(c->arena, buf_str(&text));
		buf_fini(&text);
	}
	set->items = items;
	set->labels = labels;
}

void compile_signatures(struct compile *c)
{
	const struct node *map = view_get((struct view){c->root, NULL, IN_TOP}, "signatures");
	if (!map || map->kind != NODE_MAP)
		return;
	c->signatures = ARENA_ARRAY(c->arena, map->n, struct signatures);
	for (struct node *list = map->first; list; list = list->next) {
		if (list->bad || list->kind != NODE_LIST)
			continue;
		struct signatures *set = &c->signatures[c->n_signatures++];
		set->name = arena_strndup(c->arena, list->key->text);
		set_signature(c, set, list);
	}
}
