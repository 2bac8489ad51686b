/* The daemon's budgets: what today's runs have cost, and the slots that are not served for it. */
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "daemon/state.h"
#include "daemon/watch_slots.h"
#include "store/reader.h"

static bool asks_history(const struct watch_set *set, size_t i)
{
	return budget_limits(&set->config->watch.checks[i].budget) && !set->checks[i].spent_known;
}

static void restore(struct watch_set *set, struct reader *reader, int64_t now_wall_us)
{
	for (size_t i = 0; i < set->config->plan.n_checks; i++) {
		if (!asks_history(set, i))
			continue;
		int64_t from_us = budget_day_start_us(now_wall_us);
		struct span_sums today = reader_summary(reader, set->config->plan.checks[i].id,
			from_us, from_us + 86400 * US_PER_S);
		set->checks[i].spent =
			(struct budget_spent){budget_day(now_wall_us), today.sent, today.tokens};
		set->checks[i].spent_known = true;
	}
}

void budget_restore(struct daemon *d, struct watch_set *set)
{
	struct error error = {""};
	struct reader *reader;
	size_t n = 0;

	for (size_t i = 0; i < set->config->plan.n_checks; i++)
		n += asks_history(set, i);
	if (n == 0)
		return;
	reader = reader_open(d->database, &error);
	if (!reader) {
		log_write(LOG_WARN, "budget.unknown", LOG_STR("why", error.text));
		return;
	}
	restore(set, reader, clock_wall_us());
	reader_close(reader);
}

struct record *budget_hold_back(struct daemon *d, size_t index)
{
	const struct config *config = d->set->config;
	const struct budget *budget = &config->watch.checks[index].budget;
	struct watched *watched = &d->set->checks[index];
	int64_t now_us = clock_wall_us();
	struct buf why = BUF_INIT(128);
	struct record *record;

	if (!budget_limits(budget))
		return NULL;
	if (budget_day(now_us) <
		watched->spent.day) { /* the clock was set back: what has this day cost? */
		watched->spent_known = false;
		budget_restore(d, d->set);
	}
	if (budget_allows(budget, watched->spent, now_us))
		return NULL;
	budget_words(&why, budget, watched->spent);
	if (watched->spent_day_said != watched->spent.day)
		log_write(LOG_WARN, "budget.spent", LOG_STR("check", config->plan.checks[index].id),
			LOG_STR("why", buf_text(&why)));
	watched->spent_day_said = (int32_t)watched->spent.day;
	record = run_skipped(&config->plan, &config->plan.checks[index],
		(struct run_identity){
			.key = result_key(watched->number, now_us), .started_wall_us = now_us},
		REASON_BUDGET, buf_text(&why));
	buf_fini(&why);
	return record;
}

static void give(struct daemon *d, struct watched *watched, struct store_item *item)
{
	if (store_give(d->store, item))
		return;
	watched->missed += item->missed + (item->record != NULL);
	store_item_free(item);
}

void budget_note(struct daemon *d, size_t index)
{
	struct store_item *item;

	if (!budget_limits(&d->set->config->watch.checks[index].budget))
		return;
	item = MEM_NEW(struct store_item);
	watch_slots_fill(d->set, index, daemon_now(d), item);
	give(d, &d->set->checks[index], item);
}

static void charge(struct daemon *d, struct watch_set *set, size_t index)
{
	const struct plan *plan = &set->config->plan;
	struct watched *watched = &set->checks[index];
	struct store_item *item = MEM_NEW(struct store_item);
	int64_t now_us = clock_wall_us();
	struct record *record = run_skipped(plan, &plan->checks[index],
		(struct run_identity){
			.key = result_key(watched->number, now_us), .started_wall_us = now_us},
		REASON_CANCELLED, "the monitor ended while it ran");

	record->attempts = 1;
	item->record = record;
	watch_set_apply(set, index, record, item);
	watch_slots_fill(set, index, daemon_now(d), item);
	record->check = NULL; /* the store may outlive the plan */
	watched->cut = false;
	give(d, watched, item);
}

void budget_charge(struct daemon *d, struct watch_set *set)
{
	for (size_t i = 0; i < set->config->plan.n_checks; i++)
		if (set->checks[i].cut)
			charge(d, set, i);
}
