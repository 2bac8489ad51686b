#include "daemon/watch_incidents.h"

#include "alert/message.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is told, and in whose name. */
struct telling {
	const struct watch_set *set;
	struct store *store;
	struct store_item *item;
	const char *ids[ALERT_CHECKS_MAX];
};

struct watch_incident watch_incident_of(
	const struct watch_set *set, struct store *store, size_t index)
{
	const struct incident *incident = incidents_of(set->incidents, index);

	if (!incident)
		return (struct watch_incident){.root = -1};
	return (struct watch_incident){incident->id,
		watch_set_find(set, store_check_id(store, incident->root)), incident->acknowledged};
}

static const char *opener_of(const struct telling *t, uint64_t incident)
{
	return store_check_id(t->store, (uint32_t)(incident >> RESULT_KEY_TIME_BITS));
}

/* --- the log --- */

static void log_goes_on(const char *event, const char *incident, const char *cause)
{
	log_write(LOG_INFO, event, LOG_STR("incident", incident), LOG_STR("cause", cause));
}

/* why: its last member left without being up. */
static void log_change(
	const struct telling *t, const struct incident_change *change, const char *why)
{
	const struct record *record = t->item->record;
	const char *check = store_check_id(t->store, change->check);
	char incident[24];

	snprintf(incident, sizeof(incident), "%" PRIx64, change->incident);
	switch (change->kind) {
	case INCIDENT_OPENED:
	case INCIDENT_JOINED:
		log_write(LOG_WARN, "check.down", LOG_STR("check", check),
			LOG_STR("reason", reason_name(record->reason)),
			LOG_STR("message", record->message), LOG_STR("incident", incident),
			LOG_STR("request_id", record->request_id ? record->request_id : ""));
		return;
	case INCIDENT_LEFT:
		if (change->why) {
			log_write(LOG_INFO, "incident.left", LOG_STR("check", check),
				LOG_STR("incident", incident), LOG_STR("why", change->why));
			return;
		}
		log_write(LOG_INFO, "check.up", LOG_STR("check", check),
			LOG_STR("incident", incident));
		return;
	case INCIDENT_REROOTED: log_goes_on("incident.rerooted", incident, check); return;
	case INCIDENT_CONTINUED: log_goes_on("incident.continued", incident, check); return;
	case INCIDENT_MERGED: log_goes_on("incident.merged", incident, check); return;
	case INCIDENT_RESOLVED:
		log_write(LOG_INFO, record && !why ? "check.up" : "incident.resolved",
			LOG_STR("check", check), LOG_STR("incident", incident));
		return;
	case INCIDENT_NOTED:
		log_write(LOG_WARN, "incident.note", LOG_STR("check", check),
			LOG_STR("incident", incident), LOG_STR("note", change->why));
		return;
	case INCIDENT_ACKNOWLEDGED: /* who grants it says so, and when it ends */
	case INCIDENT_RELEASED:
	case INCIDENT_CHANGE_COUNT: return;
	}
}

/* --- alerts --- */

/* The channels that hear of a check, a bit each; of one that is in no plan any more, all. */
static uint64_t audience_of(const struct telling *t, const struct watch_policy *policy)
{
	return policy ? alert_audience(&t->set->config->alert, policy->channels, policy->severity)
		      : UINT64_MAX;
}

/* Of a check that is in no plan any more the most urgent. */
static enum severity severity_of(const struct watch_policy *policy)
{
	return policy ? policy->severity : SEVERITY_PAGE;
}

static enum severity more_urgent(enum severity a, enum severity b)
{
	return a < b ? a : b;
}

static bool compose(struct telling *t, uint64_t audience, struct alert_news *news)
{
	const struct config *config = t->set->config;

	news->mode = config->plan.mode;
	news->at_wall_us = t->item->changed_wall_us;
	news->record = t->item->record;
	news->opener = opener_of(t, news->incident);
	news->checks = t->ids;
	size_t before = t->item->n_messages;
	alert_compose(&config->alert, audience, news, &t->item->messages, &t->item->n_messages);
	return t->item->n_messages > before;
}

