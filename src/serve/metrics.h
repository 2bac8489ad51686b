/* serve/metrics.h - /metrics, by the names and labels of the interface. The server's thread. */
#ifndef OUTRIDER_SERVE_METRICS_H
#define OUTRIDER_SERVE_METRICS_H

#include "serve/exposition.h"
#include "serve/router.h"

route_handler metrics;

/* The text alone; how long it was said to be before it was written: a long one is sent with its length before
 * most of it exists. */
size_t metrics_write(struct buf *out, enum expo_format format, struct arena *arena,
	const struct board_view *view);

#endif
