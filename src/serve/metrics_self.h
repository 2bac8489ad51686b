/* serve/metrics_self.h - of /metrics, what the daemon says of itself and the system of its process. */
#ifndef OUTRIDER_SERVE_METRICS_SELF_H
#define OUTRIDER_SERVE_METRICS_SELF_H

#include "serve/exposition.h"
#include "serve/view.h"

void metrics_write_self(struct expo *expo, const struct board_view *view);

#endif
