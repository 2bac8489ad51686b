#include "watch/care.h"

#include "watch/incident_set.h"

void care_take(struct incident *incident, int64_t until_us, struct incident_changes *changes)
{
	incident->acknowledged = true;
	incident->acknowledged_until_us = until_us;
	set_say(changes, INCIDENT_ACKNOWLEDGED, incident->id, incident->root);
}

void care_note(const struct incident *incident, struct incident_changes *changes)
{
	set_say(changes, INCIDENT_NOTED, incident->id, incident->root);
}

int64_t care_until(const struct incident *incident)
{
	if (incident->acknowledged && !incident->acknowledged_until_us)
		return INT64_MAX;
	return incident->acknowledged_until_us;
}

bool care_is_over(const struct incident *incident, int64_t now_us)
{
	return incident->acknowledged && now_us >= care_until(incident);
}

void care_release(struct incident *incident, struct incident_changes *changes)
{
	incident->acknowledged = false;
	set_say(changes, INCIDENT_RELEASED, incident->id, incident->root);
}
