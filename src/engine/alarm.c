#include "engine/alarm.h"

#include "base/clock.h"
#include "base/memory.h"

#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdlib.h>

struct alarm {
	struct event event;
	void (*ring)(void *ctx);
	void *ctx;
};

static void on_timer(evutil_socket_t fd, short what, void *ctx)
{
	const struct alarm *alarm = ctx;
	(void)fd, (void)what;
	alarm->ring(alarm->ctx);
}

struct alarm *alarm_new(struct event_base *base, void (*ring)(void *ctx), void *ctx)
{
	struct alarm *alarm = MEM_NEW(struct alarm);
	alarm->ring = ring;
	alarm->ctx = ctx;
	evtimer_assign(&alarm->event, base, on_timer, alarm);
	return alarm;
}

void alarm_free(struct alarm *alarm)
{
	if (!alarm)
		return;
	event_del(&alarm->event);
	free(alarm);
}

void alarm_set(struct alarm *alarm, int64_t wait_us)
{
	if (wait_us < 0)
		wait_us = 0;
	struct timeval in = {wait_us / US_PER_S, wait_us % US_PER_S};
	evtimer_add(&alarm->event, &in);
}

void alarm_now(struct alarm *alarm)
{
	event_active(&alarm->event, EV_TIMEOUT, 0);
}

void alarm_clear(struct alarm *alarm)
{
	event_del(&alarm->event);
}
