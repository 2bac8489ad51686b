#include "daemon/watch_burns.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "daemon/watch_apart.h"

#include <stdlib.h>

/* Its alerts' name, in place of an incident's: of each pace and beginning another. */
static uint64_t key_of(uint32_t number, enum slo_pace pace, int64_t since_us)
{
	return result_key(number, since_us) + pace;
}

/* How urgent a pace is, and never more so than that the check is down. */
static enum severity severity_of(const struct watch_policy *policy, enum slo_pace pace)
{
	enum severity own = policy ? policy->severity : SEVERITY_PAGE;
	enum severity its = slo_rule(pace)->severity;

	return own > its ? own : its;
}

struct turned {
	uint32_t number;
	const char *id;
	enum slo_pace pace;
	int64_t since_us; /* when it began */
	bool over;
	const char *why; /* over, though it still burns */
	const struct slo_report *report; /* NULL: not known */
};

static void log_turn(const struct turned *t)
{
	const struct slo_rule *rule = slo_rule(t->pace);

	if (t->over)
		log_write(LOG_INFO, "slo.burn_over", LOG_STR("check", t->id),
			LOG_STR("pace", rule->name), LOG_STR("why", t->why ? t->why : ""));
	else
		log_write(LOG_WARN, "slo.burning", LOG_STR("check", t->id),
			LOG_STR("pace", rule->name), LOG_REAL("rate", t->report->burn[rule->over]));
}

/* To those who hear of what is so urgent; its end to whoever heard of the beginning, which the store knows. */
static void put_news(const struct watch_set *set, const struct turned *t, struct store_item *item)
{
	const struct config *config = set->config;
	ptrdiff_t at = watch_set_find(set, t->id);
	const struct watch_policy *policy = at >= 0 ? &config->watch.checks[at] : NULL;
	struct alert_burn burn = {.pace = t->pace, .report = t->report};
	enum severity severity = severity_of(policy, t->pace);
	uint64_t channels = UINT64_MAX;

	if (policy)
		burn.slo = policy->slo;
	if (policy && !t->over)
		channels = alert_audience(&config->alert, policy->channels, severity);
	watch_apart_put(set, t->id, channels,
		(struct alert_news){.event = t->over ? ALERT_BURN_OVER : ALERT_BURNING,
			.severity = severity,
			.incident = key_of(t->number, t->pace, t->since_us),
			.since_wall_us = t->since_us,
			.burn = &burn,
			.why = t->why},
		item);
}

/* False: the store takes nothing, and it is to be tried again. */
static bool tell(const struct watch_set *set, struct turned t, struct store *store, int64_t now_us)
{
	struct store_item *item = MEM_NEW(struct store_item);

	item->check_number = t.number;
	item->changed_wall_us = now_us;
	item->burn = (struct burn_note){
		true, t.pace, t.over ? 0 : t.since_us, key_of(t.number, t.pace, t.since_us)};
	put_news(set, &t, item);
	if (!store_give(store, item)) {
		store_item_free(item);
		return false;
	}
	log_turn(&t);
	return true;
}

static void end(const struct watch_set *set, uint32_t number, struct burns *burns, const char *why,
	struct store *store, int64_t now_us)
{
	for (unsigned i = 0; i < SLO_PACE_COUNT; i++) {
		struct turned t = {.number = number,
			.id = store_check_id(store, number),
			.pace = (enum slo_pace)i,
			.since_us = burns->paces[i].since_us,
			.over = true,
			.why = why};
		if (t.since_us && tell(set, t, store, now_us))
			burns->paces[i].since_us = 0;
	}
}

/* --- what the server's thread counted --- */

static const char *why_not(const struct watch_set *set, size_t index, int64_t now_us)
{
	if (set->checks[index].paused_wall_us)
		return "paused";
	return known_issue_holds(set->config->plan.checks[index].known_issue, now_us)
		       ? "a known issue"
		       : NULL;
}

