#include "alert/options.h"

#include <string.h>

const char *alert_event_name(enum alert_event event)
{
	static const char *const all[ALERT_EVENT_COUNT] = {
#define X(id, name) name,
		ALERT_EVENTS(X)
#undef X
	};
	return all[event];
}

const char *alert_event_end(const char *begins)
{
	static const enum alert_event pairs[][2] = {
		{ALERT_OPENED, ALERT_RESOLVED}, {ALERT_BURNING, ALERT_BURN_OVER}};
	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++)
		if (strcmp(begins, alert_event_name(pairs[i][0])) == 0)
			return alert_event_name(pairs[i][1]);
	return NULL;
}

const char *channel_kind_name(enum channel_kind kind)
{
	static const char *const all[CHANNEL_KIND_COUNT] = {
#define X(id, name) name,
		CHANNEL_KINDS(X)
#undef X
	};
	return all[kind];
}
