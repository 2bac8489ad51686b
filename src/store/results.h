/* store/results.h - writes one item of the loop's news inside the open transaction: the result, its
 * stream, its evidence, the check's state, missed slots, the incident's change and its messages.
 * The store's thread. */
#ifndef OUTRIDER_STORE_RESULTS_H
#define OUTRIDER_STORE_RESULTS_H

#include "store/roll.h"
#include "store/store.h"

/* A wall clock set back can bring a key that is taken; the next free one is used. */
enum { RESULT_KEY_TRIES = 1000 };

/* False: the connection says why, and nothing of the transaction may be committed. */
bool results_write(struct session *session, struct roller *roller, const struct store_item *item,
	int64_t now_wall_us);

#endif
