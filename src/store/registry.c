#include "store/registry.h"

#include "base/arena.h"
#include "base/memory.h"
#include "store/sql.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

#define TIME_MAX_US (INT64_C(1) << 60)

struct entry {
	const char *id;
	uint32_t number;
	bool known; /* it has a state */
	int64_t paused_us; /* since then; 0: it is not */
	struct stored_state state;
	struct slo promise; /* objective 0: none */
	struct burns *burns; /* NULL: it never did; in the arena */
};

struct registry {
	pthread_mutex_t lock;
	struct arena ids;
	struct entry *entries; /* by rising number */
	size_t n, cap;
	size_t n_saved; /* the first ones are in the file */
	uint32_t *slots; /* open addressing by id: index + 1, 0 is free */
	size_t n_slots; /* a power of two, at least twice the cap */
};

static size_t hash(const char *text)
{
	uint64_t h = UINT64_C(14695981039346656037); /* FNV-1a */
	for (; *text; text++)
		h = (h ^ (unsigned char)*text) * UINT64_C(1099511628211);
	return (size_t)(h ^ h >> 32);
}

/* The slot that holds the id, or the free one where it belongs. */
static uint32_t *slot_of(const struct registry *r, const char *id)
{
	size_t at = hash(id) & (r->n_slots - 1);
	while (r->slots[at] && strcmp(r->entries[r->slots[at] - 1].id, id) != 0)
		at = (at + 1) & (r->n_slots - 1);
	return &r->slots[at];
}

static void grow(struct registry *r)
{
	r->cap = r->cap ? r->cap + r->cap / 4 : 64;
	r->entries = mem_grow(r->entries, r->cap * sizeof(*r->entries));
	if (r->n_slots >= r->cap * 2)
		return;
	free(r->slots);
	r->n_slots = r->n_slots ? r->n_slots * 2 : r->cap * 2;
	r->slots = mem_alloc(r->n_slots * sizeof(*r->slots));
	for (size_t i = 0; i < r->n; i++)
		*slot_of(r, r->entries[i].id) = (uint32_t)i + 1;
}

static struct entry *add(struct registry *r, const char *id, uint32_t number)
{
	if (r->n == r->cap)
		grow(r);
	struct entry *entry = &r->entries[r->n];
	*entry = (struct entry){.id = arena_strdup(&r->ids, id), .number = number};
	*slot_of(r, id) = (uint32_t)++r->n;
	return entry;
}