static const struct watch_policy *policy_of(const struct telling *t, uint32_t number)
{
	const struct config *config = t->set->config;
	ptrdiff_t at = watch_set_find(t->set, store_check_id(t->store, number));

	return at >= 0 ? &config->watch.checks[at] : NULL;
}

static void put_members(struct telling *t, const struct incident *incident)
{
	const struct plan *plan = &t->set->config->plan;
	ptrdiff_t member = -1;

	for (size_t i = 0; i < ALERT_CHECKS_MAX; i++) {
		member = incidents_member(t->set->incidents, incident, member);
		if (member < 0)
			return;
		t->ids[i] = plan->checks[member].id;
	}
}

static struct alert_news opened_news(
	const struct telling *t, size_t index, const struct incident *incident)
{
	const struct record *record = t->item->record;
	const struct watch_policy *policy = &t->set->config->watch.checks[index];
	const struct watched *watched = &t->set->checks[index];
	const struct watched *compared =
		policy->compare ? &t->set->checks[policy->compare - 1] : NULL;

	return (struct alert_news){.event = ALERT_OPENED,
		.severity = policy->severity,
		.incident = incident->id,
		.since_wall_us = incident->opened_wall_us,
		.last_good_wall_us = (int64_t)watched->health.good_s * US_PER_S,
		.check_id = record->check_id,
		.check = record->check,
		.cause = store_check_id(t->store, incident->root),
		.compared = compared ? t->set->config->plan.checks[policy->compare - 1].id : NULL,
		.compared_state = compared ? compared->health.state : HEALTH_UNKNOWN,
		.compared_fails = compared && compared->health.latest == OUTCOME_FAIL,
		.compared_before = compared && compared->latest_wall_us < watched->failed_wall_us,
		.n_checks = incident->n_members};
}

/* Told when it opens, of the check that failed; late, where nobody heard of that one. Who joins is told of to
 * those who did not hear of the first, and, where it is more urgent, once more to those who did. */
static void tell_opened(struct telling *t, size_t index, bool joined)
{
	struct incident *incident = incidents_of(t->set->incidents, index);
	const struct record *record = t->item->record;
	const struct watch_policy *policy = &t->set->config->watch.checks[index], *first = NULL;
	uint64_t audience = audience_of(t, policy), heard = 0;

	if (!incident || (incident->told_as && !joined) || record->outcome != OUTCOME_FAIL ||
		record->maintenance)
		return;
	if (incident->told_as) {
		first = policy_of(t, incident->told_as);
		heard = audience & audience_of(t, first);
	}
	put_members(t, incident);
	struct alert_news news = opened_news(t, index, incident);
	bool told = compose(t, audience & ~heard, &news);
	incident->heard |= told ? audience : 0;
	if (told && !incident->told_as)
		incident->told_as = t->set->checks[index].number;
	news.raised = true;
	if (first && policy->severity < first->severity)
		(void)!compose(t, heard, &news);
}

/* Told of the check that its beginning was told of, to whoever may have heard of that. cause: what it
 * was about, or the one that goes on is. */
static void tell_ended(
	struct telling *t, const struct incident_change *change, const char *why, uint32_t cause)
{
	const struct config *config = t->set->config;
	const char *id = store_check_id(t->store, change->ended->told_as);
	ptrdiff_t at = watch_set_find(t->set, id);
	enum severity severity = severity_of(at >= 0 ? &config->watch.checks[at] : NULL);
	uint64_t audience = change->ended->heard;

	if (!change->ended->told_as)
		return;
	for (size_t i = 0; i < change->n_seen; i++) {
		const struct watch_policy *seen = policy_of(t, change->seen[i]);
		audience |= audience_of(t, seen);
		severity = seen ? more_urgent(severity, seen->severity) : severity;
		if (i < ALERT_CHECKS_MAX)
			t->ids[i] = store_check_id(t->store, change->seen[i]);
	}
	compose(t, audience,
		&(struct alert_news){.event = ALERT_RESOLVED,
			.severity = severity,
			.incident = change->incident,
			.since_wall_us = change->ended->opened_wall_us,
			.check_id = id,
			.check = at >= 0 ? &config->plan.checks[at] : NULL,
			.cause = store_check_id(t->store, cause),
			.why = why,
			.merged_into = change->into,
			.n_checks = change->n_seen});
}

