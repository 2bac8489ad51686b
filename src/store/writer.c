#include "store/writer.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "store/batch.h"

#include <assert.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { SETTLE_LOOK_MS = 1 };

struct writer {
	struct batch batch; /* the thread's own, as all that follows up to the queues */
	struct store_events events;
	int64_t (*mono_us)(void);
	int64_t oldest_us; /* when the first of what waits was taken */
	int64_t retry_us; /* not before; 0: nothing has failed */
	int64_t pause_ms; /* before the next try */
	struct error why; /* of the failure that lasts */
	size_t shown; /* so many of the first items were looked at for stuck messages */

	struct queue *items;
	struct queue *reports;
	int hurry; /* readable: a batch is full, or the store is closing */
	atomic_bool urgent; /* somebody waits for what was given */
	atomic_size_t held; /* items given and not yet committed */
	atomic_size_t bytes; /* that they hold */
	atomic_size_t given_up; /* alerts, after the latest commit */
	atomic_uint_fast64_t turns; /* of the thread */
	atomic_uint_fast64_t commits;
	atomic_int_fast64_t commit_us;
	pthread_t thread;
	bool started;
};

static void hurry(const struct writer *writer)
{
	uint64_t one = 1;
	ssize_t written = write(writer->hurry, &one, sizeof(one));
	(void)written;
}

static void calm(const struct writer *writer)
{
	uint64_t count = 0;
	ssize_t got = read(writer->hurry, &count, sizeof(count));
	(void)got;
}

struct writer *writer_new(sqlite3 *db, struct registry *registry,
	const struct store_options *options, struct error *error)
{
	struct writer *writer = MEM_NEW(struct writer);
	writer->mono_us = options->mono_us ? options->mono_us : clock_mono_us;
	writer->hurry = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (writer->hurry >= 0 && batch_init(&writer->batch, db, registry, options, error)) {
		writer->items = queue_new(STORE_QUEUE_MAX);
		writer->reports = queue_new(WRITER_DELIVERIES_MAX);
		return writer;
	}
	if (writer->hurry < 0)
		error_set(error, "no descriptor is left");
	else
		close(writer->hurry);
	free(writer);
	return NULL;
}

static size_t item_bytes(const struct store_item *item)
{
	size_t bytes = sizeof(*item) + (item->record ? item->record->arena.used : 0) +
		       item->changes.n * sizeof(*item->changes.all);
	for (size_t i = 0; i < item->n_messages; i++)
		bytes += item->messages[i].payload ? strlen(item->messages[i].payload) : 0;
	return bytes;
}

static void let_go(struct writer *writer, struct store_item *item)
{
	atomic_fetch_sub(&writer->held, 1);
	atomic_fetch_sub(&writer->bytes, item_bytes(item));
	store_item_free(item);
}

/* Keeps a place for it in memory; false when there is none. The last tenth is for changes of an
 * incident, and for what is told, which must not be lost among ordinary results. */
static bool reserve(struct writer *writer, const struct store_item *item, size_t bytes)
{
	size_t tenths = item->changes.n || item->n_messages ? 10 : 9;
	size_t before = atomic_fetch_add(&writer->held, 1);
	size_t bytes_before = atomic_fetch_add(&writer->bytes, bytes);
	if (before < STORE_QUEUE_MAX / 10 * tenths &&
		bytes_before + bytes <= STORE_QUEUE_BYTES_MAX / 10 * tenths)
		return true;
	atomic_fetch_sub(&writer->held, 1);
	atomic_fetch_sub(&writer->bytes, bytes);
	return false;
}

bool writer_give(struct writer *writer, struct store_item *item)
{
	size_t bytes = item_bytes(item);
	if (!reserve(writer, item, bytes))
		return false;
	registry_note(writer->batch.registry, item);
	if (!queue_push(writer->items, &item->node)) { /* closed */
		atomic_fetch_sub(&writer->held, 1);
		atomic_fetch_sub(&writer->bytes, bytes);
		return false;
	}
	if (atomic_load(&writer->held) == STORE_BATCH_ROWS)
		hurry(writer);
	return true;
}

void writer_report(struct writer *writer, const struct outbox_delivery *delivery)
{
	struct report *report = MEM_NEW(struct report);
	report->delivery = *delivery;
	report->error = mem_strdup(delivery->error);
	report->delivery.error = report->error;
	if (queue_push(writer->reports, &report->node))
		hurry(writer);
	else
		batch_report_free(report);
}

