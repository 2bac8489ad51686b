#include "weeks/world.h"

#include "check/run.h"
#include "daemon/watch_slots.h"
#include "daemon/watch_windows.h"

uint32_t world_random(struct world *world, uint32_t below)
{
	world->random =
		world->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(world->random >> 33) % below;
}

void world_init(struct world *world, const char *const files[FILES], int64_t wall_us, uint64_t seed)
{
	*world = (struct world){.random = seed};
	world->now = (struct moment){5 * DAY, wall_us, 77};
	for (size_t i = 0; i < FILES; i++) {
		loaded_init(&world->files[i]);
		world->path[i] = loaded_write(&world->files[i], "a.yaml", str_of(files[i]));
	}
	for (size_t i = 0; i <= FAKE_CHECKS_MAX; i++)
		world->truths[i].extra_us = INT64_MAX;
}

static struct config *load(struct world *world, size_t file)
{
	struct config_source source = {.path = world->path[file]};
	struct diagnostics *diagnostics = &world->files[file].diagnostics;
	struct config *config = config_load(&source, diagnostics);

	if (!config)
		fail_msg("%s", buf_text(&diagnostics->text));
	return config;
}

static void drop_sets(struct world *world, bool idle_only)
{
	struct watch_set **at = idle_only ? &world->set->next : &world->set;

	while (*at) {
		struct watch_set *old = *at;
		if (idle_only && old->in_flight) {
			at = &old->next;
			continue;
		}
		*at = old->next;
		watch_set_free(old);
	}
}

void world_fini(struct world *world)
{
	drop_sets(world, false);
	adhoc_fini(&world->adhoc);
	for (size_t i = 0; i < FILES; i++)
		loaded_fini(&world->files[i]);
}

uint32_t world_number(struct world *world, const char *id)
{
	return store_check_number(&world->store, id, NULL);
}

/* --- the plain count --- */

static uint64_t count(int64_t first_us, int64_t every_us, int64_t before_us)
{
	return first_us < before_us ? (uint64_t)((before_us - 1 - first_us) / every_us) + 1 : 0;
}

static void end_truth(struct world *world, struct truth *truth)
{
	if (truth->on)
		truth->before += count(truth->first_us, truth->every_us, world->now.mono_us);
	truth->on = false;
}

static void see_extra(struct world *world, struct truth *truth, int64_t extra_us)
{
	if (extra_us == truth->extra_us)
		return;
	truth->extras += truth->extra_us < world->now.mono_us + world->taking;
	truth->extra_us = extra_us;
}

static void see(struct world *world, uint32_t number, struct owed owed)
{
	struct truth *truth = &world->truths[number];
	bool on = owed.next_us != INT64_MAX;

	see_extra(world, truth, owed.extra_us);
	if (truth->on && (!on || truth->every_us != owed.every_us))
		end_truth(world, truth);
	if (on && !truth->on) {
		truth->on = true;
		truth->every_us = owed.every_us;
		truth->first_us = owed.next_us;
	}
}

static void see_all(struct world *world)
{
	bool there[FAKE_CHECKS_MAX + 1] = {false};

	for (size_t i = 0; i < world->set->config->plan.n_checks; i++) {
		see(world, world->set->checks[i].number, schedule_owed(world->set->schedule, i));
		there[world->set->checks[i].number] = true;
	}
	for (uint32_t number = 1; number <= world->store.now.n; number++)
		if (!there[number])
			see(world, number, OWED_NOTHING);
}

void world_check(struct world *world, const char *after)
{
	uint64_t kept[FAKE_CHECKS_MAX + 1];
	struct watch_set *set = world->set;

	see_all(world);
	for (uint32_t n = 1; n <= world->store.now.n; n++)
		kept[n] = world->store.now.checks[n].counts.results +
			  world->store.now.checks[n].counts.missed + world->flights[n].active;
	for (size_t i = 0; i < set->config->plan.n_checks; i++) {
		struct watched *watched = &set->checks[i];
		struct owed owed = schedule_owed(set->schedule, i);
		owed.running = false; /* its flight has been counted */
		watched->missed += schedule_tell_missed(set->schedule, i);
		kept[watched->number] += watched->missed + owed_before(owed, world->now.mono_us);
		if (watched->paused_wall_us &&
			(incidents_of(set->incidents, i) || watched->health.state == HEALTH_DOWN))
			fail_msg("after %s, %s is paused and still down", after,
				set->config->plan.checks[i].id);
	}
	for (uint32_t n = 1; n <= world->store.now.n; n++) {
		const struct truth *truth = &world->truths[n];
		uint64_t due =
			truth->before + truth->extras + (truth->extra_us < world->now.mono_us);
		if (truth->on)
			due += count(truth->first_us, truth->every_us, world->now.mono_us);
		if (due != kept[n])
			fail_msg("after %s, of %s: %llu slots, and %llu are accounted for", after,
				world->store.now.checks[n].id, (unsigned long long)due,
				(unsigned long long)kept[n]);
	}
}

