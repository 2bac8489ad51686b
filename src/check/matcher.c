#include "check/matcher.h"

#include "base/fold.h"

#include <math.h>
#include <stdlib.h>

static const char *const op_names[] = {
#define X(id, name) [MATCH_##id] = name,
	MATCH_OPS(X)
#undef X
};

const char *match_op_name(enum match_op op)
{
	return op_names[op];
}

static const struct match_result matched = {.ok = true};

struct judging {
	struct regex_budget budget;
	bool undecided; /* a pattern reached its limit */
};

static struct match_result judge(
	const struct matcher *matcher, const struct subject *subject, struct judging *j);

static struct match_result failed_at(const struct match_term *term, struct str place)
{
	return (struct match_result){.failed = term, .place = place};
}

const struct json *subject_node(const struct subject *subject)
{
	return subject->shape == SUBJECT_NODES && !subject->list && subject->nodes.n == 1
		       ? subject->nodes.items[0]
		       : NULL;
}

bool subject_text(const struct subject *subject, struct str *text)
{
	const struct json *node = subject_node(subject);

	if (subject->shape == SUBJECT_TEXT)
		*text = subject->text;
	else if (node && json_type(node) == JSON_STRING)
		*text = json_string(node);
	else
		return false;
	return true;
}

/* A header's text may be a number too. */
static bool text_number(struct str text, double *number)
{
	char copy[64], *end;

	if (text.n == 0 || text.n >= sizeof(copy) || text.p[0] == '+')
		return false;
	memcpy(copy, text.p, text.n);
	copy[text.n] = '\0';
	if (strspn(copy, "+-.eE0123456789") != text.n)
		return false;
	*number = strtod(copy, &end);
	return *end == '\0' && isfinite(*number);
}

bool subject_number(const struct subject *subject, double *number)
{
	const struct json *node = subject_node(subject);

	if (subject->shape == SUBJECT_TEXT)
		return text_number(subject->text, number);
	if (subject->shape == SUBJECT_NUMBER)
		*number = subject->number;
	else if (node && json_type(node) == JSON_NUMBER)
		*number = json_number(node);
	else
		return false;
	return true;
}

static bool equals_text(const struct subject *subject, struct str value, bool ignore_case)
{
	struct str text;

	if (!subject_text(subject, &text))
		return false;
	return ignore_case ? fold_eq(text, value) : str_eq(text, value);
}

static bool equals_json(const struct subject *subject, const struct json *value, bool ignore_case)
{
	const struct json *node = subject_node(subject);
	double number;

	if (json_type(value) == JSON_STRING)
		return equals_text(subject, json_string(value), ignore_case);
	if (node)
		return json_equal(node, value);
	if (json_type(value) == JSON_NUMBER && subject_number(subject, &number))
		return !(number < json_number(value)) && !(number > json_number(value));
	return false;
}

static bool in_list(const struct subject *subject, const struct json *list, bool ignore_case)
{
	for (const struct json *item = json_first(list); item; item = json_next(item))
		if (equals_json(subject, item, ignore_case))
			return true;
	return false;
}

/* Text contains text; an array contains an element that equals it. */
static bool contains(const struct subject *subject, const struct match_term *term, bool ignore_case)
{
	const struct json *node = subject_node(subject);
	struct str text, place;

	if (subject_text(subject, &text))
		return match_text(term, text, ignore_case, &place);
	if (!node || json_type(node) != JSON_ARRAY)
		return false;
	for (const struct json *item = json_first(node); item; item = json_next(item)) {
		struct subject element = {
			.shape = SUBJECT_NODES, .nodes = {.items = &item, .n = 1}};
		if (term->value ? equals_json(&element, term->value, ignore_case)
				: equals_text(&element, term->text, ignore_case))
			return true;
	}
	return false;
}

static bool is_empty(const struct subject *subject)
{
	const struct json *node = subject_node(subject);
	struct str text;

	if (subject->shape == SUBJECT_MISSING)
		return true;
	if (subject->list)
		return subject->nodes.n == 0;
	if (subject_text(subject, &text))
		return text.n == 0;
	if (!node)
		return false;
	switch (json_type(node)) {
	case JSON_NULL: return true;
	case JSON_ARRAY:
	case JSON_OBJECT: return json_count(node) == 0;
	case JSON_BOOL:
	case JSON_NUMBER:
	case JSON_STRING: break;
	}
	return false;
}

