#include "daemon/watch_windows.h"

#include "base/memory.h"

#include <stdlib.h>

/* Of each check the beginning of what it is in, INT64_MAX: it is in none. */
struct look {
	int64_t *since;
	size_t n;
	int64_t change_us;
};

static void mark(struct look *look, size_t check, int64_t since_us)
{
	if (since_us < look->since[check])
		look->since[check] = since_us;
}

static void mark_all(struct look *look, int64_t since_us)
{
	for (size_t i = 0; i < look->n; i++)
		mark(look, i, since_us);
}

static bool is_inside(struct look *look, struct maintenance_state state)
{
	if (state.change_us < look->change_us)
		look->change_us = state.change_us;
	return state.inside;
}

static void look_at_file(
	struct look *look, const struct watch_plan *plan, int64_t wall_us, struct zone zone)
{
	for (size_t w = 0; w < plan->n_windows; w++) {
		const struct maintenance_window *window = &plan->windows[w];
		struct maintenance_state state = maintenance_at(&window->when, wall_us, zone);
		if (!is_inside(look, state))
			continue;
		if (window->all)
			mark_all(look, state.since_us);
		for (size_t i = 0; i < window->n_checks; i++)
			mark(look, window->checks[i], state.since_us);
	}
}

static void look_at_adhoc(struct look *look, const struct watch_set *set, const struct adhoc *adhoc,
	int64_t wall_us, struct zone zone)
{
	for (size_t w = 0; w < adhoc->n; w++) {
		const struct adhoc_window *window = &adhoc->windows[w];
		struct maintenance when = {
			.from_us = window->from_us, .until_us = window->until_us};
		struct maintenance_state state = maintenance_at(&when, wall_us, zone);
		if (!is_inside(look, state))
			continue;
		if (window->n_numbers == 0)
			mark_all(look, state.since_us);
		for (size_t i = 0; i < window->n_numbers; i++)
			for (size_t check = 0; check < look->n; check++)
				if (set->checks[check].number == window->numbers[i])
					mark(look, check, state.since_us);
	}
}

static bool take(struct watch_set *set, const struct look *look)
{
	bool changed = false;

	for (size_t i = 0; i < look->n; i++) {
		struct watched *watched = &set->checks[i];
		bool inside = look->since[i] != INT64_MAX;
		changed = changed || inside != watched->maintained;
		watched->maintained = inside;
		watched->maintained_wall_us = inside ? look->since[i] : 0;
	}
	return changed;
}

bool watch_windows_look(
	struct watch_set *set, const struct adhoc *adhoc, int64_t wall_us, struct zone zone)
{
	struct look look = {.n = set->config->plan.n_checks, .change_us = INT64_MAX};
	bool changed;

	if (wall_us >= set->windows_looked_us && wall_us < set->windows_change_us)
		return false;
	look.since = mem_alloc((look.n + 1) * sizeof(*look.since));
	for (size_t i = 0; i < look.n; i++)
		look.since[i] = INT64_MAX;
	look_at_file(&look, &set->config->watch, wall_us, zone);
	look_at_adhoc(&look, set, adhoc, wall_us, zone);
	changed = take(set, &look);
	free(look.since);
	set->windows_looked_us = wall_us;
	set->windows_change_us = look.change_us;
	return changed;
}

void watch_windows_forget(struct watch_set *set)
{
	set->windows_change_us = 0;
}

struct shown_state watch_windows_shown(const struct watched *watched)
{
	struct shown_state shown = {watched->health, watched->since_wall_us};

	if (watched->paused_wall_us) {
		shown.health.state = HEALTH_UNKNOWN;
		shown.since_wall_us = watched->paused_wall_us;
		return shown;
	}
	if (!watched->maintained)
		return shown;
	shown.health.state = HEALTH_MAINTENANCE;
	shown.since_wall_us = watched->maintained_wall_us;
	return shown;
}
