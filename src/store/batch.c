#include "store/batch.h"

#include "base/clock.h"
#include "base/memory.h"
#include "store/incidents.h"
#include "store/results.h"

#include <assert.h>
#include <stdlib.h>

void chain_append(struct chain *chain, struct queue_node *nodes)
{
	if (!nodes)
		return;
	if (chain->last)
		chain->last->next = nodes;
	else
		chain->first = nodes;
	for (; nodes; nodes = nodes->next) {
		chain->last = nodes;
		chain->n++;
	}
}

static struct queue_node *chain_take(struct chain *chain)
{
	struct queue_node *node = chain->first;
	assert(node);
	chain->first = node->next;
	if (!chain->first)
		chain->last = NULL;
	chain->n--;
	return node;
}

bool batch_init(struct batch *batch, sqlite3 *db, struct registry *registry,
	const struct store_options *options, struct error *error)
{
	*batch = (struct batch){.registry = registry,
		.wall_us = options->wall_us ? options->wall_us : clock_wall_us};
	if (!session_init(&batch->session, db, error))
		return false;
	if (upkeep_init(&batch->upkeep, &batch->session, options, error))
		return true;
	session_fini(&batch->session);
	return false;
}

void batch_fini(struct batch *batch)
{
	assert(!batch->items.n);
	while (batch->reports.n)
		batch_report_free((struct report *)chain_take(&batch->reports));
	upkeep_fini(&batch->upkeep);
	session_fini(&batch->session);
}

bool batch_is_empty(const struct batch *batch)
{
	return !batch->items.n && !batch->reports.n;
}

struct store_item *batch_take_item(struct batch *batch)
{
	return (struct store_item *)chain_take(&batch->items);
}

void batch_report_free(struct report *report)
{
	free(report->error);
	free(report);
}

bool batch_write_checks(struct batch *batch, int64_t now_wall_us, size_t *at)
{
	uint32_t number = 0;
	const char *id = NULL;
	while (registry_unsaved(batch->registry, at, &number, &id)) {
		struct binder b = session_bind(&batch->session, DO_INSERT_CHECK);
		bind_int(&b, number);
		bind_text(&b, id);
		bind_int(&b, now_wall_us);
		if (!session_run(&batch->session, DO_INSERT_CHECK))
			return false;
	}
	return true;
}

static bool write_reports(struct batch *batch)
{
	const struct queue_node *node = batch->reports.first;
	for (; node; node = node->next) {
		const struct report *report = (const struct report *)node;
		if (!incidents_report(&batch->session, &report->delivery))
			return false;
	}
	return true;
}

static bool write_items(struct batch *batch, size_t n, int64_t now_wall_us)
{
	const struct queue_node *node = batch->items.first;
	for (size_t i = 0; i < n; i++, node = node->next)
		if (!results_write(&batch->session, &batch->upkeep.roller,
			    (const struct store_item *)node, now_wall_us))
			return false;
	return true;
}

/* Whether the last failure is the item's own fault rather than the file's. */
static bool is_refusal(sqlite3 *db)
{
	int code = sqlite3_errcode(db) & 0xff;
	return code == SQLITE_CONSTRAINT || code == SQLITE_MISMATCH || code == SQLITE_TOOBIG;
}

static bool write_all(struct batch *batch, size_t n, size_t *checks, size_t *waiting)
{
	int64_t now = batch->wall_us();
	int64_t waits = 0, given_up = 0;
	if (!session_run(&batch->session, DO_BEGIN) || !batch_write_checks(batch, now, checks) ||
		!write_reports(batch) || !write_items(batch, n, now) ||
		!session_ask(&batch->session, DO_OUTBOX_WAITS, 0, &waits) ||
		!session_ask(&batch->session, DO_OUTBOX_GIVEN_UP, 0, &given_up) ||
		!session_run(&batch->session, DO_COMMIT))
		return false;
	*waiting = (size_t)waits;
	batch->given_up = (size_t)given_up;
	return true;
}

static enum batch_result give_up(struct batch *batch, size_t n, struct error *why)
{
	sqlite3 *db = batch->session.db;
	bool refused = is_refusal(db);
	db_error(db, why);
	if (!sqlite3_get_autocommit(db))
		(void)session_run(&batch->session, DO_ROLLBACK);
	return refused && n ? BATCH_REFUSED : BATCH_FAILED;
}

static enum batch_result write_some(
	struct batch *batch, size_t n, size_t *waiting, struct error *why)
{
	size_t checks = 0;
	if (!db_is_in_place(batch->session.db, why))
		return BATCH_FAILED;
	if (!write_all(batch, n, &checks, waiting))
		return give_up(batch, n, why);
	registry_saved(batch->registry, checks);
	const struct queue_node *node = batch->items.first;
	for (size_t i = 0; i < n; i++, node = node->next)
		roller_note(&batch->upkeep.roller, ((const struct store_item *)node)->check_number);
	while (batch->reports.n)
		batch_report_free((struct report *)chain_take(&batch->reports));
	return BATCH_WRITTEN;
}

enum batch_result batch_write(
	struct batch *batch, size_t *items, size_t *waiting, struct error *why)
{
	size_t n = batch->items.n < STORE_BATCH_ROWS ? batch->items.n : STORE_BATCH_ROWS;
	if (batch->alone && n)
		n = 1;
	enum batch_result result = write_some(batch, n, waiting, why);
	if (result == BATCH_REFUSED && n > 1) {
		batch->alone = n;
		n = 1;
		result = write_some(batch, n, waiting, why);
	}
	if (result != BATCH_FAILED && batch->alone)
		batch->alone--;
	*items = n;
	return result;
}
