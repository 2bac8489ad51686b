#include "watch/schedule.h"

#include "base/memory.h"

#include <stdlib.h>

enum { MIN_EVERY_US = 1000000 };

struct entry {
	int64_t every_us;
	int64_t next_us; /* the next regular slot; INT64_MAX: it has none */
	int64_t extra_us; /* one slot more before that; INT64_MAX: none */
	uint64_t hash;
	uint64_t missed; /* and not yet told */
	bool running;
};

static int64_t due_us(const struct entry *e)
{
	return e->extra_us < e->next_us ? e->extra_us : e->next_us;
}

/* Beside its due time, so that who sifts reads neighbours and no entries. */
struct heap_item {
	int64_t due_us;
	uint32_t index;
};

/* A binary heap of entries by due time; disabled ones stand at INT64_MAX. */
struct schedule {
	struct entry *entries;
	struct heap_item *heap;
	uint32_t *places; /* of the entries in the heap */
	size_t n;
};

/* FNV-1a (Fowler, Noll, Vo), so that a check keeps its offset across restarts and versions. */
static uint64_t hash_id(const char *id)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (; *id; id++)
		h = (h ^ (unsigned char)*id) * UINT64_C(0x100000001b3);
	return h ^ h >> 32;
}

static bool earlier(struct heap_item a, struct heap_item b)
{
	return a.due_us < b.due_us || (a.due_us == b.due_us && a.index < b.index);
}

static void put(struct schedule *s, size_t at, struct heap_item item)
{
	s->heap[at] = item;
	s->places[item.index] = (uint32_t)at;
}

static void sift_down(struct schedule *s, size_t at)
{
	struct heap_item item = s->heap[at];

	for (;;) {
		size_t child = 2 * at + 1;
		if (child + 1 < s->n && earlier(s->heap[child + 1], s->heap[child]))
			child++;
		if (child >= s->n || !earlier(s->heap[child], item))
			break;
		put(s, at, s->heap[child]);
		at = child;
	}
	put(s, at, item);
}

static void sift_up(struct schedule *s, size_t at)
{
	struct heap_item item = s->heap[at];

	for (; at && earlier(item, s->heap[(at - 1) / 2]); at = (at - 1) / 2)
		put(s, at, s->heap[(at - 1) / 2]);
	put(s, at, item);
}

/* The first slot at or after now: slots are offset + k * every on the monotonic clock. */
static int64_t first_slot(int64_t every, uint64_t hash, int64_t now)
{
	int64_t offset = (int64_t)(hash % (uint64_t)every);
	int64_t past = (now - offset) % every;

	if (past < 0)
		past += every;
	return past ? now - past + every : now;
}

static void set_slots(struct entry *e, int64_t next_us, int64_t extra_us)
{
	e->next_us = next_us;
	e->extra_us = extra_us;
}

/* Where an entry stands first. */
static void place_first(struct entry *e, const struct schedule_entry *from, int64_t now_us)
{
	int64_t spread = e->every_us < SCHEDULE_SOON_US ? e->every_us : SCHEDULE_SOON_US;
	int64_t next = first_slot(e->every_us, e->hash, now_us), extra = INT64_MAX;

	if (from->enabled && from->soon && next - now_us > spread)
		extra = now_us + (int64_t)(e->hash % (uint64_t)spread);
	set_slots(e, from->enabled ? next : INT64_MAX, extra);
}

/* The first of the extra slots is now, and the others keep their distance from it. After its extra slot a
 * check is in no hurry: the regular ones go on at least half an interval later. */
static void begin_at_once(struct schedule *s, int64_t now_us)
{
	int64_t first = INT64_MAX;

	for (size_t i = 0; i < s->n; i++)
		if (s->entries[i].extra_us < first)
			first = s->entries[i].extra_us;
	for (size_t i = 0; i < s->n; i++) {
		struct entry *e = &s->entries[i];
		int64_t extra = e->extra_us - (first - now_us);
		if (e->extra_us != INT64_MAX)
			set_slots(e, first_slot(e->every_us, e->hash, extra + e->every_us / 2),
				extra);
	}
}

struct schedule *schedule_new(const struct schedule_entry *entries, size_t n, int64_t now_us)
{
	struct schedule *s = MEM_NEW(struct schedule);

	s->n = n;
	s->entries = mem_alloc((n ? n : 1) * sizeof(*s->entries));
	s->heap = mem_alloc((n ? n : 1) * sizeof(*s->heap));
	s->places = mem_alloc((n ? n : 1) * sizeof(*s->places));
	for (size_t i = 0; i < n; i++) {
		struct entry *e = &s->entries[i];
		e->every_us =
			entries[i].every_us < MIN_EVERY_US ? MIN_EVERY_US : entries[i].every_us;
		e->hash = hash_id(entries[i].id);
		place_first(e, &entries[i], now_us);
	}
	begin_at_once(s, now_us);
	for (size_t i = 0; i < n; i++)
		put(s, i, (struct heap_item){due_us(&s->entries[i]), (uint32_t)i});
	for (size_t i = n / 2; i-- > 0;)
		sift_down(s, i);
	return s;
}

