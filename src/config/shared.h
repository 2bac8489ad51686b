/* config/shared.h - checks that expect the same share one list of expectations: thousands of them,
 * written by a matrix or a program, are told apart by less. Lives as long as the load. */
#ifndef OUTRIDER_SRC_CONFIG_SHARED_H
#define OUTRIDER_SRC_CONFIG_SHARED_H

#include "check/expect.h"
#include "config/node.h"

enum { SHARED_BUCKETS = 1024 };

struct shared {
	struct shared *next; /* in its bucket */
	uint64_t hash;
	const struct node *expect;
	const struct expectation *items;
	size_t n;
};

struct shared_table {
	struct shared *buckets[SHARED_BUCKETS];
};

/* What an equal expect became, or NULL. expect may be NULL. */
const struct shared *shared_find(const struct shared_table *table, const struct node *expect);
/* For those to come; it compiled without an error. */
void shared_add(struct shared_table *table, struct arena *arena, const struct node *expect,
	const struct expectation *items, size_t n);

#endif
