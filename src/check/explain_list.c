#include "check/explain.h"

#include "check/finding.h"

enum { ITEMS_LISTED = 5 };

/* What any, all and none judge: an array's items, the nodes of a list, or the one node itself. */
static const struct json *array_of(const struct subject *subject)
{
	const struct json *node = subject_node(subject);

	return node && json_type(node) == JSON_ARRAY ? node : NULL;
}

static size_t list_count(const struct subject *subject)
{
	return array_of(subject) ? json_count(array_of(subject)) : subject->nodes.n;
}

/* The i-th item; before: the one in front of it. NULL: no more. */
static const struct json *list_next(
	const struct subject *subject, const struct json *before, size_t i)
{
	if (array_of(subject))
		return before ? json_next(before) : json_first(array_of(subject));
	return i < subject->nodes.n ? subject->nodes.items[i] : NULL;
}

static void put_item_place(struct explanation *x, const struct subject *subject, size_t i)
{
	struct buf place = BUF_INIT(FINDING_TEXT_MAX);

	if (x->path && x->root && subject->list)
		jsonpath_put_place(x->path, x->root, i, &place);
	else if (x->path)
		buf_puts(&place, jsonpath_text(x->path));
	if (array_of(subject))
		buf_printf(&place, "[%zu]", i);
	finding_clean(&x->words, x->secrets, buf_str(&place), FINDING_VALUE_MAX);
	buf_fini(&place);
}

/* The first item that the demand holds for, or not, and why. */
static void explain_item(struct explanation *x, const struct match_term *term,
	const struct subject *subject, bool holds)
{
	const struct json *item = list_next(subject, NULL, 0);

	for (size_t i = 0; item; item = list_next(subject, item, ++i)) {
		struct subject one = {.shape = SUBJECT_NODES, .nodes = {&item, 1}};
		if (matcher_judge(term->sub, &one).ok != holds)
			continue;
		put_item_place(x, subject, i);
		buf_puts(&x->words, " is ");
		explain_put_value(x, item);
		if (!subject_text(&one, &x->text))
			x->text = (struct str){NULL, 0};
		if (holds && x->text.n)
			x->place = matcher_place(term->sub, x->text);
		return;
	}
}

static void explain_any(struct explanation *x, const struct subject *subject)
{
	size_t n = list_count(subject);
	const struct json *item = list_next(subject, NULL, 0);

	buf_puts(&x->words, "none of ");
	explain_put_count(x, n);
	for (size_t i = 0; item && i < ITEMS_LISTED; item = list_next(subject, item, ++i)) {
		buf_puts(&x->words, i ? ", " : ": ");
		explain_put_value(x, item);
	}
	if (n > ITEMS_LISTED)
		buf_printf(&x->words, " and %zu more", n - ITEMS_LISTED);
}

void explain_list(
	struct explanation *x, const struct match_term *term, const struct subject *subject)
{
	if (subject->shape != SUBJECT_NODES)
		buf_puts(&x->words, "not a list");
	else if (list_count(subject) == 0)
		buf_puts(&x->words, "the list is empty");
	else if (term->op == MATCH_ANY)
		explain_any(x, subject);
	else
		explain_item(x, term, subject, term->op == MATCH_NONE);
}

void explain_count(struct explanation *x, const struct subject *subject)
{
	if (subject->list || array_of(subject))
		explain_put_count(x, list_count(subject));
	else
		buf_puts(&x->words, "not a list");
}
