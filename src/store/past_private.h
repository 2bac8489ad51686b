/* store/past_private.h - how store.c begins a past. */
#ifndef OUTRIDER_STORE_PAST_PRIVATE_H
#define OUTRIDER_STORE_PAST_PRIVATE_H

#include "store/batch.h"
#include "store/past.h"

/* *until_wall_us is set at its end. */
struct past *past_new(struct batch *batch, int64_t *until_wall_us, const struct past_reach *reach,
	struct error *error) MUST_CHECK;

#endif
