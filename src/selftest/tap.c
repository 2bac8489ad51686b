#include "selftest/tap.h"

#include "base/memory.h"
#include "selftest/trials.h"

#include <stddef.h>
#include <stdlib.h>

enum { FLOOD_BYTES_MAX = 1 << 20 /* of an answer: enough to see that it never ends */ };

/* Stands for the inner transfer: others hold it as a struct transfer and never look inside. */
struct tapped {
	struct transport *inner;
	struct transfer *transfer;
	struct transfer_sink sink;
	struct request request; /* with a limit of ours */
	struct fingerprint *print; /* NULL: of a clean-up, which is never judged */
};

static struct trial *trial_of(const struct service *service)
{
	return (struct trial *)(void *)((char *)service - offsetof(struct trial, service));
}

static void on_event(void *ctx, const struct event *event)
{
	struct tapped *tapped = ctx;
	struct transfer_sink sink = tapped->sink;
	if (tapped->print) {
		switch (event->kind) {
		case EVENT_HEADERS:
			fingerprint_head(tapped->print, event->head.status, &event->head.headers);
			break;
		case EVENT_BODY: fingerprint_body(tapped->print, event->body); break;
		case EVENT_DONE: fingerprint_end(tapped->print, event->done.reason, false); break;
		case EVENT_START:
		case EVENT_TIMER:
		case EVENT_CANCEL: break;
		}
	}
	if (event->kind == EVENT_DONE)
		free(tapped);
	sink.event(sink.ctx, event);
}

static struct transfer *start(void *ctx, const struct request *request, struct transfer_sink sink)
{
	struct transport *inner = ctx;
	struct trial *trial = trial_of(request->service);
	struct tapped *tapped = MEM_NEW(struct tapped);
	tapped->inner = inner;
	tapped->sink = sink;
	tapped->request = *request;
	if (tapped->request.body_limit > FLOOD_BYTES_MAX)
		tapped->request.body_limit = FLOOD_BYTES_MAX;
	if (trial->requests++ < trial->check.n_ordinary) {
		tapped->print = &trial->print;
		fingerprint_begin(tapped->print, request->request_id);
	}
	tapped->transfer = inner->start(
		inner->ctx, &tapped->request, (struct transfer_sink){tapped, on_event});
	return (struct transfer *)(void *)tapped;
}

static void cancel(void *ctx, struct transfer *transfer, struct transport_result *result)
{
	struct transport *inner = ctx;
	struct tapped *tapped = (struct tapped *)(void *)transfer;
	inner->cancel(inner->ctx, tapped->transfer, result);
	if (tapped->print)
		fingerprint_end(tapped->print, result->reason, true);
	free(tapped);
}

struct transport selftest_tap(struct transport *inner)
{
	return (struct transport){inner, start, cancel};
}
