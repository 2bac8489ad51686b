#include "daemon/watch_slots.h"

#include "base/clock.h"
#include "base/memory.h"
#include "watch/recheck.h"

#include <stdlib.h>

/* Between two regular slots: dependents that come and go must not cost what they like. */
enum { ASKS_MAX = 3, ASK_PAUSE_US = 2000000 };

/* What is owed by this boot's monotonic clock. Within a boot it counts through a restart, whatever became
 * of the wall clock; of another boot the wall clock is all that is left. */
static struct owed owed_now(const struct stored_slots *slots, struct moment now)
{
	bool same_boot = slots->boot && slots->boot == now.boot;

	return owed_ahead(
		slots->owed, same_boot ? 0 : slots->wall_ahead_us - (now.wall_us - now.mono_us));
}

uint64_t watch_slots_slept(const struct stored_slots *slots, struct moment now)
{
	return slots->known ? owed_before(owed_now(slots, now), now.mono_us) : 0;
}

bool watch_slots_ended(const struct stored_slots *slots)
{
	return slots->known && slots->owed.next_us == INT64_MAX;
}

static struct stored_slots slots_of(struct owed owed, struct moment now)
{
	return (struct stored_slots){
		.known = true,
		.owed = owed,
		.wall_ahead_us = now.wall_us - now.mono_us,
		.boot = now.boot,
	};
}

void watch_slots_count(struct watch_set *set, size_t index)
{
	uint64_t missed = schedule_tell_missed(set->schedule, index);

	set->checks[index].missed += missed;
	set->checks[index].unshown += (uint32_t)missed;
}

void watch_slots_fill(
	struct watch_set *set, size_t index, struct moment now, struct store_item *item)
{
	struct watched *watched = &set->checks[index];

	watch_slots_count(set, index);
	item->check_number = watched->number;
	item->missed = watched->missed;
	item->slots = slots_of(schedule_owed(set->schedule, index), now);
	watched->missed = 0;
}

bool watch_slots_recheck(
	struct watch_set *set, size_t index, const struct record *record, struct moment now)
{
	const struct watch_policy *policy = &set->config->watch.checks[index];
	struct watched *watched = &set->checks[index];
	struct watch_policy hurried = *policy;
	int64_t at;

	if (watched->asked) /* its dependents are confirmed meanwhile */
		hurried.recheck_us /= 2;
	if (!recheck_undecided(policy, watched->health))
		watched->rechecks = 0;
	if (record->known_issue || record->maintenance ||
		!budget_allows(&policy->budget, watched->spent, now.wall_us))
		return false;
	at = recheck_at(&hurried, watched->health, watched->rechecks, now.mono_us,
		record->duration_us, schedule_owed(set->schedule, index).next_us);
	if (at == INT64_MAX || !schedule_extra(set->schedule, index, at))
		return false;
	watched->rechecks += !watched->health.waits;
	return true;
}

void watch_slots_last(
	uint32_t number, struct store *store, struct moment now, struct store_item *item)
{
	struct stored_state state;

	item->check_number = number;
	if (store_load_state(store, number, &state)) {
		item->health = state.health;
		item->since_wall_us = state.since_wall_us;
	}
	item->slots = slots_of(OWED_NOTHING, now);
}

static size_t give(struct store *store, struct store_item *item, uint64_t *unwritten)
{
	if (store_give(store, item))
		return 1;
	*unwritten += item->missed;
	store_item_free(item);
	return 0;
}

/* When that may be, ASK_PAUSE_US or half of its recheck behind its last result at the soonest; INT64_MAX: it is not worth it, or one
 * more run would not be over before its next slot. */
static int64_t ask_at(const struct watch_set *set, size_t index, struct moment now)
{
	const struct watch_policy *policy = &set->config->watch.checks[index];
	const struct watched *w = &set->checks[index];
	struct owed owed = schedule_owed(set->schedule, index);
	int64_t half_us = policy->recheck_us / 2, age_us = now.wall_us - w->latest_wall_us;
	int64_t pause_us = half_us < ASK_PAUSE_US ? half_us : ASK_PAUSE_US;
	int64_t at =
		age_us >= 0 && age_us < pause_us ? now.mono_us + pause_us - age_us : now.mono_us;

	if (!policy->recheck_us || w->health.state == HEALTH_DOWN || w->failed_wall_us ||
		w->maintained || owed.running || owed.next_us == INT64_MAX ||
		(w->asks >= ASKS_MAX && w->asks_until_us == owed.next_us) ||
		owed.extra_us != INT64_MAX ||
		at + (int64_t)w->latest_ms * US_PER_MS >= owed.next_us ||
		known_issue_holds(set->config->plan.checks[index].known_issue, now.wall_us) ||
		!budget_allows(&policy->budget, w->spent, now.wall_us))
		return INT64_MAX;
	return at;
}

static bool ask(struct watch_set *set, size_t index, struct store *store, struct moment now)
{
	struct watched *watched = &set->checks[index];
	int64_t at = ask_at(set, index, now);

	if (at == INT64_MAX || !schedule_extra(set->schedule, index, at))
		return false;
	watched->asked = true;
	int64_t next_us = schedule_owed(set->schedule, index).next_us;
	watched->asks = watched->asks_until_us == next_us ? (uint8_t)(watched->asks + 1) : 1;
	watched->asks_until_us = next_us;
	struct store_item *item = MEM_NEW(struct store_item);
	watch_slots_fill(set, index, now, item);
	(void)give(store, item, &watched->missed);
	return true;
}

