/* serve/exposition.h - metrics as text: families and samples, quickly, in the Prometheus format 0.0.4 or in
 * OpenMetrics 1.0. Pure. */
#ifndef OUTRIDER_SERVE_EXPOSITION_H
#define OUTRIDER_SERVE_EXPOSITION_H

#include "base/buf.h"
#include "base/histogram.h"

#include <stdint.h>

enum { EXPO_BOUND_MAX = 48, EXPO_NAME_MAX = 128 };

enum expo_format { EXPO_PROMETHEUS, EXPO_OPENMETRICS };

struct expo_bound {
	char text[EXPO_BOUND_MAX]; /* `le="0.5"} ` */
	size_t n;
};

struct expo {
	struct buf *out; /* NULL: nothing is written; counted says how long it would be */
	enum expo_format format;
	size_t counted;
	struct buf label; /* escaped, of the latest sample that has one of its own: buf_fini */
	const struct histogram_bounds *bounds; /* of the latest histogram, written: */
	struct expo_bound written[HISTOGRAM_BUCKETS_MAX + 1];
};

/* A counter's name ends in _total. OpenMetrics calls the family as its samples but for that. */
void expo_family(struct expo *expo, struct str name, const char *type, const char *help);

/* `name{labels,more} value`. labels and more: ready pairs, or empty. */
void expo_count(
	struct expo *expo, struct str name, struct str labels, struct str more, uint64_t value);
void expo_seconds(
	struct expo *expo, struct str name, struct str labels, struct str more, int64_t us);
void expo_infinity(struct expo *expo, struct str name, struct str labels, struct str more);
void expo_real(struct expo *expo, struct str name, struct str labels, struct str more,
	double value); /* to the millionth */

/* Its buckets, sum and count. A name has less than EXPO_NAME_MAX bytes, with _count. */
void expo_histogram(
	struct expo *expo, struct str name, struct str labels, const struct histogram *histogram);

/* As it is. */
void expo_text(struct expo *expo, struct str text);

/* Nothing may follow. */
void expo_end(struct expo *expo);

/* Appends `,name="value"` (without the comma at the start of a buffer), escaped. */
void expo_label(struct buf *out, const char *name, const char *value);

#endif
