#include "daemon/heartbeat.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "daemon/ping.h"

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

enum { TIMEOUT_US = 10000000 };

struct heartbeat {
	struct event_base *base;
	struct transport transport;
	bool (*is_well)(void *ctx);
	void *ctx;
	struct event *due;
	struct ping *ping; /* under way, or NULL */
	char *url; /* NULL: none is configured */
	int64_t every_us;
	bool fails; /* which the log has */
};

/* The URL is a secret, and in no line of the log. */
static void on_ended(void *ctx, struct ping_end end)
{
	struct heartbeat *h = ctx;
	bool heard = end.status >= 200 && end.status < 300;

	h->ping = NULL;
	if (!heard && !h->fails)
		log_write(LOG_WARN, "heartbeat.unheard", LOG_INT("status", end.status),
			LOG_STR("note", end.status ? NULL : "no answer"));
	else if (heard && h->fails)
		log_write(LOG_INFO, "heartbeat.heard_again");
	h->fails = !heard;
}

static void on_due(evutil_socket_t fd, short what, void *ctx)
{
	struct heartbeat *h = ctx;
	int64_t most_us = h->every_us < TIMEOUT_US ? h->every_us : TIMEOUT_US;

	(void)fd, (void)what;
	if (!h->ping && h->is_well(h->ctx))
		h->ping = ping_start(
			h->base, h->transport, "heartbeat", h->url, most_us, on_ended, h);
}

struct heartbeat *heartbeat_new(
	struct event_base *base, struct transport transport, bool (*is_well)(void *ctx), void *ctx)
{
	struct heartbeat *h = MEM_NEW(struct heartbeat);

	*h = (struct heartbeat){
		.base = base, .transport = transport, .is_well = is_well, .ctx = ctx};
	h->due = event_new(base, -1, EV_PERSIST, on_due, h);
	return h;
}

static void stop(struct heartbeat *h)
{
	event_del(h->due);
	if (h->ping)
		ping_drop(h->ping);
	free(h->url);
	h->ping = NULL;
	h->url = NULL;
	h->fails = false;
}

void heartbeat_free(struct heartbeat *heartbeat)
{
	if (!heartbeat)
		return;
	stop(heartbeat);
	event_free(heartbeat->due);
	free(heartbeat);
}

static bool is_as_before(const struct heartbeat *h, const struct alert_options *options)
{
	return h->url && options->heartbeat_url && strcmp(h->url, options->heartbeat_url) == 0 &&
	       h->every_us == options->heartbeat_every_us;
}

void heartbeat_configure(struct heartbeat *heartbeat, const struct alert_options *options)
{
	int64_t us = options->heartbeat_every_us;
	struct timeval every = {us / US_PER_S, us % US_PER_S};

	if (is_as_before(heartbeat, options))
		return;
	stop(heartbeat);
	if (!options->heartbeat_url)
		return;
	heartbeat->url = mem_strdup(options->heartbeat_url);
	heartbeat->every_us = us;
	event_add(heartbeat->due, &every);
	event_active(heartbeat->due, EV_TIMEOUT, 0);
}