static struct burn_news news_of(
	const struct watch_set *set, size_t index, uint8_t paces, int64_t now_us)
{
	const struct watched *watched = &set->checks[index];
	const struct incident *incident = incidents_of(set->incidents, index);
	bool down = watched->health.state == HEALTH_DOWN;

	return (struct burn_news){.paces = paces,
		.told = incident && incident->told_as,
		.quiet = watched->maintained,
		.up_us = down ? 0 : (int64_t)watched->health.mark_s * US_PER_S,
		.now_us = now_us};
}

void watch_burns_look(struct watch_set *set, struct watched_burns *burns,
	const struct slo_standing *standing, struct store *store, int64_t now_wall_us)
{
	enum burn_turn turns[SLO_PACE_COUNT];
	uint32_t number = set->checks[burns->index].number;
	const char *why = why_not(set, burns->index, now_wall_us);
	struct burns before = burns->burns;

	if (why) {
		end(set, number, &burns->burns, why, store, now_wall_us);
		return;
	}
	burns->burns =
		burns_next(before, news_of(set, burns->index, standing->paces, now_wall_us), turns);
	for (unsigned i = 0; i < SLO_PACE_COUNT; i++) {
		bool over = turns[i] == BURN_ENDS;
		if (turns[i] == BURN_STAYS)
			continue;
		struct turned t = {.number = number,
			.id = set->config->plan.checks[burns->index].id,
			.pace = (enum slo_pace)i,
			.since_us = (over ? &before : &burns->burns)->paces[i].since_us,
			.over = over,
			.report = &standing->report};
		if (!tell(set, t, store, now_wall_us))
			burns->burns.paces[i].since_us = before.paces[i].since_us;
	}
}

/* --- from one set to the next --- */

static bool is_watched(const struct watch_policy *policy)
{
	return policy->enabled && policy->slo_alert && policy->slo.objective > 0;
}

static int by_index(const void *a, const void *b)
{
	size_t x = ((const struct watched_burns *)a)->index;
	size_t y = ((const struct watched_burns *)b)->index;

	return x < y ? -1 : x > y;
}

/* Of the check of that id; NULL: it has none. */
static struct watched_burns *find(const struct watch_set *set, const char *id)
{
	ptrdiff_t at = set && set->n_burns ? watch_set_find(set, id) : -1;
	struct watched_burns wanted = {.index = (size_t)at};

	return at < 0 ? NULL : bsearch(&wanted, set->burns, set->n_burns, sizeof(wanted), by_index);
}

/* Until it was counted again, it burns as it did. */
static struct burns recall(struct store *store, uint32_t number, int64_t now_us)
{
	struct burns burns = store_burns(store, number);

	for (unsigned i = 0; i < SLO_PACE_COUNT; i++)
		if (burns.paces[i].since_us)
			burns.paces[i].held_us = now_us;
	return burns;
}

static struct burns inherit(const struct watch_set *set, const struct watch_set *before,
	struct store *store, size_t index, int64_t now_us)
{
	const struct watched_burns *old = find(before, set->config->plan.checks[index].id);

	return old ? old->burns : recall(store, set->checks[index].number, now_us);
}

void watch_burns_take(
	struct watch_set *set, struct watch_set *before, struct store *store, int64_t now_wall_us)
{
	const struct config *config = set->config;
	uint32_t number = 0;

	set->burns = mem_alloc((config->plan.n_checks + 1) * sizeof(*set->burns));
	for (size_t i = 0; i < config->plan.n_checks; i++)
		if (is_watched(&config->watch.checks[i]))
			set->burns[set->n_burns++] = (struct watched_burns){
				i, inherit(set, before, store, i, now_wall_us)};
	set->burns = mem_grow(set->burns, (set->n_burns + 1) * sizeof(*set->burns));
	while ((number = store_next_burn(store, number))) {
		struct burns burns = store_burns(store, number);
		if (!find(set, store_check_id(store, number)))
			end(set, number, &burns, "its budget is not watched any more", store,
				now_wall_us);
	}
}
