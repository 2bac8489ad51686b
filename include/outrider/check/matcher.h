/* check/matcher.h - what a value must be. A matcher is a conjunction of terms; `any`, `all` and
 * `none` judge the list of nodes that a path selects, `any_of`, `all_of` and `not` combine.
 * Constant after compiling; the arena owns it. Pure. */
#ifndef OUTRIDER_CHECK_MATCHER_H
#define OUTRIDER_CHECK_MATCHER_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/regex.h"
#include "check/jsonpath.h"

#define MATCH_OPS(X)                                                                               \
	X(EQUALS, "equals")                                                                        \
	X(NOT, "not")                                                                              \
	X(IN, "in")                                                                                \
	X(CONTAINS, "contains")                                                                    \
	X(STARTS_WITH, "starts_with")                                                              \
	X(ENDS_WITH, "ends_with")                                                                  \
	X(MATCHES, "matches")                                                                      \
	X(NOT_EMPTY, "not_empty")                                                                  \
	X(EXISTS, "exists")                                                                        \
	X(TYPE, "type")                                                                            \
	X(MIN, "min")                                                                              \
	X(MAX, "max")                                                                              \
	X(MIN_ITEMS, "min_items")                                                                  \
	X(MAX_ITEMS, "max_items")                                                                  \
	X(ANY, "any")                                                                              \
	X(ALL, "all")                                                                              \
	X(NONE, "none")                                                                            \
	X(ANY_OF, "any_of")                                                                        \
	X(ALL_OF, "all_of")                                                                        \
	X(NOT_SIGNATURE, "not_signature")

enum match_op {
#define X(id, name) MATCH_##id,
	MATCH_OPS(X)
#undef X
		MATCH_OP_COUNT
};

const char *match_op_name(enum match_op op);

/* One term. Which members count depends on op. */
struct match_term {
	enum match_op op;
	const struct json *value; /* EQUALS, IN (an array), CONTAINS (of an array; or NULL,
					     then text): owned by the arena */
	struct str text; /* CONTAINS, STARTS_WITH, ENDS_WITH, MATCHES */
	const struct regex *regex; /* MATCHES */
	double number; /* MIN, MAX */
	size_t items; /* MIN_ITEMS, MAX_ITEMS */
	bool yes; /* NOT_EMPTY, EXISTS: what is demanded */
	enum json_type type; /* TYPE (integer: NUMBER with `integer`) */
	bool integer;
	const struct matcher *sub; /* NOT, ANY, ALL, NONE: one; ANY_OF, ALL_OF: n_sub */
	size_t n_sub;
	const struct signatures *signatures; /* NOT_SIGNATURE */
};

struct matcher {
	const struct match_term *terms; /* all must hold */
	size_t n_terms;
	bool ignore_case; /* as base/fold.h does */
};

/* Named answers that look like success and are not. A signature is a matcher on text. */
struct signatures {
	const char *name;
	const struct matcher *items;
	const char *const *labels; /* each one's text, for messages: contains "Error from ..." */
	size_t n;
};

/* What is judged: nodes of a JSON body, or text, or a number, or nothing at all. */
enum subject_shape { SUBJECT_MISSING, SUBJECT_TEXT, SUBJECT_NUMBER, SUBJECT_NODES };

struct subject {
	enum subject_shape shape;
	struct str text;
	double number;
	struct nodes nodes;
	bool list; /* nodes came from a path with [*] */
	bool malformed; /* missing because the body is not JSON: exists: false does not hold either */
};

/* The one node of a subject, or NULL. */
const struct json *subject_node(const struct subject *subject);
/* The subject as text: itself, or the string that its one node is. */
bool subject_text(const struct subject *subject, struct str *text);
/* The subject as a number; a header's text may be one too. */
bool subject_number(const struct subject *subject, double *number);

struct match_result {
	bool ok;
	bool masked; /* a signature matched */
	bool undecided; /* a pattern reached its limit: not ok, turned round neither */
	const struct match_term *failed; /* the first term that did not hold */
	struct str place; /* in the subject's text: what matched wrongly; empty when nowhere */
};

/* Its patterns share one budget, so that a long list of texts can't hold the loop. */
struct match_result matcher_judge(const struct matcher *matcher, const struct subject *subject);

/* Whether text has what a CONTAINS, STARTS_WITH or ENDS_WITH demands; on true *place is where. */
bool match_text(
	const struct match_term *term, struct str text, bool ignore_case, struct str *place);

/* Where text shows what a matcher, which holds, demands of it; empty when nowhere. */
struct str matcher_place(const struct matcher *matcher, struct str text);

/* The first signature that text shows, or -1; *place gets where, when it is known. */
ptrdiff_t signatures_find(const struct signatures *signatures, struct str text, struct str *place);

/* "a string", "null" */
const char *type_words(enum json_type type);

/* In words, as a report prints what was expected: `one of "ok", "healthy"`. */
void matcher_describe(const struct matcher *matcher, struct buf *out);
/* One of its terms alone, such as the one that failed. */
void match_term_describe(const struct match_term *term, bool ignore_case, struct buf *out);

#endif
