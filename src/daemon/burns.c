#include "base/clock.h"
#include "daemon/state.h"
#include "daemon/watch_burns.h"

enum { LOOK_EVERY_US = 5000000 };

void daemon_look_at_burns(struct daemon *d)
{
	int64_t now_us = clock_mono_us();
	struct slo_standing standing;

	if (now_us - d->burns_us < LOOK_EVERY_US)
		return;
	d->burns_us = now_us;
	for (size_t i = 0; i < d->set->n_burns; i++)
		if (board_slo(d->board, d->set->burns[i].index, &standing))
			watch_burns_look(
				d->set, &d->set->burns[i], &standing, d->store, clock_wall_us());
}
