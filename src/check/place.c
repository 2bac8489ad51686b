#include "check/matcher.h"

/* matcher_place: where in a text a matcher holds. */

static const struct str nowhere = {NULL, 0};

static struct str part(struct str text, ptrdiff_t at, size_t n)
{
	return at < 0 ? nowhere : (struct str){text.p + at, n};
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
		return part(text, str_find(text, term->text, ignore_case), term->text.n);
	case MATCH_STARTS_WITH: return part(text, 0, term->text.n);
	case MATCH_ENDS_WITH: return part(text, (ptrdiff_t)(text.n - term->text.n), term->text.n);
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