bool watch_slots_ask(struct watch_set *set, size_t index, const struct record *record,
	struct store *store, struct moment now)
{
	const struct watch_policy *policy = &set->config->watch.checks[index];
	struct watched *watched = &set->checks[index];
	bool any = false;

	if (record->outcome != OUTCOME_FAIL || record->known_issue || record->maintenance ||
		(watched->failed_wall_us && watched->failed_wall_us != record->started_wall_us) ||
		watched->asking_wall_us == record->started_wall_us)
		return false;
	watched->asking_wall_us = record->started_wall_us;
	for (size_t i = 0; i < policy->n_depends_on; i++)
		any = ask(set, policy->depends_on[i], store, now) || any;
	return (policy->compare && ask(set, policy->compare - 1, store, now)) || any;
}

/* Whether the database knows of the same slots. Those of this boot have the same places, but the one before
 * may have had another extra slot, and skipped a regular one for it. */
static bool is_known(const struct stored_slots *known, struct owed owed, struct moment now)
{
	const struct owed *kept = &known->owed;
	bool any = owed.next_us != INT64_MAX;

	if (!known->known || (kept->next_us != INT64_MAX) != any)
		return false;
	return !any || (known->boot && known->boot == now.boot && kept->every_us == owed.every_us &&
			       kept->next_us <= owed.next_us && owed.extra_us == INT64_MAX &&
			       (kept->extra_us == INT64_MAX || kept->extra_us < now.mono_us));
}

static size_t begin_check(
	struct watch_set *set, size_t index, struct store *store, struct moment now)
{
	struct watched *watched = &set->checks[index];
	struct owed owed = schedule_owed(set->schedule, index);
	struct stored_state state;
	bool known = store_load_state(store, watched->number, &state);

	if (known ? is_known(&state.slots, owed, now) : owed.next_us == INT64_MAX)
		return 0;
	struct store_item *item = MEM_NEW(struct store_item);
	watch_slots_fill(set, index, now, item);
	return give(store, item, &watched->missed);
}

static size_t end_slots(
	struct store *store, uint32_t number, uint64_t missed, bool running, struct moment now)
{
	struct store_item *item = MEM_NEW(struct store_item);
	struct owed owed = OWED_NOTHING;
	uint64_t unwritten = 0;

	owed.running = running;
	item->check_number = number;
	item->missed = missed;
	item->slots = slots_of(owed, now);
	return give(store, item, &unwritten);
}

/* Those that a reload took away. Whatever runs of them ends by itself and has its result. */
static size_t end_checks(
	struct watch_set *set, struct watch_set *before, struct store *store, struct moment now)
{
	size_t given = 0;

	for (size_t i = 0; i < before->config->plan.n_checks; i++) {
		struct watched *watched = &before->checks[i];
		struct owed owed = schedule_owed(before->schedule, i);
		bool running = owed.running;
		if (watch_set_find(set, before->config->plan.checks[i].id) >= 0)
			continue;
		owed.running = false;
		given += end_slots(store, watched->number,
			watched->missed + schedule_tell_missed(before->schedule, i) +
				owed_before(owed, now.mono_us),
			running, now);
	}
	return given;
}

static bool *numbers_of(const struct watch_set *set, uint32_t *most)
{
	size_t n = set->config->plan.n_checks;
	bool *ours;

	*most = 0;
	for (size_t i = 0; i < n; i++)
		if (set->checks[i].number > *most)
			*most = set->checks[i].number;
	ours = mem_alloc((size_t)*most + 1);
	for (size_t i = 0; i < n; i++)
		ours[set->checks[i].number] = true;
	return ours;
}

/* Those that the process before had. */
static size_t end_strangers(const struct watch_set *set, struct store *store, struct moment now)
{
	struct stored_state state;
	uint32_t number = 0, most;
	bool *ours = numbers_of(set, &most);
	size_t given = 0;

	while ((number = store_next_state(store, number, &state))) {
		const struct stored_slots *slots = &state.slots;
		if (number <= most && ours[number])
			continue;
		if (slots->known && (!watch_slots_ended(slots) || slots->owed.running))
			given +=
				end_slots(store, number, watch_slots_slept(slots, now), false, now);
	}
	free(ours);
	return given;
}

struct turn {
	int64_t due_us;
	size_t index;
};

static int by_due(const void *a, const void *b)
{
	const struct turn *x = a, *y = b;

	if (x->due_us != y->due_us)
		return x->due_us < y->due_us ? -1 : 1;
	return x->index < y->index ? -1 : x->index > y->index;
}

/* Who runs first is written first. */
static size_t begin_checks(struct watch_set *set, struct store *store, struct moment now)
{
	size_t n = set->config->plan.n_checks, given = 0;
	struct turn *turns = mem_alloc((n + 1) * sizeof(*turns));

	for (size_t i = 0; i < n; i++)
		turns[i] = (struct turn){schedule_due_at(set->schedule, i), i};
	qsort(turns, n, sizeof(*turns), by_due);
	for (size_t i = 0; i < n; i++)
		given += begin_check(set, turns[i].index, store, now);
	free(turns);
	return given;
}

size_t watch_slots_begin(
	struct watch_set *set, struct watch_set *before, struct store *store, struct moment now)
{
	size_t given = begin_checks(set, store, now);

	return given +
	       (before ? end_checks(set, before, store, now) : end_strangers(set, store, now));
}