/* A path with [*] that selected nothing has found nothing. */
static bool is_there(const struct subject *subject)
{
	return subject->shape != SUBJECT_MISSING &&
	       !(subject->shape == SUBJECT_NODES && subject->nodes.n == 0);
}

static bool has_type(const struct subject *subject, const struct match_term *term)
{
	const struct json *node = subject_node(subject);

	if (!node)
		return (subject->shape == SUBJECT_TEXT && term->type == JSON_STRING) ||
		       (subject->shape == SUBJECT_NUMBER && term->type == JSON_NUMBER);
	if (json_type(node) != term->type)
		return false;
	return !term->integer || json_number(node) == trunc(json_number(node));
}

/* How many items: those of the list a path selected, or of the one array. */
static bool item_count(const struct subject *subject, size_t *count)
{
	const struct json *node = subject_node(subject);

	if (subject->list)
		*count = subject->nodes.n;
	else if (node && json_type(node) == JSON_ARRAY)
		*count = json_count(node);
	else
		return false;
	return true;
}

/* A lie found on the way fails what is demanded of it, whatever else does; where the demand holds,
 * or was turned round, there is none. */
struct tally {
	size_t n, hits;
	bool masked;
};

static void count(struct tally *tally, const struct matcher *matcher, const struct subject *subject,
	struct judging *j)
{
	struct match_result result = judge(matcher, subject, j);

	tally->n++;
	tally->hits += result.ok;
	tally->masked |= result.masked;
}

static struct match_result concluded(
	const struct match_term *term, const struct tally *tally, bool ok)
{
	if (ok)
		return matched;
	return (struct match_result){.masked = tally->masked, .failed = term};
}

static void count_node(struct tally *tally, const struct matcher *matcher, const struct json *node,
	struct judging *j)
{
	struct subject one = {.shape = SUBJECT_NODES, .nodes = {.items = &node, .n = 1}};

	count(tally, matcher, &one, j);
}

/* any, all, none judge each node; on an empty list any and all fail. */
static struct match_result quantified(
	const struct match_term *term, const struct subject *subject, struct judging *j)
{
	const struct json *node = subject_node(subject);
	struct tally tally = {0};

	if (node && json_type(node) == JSON_ARRAY) /* a path to an array: its items */
		for (const struct json *item = json_first(node); item; item = json_next(item))
			count_node(&tally, term->sub, item, j);
	else
		for (size_t i = 0; i < subject->nodes.n; i++)
			count_node(&tally, term->sub, subject->nodes.items[i], j);
	if (term->op == MATCH_ANY)
		return concluded(term, &tally, tally.hits > 0);
	if (term->op == MATCH_ALL)
		return concluded(term, &tally, tally.n > 0 && tally.hits == tally.n);
	tally.masked = false;
	return concluded(term, &tally, subject->shape == SUBJECT_NODES && tally.hits == 0);
}

static struct match_result combined(
	const struct match_term *term, const struct subject *subject, struct judging *j)
{
	struct tally tally = {0};

	for (size_t i = 0; i < term->n_sub; i++)
		count(&tally, &term->sub[i], subject, j);
	return concluded(
		term, &tally, term->op == MATCH_ANY_OF ? tally.hits > 0 : tally.hits == tally.n);
}

static ptrdiff_t find_signature(
	const struct signatures *signatures, struct str text, struct str *place, struct judging *j)
{
	const struct subject subject = {.shape = SUBJECT_TEXT, .text = text};

	for (size_t i = 0; i < signatures->n; i++) {
		const struct matcher *item = &signatures->items[i];
		if (!judge(item, &subject, j).ok)
			continue;
		*place = matcher_place(item, text);
		return (ptrdiff_t)i;
	}
	return -1;
}

static struct match_result judge_signature(
	const struct match_term *term, const struct subject *subject, struct judging *j)
{
	struct match_result result = matched;
	struct str text, place;

	if (!subject_text(subject, &text) || text.n == 0)
		return result;
	if (find_signature(term->signatures, text, &place, j) < 0)
		return result;
	result = failed_at(term, place);
	result.masked = true;
	return result;
}

