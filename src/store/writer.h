/* store/writer.h - the store's thread: takes items and delivery reports from their queues and
 * commits them in batches. A batch that can't be written is kept and tried again. */
#ifndef OUTRIDER_STORE_WRITER_H
#define OUTRIDER_STORE_WRITER_H

#include "store/registry.h"
#include "store/store.h"

enum {
	WRITER_RETRY_MIN_MS = 250, /* after the first failure; doubles */
	WRITER_RETRY_MAX_MS = 5000,
	WRITER_DELIVERIES_MAX = 10000, /* reports that wait; more are lost and sent again */
};

struct writer;

/* Takes the connection for the thread; db and registry outlive the writer. */
struct writer *writer_new(sqlite3 *db, struct registry *registry,
	const struct store_options *options, struct error *error) MUST_CHECK;
bool writer_start(
	struct writer *writer, struct store_events events, struct error *error) MUST_CHECK;
bool writer_give(struct writer *writer, struct store_item *item);
void writer_report(struct writer *writer, const struct outbox_delivery *delivery);
void writer_settle(struct writer *writer, size_t rest, int64_t most_us);
void writer_keep(struct writer *writer, const struct store_keep *keep);
/* What it writes, before it is started. */
struct batch *writer_batch(struct writer *writer);
size_t writer_length(struct writer *writer);
size_t writer_given_up(const struct writer *writer); /* alerts, after the latest commit */
uint64_t writer_turns(const struct writer *writer); /* of the thread so far */
void writer_nudge(const struct writer *writer); /* makes it turn */
void writer_stats(struct writer *writer, uint64_t *commits, int64_t *total_us);
/* Writes what waits, stops the thread if it runs, frees all. Returns how many items are lost. */
size_t writer_free(struct writer *writer);

#endif
