/* base/histogram.h - a Prometheus histogram of durations: counts below fixed upper bounds. A value;
 * mergeable when the bounds are the same. */
#ifndef OUTRIDER_BASE_HISTOGRAM_H
#define OUTRIDER_BASE_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

enum { HISTOGRAM_BUCKETS_MAX = 24 };

struct histogram_bounds {
	size_t n;
	int64_t upper_us[HISTOGRAM_BUCKETS_MAX]; /* rising; +Inf is understood */
};

/* A check from start to end; time to first token (vLLM's buckets with 2 s and 3 s added); pauses
 * between tokens. */
extern const struct histogram_bounds histogram_check_bounds;
extern const struct histogram_bounds histogram_ttft_bounds;
extern const struct histogram_bounds histogram_gap_bounds;

struct histogram {
	const struct histogram_bounds *bounds;
	uint64_t counts[HISTOGRAM_BUCKETS_MAX + 1]; /* the last one: above all bounds */
	uint64_t count;
	int64_t sum_us;
};

/* The place among the counts; us is not negative. */
size_t histogram_bucket(const struct histogram_bounds *bounds, int64_t us);

/* Negative (not measured) is left out. */
void histogram_add(struct histogram *histogram, int64_t us);

/* Adds one of the same bounds; one without bounds takes them. */
void histogram_merge(struct histogram *histogram, const struct histogram *more);

#endif
