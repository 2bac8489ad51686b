/* Durations in buckets: bounds by the formula of sql/0001_init.sql, blobs that read back, broken blobs
 * refused, percentiles held against sorted values. */
#include "unit/store/fixture.h"

#include "base/buf.h"
#include "store/distribution.h"

#include <math.h>

/* As sql/0001_init.sql puts it. */
static size_t formula(int64_t d)
{
	if (d < 32)
		return (size_t)d;
	int64_t e = 0;
	while (d >> (e + 1))
		e++;
	return (size_t)(32 + 16 * (e - 5) + (d >> (e - 4)) - 16);
}

static void buckets_are_those_of_the_formula(void **state)
{
	(void)state;
	static const int64_t far[] = {
		INT64_C(1) << 40, (INT64_C(1) << 40) - 1, INT64_MAX, 86400000000};
	for (int64_t d = 0; d < 70000; d++) {
		struct distribution one = DISTRIBUTION_INIT;
		distribution_add(&one, d);
		assert_int_equal(one.counts[formula(d)], 1);
	}
	for (size_t i = 0; i < sizeof(far) / sizeof(*far); i++) {
		struct distribution one = DISTRIBUTION_INIT;
		distribution_add(&one, far[i]);
		assert_int_equal(one.counts[formula(far[i])], 1);
		assert_int_equal(one.total, 1);
	}
	assert_int_equal(formula(31) + 1, formula(32));
	assert_int_equal(formula(63) + 1, formula(64));
	assert_true(formula(INT64_MAX) == DISTRIBUTION_BUCKETS - 1);
}

static void a_blob_is_pairs_of_leb128(void **state)
{
	(void)state;
	struct buf blob = BUF_INIT(DISTRIBUTION_BYTES_MAX);
	struct distribution d = DISTRIBUTION_INIT;
	distribution_put(&d, &blob);
	assert_int_equal(blob.n, 0);
	distribution_add(&d, -1);
	assert_int_equal(d.total, 0);
	for (int i = 0; i < 300; i++)
		distribution_add(&d, 0);
	distribution_add(&d, 5);
	distribution_add(&d, 1000000); /* e = 19: bucket 32 + 16 * 14 + 30 - 16 = 270 */
	distribution_put(&d, &blob);
	assert_int_equal(blob.n, 8);
	assert_memory_equal(blob.p, "\x00\xac\x02\x05\x01\x89\x02\x01", 8);
	struct distribution back = DISTRIBUTION_INIT;
	assert_true(distribution_merge(&back, buf_str(&blob)));
	assert_true(distribution_merge(&back, buf_str(&blob)));
	assert_int_equal(back.total, 604);
	assert_int_equal(back.counts[0], 600);
	assert_int_equal(back.counts[5], 2);
	assert_int_equal(back.counts[270], 2);
	distribution_clear(&back);
	assert_int_equal(back.total, 0);
	assert_int_equal(back.counts[270], 0);
	assert_int_equal(distribution_percentile(&back, 0.5), -1);
	buf_fini(&blob);
}

static void broken_blobs_are_refused_whole(void **state)
{
	(void)state;
	static const struct str broken[] = {
		{"\x05", 1}, /* no count */
		{"\x05\x00", 2}, /* a count of nothing */
		{"\x05\x01\x00\x01", 4}, /* the same bucket twice */
		{"\x85", 1}, {"\x05\x81", 2}, /* a number that does not end */
		{"\xc0\x07\x01", 3}, /* bucket 960 */
		{"\x05\x01\xbb\x07\x01", 5}, /* 5 + 955 */
		{"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x01", 11},
		{"\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f", 11}, /* more than 64 bits */
		{"\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 12},
		{"\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x01\x01", 13}, /* the sum is */
	};
	struct distribution d = DISTRIBUTION_INIT;
	distribution_add(&d, 7);
	for (size_t i = 0; i < sizeof(broken) / sizeof(*broken); i++) {
		if (distribution_merge(&d, broken[i]))
			fail_msg("blob %zu is taken", i);
		assert_int_equal(d.total, 1);
		assert_int_equal(distribution_percentile(&d, 1), 7);
	}
	assert_true(distribution_merge(&d, (struct str){"\xbf\x07\x01", 3})); /* bucket 959 */
}

static int by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a;
	int64_t y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

static void percentiles_are_within_a_sixteenth(void **state)
{
	(void)state;
	enum { N = 3001 };
	static const double shares[] = {0.0001, 0.5, 0.9, 0.95, 0.99, 0.999, 1};
	int64_t values[N];
	srand(7);
	for (int shape = 0; shape < 4; shape++) {
		struct distribution d = DISTRIBUTION_INIT;
		for (int i = 0; i < N; i++) {
			double u = (double)(rand() % 1000000 + 1) / 1e6;
			values[i] = shape == 0   ? rand() % 40
				    : shape == 1 ? (int64_t)(-log(u) * 2e5)
				    : shape == 2 ? (int64_t)pow(10, u * 9)
						 : 64 << (i % 20);
			distribution_add(&d, values[i]);
		}
		qsort(values, N, sizeof(*values), by_size);
		for (size_t i = 0; i < sizeof(shares) / sizeof(*shares); i++) {
			size_t rank = (size_t)ceil(shares[i] * N);
			double exact = (double)values[rank - 1];
			double got = (double)distribution_percentile(&d, shares[i]);
			if (fabs(got - exact) > exact / 16)
				fail_msg("shape %d, p%g: %g, exactly %g", shape, shares[i] * 100,
					got, exact);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(buckets_are_those_of_the_formula),
		cmocka_unit_test(a_blob_is_pairs_of_leb128),
		cmocka_unit_test(broken_blobs_are_refused_whole),
		cmocka_unit_test(percentiles_are_within_a_sixteenth),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
