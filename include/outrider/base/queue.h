/* base/queue.h - values move from many threads to one. Bounded; the taker sleeps on a descriptor.
 * This and the board are the only shared objects. */
#ifndef OUTRIDER_BASE_QUEUE_H
#define OUTRIDER_BASE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct queue_node { /* embed as the first member of what moves */
	struct queue_node *next;
};

struct queue;

struct queue *queue_new(size_t max);
void queue_free(struct queue *queue); /* must be empty */

/* Any thread. False when full or closed: the caller keeps the node. */
bool queue_push(struct queue *queue, struct queue_node *node);

/* The taker's. Everything that waits, oldest first, or NULL; never blocks. */
struct queue_node *queue_take(struct queue *queue);
/* Sleeps until something waits, the queue is closed, or the time is over (-1: no limit). */
void queue_wait(struct queue *queue, int64_t timeout_ms);
/* Readable while something waits; for an event loop. */
int queue_fd(const struct queue *queue);

/* No push succeeds afterwards; wakes the taker. */
void queue_close(struct queue *queue);
bool queue_closed(struct queue *queue);
size_t queue_length(struct queue *queue);

#endif
