#include "daemon/watch_set.h"

#include "base/clock.h"
#include "base/memory.h"
#include "daemon/watch_burns.h"
#include "daemon/watch_incidents.h"
#include "daemon/watch_slots.h"

#include <stdlib.h>

/* FNV-1a */
static size_t hash_id(const char *id)
{
	uint64_t h = UINT64_C(14695981039346656037);

	for (; *id; id++)
		h = (h ^ (unsigned char)*id) * UINT64_C(1099511628211);
	return (size_t)(h ^ h >> 32);
}

/* The place that holds the id, or the free one where it belongs. */
static uint32_t *place_of(const struct watch_set *set, const char *id)
{
	size_t at = hash_id(id) & (set->n_places - 1);

	while (set->places[at] && strcmp(set->config->plan.checks[set->places[at] - 1].id, id) != 0)
		at = (at + 1) & (set->n_places - 1);
	return &set->places[at];
}

static void make_places(struct watch_set *set)
{
	const struct plan *plan = &set->config->plan;

	for (set->n_places = 16; set->n_places < 2 * plan->n_checks;)
		set->n_places *= 2;
	set->places = mem_alloc(set->n_places * sizeof(*set->places));
	for (size_t i = 0; i < plan->n_checks; i++)
		*place_of(set, plan->checks[i].id) = (uint32_t)i + 1;
}

ptrdiff_t watch_set_find(const struct watch_set *set, const char *id)
{
	return (ptrdiff_t)*place_of(set, id) - 1;
}

void watch_set_hold(struct watch_set *set, uint32_t number)
{
	for (size_t i = 0; i < set->config->plan.n_checks; i++)
		if (set->checks[i].number == number)
			schedule_hold(set->schedule, i);
}

/* costs: it has a budget. */
static void restore(
	struct watched *watched, struct store *store, struct moment now, bool slept, bool costs)
{
	struct stored_state state;

	watched->health.state = HEALTH_UNKNOWN;
	if (!store_load_state(store, watched->number, &state))
		return;
	watched->health = state.health;
	watched->since_wall_us = state.since_wall_us;
	if (watch_slots_ended(&state.slots)) {
		watched->health = health_unwatched(state.health);
		watched->since_wall_us = now.wall_us;
	}
	watched->evidence = state.health.latest != OUTCOME_PASS;
	watched->no_answer = state.no_answer;
	watched->latest_wall_us =
		(int64_t)(state.latest_key & ((UINT64_C(1) << RESULT_KEY_TIME_BITS) - 1)) *
		US_PER_MS;
	if (slept)
		watched->missed = watch_slots_slept(&state.slots, now);
	watched->cut = slept && costs && state.slots.known && state.slots.owed.running;
	if (watched->cut) { /* it has a result instead: budget_charge */
		watched->missed--;
		watched->latest_wall_us = now.wall_us;
	}
	watched->unshown = (uint32_t)watched->missed;
}

static bool is_recent(const struct watched *watched, int64_t every_us, int64_t now_wall_us)
{
	int64_t age = now_wall_us - watched->latest_wall_us;

	return watched->latest_wall_us && age >= 0 && age < every_us;
}

static ptrdiff_t place_before(
	const struct watch_set *set, const struct watch_set *before, size_t index)
{
	return before ? watch_set_find(before, set->config->plan.checks[index].id) : -1;
}

/* Of a check that a reload brings back nothing was slept: it had no slots meanwhile. */
static bool know_checks(struct watch_set *set, const struct watch_set *before, struct store *store,
	struct moment now, struct error *error)
{
	const struct plan *plan = &set->config->plan;

	for (size_t i = 0; i < plan->n_checks; i++) {
		ptrdiff_t old = place_before(set, before, i);
		if (old >= 0) {
			set->checks[i] = before->checks[old];
			continue;
		}
		set->checks[i].number = store_check_number(store, plan->checks[i].id, error);
		if (!set->checks[i].number)
			return error_wrap(error, "%s", plan->checks[i].id);
		set->checks[i].paused_wall_us = store_paused(store, set->checks[i].number);
		restore(&set->checks[i], store, now, !before,
			budget_limits(&set->config->watch.checks[i].budget));
	}
	return true;
}

static void make_schedule(struct watch_set *set, const struct watch_set *before, struct moment now)
{
	const struct plan *plan = &set->config->plan;
	const struct watch_policy *policies = set->config->watch.checks;
	struct schedule_entry *entries = mem_alloc((plan->n_checks + 1) * sizeof(*entries));

	for (size_t i = 0; i < plan->n_checks; i++)
		entries[i] = (struct schedule_entry){
			.id = plan->checks[i].id,
			.every_us = policies[i].every_us,
			.enabled = policies[i].enabled && !set->checks[i].paused_wall_us,
			.soon = !is_recent(&set->checks[i], policies[i].every_us, now.wall_us),
		};
	set->schedule = schedule_new(entries, plan->n_checks, now.mono_us);
	free(entries);
	for (size_t i = 0; i < plan->n_checks; i++) {
		ptrdiff_t old = place_before(set, before, i);
		if (old >= 0)
			schedule_carry(
				set->schedule, i, before->schedule, (size_t)old, now.mono_us);
	}
}

