/* serve/waterfall.h - one request's phases one below the other: DNS, connect, TLS, first byte, first token,
 * done. What did not happen is the phase in which the time was lost. Pure. */
#ifndef OUTRIDER_SERVE_WATERFALL_H
#define OUTRIDER_SERVE_WATERFALL_H

#include "base/value.h"
#include "serve/exhibit.h"

/* From zero to the last thing that is known of the answer. */
int64_t waterfall_length(const struct exhibit *exhibit);

/* Adds "phases": label, class, x, width, length; lost: it never ended. */
void waterfall_add(struct arena *arena, struct value *object, const struct exhibit *exhibit,
	int64_t length_us);

#endif