/* The member that its beginning was told of; its cause now, when that one is up again. */
static size_t named_member(const struct watch_set *set, const struct incident *incident)
{
	size_t named = 0;
	ptrdiff_t member = -1;

	while ((member = incidents_member(set->incidents, incident, member)) >= 0) {
		uint32_t number = set->checks[member].number;
		if (number == incident->told_as)
			return (size_t)member;
		if (number == incident->cause)
			named = (size_t)member;
	}
	return named;
}

/* In the name of one that is down, to whoever may have heard of it. */
void watch_incidents_tell_on(const struct watch_set *set, const struct incident *incident,
	struct store *store, struct store_item *item, uint64_t channels, struct alert_news news)
{
	struct telling t = {.set = set, .store = store, .item = item};
	const struct config *config = set->config;
	size_t named = named_member(set, incident);
	uint64_t audience = incident->heard;
	ptrdiff_t member = -1;

	if (!incident->told_as)
		return;
	news.severity = config->watch.checks[named].severity;
	while ((member = incidents_member(set->incidents, incident, member)) >= 0) {
		const struct watch_policy *policy = &config->watch.checks[member];
		audience |= audience_of(&t, policy);
		news.severity = more_urgent(news.severity, policy->severity);
	}
	put_members(&t, incident);
	news.incident = incident->id;
	news.since_wall_us = incident->opened_wall_us;
	news.check = &config->plan.checks[named];
	news.check_id = news.check->id;
	news.cause = store_check_id(store, incident->root);
	news.n_checks = incident->n_members;
	(void)!compose(&t, audience & channels, &news);
}

static void tell_change(
	struct telling *t, size_t index, const struct incident_change *change, const char *why)
{
	switch (change->kind) {
	case INCIDENT_RESOLVED: tell_ended(t, change, why, change->ended->root); return;
	case INCIDENT_MERGED:
		tell_ended(t, change, NULL, incidents_of(t->set->incidents, index)->root);
		return;
	case INCIDENT_OPENED:
	case INCIDENT_JOINED:
	case INCIDENT_LEFT:
	case INCIDENT_REROOTED:
	case INCIDENT_CONTINUED:
	case INCIDENT_ACKNOWLEDGED:
	case INCIDENT_RELEASED:
	case INCIDENT_NOTED:
	case INCIDENT_CHANGE_COUNT: return;
	}
}

void watch_incidents_tell(
	struct watch_set *set, size_t index, struct store *store, struct store_item *item)
{
	struct telling t = {.set = set, .store = store, .item = item};
	const char *why = NULL;
	bool joined = false;

	for (size_t i = 0; i < item->changes.n; i++) {
		const struct incident_change *change = &item->changes.all[i];
		log_change(&t, change, why);
		tell_change(&t, index, change, why);
		why = change->why;
		joined = joined || change->kind == INCIDENT_JOINED;
	}
	if (item->record)
		tell_opened(&t, index, joined);
}

/* --- from one set to the next --- */

static const char paused[] = "paused";

static struct incidents *make(const struct watch_set *set)
{
	const struct watch_plan *plan = &set->config->watch;
	uint32_t *numbers = mem_alloc((plan->n_checks + 1) * sizeof(*numbers));
	struct incidents *incidents;

	for (size_t i = 0; i < plan->n_checks; i++)
		numbers[i] = set->checks[i].number;
	incidents = incidents_new(plan, numbers);
	free(numbers);
	for (size_t i = 0; i < plan->n_checks; i++) /* nobody is in one yet */
		if (plan->checks[i].enabled && set->checks[i].paused_wall_us)
			incidents_watch(incidents, i, paused, NULL);
	return incidents;
}