/* --- what the daemon does --- */

/* The daemon asks the history. */
static void know_spent(struct world *world)
{
	int64_t today = budget_day(world->now.wall_us);

	for (size_t i = 0; i < world->set->config->plan.n_checks; i++) {
		struct watched *watched = &world->set->checks[i];
		if (!watched->spent_known)
			watched->spent = (struct budget_spent){.day = today,
				.runs = world->today == today ? world->sent_today[watched->number]
							      : 0};
		watched->spent_known = true;
	}
}

static void take_over(struct world *world, struct watch_set *before)
{
	for (uint32_t n = 1; n <= FAKE_CHECKS_MAX; n++)
		if (world->flights[n].active)
			watch_set_hold(world->set, n);
	know_spent(world);
	watch_slots_begin(world->set, before, &world->store, world->now);
	fake_commit(&world->store); /* which is waited for */
	watch_windows_look(world->set, &world->adhoc, world->now.wall_us, world->zone);
}

void world_start(struct world *world, size_t file)
{
	struct error error = {""};

	for (uint32_t n = 1; n <= FAKE_CHECKS_MAX; n++) {
		end_truth(world, &world->truths[n]);
		world->truths[n].extras += world->truths[n].extra_us < world->now.mono_us;
		world->truths[n].extra_us = INT64_MAX;
	}
	fake_kill(&world->store, world->now.wall_us);
	adhoc_init(&world->adhoc, &world->store);
	world->set = watch_set_new(load(world, file), NULL, &world->store, world->now, &error);
	assert_non_null(world->set);
	take_over(world, NULL);
	world_check(world, "a start");
}

void world_reboot(struct world *world, size_t file)
{
	int64_t back_us = world->now.mono_us - 3 * SECOND;

	for (uint32_t n = 1; n <= FAKE_CHECKS_MAX; n++)
		if (world->truths[n].on)
			world->truths[n].first_us -= back_us;
	for (uint32_t n = 1; n <= FAKE_CHECKS_MAX; n++)
		if (world->truths[n].extra_us != INT64_MAX)
			world->truths[n].extra_us -= back_us;
	world->now.mono_us -= back_us;
	world->now.boot++;
	world_start(world, file);
}

void world_kill(struct world *world, int64_t away_us)
{
	drop_sets(world, false);
	adhoc_fini(&world->adhoc);
	world->given_us = 0;
	for (uint32_t n = 1; n <= FAKE_CHECKS_MAX; n++) {
		struct owed owed = world->store.file.checks[n].state.slots.owed;
		world->flights[n].active = false;
		if (owed.extra_us != world->truths[n].extra_us) /* nobody heard of it */
			world->truths[n].extra_us = INT64_MAX;
	}
	world_sleep(world, away_us);
}

void world_reload(struct world *world, size_t file)
{
	struct error error = {""};
	struct watch_set *before = world->set;

	world->set = watch_set_new(load(world, file), before, &world->store, world->now, &error);
	assert_non_null(world->set);
	take_over(world, before);
	world->set->next = before;
	drop_sets(world, true);
	world_check(world, "a reload");
}

void world_sleep(struct world *world, int64_t us)
{
	world->now.mono_us += us;
	world->now.wall_us += us;
}

static struct record *record_of(struct world *world, struct watch_set *set, size_t index,
	enum reason reason, int64_t duration_us)
{
	int64_t wall_us = world->now.wall_us - duration_us;
	struct record *record = run_skipped(&set->config->plan, &set->config->plan.checks[index],
		(struct run_identity){.key = result_key(set->checks[index].number, wall_us),
			.started_wall_us = wall_us},
		reason, "");

	record->duration_us = duration_us;
	return record;
}

static void keep(struct world *world, size_t index, struct record *record)
{
	struct watch_set *set = world->set;
	struct store_item *item = MEM_NEW(struct store_item);

	item->record = record;
	watch_set_apply(set, index, record, item);
	watch_slots_recheck(set, index, record, world->now);
	watch_slots_fill(set, index, world->now, item);
	world->flagged += record->maintenance;
	assert_true(store_give(&world->store, item));
	if (!world->given_us)
		world->given_us = world->now.mono_us;
}

