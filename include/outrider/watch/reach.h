/* watch/reach.h - which checks depend on which, over any number of steps. Owned by the loop. */
#ifndef OUTRIDER_WATCH_REACH_H
#define OUTRIDER_WATCH_REACH_H

#include "watch/incident.h"

/* What a check depends on, or what depends on it: how many, and their indexes in the plan, valid until the next call
 * for these incidents. Costs as much as there are. */
size_t reach_above(struct incidents *incidents, size_t check, const uint32_t **checks);
size_t reach_below(struct incidents *incidents, size_t check, const uint32_t **checks);

#endif
