#include "watch_set.h"

#include "base/clock.h"
#include "base/memory.h"
#include "watch_incidents.h"

#include <stdlib.h>

ptrdiff_t watch_set_find(const struct watch_set *set, const char *id)
{
	return plan_find_from(&set->config->plan, 0, id);
}

static void restore(struct watched *watched, struct store *store)
{
	struct stored_state state;

	watched->health.state = HEALTH_UNKNOWN;
	if (!store_load_state(store, watched->number, &state))
		return;
	watched->health = state.health;
	watched->since_wall_us = state.since_wall_us;
	watched->evidence = state.health.latest != OUTCOME_PASS;
	watched->latest_wall_us =
		(int64_t)(state.latest_key & ((UINT64_C(1) << RESULT_KEY_TIME_BITS) - 1)) *
		US_PER_MS;
}

/* Slots that passed while no daemon ran: those between its newest result and its next slot. A check that
 * was not in the file of a running daemon had none. */
static uint64_t slots_slept(const struct watched *watched, int64_t every_us, int64_t next_wall_us)
{
	int64_t gap = next_wall_us - watched->latest_wall_us;

	if (!watched->latest_wall_us || gap <= every_us)
		return 0;
	return (uint64_t)((gap + every_us / 2) / every_us) - 1;
}

static bool is_recent(const struct watched *watched, int64_t every_us, int64_t now_wall_us)
{
	int64_t age = now_wall_us - watched->latest_wall_us;

	return watched->latest_wall_us && age >= 0 && age < every_us;
}

/* Where each check stood in the set before, or -1; the caller frees it. Most stand behind the one before
 * them as they did, so there the search begins. */
static ptrdiff_t *places_before(const struct watch_set *set, const struct watch_set *before)
{
	const struct plan *plan = &set->config->plan;
	ptrdiff_t *places = mem_alloc((plan->n_checks + 1) * sizeof(*places));
	size_t from = 0;

	for (size_t i = 0; i < plan->n_checks; i++) {
		places[i] = before ? plan_find_from(&before->config->plan, from, plan->checks[i].id)
				   : -1;
		if (places[i] >= 0)
			from = (size_t)places[i] + 1;
	}
	return places;
}

static bool know_checks(struct watch_set *set, const struct watch_set *before,
	const ptrdiff_t *places, struct store *store, struct error *error)
{
	const struct plan *plan = &set->config->plan;

	for (size_t i = 0; i < plan->n_checks; i++) {
		ptrdiff_t old = places[i];
		if (old >= 0) {
			set->checks[i] = before->checks[old];
			continue;
		}
		set->checks[i].number = store_check_number(store, plan->checks[i].id, error);
		if (!set->checks[i].number)
			return error_wrap(error, "%s", plan->checks[i].id);
		restore(&set->checks[i], store);
	}
	return true;
}

static void make_schedule(struct watch_set *set, const struct watch_set *before,
	const ptrdiff_t *places, int64_t now_us, int64_t now_wall_us)
{
	const struct plan *plan = &set->config->plan;
	const struct watch_policy *policies = set->config->watch.checks;
	struct schedule_entry *entries = mem_alloc((plan->n_checks + 1) * sizeof(*entries));

	for (size_t i = 0; i < plan->n_checks; i++)
		entries[i] = (struct schedule_entry){
			.id = plan->checks[i].id,
			.every_us = policies[i].every_us,
			.enabled = policies[i].enabled,
			.soon = !is_recent(&set->checks[i], policies[i].every_us, now_wall_us),
		};
	set->schedule = schedule_new(entries, plan->n_checks, now_us);
	free(entries);
	for (size_t i = 0; i < plan->n_checks; i++) {
		ptrdiff_t old = places[i];
		if (old >= 0) {
			schedule_carry(set->schedule, i, before->schedule, (size_t)old, now_us);
		} else if (!before && policies[i].enabled) {
			int64_t wait = schedule_due_at(set->schedule, i) - now_us;
			set->checks[i].missed = set->checks[i].unshown = slots_slept(
				&set->checks[i], policies[i].every_us, now_wall_us + wait);
		}
	}
}

struct watch_set *watch_set_new(struct config *config, struct watch_set *before,
	struct store *store, int64_t now_us, int64_t now_wall_us, struct error *error)
{
	struct watch_set *set = MEM_NEW(struct watch_set);

	set->config = config;
	set->checks = mem_alloc((config->plan.n_checks + 1) * sizeof(*set->checks));
	ptrdiff_t *places = places_before(set, before);
	bool ok = know_checks(set, before, places, store, error);
	if (ok) {
		make_schedule(set, before, places, now_us, now_wall_us);
		watch_incidents_take(set, before, store, now_wall_us);
	}
	free(places);
	if (ok)
		return set;
	set->config = NULL; /* stays the caller's */
	watch_set_free(set);
	return NULL;
}

void watch_set_free(struct watch_set *set)
{
	if (!set)
		return;
	schedule_free(set->schedule);
	incidents_free(set->incidents);
	free(set->checks);
	if (set->config)
		config_free(set->config);
	free(set);
}

static bool is_held(struct health health)
{
	return health.state == HEALTH_DOWN && health_flaps(health);
}

void watch_set_apply(
	struct watch_set *set, size_t index, const struct record *record, struct store_item *item)
{
	struct watched *w = &set->checks[index];
	struct health before = w->health;
	int64_t at = record->started_wall_us + record->duration_us;

	w->health = health_next(
		&set->config->watch.checks[index].health, w->health, record->outcome, at);
	if (w->health.state != before.state || !w->since_wall_us)
		w->since_wall_us = at;
	if (record->outcome != OUTCOME_SKIP)
		w->evidence = record->outcome != OUTCOME_PASS;
	w->brief = record->outcome == OUTCOME_PASS;
	w->latest_wall_us = record->started_wall_us;
	if (record->attempts)
		w->spent = budget_spend(w->spent, record->started_wall_us, record->prompt_tokens,
			record->completion_tokens);
	item->check_number = w->number;
	item->health = w->health;
	item->since_wall_us = w->since_wall_us;
	item->missed = w->missed;
	w->missed = 0;
	item->changed_wall_us = at;
	incidents_note(set->incidents, index,
		(struct incident_news){.down = w->health.state == HEALTH_DOWN,
			.maintenance = record->maintenance,
			.key = record->key,
			.at_wall_us = at},
		&item->changes);
	if (is_held(w->health) && !is_held(before))
		incidents_remark(set->incidents, index, "flapping: it stays down until it is calm",
			&item->changes);
}
