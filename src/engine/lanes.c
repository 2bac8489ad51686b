#include "engine/lanes.h"

#include "base/memory.h"

#include <assert.h>
#include <stdlib.h>

enum {
	LANES_BUCKETS = 256,
	LANES_KEPT = 1024, /* above it, idle ones of earlier plans are dropped */
};

struct lane {
	struct lane *next; /* in its bucket */
	TAILQ_ENTRY(lane) turn;
	STAILQ_HEAD(, ticket) line;
	size_t running;
	struct turns *queue; /* where it waits for a turn, or NULL */
	char *service;
};

TAILQ_HEAD(turns, lane);

struct lanes {
	struct lane *buckets[LANES_BUCKETS];
	size_t n_lanes;
	/* Someone waits and the service's limit allows it: those of which nothing runs, and the others. */
	struct turns idle, ready;
	struct lanes_limits limits;
	size_t waiting, running;
	size_t further; /* of those running, all but the first of each service */
};

struct lanes *lanes_new(struct lanes_limits limits)
{
	struct lanes *lanes = MEM_NEW(struct lanes);
	TAILQ_INIT(&lanes->idle);
	TAILQ_INIT(&lanes->ready);
	lanes->limits = limits;
	return lanes;
}

static bool lane_idle(const struct lane *lane)
{
	return lane->running == 0 && !lane->queue && STAILQ_EMPTY(&lane->line);
}

static void drop_idle_lanes(struct lanes *lanes)
{
	for (size_t i = 0; i < LANES_BUCKETS; i++)
		for (struct lane **at = &lanes->buckets[i]; *at;) {
			struct lane *lane = *at;
			if (!lane_idle(lane)) {
				at = &lane->next;
				continue;
			}
			*at = lane->next;
			free(lane->service);
			free(lane);
			lanes->n_lanes--;
		}
}

static void unqueue(struct lane *lane)
{
	TAILQ_REMOVE(lane->queue, lane, turn);
	lane->queue = NULL;
}

void lanes_free(struct lanes *lanes)
{
	assert(lanes->waiting == 0 && lanes->running == 0);
	struct lane *lane;
	while ((lane = TAILQ_FIRST(&lanes->idle))) /* emptied by lanes_drop_waiting */
		unqueue(lane);
	while ((lane = TAILQ_FIRST(&lanes->ready)))
		unqueue(lane);
	drop_idle_lanes(lanes);
	free(lanes);
}

/* FNV-1a */
static size_t bucket_of(const char *service)
{
	uint32_t hash = UINT32_C(2166136261);
	for (const char *c = service; *c; c++)
		hash = (hash ^ (unsigned char)*c) * UINT32_C(16777619);
	return hash % LANES_BUCKETS;
}

static struct lane *lane_of(struct lanes *lanes, const char *service)
{
	struct lane **bucket = &lanes->buckets[bucket_of(service)];
	for (struct lane *lane = *bucket; lane; lane = lane->next)
		if (strcmp(lane->service, service) == 0)
			return lane;
	if (lanes->n_lanes >= LANES_KEPT)
		drop_idle_lanes(lanes);
	struct lane *lane = MEM_NEW(struct lane);
	STAILQ_INIT(&lane->line);
	lane->service = mem_strdup(service);
	lane->next = *bucket;
	*bucket = lane;
	lanes->n_lanes++;
	return lane;
}

/* Queues it for a turn when its first may run as far as the service is concerned. */
static void queue_lane(struct lanes *lanes, struct lane *lane)
{
	const struct ticket *first = STAILQ_FIRST(&lane->line);
	if (lane->queue || !first || (first->limit && lane->running >= first->limit))
		return;
	lane->queue = lane->running ? &lanes->ready : &lanes->idle;
	TAILQ_INSERT_TAIL(lane->queue, lane, turn);
}

void lanes_wait(struct lanes *lanes, struct ticket *ticket, const char *service)
{
	ticket->lane = lane_of(lanes, service);
	STAILQ_INSERT_TAIL(&ticket->lane->line, ticket, link);
	lanes->waiting++;
	queue_lane(lanes, ticket->lane);
}

static struct ticket *take_first(struct lanes *lanes, struct lane *lane)
{
	struct ticket *ticket = STAILQ_FIRST(&lane->line);
	STAILQ_REMOVE_HEAD(&lane->line, link);
	lanes->waiting--;
	lanes->running++;
	if (lane->running++)
		lanes->further++;
	return ticket;
}

static struct lane *first_allowed(struct lanes *lanes)
{
	if (lanes->running >= lanes->limits.all)
		return NULL;
	struct lane *lane = TAILQ_FIRST(&lanes->idle);
	return lane || lanes->further >= lanes->limits.further ? lane : TAILQ_FIRST(&lanes->ready);
}

struct ticket *lanes_next(struct lanes *lanes)
{
	struct lane *lane;
	while ((lane = first_allowed(lanes))) {
		const struct ticket *first = STAILQ_FIRST(&lane->line);
		unqueue(lane);
		if (!first)
			continue;
		struct ticket *ticket = take_first(lanes, lane);
		queue_lane(lanes, lane);
		return ticket;
	}
	return NULL;
}

void lanes_done(struct lanes *lanes, struct ticket *ticket)
{
	struct lane *lane = ticket->lane;
	assert(lanes->running > 0 && lane->running > 0);
	lanes->running--;
	if (--lane->running)
		lanes->further--;
	else if (lane->queue)
		unqueue(lane);
	queue_lane(lanes, lane);
}

void lanes_drop_waiting(
	struct lanes *lanes, void (*drop)(void *ctx, struct ticket *ticket), void *ctx)
{
	struct ticket *ticket;
	for (size_t i = 0; i < LANES_BUCKETS; i++)
		for (struct lane *lane = lanes->buckets[i]; lane; lane = lane->next)
			while ((ticket = STAILQ_FIRST(&lane->line))) {
				STAILQ_REMOVE_HEAD(&lane->line, link);
				lanes->waiting--;
				drop(ctx, ticket);
			}
}

size_t lanes_waiting(const struct lanes *lanes)
{
	return lanes->waiting;
}
