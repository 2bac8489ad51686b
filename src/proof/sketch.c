#include "proof/sketch.h"

#include "base/json_writer.h"

enum sketch_kind { SKETCH_LEAF, SKETCH_OBJECT, SKETCH_ARRAY };

struct sketch {
	struct arena *arena;
	enum sketch_kind kind;
	struct str name; /* in an object */
	struct sketch *first, *next;
	size_t n;
	struct demands demands; /* of a leaf */
	struct str standard; /* JSON; empty: none */
};

/* One demand on its way to the leaves. */
struct demand {
	const struct jsonpath_segment *segments;
	size_t n;
	const struct matcher *matcher; /* or NULL */
	bool list; /* judged over all the leaves together */
	size_t leaf; /* how many were reached before */
};

struct sketch *sketch_new(struct arena *arena)
{
	struct sketch *sketch = ARENA_NEW(arena, struct sketch);
	sketch->arena = arena;
	return sketch;
}

static bool become(struct sketch *node, enum sketch_kind kind)
{
	if (node->kind == SKETCH_LEAF)
		node->kind = kind;
	return node->kind == kind;
}

static struct sketch *append(struct sketch *node, struct str name)
{
	struct sketch **end = &node->first;
	while (*end)
		end = &(*end)->next;
	*end = sketch_new(node->arena);
	(*end)->name = arena_str(node->arena, name);
	node->n++;
	return *end;
}

static struct sketch *member(struct sketch *node, struct str name)
{
	for (struct sketch *child = node->first; child; child = child->next)
		if (str_eq(child->name, name))
			return child;
	return append(node, name);
}

static bool lengthen(struct sketch *node, size_t n)
{
	if (!become(node, SKETCH_ARRAY) || n > SKETCH_ITEMS_MAX)
		return false;
	while (node->n < n)
		append(node, STR(""));
	return true;
}

static struct sketch *item(struct sketch *node, long index)
{
	size_t at = index >= 0 ? (size_t)index : (size_t)-index - 1;
	if (!lengthen(node, at + 1))
		return NULL;
	if (index < 0)
		at = node->n - (size_t)-index;
	struct sketch *child = node->first;
	while (at-- > 0)
		child = child->next;
	return child;
}

/* --- demands on lists --- */

static size_t larger(size_t a, size_t b)
{
	return a > b ? a : b;
}

/* How many items a list needs: an `any` may need one of its own. 0: the demand is on no list. */
static size_t items_wanted(const struct matcher *matcher)
{
	size_t any = 0, n = 0;
	for (size_t i = 0; matcher && i < matcher->n_terms; i++) {
		const struct match_term *term = &matcher->terms[i];
		if (term->op == MATCH_ANY)
			any++;
		else if (term->op == MATCH_MIN_ITEMS)
			n = larger(n, term->items);
		else if (term->op == MATCH_ALL || term->op == MATCH_NONE)
			n = larger(n, 1);
		else if (term->op == MATCH_ALL_OF || term->op == MATCH_ANY_OF)
			for (size_t k = 0; k < (term->op == MATCH_ALL_OF ? term->n_sub : 1); k++)
				n = larger(n, items_wanted(&term->sub[k]));
	}
	return larger(n, any);
}

static bool demands_list(const struct matcher *matcher)
{
	for (size_t i = 0; matcher && i < matcher->n_terms; i++)
		if (matcher->terms[i].op == MATCH_TYPE && matcher->terms[i].type == JSON_ARRAY)
			return true;
	return items_wanted(matcher) > 0;
}

static bool forbids(const struct matcher *matcher)
{
	for (size_t i = 0; matcher && i < matcher->n_terms; i++)
		if (matcher->terms[i].op == MATCH_EXISTS && !matcher->terms[i].yes)
			return true;
	return false;
}

/* What a demand on the whole list means for its item at index. */
static bool demand_of_item(struct sketch *node, const struct matcher *matcher, size_t index)
{
	size_t any = 0;
	bool ok = true;
	for (size_t i = 0; matcher && i < matcher->n_terms; i++) {
		const struct match_term *term = &matcher->terms[i];
		if (term->op == MATCH_ALL || (term->op == MATCH_ANY && any++ == index))
			ok &= demands_add(&node->demands, term->sub);
		else if (term->op == MATCH_ALL_OF || term->op == MATCH_ANY_OF)
			for (size_t k = 0; k < (term->op == MATCH_ALL_OF ? term->n_sub : 1); k++)
				ok &= demand_of_item(node, &term->sub[k], index);
	}
	return ok;
}

