#include "unit.h"

#include "base/histogram.h"

static void bounds_rise(void **state)
{
	(void)state;
	const struct histogram_bounds *const all[] = {
		&histogram_check_bounds, &histogram_ttft_bounds, &histogram_gap_bounds};
	for (size_t k = 0; k < COUNT(all); k++) {
		assert_in_range(all[k]->n, 2, HISTOGRAM_BUCKETS_MAX);
		for (size_t i = 1; i < all[k]->n; i++)
			assert_true(all[k]->upper_us[i] > all[k]->upper_us[i - 1]);
	}
}

static void upper_bounds_belong_to_their_bucket(void **state)
{
	(void)state;
	static const struct histogram_bounds bounds = {.n = 3, .upper_us = {10, 20, 30}};
	struct histogram h = {.bounds = &bounds};
	const int64_t values[] = {0, 10, 11, 20, 30, 31, 1000000};
	for (size_t i = 0; i < COUNT(values); i++)
		histogram_add(&h, values[i]);
	assert_int_equal(h.counts[0], 2);
	assert_int_equal(h.counts[1], 2);
	assert_int_equal(h.counts[2], 1);
	assert_int_equal(h.counts[3], 2);
	assert_int_equal(h.count, 7);
	assert_int_equal(h.sum_us, 1000102);
}

static void what_was_not_measured_is_not_counted(void **state)
{
	(void)state;
	struct histogram h = {.bounds = &histogram_check_bounds};
	histogram_add(&h, -1);
	assert_int_equal(h.count, 0);
	assert_int_equal(h.sum_us, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bounds_rise),
		cmocka_unit_test(upper_bounds_belong_to_their_bucket),
		cmocka_unit_test(what_was_not_measured_is_not_counted),
	};
	return RUN(tests);
}
