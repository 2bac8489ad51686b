/* engine/transport.h - how requests become events. libcurl is one (engine/transfer.h); tests bring
 * their own. All calls and events on the loop's thread. */
#ifndef OUTRIDER_ENGINE_TRANSPORT_H
#define OUTRIDER_ENGINE_TRANSPORT_H

#include "check/run.h"

struct transfer;

struct transfer_sink {
	void *ctx;
	/* EVENT_HEADERS, EVENT_BODY any number of times, EVENT_DONE exactly once, last; never from
	 * inside start or cancel. */
	void (*event)(void *ctx, const struct event *event);
};

struct transport {
	void *ctx;
	/* The request is borrowed until EVENT_DONE or cancel. Failures come as EVENT_DONE too. */
	struct transfer *(*start)(
		void *ctx, const struct request *request, struct transfer_sink sink);
	/* Ends it now, with what is known (reason CANCELLED); no event follows. May be called from
	 * inside an event of this transfer. result->detail and ->address live until the next call. */
	void (*cancel)(void *ctx, struct transfer *transfer, struct transport_result *result);
};

#endif
