#include "store/past.h"

#include "base/memory.h"
#include "store/incidents.h"
#include "store/past_private.h"
#include "store/results.h"

#include <assert.h>
#include <stdlib.h>

static const enum session_statement put_row[] = {DO_PUT_MINUTE, DO_PUT_HOUR, DO_PUT_DAY};

/* The spans of one check that are being added to. */
struct track {
	uint64_t latest_key; /* 0: nothing came */
	bool kept; /* the latest one is a row, and the check's state with it */
	uint64_t keys[LEVEL_COUNT]; /* 0: none */
	struct sums sums[LEVEL_COUNT];
};

struct past {
	struct batch *batch;
	int64_t *until_wall_us; /* of the store */
	int64_t from_us[LEVEL_COUNT]; /* how far back each level reaches, */
	int64_t results_from_us; /* and results */
	struct track **tracks; /* by number; NULL: none */
	uint32_t n;
	struct buf blobs[LATENCY_COUNT];
	bool good;
};

struct past *past_new(struct batch *batch, int64_t *until_wall_us, const struct past_reach *reach,
	struct error *error)
{
	if (!session_run(&batch->session, DO_BEGIN)) {
		db_error(batch->session.db, error);
		return NULL;
	}
	struct past *past = MEM_NEW(struct past);
	*past = (struct past){
		.batch = batch,
		.until_wall_us = until_wall_us,
		.from_us = {[LEVEL_MINUTE] = reach->minutes_from_us,
			[LEVEL_HOUR] = reach->hours_from_us},
		.results_from_us = reach->results_from_us,
		.good = true,
	};
	for (size_t i = 0; i < LATENCY_COUNT; i++)
		past->blobs[i] = BUF_INIT(DISTRIBUTION_BYTES_MAX);
	return past;
}

static void past_free(struct past *past)
{
	for (uint32_t i = 0; i < past->n; i++)
		free(past->tracks[i]);
	for (size_t i = 0; i < LATENCY_COUNT; i++)
		buf_fini(&past->blobs[i]);
	free(past->tracks);
	free(past);
}

static struct track *track_of(struct past *past, uint32_t number)
{
	if (number >= past->n) {
		uint32_t n = number < 32 ? 64 : number * 2;
		past->tracks = mem_grow(past->tracks, n * sizeof(struct track *));
		while (past->n < n)
			past->tracks[past->n++] = NULL;
	}
	if (!past->tracks[number]) {
		past->tracks[number] = MEM_NEW(struct track);
		for (size_t i = 0; i < LEVEL_COUNT; i++)
			sums_init(&past->tracks[number]->sums[i]);
	}
	return past->tracks[number];
}

static bool close_span(struct past *past, struct track *track, enum level level)
{
	if (!track->keys[level])
		return true;
	struct binder b = session_bind(&past->batch->session, put_row[level]);
	bind_int(&b, (int64_t)track->keys[level]);
	sums_bind(&track->sums[level], &b, past->blobs);
	sums_clear(&track->sums[level]);
	track->keys[level] = 0;
	return stmt_run(b.stmt);
}

static bool add(struct past *past, const struct store_item *item)
{
	const struct record *record = item->record;
	struct track *track = track_of(past, item->check_number);
	struct sample sample = sample_of(record, record->key);
	for (size_t i = 0; i < LEVEL_COUNT; i++) {
		uint64_t key = level_key((enum level)i, record->key);
		if (record->started_wall_us < past->from_us[i])
			continue;
		if (track->keys[i] != key && !close_span(past, track, (enum level)i))
			return false;
		track->keys[i] = key;
		sums_add(&track->sums[i], &sample);
	}
	track->latest_key = record->key;
	return true;
}

static bool keep(struct past *past, const struct store_item *item)
{
	struct batch *batch = past->batch;
	track_of(past, item->check_number)->kept =
		item->record->started_wall_us >= past->results_from_us;
	if (item->record->started_wall_us < past->results_from_us)
		return incidents_write(&batch->session, item);
	registry_note(batch->registry, item);
	return results_write(
		&batch->session, &batch->upkeep.roller, item, item->record->started_wall_us);
}

void past_write(struct past *past, const struct store_item *item)
{
	past->good = past->good && add(past, item) && keep(past, item);
}

/* Up to here all is in the rollups. */
static bool close_track(struct past *past, uint32_t number)
{
	struct session *session = &past->batch->session;
	struct track *track = past->tracks[number];
	assert(track->kept);
	for (size_t i = 0; i < LEVEL_COUNT; i++)
		if (!close_span(past, track, (enum level)i))
			return false;
	struct binder b = session_bind(session, DO_PUT_WATERMARK);
	bind_int(&b, (int64_t)track->latest_key);
	bind_int(&b, number);
	return session_run(session, DO_PUT_WATERMARK);
}

static bool finish(struct past *past, int64_t until_wall_us, size_t *checks)
{
	struct session *session = &past->batch->session;
	bool good = past->good;
	for (uint32_t i = 0; good && i < past->n; i++)
		good = !past->tracks[i] || close_track(past, i);
	if (!good || !batch_write_checks(past->batch, until_wall_us, checks))
		return false;
	struct binder b = session_bind(session, DO_MARK_PAST);
	bind_int(&b, until_wall_us);
	return session_run(session, DO_MARK_PAST) && session_run(session, DO_COMMIT);
}

/* The watermarks are others now. */
static bool reload(struct batch *batch, struct error *error)
{
	struct roller *roller = &batch->upkeep.roller;
	unsigned results = roller->results;
	roller_fini(roller);
	return roller_init(roller, &batch->session, results, error);
}

bool past_end(struct past *past, int64_t until_wall_us, struct error *error)
{
	struct batch *batch = past->batch;
	size_t checks = 0;
	bool good = finish(past, until_wall_us, &checks);
	if (good) {
		registry_saved(batch->registry, checks);
		*past->until_wall_us = until_wall_us;
		good = reload(batch, error);
	} else {
		db_error(batch->session.db, error);
		if (!sqlite3_get_autocommit(batch->session.db))
			(void)session_run(&batch->session, DO_ROLLBACK);
	}
	past_free(past);
	return good || error_wrap(error, "the history could not be generated");
}