void schedule_free(struct schedule *schedule)
{
	if (!schedule)
		return;
	free(schedule->entries);
	free(schedule->heap);
	free(schedule->places);
	free(schedule);
}

int64_t schedule_next_due(const struct schedule *schedule)
{
	return schedule->n ? schedule->heap[0].due_us : INT64_MAX;
}

static void move(struct schedule *s, size_t index, int64_t next_us, int64_t extra_us)
{
	struct entry *e = &s->entries[index];

	set_slots(e, next_us, extra_us);
	s->heap[s->places[index]].due_us = due_us(e);
	sift_up(s, s->places[index]);
	sift_down(s, s->places[index]);
}

static uint64_t slots_before(const struct entry *e, int64_t now_us)
{
	return owed_before((struct owed){e->every_us, e->next_us, e->extra_us, false}, now_us);
}

bool schedule_take(struct schedule *schedule, int64_t now_us, struct due *due)
{
	while (schedule->n && schedule_next_due(schedule) <= now_us) {
		size_t index = schedule->heap[0].index;
		struct entry *e = &schedule->entries[index];
		uint64_t slots = slots_before(e, now_us + 1);
		int64_t slot = due_us(e), next = e->next_us;
		if (next <= now_us) {
			slot = now_us - (now_us - next) % e->every_us;
			next = slot + e->every_us;
		}
		move(schedule, index, next, e->extra_us <= now_us ? INT64_MAX : e->extra_us);
		e->missed += e->running ? slots : slots - 1;
		if (e->running)
			continue;
		e->running = true;
		*due = (struct due){.index = index, .slot_us = slot};
		return true;
	}
	return false;
}

void schedule_carry(struct schedule *schedule, size_t index, const struct schedule *before,
	size_t index_before, int64_t now_us)
{
	struct entry *e = &schedule->entries[index];
	const struct entry *old = &before->entries[index_before];
	bool goes_on = e->every_us == old->every_us && e->next_us != INT64_MAX &&
		       old->next_us != INT64_MAX;

	e->running = old->running;
	e->missed = old->missed + (goes_on ? 0 : slots_before(old, now_us));
	if (goes_on)
		move(schedule, index, old->next_us, old->extra_us);
}

void schedule_hold(struct schedule *schedule, size_t index)
{
	schedule->entries[index].running = true;
}

void schedule_done(struct schedule *schedule, size_t index)
{
	schedule->entries[index].running = false;
}

bool schedule_running(const struct schedule *schedule, size_t index)
{
	return schedule->entries[index].running;
}

int64_t schedule_due_at(const struct schedule *schedule, size_t index)
{
	return due_us(&schedule->entries[index]);
}

void schedule_enable(struct schedule *schedule, size_t index, bool enabled, int64_t now_us)
{
	struct entry *e = &schedule->entries[index];

	if ((e->next_us != INT64_MAX) == enabled)
		return;
	e->missed += slots_before(e, now_us);
	move(schedule, index, enabled ? first_slot(e->every_us, e->hash, now_us) : INT64_MAX,
		INT64_MAX);
}

bool schedule_extra(struct schedule *schedule, size_t index, int64_t at_us)
{
	struct entry *e = &schedule->entries[index];

	if (e->running || e->next_us == INT64_MAX || e->next_us <= at_us)
		return false;
	move(schedule, index, e->next_us, at_us);
	return true;
}

uint64_t schedule_tell_missed(struct schedule *schedule, size_t index)
{
	uint64_t missed = schedule->entries[index].missed;

	schedule->entries[index].missed = 0;
	return missed;
}

struct owed schedule_owed(const struct schedule *schedule, size_t index)
{
	const struct entry *e = &schedule->entries[index];

	return (struct owed){e->every_us, e->next_us, e->extra_us, e->running};
}

uint64_t owed_before(struct owed owed, int64_t now_us)
{
	uint64_t slots = owed.running;

	if (owed.extra_us < now_us)
		slots++;
	if (owed.next_us < now_us)
		slots += (uint64_t)((now_us - 1 - owed.next_us) / owed.every_us) + 1;
	return slots;
}

struct owed owed_ahead(struct owed owed, int64_t by_us)
{
	if (owed.next_us != INT64_MAX)
		owed.next_us += by_us;
	if (owed.extra_us != INT64_MAX)
		owed.extra_us += by_us;
	return owed;
}
