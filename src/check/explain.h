/* check/explain.h - why a matcher does not hold: what differs, which item it is, where the text shows
 * it. Words are redacted and inert. Private to check/. */
#ifndef OUTRIDER_CHECK_EXPLAIN_H
#define OUTRIDER_CHECK_EXPLAIN_H

#include "base/secret.h"
#include "check/matcher.h"

struct explanation {
	const struct secrets *secrets;
	const struct jsonpath *path; /* what selected the subject from root; or NULL */
	const struct json *root;

	/* What comes out. */
	struct buf words; /* the caller's to free; empty: the value says it all */
	struct str text; /* of the subject, or of the item that fails; empty: none */
	struct str place; /* of text; empty: nowhere */
	bool quoted; /* words go on with the place, in quotes */
};

enum { EXPLAIN_WORDS_MAX = 2048 };

/* The matcher does not hold for the subject: failed is the first of its terms that does not. */
void explain_mismatch(struct explanation *x, const struct matcher *matcher,
	const struct match_term *failed, const struct subject *subject);

/* A path is missing: value lacks what the path asks next. What is there instead. */
void explain_missing(struct explanation *x, const struct json *value);

/* A value in a few words: 3, "text", {"a":1}. */
void explain_put_value(struct explanation *x, const struct json *value);

/* "1 item", "4 items" */
void explain_put_count(struct explanation *x, size_t n);

/* Why any, all or none does not hold for the subject; how many items it has. */
void explain_list(
	struct explanation *x, const struct match_term *term, const struct subject *subject);
void explain_count(struct explanation *x, const struct subject *subject);

#endif
