#include "check/matcher.h"

#include "base/fold.h"

/* Where in a text a matcher holds. */

static const struct str nowhere = {NULL, 0};

static bool find_as_is(const struct match_term *term, struct str text, struct str *place)
{
	size_t n = term->text.n;
	ptrdiff_t at = -1;

	if (term->op == MATCH_CONTAINS)
		at = str_find(text, term->text, false);
	else if (term->op == MATCH_STARTS_WITH && str_starts(text, term->text, false))
		at = 0;
	else if (term->op == MATCH_ENDS_WITH && str_ends(text, term->text, false))
		at = (ptrdiff_t)(text.n - n);
	*place = at >= 0 && n ? (struct str){text.p + at, n} : nowhere;
	return at >= 0;
}

bool match_text(const struct match_term *term, struct str text, bool ignore_case, struct str *place)
{
	if (!ignore_case)
		return find_as_is(term, text, place);
	if (term->op == MATCH_STARTS_WITH)
		return fold_starts(text, term->text, place);
	if (term->op == MATCH_ENDS_WITH)
		return fold_ends(text, term->text, place);
	return fold_find(text, term->text, place);
}

static struct str first_of(const struct match_term *term, struct str text)
{
	const struct subject subject = {.shape = SUBJECT_TEXT, .text = text};

	for (size_t i = 0; i < term->n_sub; i++) {
		struct str place = matcher_judge(&term->sub[i], &subject).ok
					   ? matcher_place(&term->sub[i], text)
					   : nowhere;
		if (place.n)
			return place;
	}
	return nowhere;
}

static struct str term_place(const struct match_term *term, struct str text, bool ignore_case)
{
	struct str found = nowhere;

	switch (term->op) {
	case MATCH_EQUALS:
	case MATCH_IN: return text;
	case MATCH_CONTAINS:
	case MATCH_STARTS_WITH:
	case MATCH_ENDS_WITH: return match_text(term, text, ignore_case, &found) ? found : nowhere;
	case MATCH_MATCHES:
		return regex_find(term->regex, text, &REGEX_BUDGET, &found) == REGEX_YES ? found
											 : nowhere;
	case MATCH_ANY_OF:
	case MATCH_ALL_OF: return first_of(term, text);
	case MATCH_NOT:
	case MATCH_NOT_EMPTY:
	case MATCH_EXISTS:
	case MATCH_TYPE:
	case MATCH_MIN:
	case MATCH_MAX:
	case MATCH_MIN_ITEMS:
	case MATCH_MAX_ITEMS:
	case MATCH_ANY:
	case MATCH_ALL:
	case MATCH_NONE:
	case MATCH_NOT_SIGNATURE:
	case MATCH_OP_COUNT: break;
	}
	return nowhere;
}

struct str matcher_place(const struct matcher *matcher, struct str text)
{
	for (size_t i = 0; i < matcher->n_terms; i++) {
		struct str place = term_place(&matcher->terms[i], text, matcher->ignore_case);
		if (place.n)
			return place;
	}
	return nowhere;
}
