#include "demo/history.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "daemon/watch_set.h"
#include "daemon/watch_slots.h"
#include "demo/answer.h"
#include "loader.h"
#include "store/past.h"

#include <stdlib.h>

#define HOUR_US (3600 * US_PER_S)
#define DAY_US (24 * HOUR_US)
#define EVERY_MIN_US (30 * US_PER_S)
#define EVERY_MAX_US HOUR_US /* so that each check has results in their reach */

enum { RESULTS_H = 48, MINUTES_H = 72 };

/* A run under way. */
struct flight {
	size_t index;
	struct demo_answer answer;
};

struct history {
	struct watch_set *set;
	struct past *past;
	struct demo_voice *voices; /* one for each check */
	struct flight *flights; /* at most one of each check */
	size_t n_flights;
	int64_t from_us, until_us; /* wall, and the set's monotonic clock */
};

static struct moment at(int64_t us)
{
	return (struct moment){.mono_us = us, .wall_us = us};
}

/* Intervals as in the file, but none too short for what is to be written. */
static void calm(struct config *config)
{
	struct watch_policy *policies =
		ARENA_ARRAY(&config->plan.arena, config->watch.n_checks, struct watch_policy);
	double results = 0, factor = 1;

	for (size_t i = 0; i < config->watch.n_checks; i++) {
		policies[i] = config->watch.checks[i];
		if (policies[i].every_us < EVERY_MIN_US)
			policies[i].every_us = EVERY_MIN_US;
		if (policies[i].enabled)
			results += (double)(DEMO_DAYS * DAY_US) / (double)policies[i].every_us;
	}
	if (results > DEMO_RESULTS_MAX)
		factor = results / DEMO_RESULTS_MAX;
	for (size_t i = 0; i < config->watch.n_checks; i++) {
		policies[i].every_us = (int64_t)((double)policies[i].every_us * factor);
		if (policies[i].every_us > EVERY_MAX_US)
			policies[i].every_us = EVERY_MAX_US;
	}
	config->watch.checks = policies;
}

static int64_t end_of(const struct flight *flight)
{
	return flight->answer.started_wall_us + flight->answer.duration_us;
}

/* As the daemon's loop does with a result. */
static void land(struct history *h, struct flight flight)
{
	struct watch_set *set = h->set;
	struct record record = {.key = 0};
	struct store_item item = {.record = &record};

	arena_init(&record.arena);
	record.key = result_key(set->checks[flight.index].number, flight.answer.started_wall_us);
	demo_answer_tell(&h->voices[flight.index], &flight.answer, &record);
	schedule_done(set->schedule, flight.index);
	watch_set_apply(set, flight.index, &record, &item);
	(void)watch_slots_recheck(set, flight.index, &record, at(end_of(&flight)));
	item.check_number = set->checks[flight.index].number;
	past_write(h->past, &item);
	incident_changes_fini(&item.changes);
	arena_fini(&record.arena);
}

/* What is over by then, in the order of their ends. */
static void land_until(struct history *h, int64_t us)
{
	for (;;) {
		size_t first = 0;
		for (size_t i = 1; i < h->n_flights; i++)
			if (end_of(&h->flights[i]) < end_of(&h->flights[first]))
				first = i;
		if (!h->n_flights || end_of(&h->flights[first]) > us)
			return;
		struct flight flight = h->flights[first];
		h->flights[first] = h->flights[--h->n_flights];
		land(h, flight);
	}
}

static void take_off(struct history *h, const struct due *due)
{
	h->flights[h->n_flights++] = (struct flight){
		.index = due->index,
		.answer = demo_answer_at(
			&h->voices[due->index], due->slot_us, h->until_us - due->slot_us),
	};
	(void)schedule_tell_missed(h->set->schedule, due->index);
}

/* A run may bring a slot before the next one: each is landed before what comes behind it is asked for. */
static void live(struct history *h)
{
	struct due due;

	for (;;) {
		int64_t next = schedule_next_due(h->set->schedule);
		land_until(h, next < h->until_us ? next : h->until_us);
		next = schedule_next_due(h->set->schedule);
		if (next >= h->until_us)
			return;
		if (schedule_take(h->set->schedule, next, &due))
			take_off(h, &due);
	}
}

static bool begin(
	struct history *h, struct store *store, struct config *config, struct error *error)
{
	struct past_reach reach = {
		.results_from_us = h->until_us - RESULTS_H * HOUR_US,
		.minutes_from_us = h->until_us - MINUTES_H * HOUR_US,
		.hours_from_us = h->from_us,
	};
	size_t n = config->plan.n_checks;

	h->set = watch_set_new(config, NULL, store, at(h->from_us), error);
	if (!h->set) {
		config_free(config);
		return false;
	}
	h->past = past_begin(store, &reach, error);
	h->voices = mem_alloc((n + 1) * sizeof(*h->voices));
	h->flights = mem_alloc((n + 1) * sizeof(*h->flights));
	for (size_t i = 0; i < n; i++)
		h->voices[i] = demo_voice_of(&config->plan.checks[i]);
	return h->past != NULL;
}

static bool make(struct store *store, struct config *config, struct error *error)
{
	int64_t now_us = clock_wall_us();
	struct history h = {.from_us = now_us - DEMO_DAYS * DAY_US, .until_us = now_us};
	bool done = begin(&h, store, config, error);

	if (done) {
		if (config->plan.n_checks <= DEMO_CHECKS_MAX)
			live(&h);
		done = past_end(h.past, h.until_us, error);
	}
	watch_set_free(h.set);
	free(h.voices);
	free(h.flights);
	return done;
}

static void say(size_t checks, int64_t took_us)
{
	if (checks > DEMO_CHECKS_MAX)
		log_write(LOG_WARN, "demo.no_history", LOG_INT("checks", checks),
			LOG_INT("at_most", DEMO_CHECKS_MAX));
	else
		log_write(LOG_INFO, "demo.history", LOG_INT("days", DEMO_DAYS),
			LOG_REAL("seconds", (double)took_us / (double)US_PER_S),
			LOG_STR("note", "what was before now is generated"));
}

bool demo_history_make(struct store *store, const struct config_source *source, struct error *error)
{
	int64_t start_us = clock_mono_us();

	if (store_past_until(store))
		return true;
	struct config *config = loader_load(source, false, error);
	if (!config)
		return false;
	size_t checks = config->plan.n_checks;
	calm(config);
	if (!make(store, config, error))
		return false;
	say(checks, clock_mono_us() - start_us);
	return true;
}
