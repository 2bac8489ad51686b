/* Matchers from JSON, so that a test's table can say {'contains': 'x', 'ignore_case': true}; the
 * check files' own compiler belongs to another room. */
#ifndef OUTRIDER_TESTS_UNIT_CHECK_BUILD_H
#define OUTRIDER_TESTS_UNIT_CHECK_BUILD_H

#include "check/matcher.h"
#include "unit.h"

static inline void build_matcher(
	struct arena *arena, const struct json *from, struct matcher *into);

static const struct signatures *build_signatures; /* what not_signature means */

static inline void build_type(struct match_term *term, struct str name)
{
	for (enum json_type type = JSON_NULL; type <= JSON_OBJECT; type++)
		if (str_eq(name, str_of(json_type_name(type))))
			term->type = type;
	term->integer = str_eq(name, STR("integer"));
	if (term->integer)
		term->type = JSON_NUMBER;
}

static inline void build_regex(struct arena *arena, struct match_term *term, bool ignore_case)
{
	struct error error = {""};
	struct regex *regex = regex_new(term->text, ignore_case, &error);

	if (!regex)
		fail_msg("%s", error.text);
	arena_on_fini(arena, (void (*)(void *))regex_free, regex);
	term->regex = regex;
}

static inline void build_subs(struct arena *arena, struct match_term *term)
{
	bool list = json_type(term->value) == JSON_ARRAY;
	struct matcher *subs;

	term->n_sub = list ? json_count(term->value) : 1;
	subs = ARENA_ARRAY(arena, term->n_sub, struct matcher);
	for (size_t i = 0; i < term->n_sub; i++)
		build_matcher(arena, list ? json_item(term->value, i) : term->value, &subs[i]);
	term->sub = subs;
}

static inline void build_term(
	struct arena *arena, const struct json *value, struct match_term *term, bool ignore_case)
{
	double number = json_number(value);
	size_t op = 0, items = number >= 0 && number < 1e9 ? (size_t)number : 0;

	while (op < MATCH_OP_COUNT &&
		!str_eq(json_name(value), str_of(match_op_name((enum match_op)op))))
		op++;
	assert_true(op < MATCH_OP_COUNT);
	*term = (struct match_term){.op = (enum match_op)op,
		.value = value,
		.text = json_string(value),
		.number = number,
		.items = items,
		.yes = json_bool(value),
		.signatures = build_signatures};
	if (term->op == MATCH_TYPE)
		build_type(term, term->text);
	if (term->op == MATCH_MATCHES)
		build_regex(arena, term, ignore_case);
	if (term->op == MATCH_NOT || (term->op >= MATCH_ANY && term->op <= MATCH_ALL_OF))
		build_subs(arena, term);
}

/* A scalar means equals. */
static inline void build_matcher(struct arena *arena, const struct json *from, struct matcher *into)
{
	struct match_term *terms = ARENA_ARRAY(arena, json_count(from) + 1, struct match_term);

	*into = (struct matcher){.terms = terms};
	if (json_type(from) != JSON_OBJECT) {
		into->n_terms = 1;
		terms[0] = (struct match_term){.op = MATCH_EQUALS, .value = from};
		return;
	}
	into->ignore_case = json_bool(json_member(from, "ignore_case"));
	for (const struct json *value = json_first(from); value; value = json_next(value))
		if (!str_eq(json_name(value), STR("ignore_case")))
			build_term(arena, value, &terms[into->n_terms++], into->ignore_case);
}

static inline const struct matcher *matcher_of(struct arena *arena, const char *text)
{
	struct matcher *matcher = ARENA_NEW(arena, struct matcher);

	build_matcher(arena, tree(arena, text), matcher);
	return matcher;
}

/* Named signatures, each a matcher; ends with NULL. */
static inline const struct signatures *signatures_of(
	struct arena *arena, const char *name, const char *const *texts)
{
	struct signatures *signatures = ARENA_NEW(arena, struct signatures);
	struct matcher *items;

	while (texts[signatures->n])
		signatures->n++;
	items = ARENA_ARRAY(arena, signatures->n, struct matcher);
	for (size_t i = 0; i < signatures->n; i++)
		build_matcher(arena, tree(arena, texts[i]), &items[i]);
	signatures->name = name;
	signatures->items = items;
	signatures->labels = texts;
	return signatures;
}

#endif
