#include "watch/maintenance.h"

enum { DAYS_OF_WEEK = 7, THURSDAY = 3 /* 1970-01-01 */ };

static const int64_t second_us = INT64_C(1000000);
static const int64_t day_us = INT64_C(86400000000);

static int64_t day_of(int64_t local_us)
{
	return local_us / day_us - (local_us % day_us < 0);
}

static int64_t ahead(const struct maintenance *window, struct zone zone, int64_t wall_us)
{
	return window->utc ? 0 : zone.ahead_us(zone.ctx, wall_us);
}

/* The first second from which on the clocks are ahead by so much; before `early` they are not, at `late`
 * they are. */
static int64_t jump_between(struct zone zone, int64_t early, int64_t late, int64_t ahead_us)
{
	while (late - early > second_us) {
		int64_t middle = early + (late - early) / 2;
		middle -= middle % second_us;
		if (middle <= early)
			middle = early + second_us;
		if (zone.ahead_us(zone.ctx, middle) == ahead_us)
			late = middle;
		else
			early = middle;
	}
	return late;
}

/* When its hour comes on a day of the local calendar. */
static int64_t begins(const struct maintenance *window, struct zone zone, int64_t day)
{
	int64_t local = day * day_us + window->at_us;
	int64_t early = local - day_us, late = local + day_us;
	int64_t before = ahead(window, zone, early), after = ahead(window, zone, late);

	if (ahead(window, zone, local - before) == before)
		return local - before;
	if (ahead(window, zone, local - after) == after)
		return local - after;
	return jump_between(zone, early, late, after);
}

static bool is_on(const struct maintenance *window, int64_t day)
{
	int64_t weekday = (day + THURSDAY) % DAYS_OF_WEEK;

	return window->days >> (weekday < 0 ? weekday + DAYS_OF_WEEK : weekday) & 1;
}

static struct maintenance_state look(
	struct maintenance_state state, int64_t from_us, int64_t until_us, int64_t wall_us)
{
	int64_t change = wall_us < from_us ? from_us : until_us;

	if (wall_us >= until_us)
		return state;
	if (wall_us >= from_us && (!state.inside || from_us < state.since_us))
		state.since_us = from_us;
	state.inside = state.inside || wall_us >= from_us;
	if (change < state.change_us)
		state.change_us = change;
	return state;
}

struct maintenance_state maintenance_at(
	const struct maintenance *window, int64_t wall_us, struct zone zone)
{
	struct maintenance_state state = {.change_us = INT64_MAX};
	int64_t today, longest = window->length_us / day_us + 2;

	if (!window->days)
		return look(state, window->from_us, window->until_us, wall_us);
	today = day_of(wall_us + ahead(window, zone, wall_us));
	for (int64_t day = today - longest; day <= today + DAYS_OF_WEEK + 1; day++) {
		int64_t from = is_on(window, day) ? begins(window, zone, day) : INT64_MAX;
		if (from != INT64_MAX)
			state = look(state, from, from + window->length_us, wall_us);
	}
	return state;
}
