/* serve/chart.h - a check's history as pictures: bands of percentiles of a latency, and bars of what the
 * results were. Both are stretched to the page's width; each piece of time is as wide as another. Pure. */
#ifndef OUTRIDER_SERVE_CHART_H
#define OUTRIDER_SERVE_CHART_H

#include "base/value.h"
#include "store/reader.h"

enum chart_metric { CHART_DURATION, CHART_TTFT };

/* Adds KEY: width, height, wide and narrow bands, the line of the medians (paths), marks of the axis from
 * top to bottom. False, and nothing is added: nothing was measured. */
bool chart_bands_add(struct arena *arena, struct value *object, const char *key,
	const struct series *series, enum chart_metric metric);

/* Adds "bars": width, paths of class and d. */
void chart_bars_add(struct arena *arena, struct value *object, const struct series *series);

/* Adds "dates": the ends of `parts` equal parts of the series' time, and its beginning. Nothing is later
 * than until_us, which the last piece of time may go beyond. */
void chart_dates_add(struct arena *arena, struct value *object, const struct series *series,
	int64_t until_us, unsigned parts);

#endif
