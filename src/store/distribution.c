#include "store/distribution.h"

#include <math.h>

enum {
	EXACT = 32, /* below, each microsecond is a bucket */
	EXACT_BITS = 5,
	PER_DOUBLING = 16,
	PER_DOUBLING_BITS = 4,
};

static size_t bucket_of(int64_t us)
{
	if (us < EXACT)
		return (size_t)us;
	unsigned e = 63 - (unsigned)__builtin_clzll((unsigned long long)us);
	size_t doublings = e - EXACT_BITS;
	return EXACT + PER_DOUBLING * doublings + (size_t)(us >> (e - PER_DOUBLING_BITS)) -
	       PER_DOUBLING;
}

static int64_t middle_of(size_t bucket)
{
	if (bucket < EXACT)
		return (int64_t)bucket;
	size_t above = bucket - EXACT;
	unsigned shift = (unsigned)(above / PER_DOUBLING) + EXACT_BITS - PER_DOUBLING_BITS;
	int64_t width = INT64_C(1) << shift;
	return (int64_t)(PER_DOUBLING + above % PER_DOUBLING) * width + (width - 1) / 2;
}

void distribution_clear(struct distribution *d)
{
	for (size_t i = d->low; i < d->high; i++)
		d->counts[i] = 0;
	d->total = 0;
	d->low = DISTRIBUTION_BUCKETS;
	d->high = 0;
}

static void count(struct distribution *d, size_t bucket, uint64_t n)
{
	d->counts[bucket] += n;
	d->total += n;
	if (bucket < d->low)
		d->low = bucket;
	if (bucket >= d->high)
		d->high = bucket + 1;
}

void distribution_add(struct distribution *d, int64_t us)
{
	if (us >= 0)
		count(d, bucket_of(us), 1);
}

/* The next LEB128 number of a blob; false: there is none, or it is no such number. */
static bool take_number(struct str *blob, uint64_t *number)
{
	*number = 0;
	for (unsigned shift = 0; shift < 64 && blob->n; shift += 7) {
		unsigned char byte = (unsigned char)blob->p[0];
		uint64_t bits = byte & 0x7f;
		*blob = str_from(*blob, 1);
		if (bits << shift >> shift != bits)
			return false;
		*number |= bits << shift;
		if (!(byte & 0x80))
			return true;
	}
	return false;
}

/* The next pair; *bucket moves on. Only the first one may stay where it is, at 0. */
static bool take_pair(struct str *blob, bool first, uint64_t *bucket, uint64_t *n)
{
	uint64_t distance = 0;
	if (!take_number(blob, &distance) || !take_number(blob, n) || *n == 0 ||
		(distance == 0 && !first) || distance >= DISTRIBUTION_BUCKETS)
		return false;
	*bucket += distance;
	return *bucket < DISTRIBUTION_BUCKETS;
}

static bool is_whole(struct str blob, uint64_t total)
{
	uint64_t bucket = 0;
	uint64_t n = 0;
	for (bool first = true; blob.n; first = false) {
		if (!take_pair(&blob, first, &bucket, &n) || n > UINT64_MAX - total)
			return false;
		total += n;
	}
	return true;
}

bool distribution_merge(struct distribution *d, struct str blob)
{
	uint64_t bucket = 0;
	uint64_t n = 0;
	if (!is_whole(blob, d->total))
		return false;
	for (bool first = true; blob.n && take_pair(&blob, first, &bucket, &n); first = false)
		count(d, bucket, n);
	return true;
}

static void put_number(struct buf *out, uint64_t number)
{
	for (; number >= 0x80; number >>= 7)
		buf_putc(out, (char)(number | 0x80));
	buf_putc(out, (char)number);
}

void distribution_put(const struct distribution *d, struct buf *out)
{
	size_t previous = 0;
	for (size_t i = d->low; i < d->high; i++) {
		if (!d->counts[i])
			continue;
		put_number(out, i - previous);
		put_number(out, d->counts[i]);
		previous = i;
	}
}

int64_t distribution_percentile(const struct distribution *d, double share)
{
	double wanted = ceil(share * (double)d->total);
	uint64_t below = 0;
	if (!d->total)
		return -1;
	/* a double may round the largest totals up beyond what fits */
	uint64_t rank = wanted < (double)d->total ? (uint64_t)wanted : d->total;
	if (rank == 0)
		rank = 1;
	for (size_t i = d->low; i < d->high; i++) {
		below += d->counts[i];
		if (below >= rank)
			return middle_of(i);
	}
	return -1;
}
