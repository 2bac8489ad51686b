/* store/store.h - SQLite: the one connection that writes, on a thread of its own. The loop gives it
 * values through a queue; it commits them in batches (STORE_BATCH_MS or STORE_BATCH_ROWS) and says
 * so. Only daemon.c holds it. */
#ifndef OUTRIDER_STORE_STORE_H
#define OUTRIDER_STORE_STORE_H

#include "base/queue.h"
#include "check/record.h"
#include "store/adhoc.h"
#include "store/options.h"
#include "store/outbox.h"
#include "watch/burn.h"
#include "watch/health.h"
#include "watch/incident.h"
#include "watch/policy.h"
#include "watch/schedule.h"

enum {
	STORE_BATCH_MS = 250,
	STORE_BATCH_ROWS = 256,
	STORE_QUEUE_MAX = 100000, /* items not yet committed */
	STORE_QUEUE_BYTES_MAX = 128 << 20, /* that they hold */
};

struct store;

/* Opens or makes the file, locks it against a second daemon, migrates it. The error says what is
 * wrong with a file that is another program's, newer than we are, locked or unreadable. */
struct store *store_open(const struct store_options *options, struct error *error) MUST_CHECK;

/* A check's number in the database, for good. Any thread; never waits for the disk: the number is
 * written with the next batch. 0 when none is left. */
uint32_t store_check_number(struct store *store, const char *check_id, struct error *error);

/* The id that has this number; "" for none. It lives as long as the store. Any thread. */
const char *store_check_id(struct store *store, uint32_t check_number);

/* What its schedule still owes a check, and how the monotonic clock of that boot stood. */
struct stored_slots {
	bool known;
	struct owed owed;
	int64_t wall_ahead_us; /* of the monotonic clock */
	int64_t boot; /* clock_boot; 0: not known */
};

/* What is known of a check: from before the daemon last stopped, and by the items given since.
 * False: nothing. Any thread. */
struct stored_state {
	struct health health;
	int64_t since_wall_us; /* of the state */
	uint64_t latest_key; /* of its newest result; 0: none */
	enum no_answer no_answer; /* of that */
	uint64_t missed; /* slots, ever */
	struct stored_slots slots;
};

bool store_load_state(struct store *store, uint32_t check_number, struct stored_state *state);
/* Of the checks above *check_number (0: of all) the next of which something is known; 0: no more. */
uint32_t store_next_state(struct store *store, uint32_t check_number, struct stored_state *state);

/* The objective that holds of a check since the latest item that said so; 0: none. Any thread. */
struct slo store_promise(struct store *store, uint32_t check_number);
/* Of the checks above *check_number (0: of all) the next that has one; 0: no more. */
uint32_t store_next_promise(struct store *store, uint32_t check_number);

/* Since when it burns, as was told last, by pace; 0: it does not. Any thread. */
struct burns store_burns(struct store *store, uint32_t check_number);
/* Of the checks above *check_number (0: of all) the next that burns; 0: no more. */
uint32_t store_next_burn(struct store *store, uint32_t check_number);

/* The incidents that were open when the file was opened, oldest first. They live as long as the
 * store. */
const struct incident_kept *store_open_incidents(const struct store *store, size_t *n);

/* Ad hoc windows, as they were when the file was opened. */
const struct adhoc_kept *store_adhoc(const struct store *store);
/* Since when a check is paused; 0: it is not. Any thread. */
int64_t store_paused(struct store *store, uint32_t check_number);

/* One unit of the loop's news, written in one transaction. */
struct store_item {
	struct queue_node node; /* first */
	struct record *record; /* owned; NULL: only missed slots, an incident's change, messages */
	uint32_t check_number;
	struct health health; /* after the record; ignored without one, as since_wall_us */
	int64_t since_wall_us;
	uint64_t missed; /* slots missed since the last item */
	struct stored_slots slots; /* owed after this item */
	bool promises; /* from changed_wall_us on the objective is this one; 0: none */
	struct slo promise;
	struct burn_note burn;
	struct incident_changes changes; /* owned; caused by the record, if there is one */
	int64_t changed_wall_us; /* when they happened */
	int64_t until_wall_us; /* of an acknowledgement; 0: it has no end */
	char *said, *by; /* owned: a person's words with a change, and who that is; NULL: none */
	struct adhoc_news *adhoc; /* owned; NULL: none */
	struct outbox_message *messages; /* owned, with their texts (outbox_messages_free) */
	size_t n_messages;
};

struct store_events {
	void *ctx;
	/* On the store's thread, after each commit. items: so many of those given, oldest first (0:
	 * only delivery reports). waiting: the outbox has something. */
	void (*committed)(void *ctx, size_t items, size_t waiting);
	/* A batch could not be written; it is kept and tried again. Once for each change of why; over
	 * with the next committed. May be NULL. */
	void (*failed)(void *ctx, const char *why);
	/* While that lasts: each message that waits with its item, once, in order, so that alerts
	 * need not wait for the disk. It is written with its item all the same. Borrowed for the
	 * call. May be NULL. */
	void (*stuck)(void *ctx, const struct outbox_message *message);
};

/* How long what is kept, from now on. Any thread. */
void store_keep(struct store *store, const struct store_keep *keep);

bool store_start(struct store *store, struct store_events events, struct error *error) MUST_CHECK;

/* Any thread. The store owns the item from here on (mem_alloc'ed). False: the queue is full (or the
 * store closing) and the caller still owns it: an incident's change is worth trying again. */
bool store_give(struct store *store, struct store_item *item) MUST_CHECK;
void store_item_free(struct store_item *item);

/* Delivery news from the courier. Any thread. */
void store_give_delivery(struct store *store, const struct outbox_delivery *delivery);

/* Writes what was given without waiting for more, and waits until no more than `rest` of it is left, at
 * most so long. */
void store_settle(struct store *store, size_t rest, int64_t most_us);
/* Items given and not yet committed. */
size_t store_queue_length(struct store *store);
/* Seconds of commits so far and how many, for /metrics. */
void store_commit_stats(struct store *store, uint64_t *commits, int64_t *total_us);

/* Alerts that were given up and not dismissed, after the latest commit; 0 before the first. Any thread. */
size_t store_alerts_given_up(const struct store *store);

/* Turns of the thread so far, and a call that makes it turn once more: one that is not stuck does. Any
 * thread. */
uint64_t store_turns(const struct store *store);
void store_nudge(struct store *store);

/* Writes what waits, stops the thread, closes. Returns how many items could not be written and are lost,
 * which the log has. */
size_t store_close(struct store *store);

#endif
