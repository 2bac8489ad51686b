#include "daemon/watch_apart.h"

void watch_apart_put(const struct watch_set *set, const char *id, uint64_t channels,
	struct alert_news news, struct store_item *item)
{
	const struct config *config = set->config;
	ptrdiff_t at = watch_set_find(set, id);

	news.at_wall_us = item->changed_wall_us;
	news.mode = config->plan.mode;
	news.check = at >= 0 ? &config->plan.checks[at] : NULL;
	news.check_id = news.opener = news.cause = id;
	alert_compose(&config->alert, channels, &news, &item->messages, &item->n_messages);
}

void watch_apart_tell(const struct watch_set *set, size_t index, struct store_item *item)
{
	const struct config *config = set->config;
	const struct watch_policy *policy = &config->watch.checks[index];
	const struct check *check = &config->plan.checks[index];

	if (!set->checks[index].fixed || !check->known_issue)
		return;
	watch_apart_put(set, check->id,
		alert_audience(&config->alert, policy->channels, policy->severity),
		(struct alert_news){.event = ALERT_FIXED,
			/* good news wake nobody */
			.severity = policy->severity == SEVERITY_PAGE ? SEVERITY_TICKET
								      : policy->severity,
			.incident = item->record->key,
			.record = item->record,
			.passes = set->checks[index].health.passes & (HEALTH_FIXED_BEFORE - 1),
			.why = check->known_issue->reason},
		item);
}
