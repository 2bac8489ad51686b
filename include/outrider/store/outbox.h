/* store/outbox.h - alerts that wait for delivery: rows written with the incident they tell of. The
 * courier reads them with a read-only connection of its own and reports through the store. */
#ifndef OUTRIDER_STORE_OUTBOX_H
#define OUTRIDER_STORE_OUTBOX_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "watch/policy.h"

#include <stdint.h>

/* One event for one channel. */
struct outbox_message {
	char *channel;
	char *dedup_key; /* "CHECK/INCIDENT/EVENT": the same for every try */
	char *event; /* "opened", "resolved", ... */
	char *payload; /* JSON, redacted */
	uint64_t incident;
	enum severity severity;
	int64_t created_wall_us;
};

void outbox_messages_free(struct outbox_message *messages, size_t n);

struct outbox_row {
	int64_t id;
	const char *channel, *dedup_key, *event, *payload;
	uint64_t incident;
	enum severity severity;
	int64_t created_wall_us;
	int64_t next_try_wall_us;
	unsigned tries;
	size_t more; /* the courier's: so many wait for their hour behind it */
};

enum delivery_result { DELIVERY_DONE, DELIVERY_RETRY, DELIVERY_DEAD };

struct outbox_delivery {
	int64_t id;
	enum delivery_result result;
	int64_t at_wall_us, next_try_wall_us;
	const char *error; /* copied */
};

struct outbox;

enum { OUTBOX_DUE_MAX = 16384 };

/* Read-only; the file exists. */
struct outbox *outbox_open(const char *path, struct error *error) MUST_CHECK;
void outbox_close(struct outbox *outbox);

/* At most max (1 to OUTBOX_DUE_MAX) rows due at now, oldest first, and of each (incident, channel) only the oldest that is not yet
 * delivered, so that order holds. *next_wall_us: when the next one becomes due; INT64_MAX: none. held: what waits
 * all the same, words of outbox_held one behind the other; NULL: nothing. */
size_t outbox_due(struct outbox *outbox, struct arena *arena, int64_t now_wall_us, const char *held,
	size_t max, struct outbox_row **rows, int64_t *next_wall_us);

/* What is of such a severity for a channel, and tells of a beginning, or of something else. */
enum { OUTBOX_HELD_MAX = 96 };
const char *outbox_held(
	const char *channel, enum severity severity, bool opened, char word[OUTBOX_HELD_MAX]);
/* Puts the words of all that is for a channel. */
void outbox_held_all(struct buf *words, const char *channel);

/* How many wait for a channel, of those that are held (NULL: of all); counted up to OUTBOX_COUNT_MAX. */
enum { OUTBOX_COUNT_MAX = 100000 };
size_t outbox_waiting(struct outbox *outbox, const char *channel, const char *held);

/* When a channel was told something since then, the latest first; at most max. */
size_t outbox_told(struct outbox *outbox, const char *channel, int64_t since_wall_us, size_t max,
	int64_t *times);

/* Whether a row stands there as it did after so many tries: nothing that was reported since is written yet. */
bool outbox_waits(struct outbox *outbox, int64_t id, unsigned tries);

/* Ids of what waits for one channel about one incident, oldest first; at most max. */
size_t outbox_line(
	struct outbox *outbox, uint64_t incident, const char *channel, size_t max, int64_t *ids);

/* What told a channel that the incident opened, delivered or not; NULL: nothing did. */
const char *outbox_opened(
	struct outbox *outbox, struct arena *arena, uint64_t incident, const char *channel);

/* What told a channel of incidents that are open still and no longer waits, by their ids, above `after`; at
 * most max (as outbox_due). */
size_t outbox_firing(struct outbox *outbox, struct arena *arena, const char *channel,
	uint64_t after, size_t max, struct outbox_row **rows);

#endif