void writer_settle(struct writer *writer, size_t rest, int64_t most_us)
{
	int64_t until = clock_mono_us() + most_us;
	atomic_store(&writer->urgent, true);
	hurry(writer);
	while (atomic_load(&writer->held) > rest && clock_mono_us() < until)
		poll(NULL, 0, SETTLE_LOOK_MS);
	atomic_store(&writer->urgent, false);
}

void writer_keep(struct writer *writer, const struct store_keep *keep)
{
	retention_keep(&writer->batch.upkeep.retention, keep);
}

size_t writer_length(struct writer *writer)
{
	return atomic_load(&writer->held);
}

void writer_stats(struct writer *writer, uint64_t *commits, int64_t *total_us)
{
	*commits = atomic_load(&writer->commits);
	*total_us = atomic_load(&writer->commit_us);
}

struct batch *writer_batch(struct writer *writer)
{
	assert(!writer->started);
	return &writer->batch;
}

size_t writer_given_up(const struct writer *writer)
{
	return atomic_load(&writer->given_up);
}

uint64_t writer_turns(const struct writer *writer)
{
	return atomic_load(&writer->turns);
}

void writer_nudge(const struct writer *writer)
{
	hurry(writer);
}

/* What waits in the queues joins what waits here. */
static void collect(struct writer *writer)
{
	bool empty = batch_is_empty(&writer->batch);
	chain_append(&writer->batch.items, queue_take(writer->items));
	chain_append(&writer->batch.reports, queue_take(writer->reports));
	if (empty && !batch_is_empty(&writer->batch))
		writer->oldest_us = clock_mono_us();
}

static void healed(struct writer *writer)
{
	if (!writer->retry_us)
		return;
	writer->retry_us = 0;
	writer->pause_ms = 0;
	writer->why.text[0] = '\0';
	log_write(LOG_WARN, "store.writes_again");
}

/* Alerts need not wait for the disk: their messages are shown to whoever can deliver them. */
static void show_stuck(struct writer *writer)
{
	const struct queue_node *node = writer->batch.items.first;
	if (!writer->events.stuck)
		return;
	for (size_t i = 0; node; i++, node = node->next) {
		const struct store_item *item = (const struct store_item *)node;
		for (size_t m = 0; i >= writer->shown && m < item->n_messages; m++)
			writer->events.stuck(writer->events.ctx, &item->messages[m]);
	}
	writer->shown = writer->batch.items.n;
}

static struct store_item *take_item(struct writer *writer)
{
	writer->shown -= writer->shown > 0;
	return batch_take_item(&writer->batch);
}

/* Said once for each reason, not for each try. */
static void failed(struct writer *writer, const struct error *why)
{
	int64_t pause = writer->pause_ms * 2;
	if (pause < WRITER_RETRY_MIN_MS)
		pause = WRITER_RETRY_MIN_MS;
	writer->pause_ms = pause < WRITER_RETRY_MAX_MS ? pause : WRITER_RETRY_MAX_MS;
	writer->retry_us = clock_mono_us() + writer->pause_ms * US_PER_MS;
	show_stuck(writer);
	if (strcmp(writer->why.text, why->text) == 0)
		return;
	writer->why = *why;
	log_write(LOG_ERROR, "store.write_failed", LOG_STR("why", why->text),
		LOG_INT("waiting", atomic_load(&writer->held)),
		LOG_STR("note", "kept in memory and tried again"));
	if (writer->events.failed)
		writer->events.failed(writer->events.ctx, why->text);
}

/* Of a result that can't be stored its slot stays, as missed. */
static void drop_refused(struct writer *writer, const struct error *why)
{
	struct store_item *item = (struct store_item *)writer->batch.items.first;
	size_t bytes = item_bytes(item);
	log_write(LOG_ERROR, "store.item_refused", LOG_INT("check_number", item->check_number),
		LOG_STR("why", why->text));
	if (!item->record) {
		let_go(writer, take_item(writer));
		return;
	}
	item->missed++;
	incident_changes_fini(&item->changes);
	record_free(item->record);
	item->record = NULL;
	outbox_messages_free(item->messages, item->n_messages);
	item->messages = NULL;
	item->n_messages = 0;
	atomic_fetch_sub(&writer->bytes, bytes - item_bytes(item));
}