struct watch_set *watch_set_new(struct config *config, struct watch_set *before,
	struct store *store, struct moment now, struct error *error)
{
	struct watch_set *set = MEM_NEW(struct watch_set);

	set->config = config;
	set->checks = mem_alloc((config->plan.n_checks + 1) * sizeof(*set->checks));
	make_places(set);
	if (know_checks(set, before, store, now, error)) {
		make_schedule(set, before, now);
		watch_incidents_take(set, before, store, now.wall_us);
		watch_burns_take(set, before, store, now.wall_us);
		return set;
	}
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
	incident_changes_fini(&set->untold);
	free(set->checks);
	free(set->burns);
	free(set->places);
	if (set->config)
		config_free(set->config);
	free(set);
}

static bool is_held(struct health health)
{
	return health.state == HEALTH_DOWN && health_flaps(health);
}

/* By its own mark, or by one that a reload gave its check while it ran. */
static bool is_known(const struct watch_set *set, size_t index, const struct record *record)
{
	return record->known_issue || known_issue_holds(set->config->plan.checks[index].known_issue,
					      record->started_wall_us);
}

/* A result inside a maintenance window counts for nothing, and what was there before it no longer: the state
 * stays as it was, and is judged by what comes behind the window. Nor does one of a check that was paused
 * meanwhile. */
static struct health next_health(
	const struct watch_set *set, size_t index, const struct record *record, int64_t at_wall_us)
{
	struct health health = set->checks[index].health;

	if (!record->maintenance && !set->checks[index].paused_wall_us)
		return health_next(&set->config->watch.checks[index].health, health,
			(struct health_result){.outcome = record->outcome,
				.cold = record->outcome == OUTCOME_FAIL &&
					record->reason == REASON_COLD,
				.known_issue = is_known(set, index, record),
				.at_wall_us = at_wall_us});
	health.known = health.seen = 0;
	return health;
}

bool watch_set_falls(const struct watch_set *set, size_t index, const struct record *record)
{
	return record->outcome == OUTCOME_FAIL && !is_known(set, index, record) &&
	       set->checks[index].health.state != HEALTH_DOWN &&
	       next_health(set, index, record, record->started_wall_us + record->duration_us)
			       .state == HEALTH_DOWN;
}

static void note_failure(struct watched *w, const struct record *record)
{
	if (record->outcome == OUTCOME_SKIP)
		return;
	if (record->outcome != OUTCOME_FAIL)
		w->failed_wall_us = 0, w->asked = false;
	else if (!w->failed_wall_us)
		w->failed_wall_us = record->started_wall_us;
}

void watch_set_apply(
	struct watch_set *set, size_t index, const struct record *record, struct store_item *item)
{
	struct watched *w = &set->checks[index];
	struct health before = w->health;
	int64_t at = record->started_wall_us + record->duration_us;

	w->health = next_health(set, index, record, at);
	w->fixed = health_is_fixed(before, w->health);
	if (w->health.state != before.state || !w->since_wall_us)
		w->since_wall_us = at;
	if (record->outcome != OUTCOME_SKIP)
		w->evidence = record->outcome != OUTCOME_PASS;
	w->brief = record->outcome == OUTCOME_PASS;
	w->no_answer = no_answer_of(record->outcome, record->reason, record->http_status,
		record->timing.connect_us >= 0);
	w->latest_wall_us = record->started_wall_us;
	w->latest_ms = record->duration_us < UINT32_MAX * US_PER_MS
			       ? (uint32_t)(record->duration_us / US_PER_MS)
			       : UINT32_MAX;
	note_failure(w, record);
	if (record->attempts)
		w->spent = budget_spend(w->spent, record->started_wall_us, record->prompt_tokens,
			record->completion_tokens);
	item->health = w->health;
	item->since_wall_us = w->since_wall_us;
	item->changed_wall_us = at;
	incidents_note(set->incidents, index,
		(struct incident_news){.down = w->health.state == HEALTH_DOWN,
			.quiet = record->maintenance || record->outcome != OUTCOME_FAIL,
			.no_answer = w->no_answer,
			.known = is_known(set, index, record),
			.key = record->key,
			.at_wall_us = at,
			.good_wall_us = (int64_t)w->health.good_s * US_PER_S},
		&item->changes);
	if (is_held(w->health) && !is_held(before))
		incidents_remark(set->incidents, index, "flapping: it stays down until it is calm",
			&item->changes);
}
