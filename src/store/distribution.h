/* store/distribution.h - how durations are distributed: counts in the buckets that sql/0001_init.sql
 * describes, sixteen for each doubling, and the blobs they are kept as. Values; mergeable. */
#ifndef OUTRIDER_STORE_DISTRIBUTION_H
#define OUTRIDER_STORE_DISTRIBUTION_H

#include "base/buf.h"
#include "base/error.h"

#include <stdint.h>

enum {
	DISTRIBUTION_BUCKETS = 960, /* up to INT64_MAX microseconds */
	DISTRIBUTION_BYTES_MAX = DISTRIBUTION_BUCKETS * 12, /* of a blob */
};

struct distribution {
	uint64_t counts[DISTRIBUTION_BUCKETS];
	uint64_t total;
	size_t low, high; /* counts from low to below high may be set */
};

#define DISTRIBUTION_INIT ((struct distribution){.low = DISTRIBUTION_BUCKETS})

/* Empty again; costs what was set. */
void distribution_clear(struct distribution *distribution);
/* Negative (not measured) is left out. */
void distribution_add(struct distribution *distribution, int64_t us);

/* Adds the counts of a blob. False: it is broken, and nothing was added. */
bool distribution_merge(struct distribution *distribution, struct str blob) MUST_CHECK;
/* The blob; empty for an empty one. */
void distribution_put(const struct distribution *distribution, struct buf *out);

/* The value that a share of the values (above 0, at most 1) does not exceed, by rank: the middle of
 * the bucket it is in, off by at most 1/32. -1: empty. */
int64_t distribution_percentile(const struct distribution *distribution, double share);

#endif
