#include "daemon/watch_apart.h"

#include "alert/message.h"

/* To all that hear of the check. */
static void tell(
	const struct watch_set *set, size_t index, struct alert_news news, struct store_item *item)
{
	const struct config *config = set->config;
	const struct check *check = &config->plan.checks[index];

	news.at_wall_us = item->changed_wall_us;
	news.mode = config->plan.mode;
	news.check = check;
	news.check_id = news.opener = news.cause = check->id;
	alert_compose(&config->alert,
		alert_audience(&config->alert, config->watch.checks[index].channels, news.severity),
		&news, &item->messages, &item->n_messages);
}

void watch_apart_tell(const struct watch_set *set, size_t index, struct store_item *item)
{
	const struct record *record = item->record;
	const struct known_issue *known = set->config->plan.checks[index].known_issue;

	if (!set->checks[index].fixed || !known)
		return;
	tell(set, index,
		(struct alert_news){.event = ALERT_FIXED,
			.severity = set->config->watch.checks[index].severity,
			.incident = record->key,
			.record = record,
			.why = known->reason},
		item);
}
