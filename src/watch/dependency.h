/* watch/dependency.h - which check depends on which, both ways. Made of a plan's depends_on, which
 * has no circles; constant but for the marks of the walks. */
#ifndef OUTRIDER_WATCH_DEPENDENCY_H
#define OUTRIDER_WATCH_DEPENDENCY_H

#include "watch/policy.h"

#include <stdint.h>

/* Who is next to whom: those of check i stand in to[from[i]] up to to[from[i + 1]]. */
struct neighbours {
	uint32_t *from, *to;
};

struct dependencies {
	size_t n; /* checks; 0 when none depends on another */
	struct neighbours above, below; /* what it depends on; what depends on it */
	uint32_t *rank; /* higher than that of everything above */
	uint32_t *mark; /* of the latest walk that came by */
	uint32_t walk;
	uint32_t *found;
};

void dependencies_init(struct dependencies *dependencies, const struct watch_plan *plan);
void dependencies_fini(struct dependencies *dependencies);

/* All that a check depends on, or all that depends on it, over any number of steps: how many. They
 * stand in found until the next walk. */
size_t dependencies_above(struct dependencies *dependencies, size_t check);
size_t dependencies_below(struct dependencies *dependencies, size_t check);

#endif
