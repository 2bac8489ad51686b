#include "daemon/causes.h"

#include "base/clock.h"
#include "base/memory.h"
#include "daemon/state.h"
#include "daemon/watch_slots.h"
#include "watch/reach.h"

#include <stdlib.h>

struct waiting {
	TAILQ_ENTRY(waiting) link;
	struct record *record;
	void *cookie;
	int64_t until_mono_us;
};

void causes_init(struct causes *causes)
{
	TAILQ_INIT(&causes->waiting);
}

/* --- for whom --- */

/* It runs, or is about to, in a slot of its own or one more, and may say what a check that began to fail then does not know yet. */
static bool is_asked(
	const struct watch_set *set, size_t index, int64_t failed_wall_us, int64_t until_mono_us)
{
	const struct watched *w = &set->checks[index];
	struct owed owed = schedule_owed(set->schedule, index);

	return w->health.state != HEALTH_DOWN && w->latest_wall_us < failed_wall_us &&
	       !w->maintained && owed.next_us != INT64_MAX &&
	       (owed.running || owed.extra_us <= until_mono_us || owed.next_us <= until_mono_us) &&
	       !known_issue_holds(set->config->plan.checks[index].known_issue, clock_wall_us());
}

/* Whether anything is asked that the check depends on. */
static bool waits(const struct watch_set *set, size_t index, const struct record *record,
	int64_t until_mono_us)
{
	int64_t failed_wall_us = set->checks[index].failed_wall_us;
	const uint32_t *above;
	size_t n = reach_above(set->incidents, index, &above);

	if (!failed_wall_us)
		failed_wall_us = record->started_wall_us;
	for (size_t i = 0; i < n; i++)
		if (is_asked(set, above[i], failed_wall_us, until_mono_us))
			return true;
	return false;
}

/* --- who waits --- */

/* Before all that depend on its check, and no longer than any of them. */
static void put(struct daemon *d, size_t index, struct waiting *waiting)
{
	const uint32_t *below;
	size_t n = reach_below(d->set->incidents, index, &below);
	struct waiting *first = NULL, *at;

	for (at = n ? TAILQ_FIRST(&d->causes.waiting) : NULL; at; at = TAILQ_NEXT(at, link)) {
		ptrdiff_t place = runs_place(d, at->cookie);
		bool depends = false;
		for (size_t i = 0; i < n && !depends; i++)
			depends = place == (ptrdiff_t)below[i];
		if (depends && !first)
			first = at;
		if (depends && at->until_mono_us < waiting->until_mono_us)
			waiting->until_mono_us = at->until_mono_us;
	}
	if (first)
		TAILQ_INSERT_BEFORE(first, waiting, link);
	else
		TAILQ_INSERT_TAIL(&d->causes.waiting, waiting, link);
}

bool causes_hold(struct daemon *d, size_t index, struct record *record, void *cookie)
{
	int64_t until_mono_us = clock_mono_us() + CAUSES_WAIT_US;
	struct waiting *waiting;

	if (d->stopping || !d->set->config->watch.checks[index].n_depends_on ||
		!watch_set_falls(d->set, index, record))
		return false;
	if (watch_slots_ask(d->set, index, record, d->store, daemon_now(d)))
		runs_arm(d);
	if (!waits(d->set, index, record, until_mono_us))
		return false;
	waiting = MEM_NEW(struct waiting);
	*waiting = (struct waiting){
		.record = record, .cookie = cookie, .until_mono_us = until_mono_us};
	put(d, index, waiting);
	return true;
}

/* --- who has waited --- */

static bool is_over(const struct daemon *d, const struct waiting *waiting)
{
	ptrdiff_t index = runs_place(d, waiting->cookie);

	return d->stopping || index < 0 || clock_mono_us() >= waiting->until_mono_us ||
	       !waits(d->set, (size_t)index, waiting->record, waiting->until_mono_us);
}

/* What lands answers those behind it. */
void causes_look(struct daemon *d)
{
	struct waiting *next;

	if (d->causes.looking)
		return;
	d->causes.looking = true;
	for (struct waiting *at = TAILQ_FIRST(&d->causes.waiting); at; at = next) {
		next = TAILQ_NEXT(at, link);
		if (!is_over(d, at))
			continue;
		TAILQ_REMOVE(&d->causes.waiting, at, link);
		runs_land(d, at->record, at->cookie);
		free(at);
	}
	d->causes.looking = false;
}

void causes_answered(struct daemon *d, size_t index)
{
	const uint32_t *below;

	if (!TAILQ_EMPTY(&d->causes.waiting) && reach_below(d->set->incidents, index, &below))
		causes_look(d);
}
