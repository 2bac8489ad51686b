#include "base/histogram.h"

#define MS INT64_C(1000)
#define S INT64_C(1000000)

/* OpenTelemetry GenAI: gen_ai.client.operation.duration. */
const struct histogram_bounds histogram_check_bounds = {
	.n = 14,
	.upper_us = {10 * MS, 20 * MS, 40 * MS, 80 * MS, 160 * MS, 320 * MS, 640 * MS, 1280 * MS,
		2560 * MS, 5120 * MS, 10240 * MS, 20480 * MS, 40960 * MS, 81920 * MS},
};

/* vllm:time_to_first_token_seconds, with 2 s and 3 s added. */
const struct histogram_bounds histogram_ttft_bounds = {
	.n = 24,
	.upper_us = {1 * MS, 5 * MS, 10 * MS, 20 * MS, 40 * MS, 60 * MS, 80 * MS, 100 * MS,
		250 * MS, 500 * MS, 750 * MS, 1 * S, 2 * S, 2500 * MS, 3 * S, 5 * S, 7500 * MS,
		10 * S, 20 * S, 40 * S, 80 * S, 160 * S, 640 * S, 2560 * S},
};

/* vllm:time_per_output_token_seconds. */
const struct histogram_bounds histogram_gap_bounds = {
	.n = 19,
	.upper_us = {10 * MS, 25 * MS, 50 * MS, 75 * MS, 100 * MS, 150 * MS, 200 * MS, 300 * MS,
		400 * MS, 500 * MS, 750 * MS, 1 * S, 2500 * MS, 5 * S, 7500 * MS, 10 * S, 20 * S,
		40 * S, 80 * S},
};

size_t histogram_bucket(const struct histogram_bounds *bounds, int64_t us)
{
	size_t i = 0;
	while (i < bounds->n && us > bounds->upper_us[i])
		i++;
	return i;
}

void histogram_add(struct histogram *histogram, int64_t us)
{
	if (us < 0)
		return;
	histogram->counts[histogram_bucket(histogram->bounds, us)]++;
	histogram->count++;
	histogram->sum_us += us;
}

void histogram_merge(struct histogram *histogram, const struct histogram *more)
{
	histogram->bounds = more->bounds;
	for (size_t i = 0; i <= more->bounds->n; i++)
		histogram->counts[i] += more->counts[i];
	histogram->count += more->count;
	histogram->sum_us += more->sum_us;
}
