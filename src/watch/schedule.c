#include "watch/schedule.h"

#include "base/memory.h"

#include <stdlib.h>

enum { MIN_EVERY_US = 1000000 };

struct entry {
	int64_t every_us, due_us;
	uint64_t missed; /* in all */
	uint64_t unsaid; /* missed since its last start */
	int64_t soon_us; /* the extra first slot; 0: none, or over */
	uint64_t hash;
	size_t place; /* in the heap */
	bool running;
};

/* A binary heap of entries by due time; disabled ones stand at INT64_MAX. */
struct schedule {
	struct entry *entries;
	size_t *heap;
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

static bool earlier(const struct schedule *s, size_t a, size_t b)
{
	const struct entry *x = &s->entries[s->heap[a]], *y = &s->entries[s->heap[b]];

	return x->due_us < y->due_us || (x->due_us == y->due_us && s->heap[a] < s->heap[b]);
}

static void swap(struct schedule *s, size_t a, size_t b)
{
	size_t entry = s->heap[a];

	s->heap[a] = s->heap[b];
	s->heap[b] = entry;
	s->entries[s->heap[a]].place = a;
	s->entries[s->heap[b]].place = b;
}

static void sift_down(struct schedule *s, size_t at)
{
	for (;;) {
		size_t least = at, left = 2 * at + 1;
		if (left < s->n && earlier(s, left, least))
			least = left;
		if (left + 1 < s->n && earlier(s, left + 1, least))
			least = left + 1;
		if (least == at)
			return;
		swap(s, at, least);
		at = least;
	}
}

static void sift_up(struct schedule *s, size_t at)
{
	for (; at && earlier(s, at, (at - 1) / 2); at = (at - 1) / 2)
		swap(s, at, (at - 1) / 2);
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

/* Where an entry stands first. After its extra slot it is in no hurry: the regular slots go on at
 * least half an interval later. */
static void place_first(struct entry *e, const struct schedule_entry *from, int64_t now_us)
{
	int64_t spread = e->every_us < SCHEDULE_SOON_US ? e->every_us : SCHEDULE_SOON_US;

	e->hash = hash_id(from->id);
	e->due_us = first_slot(e->every_us, e->hash, now_us);
	if (!from->enabled) {
		e->due_us = INT64_MAX;
	} else if (from->soon && e->due_us - now_us > spread) {
		e->soon_us = now_us + (int64_t)(e->hash % (uint64_t)spread);
		e->due_us = e->soon_us;
	}
}

/* The first of the extra slots is now, and the others keep their distance from it. */
static void begin_at_once(struct schedule *s, int64_t now_us)
{
	int64_t first = INT64_MAX;

	for (size_t i = 0; i < s->n; i++)
		if (s->entries[i].soon_us && s->entries[i].soon_us < first)
			first = s->entries[i].soon_us;
	for (size_t i = 0; i < s->n; i++)
		if (s->entries[i].soon_us)
			s->entries[i].due_us = s->entries[i].soon_us -= first - now_us;
}

struct schedule *schedule_new(const struct schedule_entry *entries, size_t n, int64_t now_us)
{
	struct schedule *s = MEM_NEW(struct schedule);

	s->n = n;
	s->entries = mem_alloc((n ? n : 1) * sizeof(*s->entries));
	s->heap = mem_alloc((n ? n : 1) * sizeof(*s->heap));
	for (size_t i = 0; i < n; i++) {
		struct entry *e = &s->entries[i];
		e->every_us =
			entries[i].every_us < MIN_EVERY_US ? MIN_EVERY_US : entries[i].every_us;
		place_first(e, &entries[i], now_us);
		e->place = s->heap[i] = i;
	}
	begin_at_once(s, now_us);
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
	free(schedule);
}

int64_t schedule_next_due(const struct schedule *schedule)
{
	return schedule->n ? schedule->entries[schedule->heap[0]].due_us : INT64_MAX;
}

/* Moves an entry past every slot up to now; returns how many were passed over. */
static uint64_t pass_slots(struct schedule *s, struct entry *e, int64_t now_us)
{
	uint64_t slots = 0;

	if (e->soon_us) {
		e->due_us = first_slot(e->every_us, e->hash, e->soon_us + e->every_us / 2);
		e->soon_us = 0;
		slots = 1;
	}
	if (e->due_us <= now_us) {
		uint64_t passed = (uint64_t)((now_us - e->due_us) / e->every_us) + 1;
		e->due_us += (int64_t)passed * e->every_us;
		slots += passed;
	}
	sift_down(s, e->place);
	return slots;
}

bool schedule_take(struct schedule *schedule, int64_t now_us, struct due *due)
{
	while (schedule->n && schedule_next_due(schedule) <= now_us) {
		struct entry *e = &schedule->entries[schedule->heap[0]];
		size_t index = schedule->heap[0];
		int64_t slot = e->due_us;
		uint64_t slots = pass_slots(schedule, e, now_us);
		/* the newest of them is served, unless the check still runs */
		uint64_t lost = e->running ? slots : slots - 1;
		e->missed += lost;
		e->unsaid += lost;
		if (e->running)
			continue;
		e->running = true;
		if (slots > 1)
			slot = e->due_us - e->every_us;
		*due = (struct due){.index = index, .slot_us = slot, .missed = e->unsaid};
		e->unsaid = 0;
		return true;
	}
	return false;
}

void schedule_carry(struct schedule *schedule, size_t index, const struct schedule *before,
	size_t index_before, int64_t now_us)
{
	struct entry *e = &schedule->entries[index];
	const struct entry *old = &before->entries[index_before];
	uint64_t passed = 0;

	if (e->due_us != INT64_MAX && e->every_us == old->every_us && old->due_us != INT64_MAX) {
		e->due_us = old->due_us;
		e->soon_us = old->soon_us;
		sift_up(schedule, e->place);
		sift_down(schedule, e->place);
	} else if (old->due_us <= now_us) { /* slots of the old interval that were not yet taken */
		passed = (uint64_t)((now_us - old->due_us) / old->every_us) + 1;
	}
	e->running = old->running;
	e->missed = old->missed + passed;
	e->unsaid = old->unsaid + passed;
}

void schedule_done(struct schedule *schedule, size_t index)
{
	schedule->entries[index].running = false;
}

bool schedule_running(const struct schedule *schedule, size_t index)
{
	return schedule->entries[index].running;
}

uint64_t schedule_missed(const struct schedule *schedule, size_t index)
{
	return schedule->entries[index].missed;
}

int64_t schedule_due_at(const struct schedule *schedule, size_t index)
{
	return schedule->entries[index].due_us;
}
