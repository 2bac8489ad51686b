#include "base/json_writer.h"
#include "base/text.h"
#include "check/expect.h"
#include "check/finding.h"

/* What is expected, in words. */

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

/* What is made of matchers leaves it to them to say so. */
static bool any_case(const struct match_term *term, bool ignore_case)
{
	return ignore_case && term->n_sub == 0;
}

void match_term_describe(const struct match_term *term, bool ignore_case, struct buf *out)
{
	describe_term(out, term);
	if (any_case(term, ignore_case))
		buf_puts(out, " (any case)");
}

void matcher_describe(const struct matcher *matcher, struct buf *out)
{
	bool said = false;

	for (size_t i = 0; i < matcher->n_terms; i++) {
		if (i)
			buf_puts(out, " and ");
		describe_term(out, &matcher->terms[i]);
		said |= any_case(&matcher->terms[i], matcher->ignore_case);
	}
	if (said)
		buf_puts(out, " (any case)");
}

static void describe_ranges(struct buf *out, const struct expectation *e)
{
	if (e->n_ranges > 1)
		buf_puts(out, "one of ");
	for (size_t i = 0; i < e->n_ranges; i++) {
		const struct status_range *r = &e->ranges[i];
		if (i)
			buf_puts(out, ", ");
		if (r->low == r->high)
			buf_printf(out, "%u", r->low);
		else if (r->high == r->low + 99 && r->low % 100 == 0)
			buf_printf(out, "%uxx", r->low / 100);
		else
			buf_printf(out, "%u-%u", r->low, r->high);
	}
}

static bool is_time(const struct expectation *e)
{
	bool count = e->kind == EXPECT_USAGE;
	if (e->kind == EXPECT_STREAM)
		count = e->measure == MEASURE_TOKENS_PER_SECOND || e->measure == MEASURE_CHUNKS ||
			e->measure == MEASURE_KEEPALIVES || e->measure == MEASURE_TOKENS;
	return !count;
}

static void describe_threshold(struct buf *out, const struct expectation *e)
{
	enum finding_unit unit = is_time(e) ? UNIT_TIME : UNIT_COUNT;
	const struct threshold *t = &e->threshold;
	struct arena arena;
	arena_init(&arena);
	if (t->has_max || t->has_min)
		buf_puts(out, finding_threshold(&arena, t, unit, false));
	if (t->has_warn)
		buf_printf(out, "%swarns %s %s", t->has_max || t->has_min ? ", " : "",
			t->low_warns ? "below" : "above", finding_number(&arena, t->warn, unit));
	arena_fini(&arena);
}

static void describe_stream(struct buf *out, const struct expectation *e)
{
	if (e->measure == MEASURE_DONE)
		buf_puts(out, e->done ? "[DONE] comes" : "[DONE] does not come");
	else if (e->measure == MEASURE_INTEGRITY)
		buf_printf(out, "%s%s", integrity_name(e->integrity),
			e->severity == OUTCOME_WARN ? ", else it warns" : "");
	else
		describe_threshold(out, e);
}

void expectation_describe(const struct expectation *e, struct buf *out)
{
	switch (e->kind) {
	case EXPECT_STATUS:
	case EXPECT_HEADER:
	case EXPECT_BODY:
	case EXPECT_JSON:
	case EXPECT_CONTENT:
		if (e->matcher)
			matcher_describe(e->matcher, out);
		else
			describe_ranges(out, e);
		break;
	case EXPECT_STREAM: describe_stream(out, e); break;
	case EXPECT_LATENCY:
	case EXPECT_TIMING:
	case EXPECT_TLS_EXPIRY:
	case EXPECT_USAGE: describe_threshold(out, e); break;
	}
}
