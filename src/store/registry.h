/* store/registry.h - every check's number and what is known of it, in memory: read from the file
 * when it is opened, then kept by what the loop gives. Numbers are given here, at once, and written
 * with the next batch; so neither a reload nor a full disk makes the loop wait. Any thread; a mutex
 * inside, held for microseconds. */
#ifndef OUTRIDER_STORE_REGISTRY_H
#define OUTRIDER_STORE_REGISTRY_H

#include "store/db.h"
#include "store/store.h"

/* Numbers that fit above a key's milliseconds in a signed 64-bit integer. */
enum { REGISTRY_NUMBER_MAX = (1 << 21) - 1 };

struct registry;

/* Reads checks, check_state and slo. */
struct registry *registry_load(sqlite3 *db, struct error *error) MUST_CHECK;
void registry_free(struct registry *registry);

uint32_t registry_number(struct registry *registry, const char *check_id, struct error *error);
bool registry_state(struct registry *registry, uint32_t number, struct stored_state *state);
/* Of those above that number the next of which something is known; 0: no more. */
uint32_t registry_next(struct registry *registry, uint32_t after, struct stored_state *state);

/* The objective that was promised last; 0: none. */
struct slo registry_promise(struct registry *registry, uint32_t number);
/* Of those above that number the next that has one; 0: no more. */
uint32_t registry_next_promise(struct registry *registry, uint32_t after);

/* Since when it burns, by pace; held_us is 0. */
struct burns registry_burns(struct registry *registry, uint32_t number);
/* Of those above that number the next that burns; 0: no more. */
uint32_t registry_next_burn(struct registry *registry, uint32_t after);

/* Of a number that was given; "" else. It lives as long as the registry. */
const char *registry_id(struct registry *registry, uint32_t number);

/* Since when it is paused; 0: it is not. */
int64_t registry_paused(struct registry *registry, uint32_t number);

/* What an item makes of its check's state once it is written. */
void registry_note(struct registry *registry, const struct store_item *item);

/* Checks that are not in the file yet, from *at on; false: no more. The id lives as long as the
 * registry. */
bool registry_unsaved(
	struct registry *registry, size_t *at, uint32_t *number, const char **check_id);
/* All before `at` are in the file now. */
void registry_saved(struct registry *registry, size_t at);

#endif
