/* store/past.h - a history that is made up, for demonstrations: written at once and left as months of
 * daemons would have left it. Before store_start, on the thread that opened the store. A file that holds
 * one is marked, and opens only with store_options.demo; so does none that holds anything else. */
#ifndef OUTRIDER_STORE_PAST_H
#define OUTRIDER_STORE_PAST_H

#include "store/store.h"

struct past;

/* When the made-up history of the file ends, wall time; 0: it holds none. */
int64_t store_past_until(const struct store *store);

/* How far back what reaches; days reach as far as there are results. */
struct past_reach {
	int64_t results_from_us, minutes_from_us, hours_from_us;
};

/* Begins one in a file that holds none, and nothing else; nothing of it is there before its end. */
struct past *past_begin(
	struct store *store, const struct past_reach *reach, struct error *error) MUST_CHECK;

/* A result with what it changes, those of each check in the order of their keys; each check's last one
 * lies within the reach of results. The item is borrowed for the call. After a failure nothing is done
 * any more, and past_end says why. */
void past_write(struct past *past, const struct store_item *item);

/* Writes it, marks the file and frees the past. False: nothing of it is in the file. */
bool past_end(struct past *past, int64_t until_wall_us, struct error *error) MUST_CHECK;

#endif
