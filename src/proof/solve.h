/* proof/solve.h - finds a value that matchers take: guesses are made from their terms, and each is
 * judged by the matchers themselves. Pure. */
#ifndef OUTRIDER_PROOF_SOLVE_H
#define OUTRIDER_PROOF_SOLVE_H

#include "check/matcher.h"

enum { DEMANDS_MAX = 32, SOLVE_PICKS = 24, SOLVE_TEXT_MAX = 1 << 16 };

/* Matchers that must all hold for one value. */
struct demands {
	const struct matcher *items[DEMANDS_MAX];
	size_t n;
};

/* False when there are too many. The same one twice counts once. */
bool demands_add(struct demands *demands, const struct matcher *matcher);

/* words: so many at least, if the demands allow it. */
bool solve_text(struct arena *arena, const struct demands *demands, size_t words, struct str *text);
/* The number of a status: one that the demands take, from 100 to 599. */
bool solve_status(const struct demands *demands, int *status);
/* A value as JSON text. */
bool solve_json(struct arena *arena, const struct demands *demands, struct str *json);
/* Whether this JSON text is one. */
bool solve_tried(struct arena *arena, const struct demands *demands, struct str json);

#endif