/* Of the first entry whose number is not below. */
static size_t place_of(const struct registry *r, uint32_t number)
{
	size_t low = 0;
	size_t high = r->n;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (r->entries[middle].number < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Numbers are given in order and never taken back: mostly each stands where it counts to. */
static struct entry *find(const struct registry *r, uint32_t number)
{
	size_t at = number - 1;
	if (at >= r->n || r->entries[at].number != number)
		at = place_of(r, number);
	return at < r->n && r->entries[at].number == number ? &r->entries[at] : NULL;
}

/* every_us, next_us, extra_us, running, wall_ahead_us, boot from that column on. */
static struct stored_slots read_slots(sqlite3_stmt *stmt, int at)
{
	int64_t every = column_measure(stmt, at), next = column_measure(stmt, at + 1);
	int64_t extra = column_measure(stmt, at + 2), ahead = sqlite3_column_int64(stmt, at + 4);
	if (every < 0 || (next >= 0 && every == 0) || next > TIME_MAX_US || extra > TIME_MAX_US ||
		ahead > TIME_MAX_US || ahead < -TIME_MAX_US)
		return (struct stored_slots){.known = false};
	return (struct stored_slots){
		.known = true,
		.owed = {.every_us = every,
			.next_us = next < 0 ? INT64_MAX : next - ahead,
			.extra_us = extra < 0 ? INT64_MAX : extra - ahead,
			.running = sqlite3_column_int64(stmt, at + 3) == 1},
		.wall_ahead_us = ahead,
		.boot = sqlite3_column_int64(stmt, at + 5),
	};
}

/* What stands in a file is not trusted: a state that can't be is no state. */
static bool read_state(sqlite3_stmt *stmt, struct stored_state *state)
{
	int64_t word = column_measure(stmt, 2);
	int64_t known = column_measure(stmt, 5);
	int64_t seen = column_measure(stmt, 6);
	int64_t latest = column_measure(stmt, 7);
	if (word < 0 || word >= HEALTH_COUNT || known < 0 || known > seen ||
		seen > HEALTH_WINDOW_MAX || latest < 0 || latest >= OUTCOME_COUNT)
		return false;
	*state = (struct stored_state){
		.health = {.state = (enum health_state)word,
			.recent = (uint64_t)sqlite3_column_int64(stmt, 4),
			.known = (uint8_t)known,
			.seen = (uint8_t)seen,
			.latest = (enum outcome)latest,
			.mark_s = (uint32_t)sqlite3_column_int64(stmt, 8),
			.relapses = (uint8_t)sqlite3_column_int64(stmt, 9),
			.flapping = sqlite3_column_int64(stmt, 10) != 0,
			.good_s = (uint32_t)sqlite3_column_int64(stmt, 11),
			.cold_s = (uint32_t)sqlite3_column_int64(stmt, 12),
			.passes = (uint8_t)sqlite3_column_int64(stmt, 13)},
		.since_wall_us = sqlite3_column_int64(stmt, 3),
		.latest_key = (uint64_t)sqlite3_column_int64(stmt, 14),
		.missed = (uint64_t)sqlite3_column_int64(stmt, 15),
		.slots = read_slots(stmt, 16),
	};
	return true;
}

static struct slo read_promise(sqlite3_stmt *stmt, int at)
{
	struct slo slo = {sqlite3_column_double(stmt, at), sqlite3_column_int64(stmt, at + 1)};
	return slo.objective > 0 && slo.objective < 1 ? slo : (struct slo){0};
}

/* Of the newest result. outcome, reason, http_status, connect_us from that column on. */
static enum no_answer read_no_answer(sqlite3_stmt *stmt, int at)
{
	int64_t outcome = column_measure(stmt, at), reason = column_measure(stmt, at + 1);
	if (outcome < 0 || outcome >= OUTCOME_COUNT || reason < 0 || reason >= REASON_COUNT)
		return ANSWERED;
	return no_answer_of((enum outcome)outcome, (enum reason)reason,
		(int)sqlite3_column_int64(stmt, at + 2), column_measure(stmt, at + 3) >= 0);
}

static void read_check(struct registry *r, sqlite3_stmt *stmt)
{
	int64_t number = sqlite3_column_int64(stmt, 0);
	const char *id = (const char *)sqlite3_column_text(stmt, 1);
	if (!id || number < 1 || number > REGISTRY_NUMBER_MAX || *slot_of(r, id))
		return;
	struct entry *entry = add(r, id, (uint32_t)number);
	entry->known = read_state(stmt, &entry->state);
	entry->paused_us = sqlite3_column_int64(stmt, 22);
	entry->promise = read_promise(stmt, 23);
	entry->state.no_answer = read_no_answer(stmt, 25);
}

static void put_burn(struct registry *r, struct entry *entry, unsigned pace, int64_t since_us)
{
	if (!entry->burns)
		entry->burns = ARENA_NEW(&r->ids, struct burns);
	entry->burns->paces[pace].since_us = since_us;
}

static bool load_burns(struct registry *r, sqlite3 *db, struct error *error)
{
	sqlite3_stmt *stmt = db_prepare(db, sql_named("sql/store.sql", "load_burns"), error);
	if (!stmt)
		return false;
	while (stmt_row(stmt)) {
		int64_t number = sqlite3_column_int64(stmt, 0);
		const char *name = (const char *)sqlite3_column_text(stmt, 1);
		struct entry *entry = number > 0 && number <= REGISTRY_NUMBER_MAX
					      ? find(r, (uint32_t)number)
					      : NULL;
		for (unsigned i = 0; entry && name && i < SLO_PACE_COUNT; i++)
			if (strcmp(name, slo_rule((enum slo_pace)i)->name) == 0)
				put_burn(r, entry, i, sqlite3_column_int64(stmt, 2));
	}
	return sqlite3_finalize(stmt) == SQLITE_OK || db_error(db, error);
}

struct registry *registry_load(sqlite3 *db, struct error *error)
{
	sqlite3_stmt *stmt = db_prepare(db, sql_named("sql/store.sql", "load_checks"), error);
	if (!stmt)
		return NULL;
	struct registry *r = MEM_NEW(struct registry);
	pthread_mutex_init(&r->lock, NULL);
	arena_init(&r->ids);
	grow(r);
	while (stmt_row(stmt))
		read_check(r, stmt);
	r->n_saved = r->n;
	bool whole = sqlite3_finalize(stmt) == SQLITE_OK && sqlite3_errcode(db) == SQLITE_OK;
	if (whole && load_burns(r, db, error))
		return r;
	if (!whole)
		db_error(db, error);
	registry_free(r);
	return NULL;
}

void registry_free(struct registry *registry)
{
	if (!registry)
		return;
	arena_fini(&registry->ids);
	free(registry->entries);
	free(registry->slots);
	pthread_mutex_destroy(&registry->lock);
	free(registry);
}

static uint32_t number_locked(struct registry *r, const char *id, struct error *error)
{
	uint32_t slot = *slot_of(r, id);
	if (slot)
		return r->entries[slot - 1].number;
	uint32_t last = r->n ? r->entries[r->n - 1].number : 0;
	if (last < REGISTRY_NUMBER_MAX)
		return add(r, id, last + 1)->number;
	error_set(error, "%s: the database holds %d checks and has no number left", id,
		REGISTRY_NUMBER_MAX);
	return 0;
}

uint32_t registry_number(struct registry *registry, const char *check_id, struct error *error)
{
	if (!check_id || !*check_id) {
		error_set(error, "a check without an id");
		return 0;
	}
	pthread_mutex_lock(&registry->lock);
	uint32_t number = number_locked(registry, check_id, error);
	pthread_mutex_unlock(&registry->lock);
	return number;
}

bool registry_state(struct registry *registry, uint32_t number, struct stored_state *state)
{
	pthread_mutex_lock(&registry->lock);
	const struct entry *entry = find(registry, number);
	bool known = entry && entry->known;
	if (known)
		*state = entry->state;
	pthread_mutex_unlock(&registry->lock);
	return known;
}

const char *registry_id(struct registry *registry, uint32_t number)
{
	pthread_mutex_lock(&registry->lock);
	const struct entry *entry = find(registry, number);
	const char *id = entry ? entry->id : "";
	pthread_mutex_unlock(&registry->lock);
	return id;
}

int64_t registry_paused(struct registry *registry, uint32_t number)
{
	pthread_mutex_lock(&registry->lock);
	const struct entry *entry = find(registry, number);
	int64_t paused_us = entry ? entry->paused_us : 0;
	pthread_mutex_unlock(&registry->lock);
	return paused_us;
}

uint32_t registry_next(struct registry *registry, uint32_t after, struct stored_state *state)
{
	uint32_t number = 0;
	pthread_mutex_lock(&registry->lock);
	for (size_t i = place_of(registry, after + 1); i < registry->n && !number; i++) {
		const struct entry *entry = &registry->entries[i];
		if (!entry->known)
			continue;
		*state = entry->state;
		number = entry->number;
	}
	pthread_mutex_unlock(&registry->lock);
	return number;
}

struct slo registry_promise(struct registry *registry, uint32_t number)
{
	pthread_mutex_lock(&registry->lock);
	const struct entry *entry = find(registry, number);
	struct slo promise = entry ? entry->promise : (struct slo){0};
	pthread_mutex_unlock(&registry->lock);
	return promise;
}

uint32_t registry_next_promise(struct registry *r, uint32_t after)
{
	pthread_mutex_lock(&r->lock);
	size_t at = place_of(r, after + 1);
	while (at < r->n && !(r->entries[at].promise.objective > 0))
		at++;
	uint32_t number = at < r->n ? r->entries[at].number : 0;
	pthread_mutex_unlock(&r->lock);
	return number;
}

struct burns registry_burns(struct registry *registry, uint32_t number)
{
	pthread_mutex_lock(&registry->lock);
	const struct entry *entry = find(registry, number);
	struct burns burns = entry && entry->burns ? *entry->burns : (struct burns){0};
	pthread_mutex_unlock(&registry->lock);
	return burns;
}

static bool burns_at(const struct entry *entry)
{
	for (unsigned i = 0; entry->burns && i < SLO_PACE_COUNT; i++)
		if (entry->burns->paces[i].since_us)
			return true;
	return false;
}

uint32_t registry_next_burn(struct registry *r, uint32_t after)
{
	pthread_mutex_lock(&r->lock);
	size_t at = place_of(r, after + 1);
	while (at < r->n && !burns_at(&r->entries[at]))
		at++;
	uint32_t number = at < r->n ? r->entries[at].number : 0;
	pthread_mutex_unlock(&r->lock);
	return number;
}

static void note(struct registry *registry, struct entry *entry, const struct store_item *item)
{
	struct stored_state *state = &entry->state;
	if (item->adhoc && item->adhoc->kind == ADHOC_PAUSE)
		entry->paused_us = item->adhoc->at_us;
	if (item->adhoc && item->adhoc->kind == ADHOC_RESUME)
		entry->paused_us = 0;
	if (item->promises) { /* that alone is said with it */
		entry->promise = item->promise;
		return;
	}
	if (item->burn.any) { /* nor is more with this */
		put_burn(registry, entry, item->burn.pace, item->burn.since_us);
		return;
	}
	entry->known = true;
	state->missed += item->missed;
	if (item->record || item->slots.known)
		state->slots = item->slots;
	if (item->record) {
		state->health = item->health;
		state->since_wall_us = item->since_wall_us;
		state->latest_key = item->record->key;
		state->no_answer = no_answer_of(item->record->outcome, item->record->reason,
			item->record->http_status, item->record->timing.connect_us >= 0);
	}
}

/* Who left without being up is not watched any more, or a known issue. */
static void note_left(struct registry *registry, const struct incident_change *change)
{
	struct entry *entry = find(registry, change->check);
	if (entry && change->kind == INCIDENT_LEFT && change->why && !change->known)
		entry->state.health = health_unwatched(entry->state.health);
}

void registry_note(struct registry *registry, const struct store_item *item)
{
	pthread_mutex_lock(&registry->lock);
	struct entry *entry = find(registry, item->check_number);
	if (entry)
		note(registry, entry, item);
	for (size_t i = 0; i < item->changes.n; i++)
		note_left(registry, &item->changes.all[i]);
	pthread_mutex_unlock(&registry->lock);
}

bool registry_unsaved(
	struct registry *registry, size_t *at, uint32_t *number, const char **check_id)
{
	pthread_mutex_lock(&registry->lock);
	if (*at < registry->n_saved)
		*at = registry->n_saved;
	bool more = *at < registry->n;
	if (more) {
		*number = registry->entries[*at].number;
		*check_id = registry->entries[*at].id;
		++*at;
	}
	pthread_mutex_unlock(&registry->lock);
	return more;
}

void registry_saved(struct registry *registry, size_t at)
{
	pthread_mutex_lock(&registry->lock);
	assert(at <= registry->n);
	if (at > registry->n_saved)
		registry->n_saved = at;
	pthread_mutex_unlock(&registry->lock);
}
