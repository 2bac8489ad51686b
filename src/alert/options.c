#include "alert/options.h"

const char *alert_event_name(enum alert_event event)
{
	static const char *const all[ALERT_EVENT_COUNT] = {
#define X(id, name) name,
		ALERT_EVENTS(X)
#undef X
	};
	return all[event];
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
