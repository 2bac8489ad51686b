/* store/batch.h - what waits to be written, and the transaction that writes the first of it. The
 * store's thread. */
#ifndef OUTRIDER_STORE_BATCH_H
#define OUTRIDER_STORE_BATCH_H

#include "store/registry.h"
#include "store/session.h"
#include "store/store.h"
#include "store/upkeep.h"

/* A delivery on its way to its row. */
struct report {
	struct queue_node node; /* first */
	struct outbox_delivery delivery;
	char *error; /* owned */
};

struct chain {
	struct queue_node *first, *last;
	size_t n;
};

void chain_append(struct chain *chain, struct queue_node *nodes);

struct batch {
	struct session session;
	struct upkeep upkeep;
	int64_t (*wall_us)(void);
	struct registry *registry;
	struct chain items; /* struct store_item, oldest first */
	struct chain reports; /* struct report */
	size_t given_up; /* alerts, after the latest commit */
	size_t alone; /* so many items are written one by one: one of them is refused */
};

bool batch_init(struct batch *batch, sqlite3 *db, struct registry *registry,
	const struct store_options *options, struct error *error) MUST_CHECK;
void batch_fini(struct batch *batch);
bool batch_is_empty(const struct batch *batch);

enum batch_result {
	BATCH_WRITTEN,
	BATCH_REFUSED, /* the first item itself can't be stored; the caller takes it out */
	BATCH_FAILED, /* nothing can be written now: full, read-only, I/O */
};

/* Writes new checks' numbers, reports and at most STORE_BATCH_ROWS items in one transaction. When
 * written, reports are gone and the first *items items are the caller's to take out. waiting: the
 * outbox has something. */
enum batch_result batch_write(
	struct batch *batch, size_t *items, size_t *waiting, struct error *why) MUST_CHECK;

/* Numbers given since the last batch, inside the open transaction; *at: how far it came, for
 * registry_saved. */
bool batch_write_checks(struct batch *batch, int64_t now_wall_us, size_t *at) MUST_CHECK;

struct store_item *batch_take_item(struct batch *batch);
void batch_report_free(struct report *report);

#endif