/* What is not watched is neither down nor up. */
static void forget(struct watched *watched, int64_t now_wall_us)
{
	if (watched->health.state == HEALTH_UNKNOWN)
		return;
	watched->health = health_unwatched(watched->health);
	watched->since_wall_us = now_wall_us;
}

static void forget_unwatched(struct watch_set *set, int64_t now_wall_us)
{
	for (size_t i = 0; i < set->config->plan.n_checks; i++)
		if (!set->config->watch.checks[i].enabled || set->checks[i].paused_wall_us)
			forget(&set->checks[i], now_wall_us);
}

static void excuse_known(
	struct watch_set *set, int64_t now_wall_us, struct incident_changes *changes)
{
	const struct plan *plan = &set->config->plan;

	for (size_t i = 0; i < plan->n_checks; i++)
		if (known_issue_holds(plan->checks[i].known_issue, now_wall_us))
			incidents_excuse(set->incidents, i, changes);
}

static struct incidents *recall(const struct store *store)
{
	size_t n = 0;
	const struct incident_kept *kept = store_open_incidents(store, &n);

	return incidents_recall(kept, n);
}

/* The same channels in another plan. */
static uint64_t translated(
	uint64_t channels, const struct alert_options *from, const struct alert_options *to)
{
	uint64_t found = 0;

	for (size_t i = 0; i < from->n_channels; i++)
		for (size_t k = 0; (channels >> i & 1) && k < to->n_channels; k++)
			if (strcmp(from->channels[i].name, to->channels[k].name) == 0)
				found |= UINT64_C(1) << k;
	return found;
}

/* Whoever heard that an incident began hears how it ends, whatever the plan says of such checks now. Of another
 * life's only the store knows who did. */
static void keep_heard(
	const struct watch_set *set, const struct watch_set *before, struct incidents *incidents)
{
	struct incident *incident = NULL;

	while ((incident = incidents_next(incidents, incident)))
		incident->heard = before ? translated(incident->heard, &before->config->alert,
						   &set->config->alert)
					 : UINT64_MAX;
}

/* What ended is the item's. */
static void remember(struct incident_changes *untold, const struct incident_changes *changes)
{
	for (size_t i = 0; i < changes->n; i++) {
		const struct incident_change *change = &changes->all[i];
		untold->all = mem_grow(untold->all, (untold->n + 1) * sizeof(*untold->all));
		untold->all[untold->n++] = (struct incident_change){
			.kind = change->kind, .incident = change->incident, .check = change->check};
		untold->cap = untold->n;
	}
}

static void give_changes(
	struct watch_set *set, size_t index, struct store *store, struct store_item *item)
{
	watch_incidents_tell(set, index, store, item);
	remember(&set->untold, &item->changes);
	if (!item->changes.n || !store_give(store, item))
		store_item_free(item);
}

void watch_incidents_take(
	struct watch_set *set, struct watch_set *before, struct store *store, int64_t now_wall_us)
{
	struct store_item *item = MEM_NEW(struct store_item);
	struct incidents *recalled = before ? NULL : recall(store);

	item->changed_wall_us = now_wall_us;
	set->incidents = make(set);
	keep_heard(set, before, before ? before->incidents : recalled);
	incidents_carry(set->incidents, before ? before->incidents : recalled, &item->changes);
	incidents_free(recalled);
	for (size_t i = 0; i < set->config->plan.n_checks; i++)
		incidents_recollect(set->incidents, i, set->checks[i].no_answer);
	excuse_known(set, now_wall_us, &item->changes);
	forget_unwatched(set, now_wall_us);
	give_changes(set, 0, store, item);
}

void watch_incidents_pause(
	struct watch_set *set, size_t index, struct store *store, int64_t now_wall_us)
{
	struct store_item *item = MEM_NEW(struct store_item);
	const struct watched *watched = &set->checks[index];
	const char *off = set->config->watch.checks[index].enabled ? NULL : "disabled";

	item->changed_wall_us = now_wall_us;
	incidents_watch(
		set->incidents, index, watched->paused_wall_us ? paused : off, &item->changes);
	if (watched->paused_wall_us)
		forget(&set->checks[index], now_wall_us);
	give_changes(set, index, store, item);
}
