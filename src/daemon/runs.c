/* The daemon's runs: what becomes due, and what comes back. */
#include "base/clock.h"
#include "base/memory.h"
#include "daemon/state.h"
#include "daemon/watch_apart.h"
#include "daemon/watch_certificate.h"
#include "daemon/watch_incidents.h"
#include "daemon/watch_promises.h"
#include "daemon/watch_slots.h"
#include "daemon/watch_windows.h"
#include "descriptors.h"

#include <event2/event.h>
#include <stdlib.h>

enum {
	SETTLE_US = 1000000, /* the disk may take so long before the first run of a new check */
	/* While there are enough descriptors, not each of many runs looks whether there are: of so few that
	   what is kept would do, in so short a time, one does. */
	UNLOOKED_MAX = 7,
	UNLOOKED_US = 20000,
};

/* What a run comes back with. */
struct flight {
	TAILQ_ENTRY(flight) link;
	struct watch_set *set;
	size_t index;
	bool maintained; /* a part of it was inside a maintenance window */
};

struct moment daemon_now(const struct daemon *d)
{
	return (struct moment){clock_mono_us(), clock_wall_us(), d->boot};
}

/* --- the schedule --- */

void runs_take_over(struct daemon *d, struct watch_set *set, struct watch_set *before)
{
	const struct flight *flight;

	TAILQ_FOREACH(flight, &d->flights, link)
	watch_set_hold(set, flight->set->checks[flight->index].number);
	budget_charge(d, set);
	size_t begun = watch_slots_begin(set, before, d->store, daemon_now(d));
	if (begun) /* in order: who runs first is written first, and the others before they run */
		store_settle(d->store, begun > STORE_BATCH_ROWS ? begun - STORE_BATCH_ROWS : 0,
			SETTLE_US);
	watch_promises_begin(set, d->store, clock_wall_us());
}

void runs_arm(struct daemon *d)
{
	int64_t next = schedule_next_due(d->set->schedule), now = clock_mono_us();
	int64_t wait = next <= now ? 0 : next - now;
	struct timeval when = {wait / US_PER_S, wait % US_PER_S};

	if (next != INT64_MAX && !d->stopping)
		event_add(d->due, &when);
}

static void submit(struct daemon *d, const struct due *due)
{
	struct watched *watched = &d->set->checks[due->index];
	struct flight *flight = MEM_NEW(struct flight);

	*flight = (struct flight){.set = d->set, .index = due->index};
	TAILQ_INSERT_TAIL(&d->flights, flight, link);
	d->set->in_flight++;
	executor_submit(d->executor, &(struct submission){
					     .plan = &d->set->config->plan,
					     .check = &d->set->config->plan.checks[due->index],
					     .cookie = flight,
					     .check_number = watched->number,
					     .evidence = watched->evidence,
					     .brief = watched->brief,
					     .whole = true,
				     });
}

/* --- results --- */

void runs_drop_idle_sets(struct daemon *d)
{
	bool any = false;

	for (struct watch_set **at = &d->set->next; *at;) {
		struct watch_set *old = *at;
		if (old->in_flight) {
			at = &old->next;
			continue;
		}
		*at = old->next;
		watch_set_free(old);
		any = true;
	}
	if (any) /* what two plans took beside each other */
		mem_trim();
}

/* Said once, until it fails again: somebody should take the mark away. */
static void log_known_issue(struct watched *watched, const struct record *record)
{
	bool passes = record->outcome == OUTCOME_PASS || record->outcome == OUTCOME_WARN;

	if (record->outcome == OUTCOME_SKIP)
		return;
	if (passes && record->known_issue && !watched->told_passes)
		log_write(LOG_WARN, "known_issue.passes", LOG_STR("check", record->check_id),
			LOG_STR("reason", record->check->known_issue->reason));
	watched->told_passes = passes && record->known_issue;
}

/* What can't be kept has left its slot: that is missed. */
static void give(struct daemon *d, struct watched *watched, struct store_item *item)
{
	if (store_give(d->store, item)) {
		d->dropping = false;
		return;
	}
	if (!d->dropping)
		log_write(LOG_ERROR, "store.full", LOG_STR("check", item->record->check_id));
	d->dropping = true;
	watched->missed += item->missed + 1;
	store_item_free(item);
}

static void show_missed(struct daemon *d, size_t index)
{
	struct watched *watched = &d->set->checks[index];

	if (watched->unshown)
		board_missed(d->board, index, watched->unshown);
	watched->unshown = 0;
}

void daemon_show_next(struct daemon *d, size_t index)
{
	int64_t due_us = schedule_due_at(d->set->schedule, index);

	board_next(d->board, index,
		due_us == INT64_MAX ? 0 : clock_wall_us() + due_us - clock_mono_us());
}

