/* alert/pace.h - how many more a channel may be told in the hour that ends now. Wall microseconds. Pure. */
#ifndef OUTRIDER_ALERT_PACE_H
#define OUTRIDER_ALERT_PACE_H

#include <stddef.h>
#include <stdint.h>

#define PACE_SPAN_US (INT64_C(3600) * 1000000)

/* Remembers its latest deliveries, as many as an hour may hold. */
struct pace {
	int64_t *times;
	size_t max, n;
};

void pace_init(struct pace *pace, size_t max);
void pace_fini(struct pace *pace);

/* One was delivered. */
void pace_note(struct pace *pace, int64_t at_us);
/* What the clock has yet to reach, since it was set back, counts as delivered now. */
size_t pace_places(struct pace *pace, int64_t now_us);
/* When there is a place again; now_us: there is. */
int64_t pace_free_at(const struct pace *pace, int64_t now_us);

#endif
