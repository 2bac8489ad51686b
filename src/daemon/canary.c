#include "daemon/canary.h"

#include "base/clock.h"
#include "base/memory.h"
#include "daemon/ping.h"

#include <event2/event.h>
#include <stdlib.h>

/* One of them. */
struct target {
	struct canary *canary;
	struct ping *ping; /* under way, or NULL */
	char *url;
};

struct canary {
	struct event_base *base;
	struct transport transport;
	void (*said)(void *ctx, bool online);
	void *ctx;
	struct target targets[CANARIES_MAX];
	size_t n, silent; /* of this round */
	struct event *settled, *again;
	bool asking; /* a round goes on, or what came of it is to be told */
	bool reached; /* in this round */
	bool offline;
	int64_t known_us; /* when that was found; 0: never */
};

static void wait_for(struct event *event, int64_t us)
{
	struct timeval when = {us / US_PER_S, us % US_PER_S};

	event_add(event, &when);
}

static void drop_pings(struct canary *canary)
{
	for (size_t i = 0; i < canary->n; i++) {
		if (canary->targets[i].ping)
			ping_drop(canary->targets[i].ping);
		canary->targets[i].ping = NULL;
	}
}

static void on_ended(void *ctx, struct ping_end end)
{
	struct target *target = ctx;
	struct canary *canary = target->canary;

	target->ping = NULL;
	canary->silent += !end.reached;
	if (!end.reached && canary->silent < canary->n)
		return;
	canary->reached = end.reached;
	drop_pings(canary);
	event_active(canary->settled, EV_TIMEOUT, 0);
}

static void ask(struct canary *canary)
{
	canary->asking = true;
	canary->reached = false;
	canary->silent = 0;
	for (size_t i = 0; i < canary->n; i++) {
		struct target *target = &canary->targets[i];
		target->canary = canary;
		target->ping = ping_start(canary->base, canary->transport, "canary", target->url,
			CANARY_WAIT_US, on_ended, target);
	}
}

static void on_settled(evutil_socket_t fd, short what, void *ctx)
{
	struct canary *canary = ctx;

	(void)fd, (void)what;
	canary->asking = false;
	canary->offline = !canary->reached;
	canary->known_us = clock_mono_us();
	if (canary->offline)
		wait_for(canary->again, CANARY_AGAIN_US);
	else
		event_del(canary->again);
	canary->said(canary->ctx, canary->reached);
}

static void on_again(evutil_socket_t fd, short what, void *ctx)
{
	struct canary *canary = ctx;

	(void)fd, (void)what;
	if (!canary->asking)
		ask(canary);
}

struct canary *canary_new(struct event_base *base, struct transport transport,
	void (*said)(void *ctx, bool online), void *ctx)
{
	struct canary *canary = MEM_NEW(struct canary);

	*canary = (struct canary){.base = base, .transport = transport, .said = said, .ctx = ctx};
	canary->settled = evtimer_new(base, on_settled, canary);
	canary->again = evtimer_new(base, on_again, canary);
	return canary;
}

static void forget(struct canary *canary)
{
	event_del(canary->settled);
	drop_pings(canary);
	for (size_t i = 0; i < canary->n; i++)
		free(canary->targets[i].url);
	canary->n = 0;
}

void canary_free(struct canary *canary)
{
	if (!canary)
		return;
	forget(canary);
	event_free(canary->settled);
	event_free(canary->again);
	free(canary);
}

void canary_configure(struct canary *canary, const struct alert_options *options)
{
	bool open = canary->asking || canary->offline;

	forget(canary);
	for (size_t i = 0; i < options->n_canaries; i++)
		canary->targets[canary->n++].url = mem_strdup(options->canaries[i]);
	canary->known_us = 0;
	if (open && canary->n) {
		ask(canary);
	} else if (open) {
		canary->asking = canary->reached = true;
		event_active(canary->settled, EV_TIMEOUT, 0);
	}
}

enum canary_word canary_ask(struct canary *canary, bool sure)
{
	int64_t holds_us = sure && !canary->offline ? CANARY_SURE_US : CANARY_FRESH_US;
	bool fresh = canary->known_us && clock_mono_us() - canary->known_us < holds_us;

	if (!canary->n && !canary->asking)
		return CANARY_ONLINE;
	if (!canary->asking && fresh)
		return canary->offline ? CANARY_OFFLINE : CANARY_ONLINE;
	if (!canary->asking)
		ask(canary);
	return CANARY_ASKED;
}
