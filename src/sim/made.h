/* sim/made.h - answers that somebody made up beforehand for the requests of a check. Pure. */
#ifndef OUTRIDER_SIM_MADE_H
#define OUTRIDER_SIM_MADE_H

#include "sim/exchange.h"

/* The one for the request with this id, or NULL. */
const struct sim_answer *made_find(
	const struct sim_answer *answers, size_t n, struct str request_id);
/* Into the reply; exchange->made is not NULL. */
void made_serve(struct exchange *exchange);

#endif
