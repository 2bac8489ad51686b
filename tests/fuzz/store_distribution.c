/* A blob is taken whole or not at all; what was taken reads back the same, and its percentiles rise. */
#include "fuzz.h"

#include "store/distribution.h"

static void reads_back(const struct distribution *d)
{
	static struct distribution again;
	struct buf blob = BUF_INIT(DISTRIBUTION_BYTES_MAX);
	again = DISTRIBUTION_INIT;
	distribution_put(d, &blob);
	HOLDS(!blob.cut);
	HOLDS(distribution_merge(&again, buf_str(&blob)));
	HOLDS(again.total == d->total);
	HOLDS(memcmp(again.counts, d->counts, sizeof(d->counts)) == 0);
	buf_fini(&blob);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct distribution d;
	struct str blob = input_of(data, size);
	d = DISTRIBUTION_INIT;
	bool taken = distribution_merge(&d, blob);
	uint64_t sum = 0;
	for (size_t i = 0; i < DISTRIBUTION_BUCKETS; i++)
		sum += d.counts[i];
	HOLDS(sum == d.total);
	HOLDS(taken || sum == 0);
	HOLDS((sum == 0) == (distribution_percentile(&d, 0.5) == -1));
	HOLDS(distribution_percentile(&d, 0.5) <= distribution_percentile(&d, 0.9));
	HOLDS(distribution_percentile(&d, 0.9) <= distribution_percentile(&d, 1));
	reads_back(&d);
	distribution_clear(&d);
	HOLDS(d.total == 0);
	return 0;
}
