/* lanes.h - who may run next: a line for each service, first come first served; all services take
 * turns, so that none waits behind another's limit. Limits in all and for each service. Services that hang hold
 * up no other: the first run of each does not count among the further ones. Every step is O(1). Owned
 * by the executor. */
#ifndef OUTRIDER_ENGINE_LANES_H
#define OUTRIDER_ENGINE_LANES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

struct lane;
struct lanes;

struct ticket { /* embed in what waits and runs */
	STAILQ_ENTRY(ticket) link;
	struct lane *lane;
	uint16_t limit; /* of its service; 0: none */
};

struct lanes_limits {
	size_t all; /* runs at a time */
	size_t further; /* of these, besides the first of each service */
};

struct lanes *lanes_new(struct lanes_limits limits);
void lanes_free(struct lanes *lanes); /* nothing may wait or run */

/* Joins its service's line; limit is set. */
void lanes_wait(struct lanes *lanes, struct ticket *ticket, const char *service);

/* Who may start now, or NULL. Its places are taken. */
struct ticket *lanes_next(struct lanes *lanes);
void lanes_done(struct lanes *lanes, struct ticket *ticket);

/* Empties all lines. */
void lanes_drop_waiting(
	struct lanes *lanes, void (*drop)(void *ctx, struct ticket *ticket), void *ctx);

size_t lanes_waiting(const struct lanes *lanes);

#endif