void daemon_show_state(struct daemon *d, size_t index)
{
	struct shown_state shown = watch_windows_shown(&d->set->checks[index]);
	struct watch_incident in = watch_incident_of(d->set, d->store, index);

	show_missed(d, index);
	board_paused(d->board, index, d->set->checks[index].paused_wall_us != 0);
	board_set_state(d->board, index, shown.health, shown.since_wall_us,
		(struct board_incident){in.id, in.root, in.acknowledged});
	daemon_show_next(d, index);
}

ptrdiff_t runs_place(const struct daemon *d, const void *cookie)
{
	const struct flight *flight = cookie;

	if (flight->set == d->set)
		return (ptrdiff_t)flight->index;
	return watch_set_find(d->set, flight->set->config->plan.checks[flight->index].id);
}

static void mark_flights(struct daemon *d)
{
	struct flight *flight;

	TAILQ_FOREACH(flight, &d->flights, link)
	{
		ptrdiff_t index = runs_place(d, flight);
		if (index >= 0 && d->set->checks[index].maintained)
			flight->maintained = true;
	}
}

void daemon_look_at_windows(struct daemon *d)
{
	size_t inside = 0, n = d->set->config->plan.n_checks;

	if (!watch_windows_look(
		    d->set, &d->adhoc, clock_wall_us(), (struct zone){clock_ahead_us, NULL}))
		return;
	for (size_t i = 0; i < n; i++) {
		inside += d->set->checks[i].maintained;
		daemon_show_state(d, i);
	}
	mark_flights(d);
	log_write(LOG_INFO, "maintenance", LOG_INT("checks", inside));
}

void daemon_show_changes(struct daemon *d, const struct incident_changes *changes)
{
	for (size_t i = 0; i < changes->n; i++) {
		const struct incident_change *change = &changes->all[i];
		board_incident(d->board, change->incident, incident_change_name(change->kind),
			store_check_id(d->store, change->check));
	}
}

void daemon_show_untold(struct daemon *d)
{
	daemon_show_changes(d, &d->set->untold);
	incident_changes_fini(&d->set->untold);
	d->set->untold = (struct incident_changes){0};
}

/* Of the check, and of all that are in another incident now, or in one that is about another. */
static void show_states(struct daemon *d, size_t index, const struct incident_changes *changes)
{
	const struct incident *incident = incidents_of(d->set->incidents, index);
	bool all = false;
	ptrdiff_t member = -1;

	daemon_show_state(d, index);
	for (size_t i = 0; i < changes->n; i++)
		all = all || changes->all[i].kind == INCIDENT_MERGED ||
		      changes->all[i].kind == INCIDENT_REROOTED;
	while (all && (member = incidents_member(d->set->incidents, incident, member)) >= 0)
		daemon_show_state(d, (size_t)member);
}

/* Missed slots are shown when they are counted, and kept with the next result. */
static void count_missed(struct daemon *d, size_t index)
{
	watch_slots_count(d->set, index);
	show_missed(d, index);
}

static void keep_result(struct daemon *d, size_t index, struct record *record)
{
	struct store_item *item = MEM_NEW(struct store_item);
	struct watched *watched = &d->set->checks[index];

	d->results++;
	item->record = record;
	watch_set_apply(d->set, index, record, item);
	count_missed(d, index);
	if (!d->stopping && watch_slots_recheck(d->set, index, record, daemon_now(d)))
		runs_arm(d);
	if (!d->stopping && watch_slots_ask(d->set, index, record, d->store, daemon_now(d)))
		runs_arm(d);
	watch_slots_fill(d->set, index, daemon_now(d), item);
	board_result(d->board, index, record);
	board_running(d->board, index, false);
	show_states(d, index, &item->changes);
	watch_incidents_tell(d->set, index, d->store, item);
	watch_certificate_tell(d->set, index, item);
	watch_apart_tell(d->set, index, item);
	daemon_show_changes(d, &item->changes);
	log_known_issue(watched, record);
	record->check = NULL; /* the store may outlive the plan */
	give(d, watched, item);
	causes_answered(d, index);
}

/* A reload took its check away: the result is kept, and changes nothing. */
static void keep_last_result(struct daemon *d, struct flight *flight, struct record *record)
{
	struct store_item *item = MEM_NEW(struct store_item);
	struct watched *watched = &flight->set->checks[flight->index];

	schedule_done(flight->set->schedule, flight->index);
	item->record = record;
	watch_slots_last(watched->number, d->store, daemon_now(d), item);
	record->check = NULL;
	give(d, watched, item);
}

static bool looked_just_now(struct daemon *d)
{
	int64_t now_us = clock_mono_us();

	if (!d->short_of_descriptors && d->unlooked < UNLOOKED_MAX &&
		now_us - d->looked_us < UNLOOKED_US) {
		d->unlooked++;
		return true;
	}
	d->unlooked = 0;
	d->looked_us = now_us;
	return false;
}

static struct record *short_of_descriptors(struct daemon *d, size_t index)
{
	const struct plan *plan = &d->set->config->plan;
	int64_t now_us;
	bool left;

