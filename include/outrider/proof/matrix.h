/* proof/matrix.h - what became of every check under every row (healthy, a fault, a legal variant),
 * and whether that proves the checks. Values; whoever made it owns its arrays. Pure. */
#ifndef OUTRIDER_PROOF_MATRIX_H
#define OUTRIDER_PROOF_MATRIX_H

#include "proof/points.h"

struct cell {
	bool ran; /* the others count only then */
	bool met; /* the answers were not those of the healthy service */
	enum outcome outcome;
	enum reason reason;
	const char *message; /* "" when it passed */
	const bool *fell; /* of the column's points, those that did; NULL: not known */
};

enum row_kind { ROW_HEALTHY, ROW_FAULT, ROW_VARIANT };

struct row {
	const char *name, *help;
	enum row_kind kind;
	struct cell *cells; /* one for each check */
};

struct column {
	const char *id;
	const char *unproven; /* why nothing can be said of it; NULL: it takes part */
	bool skipped; /* left out by the file itself (requires_env): no gap */
	bool made_up; /* its answers are made up from what it expects */
	bool shortened; /* its limits of time are */
	const struct point *points;
	size_t n_points;
};

struct matrix {
	const struct row *rows;
	size_t n_rows;
	const struct column *columns;
	size_t n_columns;
	bool some_faults; /* a part of them was asked for: no check must go red */
};

#define ROW_WORDS(X)                                                                               \
	X(GREEN, "green") /* healthy, or a variant: every check passed */                          \
	X(BROKEN, "broken") /* of these, and some check did not */                                 \
	X(SEEN, "seen") /* a fault that failed a check */                                          \
	X(SKIPPED, "skipped") /* a fault that the checks skip, as they say */                      \
	X(NOT_MET, "not_met") /* a fault that changed no answer to these checks */                 \
	X(UNSEEN, "unseen") /* a fault that changed answers, and no check failed */

enum row_word {
#define X(id, name) ROW_##id,
	ROW_WORDS(X)
#undef X
};

const char *row_word_name(enum row_word word);
enum row_word matrix_row(const struct matrix *matrix, size_t row);

/* Whether the check failed under some fault. */
bool matrix_red(const struct matrix *matrix, size_t column);
/* Whether this point of it did. */
bool matrix_fell(const struct matrix *matrix, size_t column, size_t point);
/* How many rows it did not pass though they are healthy or legal. */
size_t matrix_false_alarms(const struct matrix *matrix, size_t column);

struct proof {
	size_t checks; /* that took part */
	size_t faults, variants; /* that count: met or skipped; run */
	size_t not_met, skipped;
	size_t points, never_fell; /* of these checks: no gap, since some can't fail here */
	/* The gaps. */
	size_t unseen, broken; /* rows */
	size_t never_red, unproven; /* checks */
	bool holds; /* no gap, and something was proved */
};

struct proof matrix_judge(const struct matrix *matrix);

#endif