/* As the store does, so long behind the first that waits. */
static void commit_what_waits(struct world *world)
{
	if (!world->given_us || world->now.mono_us < world->given_us + STORE_BATCH_MS * 1000)
		return;
	fake_commit(&world->store);
	world->given_us = 0;
}

static void finish(struct world *world, uint32_t number)
{
	struct flight *flight = &world->flights[number];
	const struct check *check = &flight->set->config->plan.checks[flight->index];
	ptrdiff_t index = watch_set_find(world->set, check->id);
	struct record *record = record_of(world, flight->set, flight->index, REASON_CANCELLED,
		world->now.mono_us - flight->began_us);
	bool fails = world->failing || world_random(world, 50) == 0;

	record->outcome = fails ? OUTCOME_FAIL : OUTCOME_PASS;
	record->reason = fails ? REASON_EXPECTATION : REASON_NONE;
	record->attempts = 1;
	record->maintenance =
		flight->maintained || (index >= 0 && world->set->checks[index].maintained);
	flight->active = false;
	flight->set->in_flight--;
	if (index >= 0) {
		schedule_done(world->set->schedule, (size_t)index);
		keep(world, (size_t)index, record);
	} else {
		struct store_item *item = MEM_NEW(struct store_item);
		item->record = record;
		watch_slots_last(number, &world->store, world->now, item);
		assert_true(store_give(&world->store, item));
	}
	drop_sets(world, true);
}

static void note_sent(struct world *world, uint32_t number)
{
	int64_t today = budget_day(world->now.wall_us);

	if (today > world->today)
		memset(world->sent_today, 0, sizeof(world->sent_today));
	world->today = today > world->today ? today : world->today;
	world->sent[number]++;
	world->sent_today[number]++;
}

static void serve(struct world *world, size_t index)
{
	struct watched *watched = &world->set->checks[index];
	const struct watch_policy *policy = &world->set->config->watch.checks[index];
	struct flight *flight = &world->flights[watched->number];
	int64_t longest = policy->every_us + policy->every_us / 2;

	if (!budget_allows(&policy->budget, watched->spent, world->now.wall_us)) {
		struct record *record = record_of(world, world->set, index, REASON_BUDGET, 0);
		schedule_done(world->set->schedule, index);
		record->maintenance = watched->maintained;
		keep(world, index, record);
		return;
	}
	if (flight->active)
		fail_msg("%s overlaps itself", world->store.now.checks[watched->number].id);
	*flight = (struct flight){true, watched->maintained, world->set, index, world->now.mono_us,
		world->now.mono_us + SECOND / 10 +
			(world_random(world, 40) == 0
					? world_random(world, (uint32_t)(longest / SECOND)) * SECOND
					: 0)};
	world->set->in_flight++;
	note_sent(world, watched->number);
}

/* What comes next, and when. */
static int64_t next_event(const struct world *world)
{
	int64_t next = schedule_next_due(world->set->schedule);
	int64_t ahead_us = world->now.wall_us - world->now.mono_us;

	for (uint32_t n = 1; n <= FAKE_CHECKS_MAX; n++)
		if (world->flights[n].active && world->flights[n].ends_us < next)
			next = world->flights[n].ends_us;
	if (world->set->windows_change_us != INT64_MAX &&
		world->set->windows_change_us - ahead_us < next)
		next = world->set->windows_change_us - ahead_us;
	return next > world->now.mono_us ? next : world->now.mono_us;
}

void world_run(struct world *world, int64_t us)
{
	int64_t end = world->now.mono_us + us;
	struct due due;

	for (int64_t next; (next = next_event(world)) < end;) {
		world_sleep(world, next - world->now.mono_us);
		commit_what_waits(world);
		watch_windows_look(world->set, &world->adhoc, world->now.wall_us, world->zone);
		for (uint32_t n = 1; n <= FAKE_CHECKS_MAX; n++)
			if (world->flights[n].active && world->flights[n].ends_us <= next)
				finish(world, n);
		see_all(world);
		world->taking = true;
		while (schedule_take(world->set->schedule, next, &due)) {
			see_all(world);
			serve(world, due.index);
		}
		see_all(world);
		world->taking = false;
	}
	world_sleep(world, end - world->now.mono_us);
	world_check(world, "a run");
}