/* One transaction. False when the file can't be written now. */
static bool commit(struct writer *writer)
{
	struct error why = {""};
	size_t items = 0;
	size_t waiting = 0;
	int64_t start = clock_mono_us();
	switch (batch_write(&writer->batch, &items, &waiting, &why)) {
	case BATCH_WRITTEN: break;
	case BATCH_REFUSED: drop_refused(writer, &why); return true;
	case BATCH_FAILED: failed(writer, &why); return false;
	}
	atomic_store(&writer->given_up, writer->batch.given_up);
	atomic_fetch_add(&writer->commits, 1);
	atomic_fetch_add(&writer->turns, 1);
	atomic_fetch_add(&writer->commit_us, clock_mono_us() - start);
	for (size_t i = 0; i < items; i++)
		let_go(writer, take_item(writer));
	healed(writer);
	if (writer->events.committed)
		writer->events.committed(writer->events.ctx, items, waiting);
	return true;
}

/* When the next batch is to be written; INT64_MAX: nothing waits. */
static int64_t due(const struct writer *writer)
{
	if (batch_is_empty(&writer->batch))
		return INT64_MAX;
	if (writer->retry_us)
		return writer->retry_us;
	/* A report waits for no company: a crash before its commit would send the alert twice. */
	if (writer->batch.items.n >= STORE_BATCH_ROWS || writer->batch.reports.n ||
		atomic_load(&writer->urgent))
		return 0;
	return writer->oldest_us + STORE_BATCH_MS * US_PER_MS;
}

/* Milliseconds until either a batch or the upkeep is due; negative: for ever. */
static int how_long(const struct writer *writer)
{
	int64_t batch = due(writer);
	int64_t upkeep = writer->retry_us ? INT64_MAX : upkeep_due(&writer->batch.upkeep);
	int64_t left_us = INT64_MAX;
	if (batch < INT64_MAX)
		left_us = batch - clock_mono_us();
	if (upkeep < INT64_MAX && upkeep - writer->mono_us() < left_us)
		left_us = upkeep - writer->mono_us();
	if (left_us == INT64_MAX)
		return -1;
	return left_us > 0 ? (int)(left_us / US_PER_MS % INT_MAX) + 1 : 0;
}

/* With nothing waiting, until something comes; else until a batch is due, unless one fills up before.
 * The queues are not looked at meanwhile, so a busy loop does not pay for waking this thread. */
static void rest(struct writer *writer)
{
	struct pollfd ready[] = {
		{.fd = writer->hurry, .events = POLLIN},
		{.fd = queue_fd(writer->items), .events = POLLIN},
		{.fd = queue_fd(writer->reports), .events = POLLIN},
	};
	poll(ready, batch_is_empty(&writer->batch) ? 3 : 1, how_long(writer));
	if (ready[0].revents)
		calm(writer);
}

static void write_last(struct writer *writer)
{
	collect(writer);
	while (!batch_is_empty(&writer->batch) && commit(writer))
		continue;
	if (writer->batch.items.n)
		log_write(LOG_ERROR, "store.lost", LOG_INT("items", writer->batch.items.n),
			LOG_STR("why", writer->why.text));
}

static void *run(void *arg)
{
	struct writer *writer = arg;
	while (!queue_closed(writer->items)) {
		rest(writer);
		atomic_fetch_add(&writer->turns, 1);
		if (queue_closed(writer->items))
			break;
		collect(writer);
		while (due(writer) <= clock_mono_us() && commit(writer))
			upkeep_step(&writer->batch.upkeep, writer->mono_us());
		if (!writer->retry_us)
			upkeep_step(&writer->batch.upkeep, writer->mono_us());
	}
	write_last(writer);
	return NULL;
}

bool writer_start(struct writer *writer, struct store_events events, struct error *error)
{
	assert(!writer->started);
	writer->events = events;
	sigset_t all;
	sigset_t before;
	sigfillset(&all); /* signals are the loop's */
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int rc = pthread_create(&writer->thread, NULL, run, writer);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	writer->started = rc == 0;
	if (rc != 0)
		return error_set(error, "the store's thread could not start: %s", strerror(rc));
	pthread_setname_np(writer->thread, "store");
	return true;
}

size_t writer_free(struct writer *writer)
{
	if (!writer)
		return 0;
	queue_close(writer->items);
	queue_close(writer->reports);
	hurry(writer);
	if (writer->started)
		pthread_join(writer->thread, NULL);
	else
		write_last(writer);
	size_t lost = writer->batch.items.n;
	while (writer->batch.items.n)
		let_go(writer, batch_take_item(&writer->batch));
	batch_fini(&writer->batch);
	queue_free(writer->items);
	queue_free(writer->reports);
	close(writer->hurry);
	free(writer);
	return lost;
}
