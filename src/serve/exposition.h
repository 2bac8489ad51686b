/* serve/exposition.h - the Prometheus text format 0.0.4: families and samples, quickly. Pure. */
#ifndef OUTRIDER_SERVE_EXPOSITION_H
#define OUTRIDER_SERVE_EXPOSITION_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/histogram.h"

#include <stdint.h>

void expo_family(struct buf *out, const char *name, const char *type, const char *help);

/* `name{labels,more} ` - the value follows. labels and more: ready pairs, or empty. */
void expo_sample(struct buf *out, const char *name, struct str labels, const char *more);
void expo_count(struct buf *out, uint64_t value); /* ends the line */
void expo_signed(struct buf *out, int64_t value);
void expo_real(struct buf *out, double value); /* to the millionth */
void expo_seconds(struct buf *out, int64_t us);

/* Its buckets, sum and count. */
void expo_histogram(
	struct buf *out, const char *name, struct str labels, const struct histogram *histogram);

/* Appends `,name="value"` (without the comma at the start of a buffer), escaped. */
void expo_label(struct buf *out, const char *name, const char *value);

#endif
