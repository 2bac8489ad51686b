/* What is told of incidents that stay open: that they do, and that nobody takes care of them any more. Looked
 * at each second; what is due follows from the incident alone, so that neither a restart nor a second look
 * tells anything twice. */
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "daemon/state.h"
#include "daemon/watch_incidents.h"
#include "watch/care.h"
#include "watch/remind.h"

#include <inttypes.h>
#include <stdio.h>

/* Announced work goes on at all that is down. */
static bool is_maintained(const struct watch_set *set, const struct incident *incident)
{
	ptrdiff_t member = -1;

	while ((member = incidents_member(set->incidents, incident, member)) >= 0)
		if (!set->checks[member].maintained)
			return false;
	return true;
}

/* Channels are reminded at paces of their own. */
static void remind(struct daemon *d, const struct incident *incident, struct store_item *item)
{
	const struct alert_options *alert = &d->set->config->alert;
	struct remind remind = {.opened_us = incident->opened_wall_us,
		.held_until_us = care_until(incident),
		.told_us = incident->reminded_us};

	for (size_t i = 0; i < alert->n_channels; i++) {
		remind.every_us = alert->channels[i].remind_us;
		struct reminder due = remind_due(&remind, item->changed_wall_us);
		if (due.nth)
			watch_incidents_tell_on(d->set, incident, d->store, item, UINT64_C(1) << i,
				(struct alert_news){.event = ALERT_REMINDER,
					.nth = due.nth,
					.until_wall_us = due.released ? remind.held_until_us : 0});
	}
}

static void log_released(const struct daemon *d, const struct incident *incident)
{
	char id[24];

	snprintf(id, sizeof(id), "%" PRIx64, incident->id);
	log_write(LOG_INFO, "incident.released",
		LOG_STR("check", store_check_id(d->store, incident->root)),
		LOG_STR("incident", id));
}

static void show(struct daemon *d, const struct incident *incident)
{
	ptrdiff_t member = -1;

	log_released(d, incident);
	board_incident(d->board, incident->id, incident_change_name(INCIDENT_RELEASED),
		store_check_id(d->store, incident->root));
	while ((member = incidents_member(d->set->incidents, incident, member)) >= 0)
		daemon_show_state(d, (size_t)member);
}

/* What the store can't take now is due at the next look, too. */
static void look_at(struct daemon *d, struct incident *incident, int64_t now_wall_us)
{
	struct store_item *item = MEM_NEW(struct store_item);
	bool over = care_is_over(incident, now_wall_us);
	bool told = !is_maintained(d->set, incident);

	item->changed_wall_us = now_wall_us;
	if (over)
		care_release(incident, &item->changes);
	if (told)
		remind(d, incident, item);
	bool any = item->changes.n || item->n_messages;
	bool given = any && store_give(d->store, item);
	if (!given)
		store_item_free(item);
	if (any && !given) {
		incident->acknowledged = incident->acknowledged || over;
		return;
	}
	if (told)
		incident->reminded_us = now_wall_us;
	if (over)
		show(d, incident);
}

void daemon_look_at_reminders(struct daemon *d)
{
	int64_t now_wall_us = clock_wall_us();
	struct incident *incident = NULL;

	while (!d->stopping && (incident = incidents_next(d->set->incidents, incident)))
		look_at(d, incident, now_wall_us);
}