	if (looked_just_now(d))
		return NULL;
	left = descriptors_left();
	if (!left && !d->short_of_descriptors)
		log_write(LOG_ERROR, "descriptors.used_up",
			LOG_STR("note", "no check runs until some are free: the last are kept for "
					"results, alerts and the page"));
	else if (left && d->short_of_descriptors)
		log_write(LOG_WARN, "descriptors.free_again");
	d->short_of_descriptors = !left;
	if (left)
		return NULL;
	now_us = clock_wall_us();
	return run_skipped(plan, &plan->checks[index],
		(struct run_identity){.key = result_key(d->set->checks[index].number, now_us),
			.started_wall_us = now_us},
		REASON_INTERNAL, "no free file descriptors: it was not sent");
}

/* The record of a run that is not to be; NULL: it is. */
static struct record *hold_back(struct daemon *d, size_t index)
{
	struct record *record = budget_hold_back(d, index);

	return record ? record : short_of_descriptors(d, index);
}

/* What we could not do says nothing about the service. */
static void excuse(struct record *record)
{
	if (record->reason != REASON_INTERNAL || record->outcome != OUTCOME_FAIL)
		return;
	record->outcome = OUTCOME_SKIP;
	log_write(LOG_ERROR, "run.internal", LOG_STR("check", record->check_id),
		LOG_STR("message", record->message));
}

/* Every slot has its result, or is counted as missed. */
static void serve(struct daemon *d, const struct due *due)
{
	struct record *unsent = hold_back(d, due->index);

	count_missed(d, due->index);
	if (!unsent) {
		submit(d, due);
		return;
	}
	schedule_done(d->set->schedule, due->index);
	unsent->maintenance = d->set->checks[due->index].maintained;
	keep_result(d, due->index, unsent);
}

void runs_due(struct daemon *d)
{
	int64_t now = clock_mono_us();
	struct due due;

	/* it may be late: whoever slept knows of windows that are over */
	daemon_look_at_windows(d);
	while (schedule_take(d->set->schedule, now, &due)) {
		histogram_add(&d->self.lateness, now > due.slot_us ? now - due.slot_us : 0);
		serve(d, &due);
	}
	runs_arm(d);
}

bool runs_pending(const struct daemon *d)
{
	return executor_in_flight(d->executor) + executor_waiting(d->executor) > 0;
}

void runs_finished(void *ctx, struct record *record, void *cookie)
{
	struct daemon *d = ctx;

	ptrdiff_t index = runs_place(d, cookie);
	bool down = index >= 0 && d->set->checks[index].health.state == HEALTH_DOWN;

	if (!offline_hold(d, record, cookie, down))
		runs_go_on(d, record, cookie);
}

void runs_go_on(struct daemon *d, struct record *record, void *cookie)
{
	const struct flight *flight = cookie;
	ptrdiff_t index = runs_place(d, cookie);

	excuse(record);
	daemon_look_at_windows(d);
	record->maintenance = flight->maintained;
	if (index < 0 || !causes_hold(d, (size_t)index, record, cookie))
		runs_land(d, record, cookie);
}

void runs_land(struct daemon *d, struct record *record, void *cookie)
{
	struct flight *flight = cookie;
	ptrdiff_t index = runs_place(d, flight);

	log_write(LOG_DEBUG, "result", LOG_STR("check", record->check_id),
		LOG_STR("outcome", outcome_name(record->outcome)),
		LOG_STR("reason", reason_name(record->reason)),
		LOG_INT("duration_us", record->duration_us), LOG_STR("message", record->message));
	daemon_look_at_windows(d);
	record->maintenance = flight->maintained;
	if (index >= 0) {
		schedule_done(d->set->schedule, (size_t)index);
		keep_result(d, (size_t)index, record);
	} else {
		keep_last_result(d, flight, record);
	}
	flight->set->in_flight--;
	TAILQ_REMOVE(&d->flights, flight, link);
	free(flight);
	runs_drop_idle_sets(d);
	if (d->stopping && !runs_pending(d))
		event_active(d->drained, EV_TIMEOUT, 0);
}

bool runs_wanted(void *ctx, void *cookie)
{
	const struct daemon *d = ctx;
	ptrdiff_t index = runs_place(d, cookie);

	return index >= 0 && d->set->config->watch.checks[index].enabled &&
	       !d->set->checks[index].paused_wall_us;
}

/* What it waited in line is no part of it. */
void runs_started(void *ctx, const struct check *check, void *cookie)
{
	struct daemon *d = ctx;
	struct flight *flight = cookie;
	const struct plan *plan = &d->set->config->plan;
	ptrdiff_t index = runs_place(d, flight);

	daemon_look_at_windows(d);
	flight->maintained = index >= 0 && d->set->checks[index].maintained;
	if (index >= 0) {
		daemon_show_next(d, (size_t)index);
		budget_note(d, (size_t)index);
	}
	if (check >= plan->checks && check < plan->checks + plan->n_checks)
		board_running(d->board, (size_t)(check - plan->checks), true);
}
