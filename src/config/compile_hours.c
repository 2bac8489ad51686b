#include "config/compile.h"

#include "base/clock.h"

enum { DAYS_OF_WEEK = 7 };

static int64_t utc(void *ctx, int64_t wall_us)
{
	(void)ctx, (void)wall_us;
	return 0;
}

/* The end of the hours that are going on at that time, as far as one of them tells it; wall_us: none is. */
static int64_t end_of(const struct channel *channel, enum severity severity, int64_t wall_us)
{
	for (size_t i = 0; i < channel->n_quiet; i++) {
		const struct quiet *quiet = &channel->quiet[i];
		struct maintenance_state state =
			maintenance_at(&quiet->when, wall_us, (struct zone){utc, NULL});
		if ((quiet->severities >> severity & 1) && state.inside)
			return state.change_us;
	}
	return wall_us;
}

/* Whether something would wait for ever: a week holds no time at which it is told. */
static bool is_always(const struct channel *channel, enum severity severity)
{
	const int64_t week_us = DAYS_OF_WEEK * INT64_C(86400) * US_PER_S;
	int64_t begin = 10 * week_us, at = begin;
	for (int64_t end = end_of(channel, severity, at); end > at;
		end = end_of(channel, severity, at)) {
		at = end;
		if (at - begin > week_us)
			return true;
	}
	return false;
}

static void read_quiet(struct compile *c, struct node *list, struct channel *channel)
{
	struct quiet *all = ARENA_ARRAY(c->arena, list->n + 1, struct quiet);
	for (struct node *item = list->first; item; item = item->next) {
		struct view view = {item, NULL, IN_QUIET};
		struct quiet *quiet = &all[channel->n_quiet];
		if (item->bad || item->kind != NODE_MAP || !compile_clock(view, &quiet->when))
			continue;
		quiet->severities = view_has(view, "severities")
					    ? compile_choices(view, "severities")
					    : 1U << SEVERITY_TICKET | 1U << SEVERITY_INFO;
		channel->n_quiet++;
	}
	channel->quiet = all;
}

void compile_hours(struct compile *c, struct view view, struct channel *channel)
{
	struct view alerts =
		view_section((struct view){c->root, NULL, IN_TOP}, "alerts", IN_ALERTS);
	struct node *quiet = view_get(view, "quiet"), *remind = view_get(view, "remind");
	/* it repeats by itself what fires, and knows silences of its own */
	if (channel->kind == CHANNEL_ALERTMANAGER)
		channel->events &= ~(1U << ALERT_REMINDER | 1U << ALERT_ACKNOWLEDGED);
	bool hears = channel->events >> ALERT_REMINDER & 1;
	channel->remind_us = remind ? view_us(view, "remind") : view_us(alerts, "remind_every");
	if (remind && !hears)
		problem_at(c->problems, remind, "it hears no event 'reminder'");
	channel->max_per_hour = (uint32_t)view_int(view, "max_per_hour");
	if (!quiet || quiet->kind != NODE_LIST)
		return;
	read_quiet(c, quiet, channel);
	for (int severity = 0; severity < SEVERITY_COUNT; severity++)
		if (is_always(channel, (enum severity)severity)) {
			problem_at(c->problems, quiet, "the quiet hours are never over");
			return;
		}
}
