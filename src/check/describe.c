#include "base/json_writer.h"
#include "base/text.h"
#include "check/matcher.h"

/* matcher_describe: what was expected, in words. */

static const char *const types[] = {
	[JSON_NULL] = "null",
	[JSON_BOOL] = "a boolean",
	[JSON_NUMBER] = "a number",
	[JSON_STRING] = "a string",
	[JSON_ARRAY] = "an array",
	[JSON_OBJECT] = "an object",
};

const char *type_words(enum json_type type)
{
	return types[type];
}

static void describe_in(struct buf *out, const struct json *list)
{
	buf_puts(out, "one of ");
	for (const struct json *item = json_first(list); item; item = json_next(item)) {
		json_print(out, item);
		if (json_next(item))
			buf_puts(out, ", ");
	}
}

static void describe_text(struct buf *out, const char *verb, const struct match_term *term)
{
	buf_printf(out, "%s ", verb);
	if (term->value)
		json_print(out, term->value);
	else
		json_put_string(out, term->text);
}

static void describe_sub(struct buf *out, const char *words, const struct match_term *term)
{
	buf_puts(out, words);
	for (size_t i = 0; i < term->n_sub; i++) {
		if (i)
			buf_puts(out, term->op == MATCH_ANY_OF ? " or " : " and ");
		matcher_describe(&term->sub[i], out);
	}
}

static void describe_term(struct buf *out, const struct match_term *term)
{
	switch (term->op) {
	case MATCH_EQUALS: json_print(out, term->value); break;
	case MATCH_IN: describe_in(out, term->value); break;
	case MATCH_CONTAINS: describe_text(out, "contains", term); break;
	case MATCH_STARTS_WITH: describe_text(out, "starts with", term); break;
	case MATCH_ENDS_WITH: describe_text(out, "ends with", term); break;
	case MATCH_MATCHES: describe_text(out, "matches", term); break;
	case MATCH_NOT_EMPTY: buf_puts(out, term->yes ? "not empty" : "empty"); break;
	case MATCH_EXISTS: buf_puts(out, term->yes ? "exists" : "is missing"); break;
	case MATCH_TYPE:
		buf_puts(out, term->integer ? "an integer" : type_words(term->type));
		break;
	case MATCH_MIN: buf_printf(out, "at least %.10g", term->number); break;
	case MATCH_MAX: buf_printf(out, "at most %.10g", term->number); break;
	case MATCH_MIN_ITEMS: buf_printf(out, "at least %zu items", term->items); break;
	case MATCH_MAX_ITEMS: buf_printf(out, "at most %zu items", term->items); break;
	case MATCH_ANY: describe_sub(out, "any: ", term); break;
	case MATCH_ALL: describe_sub(out, "all: ", term); break;
	case MATCH_NONE: describe_sub(out, "none: ", term); break;
	case MATCH_NOT: describe_sub(out, "not: ", term); break;
	case MATCH_ANY_OF:
	case MATCH_ALL_OF: describe_sub(out, "", term); break;
	case MATCH_NOT_SIGNATURE:
		buf_printf(out, "no signature of %s", term->signatures->name);
		break;
	case MATCH_OP_COUNT: break;
	}
}

void matcher_describe(const struct matcher *matcher, struct buf *out)
{
	for (size_t i = 0; i < matcher->n_terms; i++) {
		if (i)
			buf_puts(out, " and ");
		describe_term(out, &matcher->terms[i]);
	}
	if (matcher->ignore_case)
		buf_puts(out, " (any case)");
}
