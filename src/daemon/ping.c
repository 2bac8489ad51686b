#include "daemon/ping.h"

#include "base/clock.h"
#include "base/memory.h"

#include <event2/event.h>
#include <stdlib.h>

enum { ANSWER_MAX = 64 * 1024 };

struct ping {
	struct transport transport;
	struct transfer *transfer;
	struct event *late;
	struct service service;
	struct request_header agent;
	struct request request;
	char *url;
	int status;
	void (*ended)(void *ctx, struct ping_end end);
	void *ctx;
};

static void ping_free(struct ping *ping)
{
	event_free(ping->late);
	free(ping->url);
	free(ping);
}

static void end(struct ping *ping, const struct transport_result *result)
{
	struct ping_end how = {ping->status || result->timing.connect_us >= 0, ping->status};
	void (*ended)(void *, struct ping_end) = ping->ended;
	void *ctx = ping->ctx;

	ping_free(ping);
	ended(ctx, how);
}

static void on_event(void *ctx, const struct event *event)
{
	struct ping *ping = ctx;

	if (event->kind == EVENT_HEADERS)
		ping->status = event->head.status;
	if (event->kind == EVENT_DONE)
		end(ping, &event->done);
}

static void on_late(evutil_socket_t fd, short what, void *ctx)
{
	struct ping *ping = ctx;
	struct transport_result result;

	(void)fd, (void)what;
	ping->transport.cancel(ping->transport.ctx, ping->transfer, &result);
	end(ping, &result);
}

struct ping *ping_start(struct event_base *base, struct transport transport, const char *who,
	const char *url, int64_t timeout_us, void (*ended)(void *ctx, struct ping_end end),
	void *ctx)
{
	struct ping *ping = MEM_NEW(struct ping);
	struct timeval most = {timeout_us / US_PER_S, timeout_us % US_PER_S};

	*ping = (struct ping){
		.transport = transport, .url = mem_strdup(url), .ended = ended, .ctx = ctx};
	ping->service = (struct service){.id = who, .title = who};
	ping->agent = (struct request_header){"User-Agent", "outrider/" OUTRIDER_VERSION};
	ping->request = (struct request){.service = &ping->service,
		.method = METHOD_GET,
		.url = ping->url,
		.headers = &ping->agent,
		.n_headers = 1,
		.body_limit = ANSWER_MAX,
		.request_id = who};
	ping->late = evtimer_new(base, on_late, ping);
	event_add(ping->late, &most);
	ping->transfer = transport.start(
		transport.ctx, &ping->request, (struct transfer_sink){ping, on_event});
	return ping;
}

void ping_drop(struct ping *ping)
{
	struct transport_result ignored;

	ping->transport.cancel(ping->transport.ctx, ping->transfer, &ignored);
	ping_free(ping);
}