static bool matches(const struct match_term *term, struct str text, struct judging *j)
{
	enum regex_result result = regex_search(term->regex, text, &j->budget);

	j->undecided |= result == REGEX_LIMIT;
	return result == REGEX_YES;
}

static bool text_term(const struct match_term *term, const struct subject *subject,
	bool ignore_case, struct judging *j)
{
	struct str text, place;

	if (!subject_text(subject, &text))
		return false;
	return term->op == MATCH_MATCHES ? matches(term, text, j)
					 : match_text(term, text, ignore_case, &place);
}

static bool number_term(const struct match_term *term, const struct subject *subject)
{
	double number;

	if (!subject_number(subject, &number))
		return false;
	return term->op == MATCH_MIN ? number >= term->number : number <= term->number;
}

static bool count_term(const struct match_term *term, const struct subject *subject)
{
	size_t count;

	if (!item_count(subject, &count))
		return false;
	return term->op == MATCH_MIN_ITEMS ? count >= term->items : count <= term->items;
}

static struct match_result judge_term(const struct match_term *term, const struct subject *subject,
	bool ignore_case, struct judging *j)
{
	bool ok = false;

	switch (term->op) {
	case MATCH_EQUALS: ok = equals_json(subject, term->value, ignore_case); break;
	case MATCH_IN: ok = in_list(subject, term->value, ignore_case); break;
	case MATCH_CONTAINS: ok = contains(subject, term, ignore_case); break;
	case MATCH_STARTS_WITH:
	case MATCH_ENDS_WITH:
	case MATCH_MATCHES: ok = text_term(term, subject, ignore_case, j); break;
	case MATCH_NOT_EMPTY: ok = is_empty(subject) != term->yes; break;
	case MATCH_EXISTS: ok = is_there(subject) == term->yes; break;
	case MATCH_TYPE: ok = has_type(subject, term); break;
	case MATCH_MIN:
	case MATCH_MAX: ok = number_term(term, subject); break;
	case MATCH_MIN_ITEMS:
	case MATCH_MAX_ITEMS: ok = count_term(term, subject); break;
	case MATCH_NOT: ok = !judge(term->sub, subject, j).ok; break;
	case MATCH_ANY:
	case MATCH_ALL:
	case MATCH_NONE: return quantified(term, subject, j);
	case MATCH_ANY_OF:
	case MATCH_ALL_OF: return combined(term, subject, j);
	case MATCH_NOT_SIGNATURE: return judge_signature(term, subject, j);
	case MATCH_OP_COUNT: break;
	}
	return ok ? matched : failed_at(term, (struct str){NULL, 0});
}

/* On a missing subject only these can hold; a missing path fails whatever else is demanded. */
static bool may_miss(const struct match_term *term, const struct subject *subject)
{
	return term->op == MATCH_NOT_SIGNATURE || term->op == MATCH_ANY_OF ||
	       term->op == MATCH_ALL_OF ||
	       (term->op == MATCH_EXISTS && !term->yes && !subject->malformed);
}

static struct match_result judge(
	const struct matcher *matcher, const struct subject *subject, struct judging *j)
{
	struct match_result first = matched;

	for (size_t i = 0; i < matcher->n_terms; i++) {
		const struct match_term *term = &matcher->terms[i];
		struct match_result result =
			subject->shape == SUBJECT_MISSING && !may_miss(term, subject)
				? failed_at(term, (struct str){NULL, 0})
				: judge_term(term, subject, matcher->ignore_case, j);
		if (result.masked)
			return result; /* a lie beats every other reason */
		if (!result.ok && first.ok)
			first = result;
	}
	return first;
}

struct match_result matcher_judge(const struct matcher *matcher, const struct subject *subject)
{
	struct judging j = {.budget = REGEX_BUDGET};
	struct match_result result = judge(matcher, subject, &j);

	result.undecided = j.undecided && !result.masked;
	result.ok = result.ok && !result.undecided;
	return result;
}

ptrdiff_t signatures_find(const struct signatures *signatures, struct str text, struct str *place)
{
	return find_signature(signatures, text, place, &(struct judging){.budget = REGEX_BUDGET});
}