static bool wants_some(const struct matcher *matcher)
{
	for (size_t i = 0; i < matcher->n_terms; i++)
		if (matcher->terms[i].op == MATCH_NOT_EMPTY && matcher->terms[i].yes)
			return true;
	return false;
}

static bool demand_list(struct sketch *node, const struct matcher *matcher)
{
	if (!lengthen(node, larger(items_wanted(matcher), wants_some(matcher))))
		return false;
	size_t index = 0;
	for (struct sketch *child = node->first; child; child = child->next)
		if (!demand_of_item(child, matcher, index++))
			return false;
	return true;
}

/* --- the way to the place --- */

static bool demand_here(struct sketch *node, struct demand *demand)
{
	if (demand->list)
		return demand_of_item(node, demand->matcher, demand->leaf++);
	if (demand->matcher && (node->kind == SKETCH_ARRAY || demands_list(demand->matcher)))
		return demand_list(node, demand->matcher);
	return !demand->matcher || demands_add(&node->demands, demand->matcher);
}

/* The last [*] is as long as the list is to be. */
static size_t length_at(const struct demand *demand, size_t depth)
{
	for (size_t i = depth + 1; i < demand->n; i++)
		if (demand->segments[i].kind == JSONPATH_ALL)
			return 1;
	return larger(1, items_wanted(demand->matcher));
}

static bool demand_below(struct sketch *node, struct demand *demand, size_t depth)
{
	const struct jsonpath_segment *segment = &demand->segments[depth];
	if (depth == demand->n)
		return demand_here(node, demand);
	switch (segment->kind) {
	case JSONPATH_NAME:
		return become(node, SKETCH_OBJECT) &&
		       demand_below(member(node, segment->name), demand, depth + 1);
	case JSONPATH_INDEX:
		node = item(node, segment->index);
		return node && demand_below(node, demand, depth + 1);
	case JSONPATH_ALL: break;
	}
	if (node->kind != SKETCH_OBJECT && !lengthen(node, length_at(demand, depth)))
		return false;
	for (struct sketch *child = node->first; child; child = child->next)
		if (!demand_below(child, demand, depth + 1))
			return false;
	return true;
}

bool sketch_demand(struct sketch *root, const struct jsonpath *path, const struct matcher *matcher)
{
	struct demand demand = {.matcher = matcher, .list = jsonpath_is_list(path)};
	demand.segments = jsonpath_segments(path, &demand.n);
	return forbids(matcher) || demand_below(root, &demand, 0);
}

void sketch_default(struct sketch *root, const char *path, struct str json)
{
	struct error error;
	const struct jsonpath *compiled = jsonpath_compile(root->arena, str_of(path), &error);
	struct sketch *node = root;
	size_t n = 0;
	const struct jsonpath_segment *segments = compiled ? jsonpath_segments(compiled, &n) : NULL;
	for (size_t i = 0; node && i < n; i++) {
		bool name = segments[i].kind == JSONPATH_NAME;
		if (!become(node, name ? SKETCH_OBJECT : SKETCH_ARRAY))
			return;
		node = name ? member(node, segments[i].name) : item(node, segments[i].index);
	}
	if (node)
		node->standard = arena_str(root->arena, json);
}

/* --- the value --- */

static bool write_leaf(struct sketch *node, struct buf *out)
{
	struct str json = node->standard;
	bool ok = json.n && solve_tried(node->arena, &node->demands, json);
	if (!ok)
		ok = solve_json(node->arena, &node->demands, &json);
	buf_putstr(out, json);
	return ok;
}

bool sketch_write(struct sketch *node, struct buf *out)
{
	bool ok = true;
	if (node->kind == SKETCH_LEAF)
		return write_leaf(node, out);
	buf_putc(out, node->kind == SKETCH_OBJECT ? '{' : '[');
	for (struct sketch *child = node->first; child; child = child->next) {
		if (child != node->first)
			buf_putc(out, ',');
		if (node->kind == SKETCH_OBJECT) {
			json_put_string(out, child->name);
			buf_putc(out, ':');
		}
		ok &= sketch_write(child, out);
	}
	buf_putc(out, node->kind == SKETCH_OBJECT ? '}' : ']');
	return ok && !out->cut;
}
