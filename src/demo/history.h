/* demo/history.h - ninety days that never were, so that a demo has something to show in its first minute:
 * every check of the plan is scheduled, answered, judged and stored as ever, on a clock of its own. */
#ifndef OUTRIDER_DEMO_HISTORY_H
#define OUTRIDER_DEMO_HISTORY_H

#include "config/config.h"
#include "store/store.h"

enum {
	DEMO_CHECKS_MAX = 100, /* more get no history */
	DEMO_RESULTS_MAX = 1500000, /* intervals are made longer for it */
};

/* Fills a store that holds nothing yet, before it is started; leaves one that has its history as it is.
 * Takes a second or so. */
bool demo_history_make(
	struct store *store, const struct config_source *source, struct error *error) MUST_CHECK;

#endif
