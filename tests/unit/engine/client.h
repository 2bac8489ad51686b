/* One transfer through the real transport, and what it told. */
#ifndef OUTRIDER_TESTS_UNIT_ENGINE_CLIENT_H
#define OUTRIDER_TESTS_UNIT_ENGINE_CLIENT_H

#include "unit.h"

#include "base/buf.h"
#include "engine/transfer.h"

#include <event2/event.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { TOLD_HEADERS_MAX = 64 };

enum told_cancel_at { CANCEL_NEVER, CANCEL_AT_HEAD, CANCEL_AT_BODY };

struct told {
	struct event_base *base;
	struct transport transport;
	struct transfer *transfer;
	struct transport_result result;
	char detail[1024], address[64], waiting[128];
	int status, heads, bodies, dones;
	char names[TOLD_HEADERS_MAX][64], values[TOLD_HEADERS_MAX][256];
	size_t n_headers;
	struct buf body;
	int64_t head_us, first_us, last_us, done_us;
	size_t turn_bytes, turn_bytes_most; /* of body in one turn of the loop */
	enum told_cancel_at cancel;
	useconds_t busy_us; /* with each piece of body */
	int then_to; /* gets a byte after that; 0: nobody */
};

static void told_head(struct told *told, const struct event *event)
{
	assert_int_equal(told->bodies + told->dones, 0);
	told->heads++;
	told->head_us = event->at_us;
	told->status = event->head.status;
	told->n_headers = event->head.headers.n;
	for (size_t i = 0; i < told->n_headers && i < TOLD_HEADERS_MAX; i++) {
		snprintf(told->names[i], sizeof(told->names[i]), "%s",
			event->head.headers.items[i].name);
		snprintf(told->values[i], sizeof(told->values[i]), "%s",
			event->head.headers.items[i].value);
	}
}

static void told_result(struct told *told, const struct transport_result *result)
{
	told->dones++;
	told->result = *result;
	snprintf(told->detail, sizeof(told->detail), "%s", result->detail);
	snprintf(
		told->waiting, sizeof(told->waiting), "%s", result->waiting ? result->waiting : "");
	snprintf(
		told->address, sizeof(told->address), "%s", result->address ? result->address : "");
}

static void told_cancel(struct told *told)
{
	struct transport_result result;
	told->transport.cancel(told->transport.ctx, told->transfer, &result);
	told_result(told, &result);
	event_base_loopexit(told->base, &(struct timeval){0, 50000});
}

static void told_event(void *ctx, const struct event *event)
{
	struct told *told = ctx;
	assert_int_equal(told->dones, 0);
	assert_non_null(told->transfer); /* never from inside start */
	switch (event->kind) {
	case EVENT_HEADERS: told_head(told, event); break;
	case EVENT_BODY:
		assert_int_equal(told->heads, 1);
		if (told->bodies++ == 0)
			told->first_us = event->at_us;
		assert_true(event->at_us >= told->head_us && event->at_us >= told->last_us);
		told->turn_bytes = event->at_us > told->last_us ? 0 : told->turn_bytes;
		told->turn_bytes += event->body.n;
		if (told->turn_bytes > told->turn_bytes_most)
			told->turn_bytes_most = told->turn_bytes;
		told->last_us = event->at_us;
		if (told->busy_us) /* a sleep of nothing is one, and a body may have a million pieces */
			usleep(told->busy_us);
		if (told->then_to)
			assert_int_equal(write(told->then_to, "b", 1), 1);
		buf_putstr(&told->body, event->body);
		break;
	case EVENT_DONE:
		assert_true(event->at_us >= told->last_us && event->at_us >= told->head_us);
		told->done_us = event->at_us;
		told_result(told, &event->done);
		event_base_loopbreak(told->base);
		return;
	case EVENT_START:
	case EVENT_TIMER:
	case EVENT_CANCEL: fail();
	}
	if ((told->cancel == CANCEL_AT_HEAD && event->kind == EVENT_HEADERS) ||
		(told->cancel == CANCEL_AT_BODY && event->kind == EVENT_BODY))
		told_cancel(told);
}

struct client {
	struct event_base *base;
	struct transfers *transfers;
	struct told told;
};

static void client_open(struct client *client)
{
	struct error error = {""};
	memset(client, 0, sizeof(*client));
	client->base = event_base_new();
	client->transfers = transfers_open(client->base, &error);
	assert_non_null(client->transfers);
}

static void client_close(struct client *client)
{
	buf_fini(&client->told.body);
	transfers_close(client->transfers);
	event_base_free(client->base);
}

static void client_begin(struct client *client, const struct request *request)
{
	struct told *told = &client->told;
	enum told_cancel_at cancel = told->cancel;
	useconds_t busy_us = told->busy_us;
	buf_fini(&told->body);
	memset(told, 0, sizeof(*told));
	told->cancel = cancel;
	told->busy_us = busy_us;
	told->base = client->base;
	told->body = BUF_INIT(64 << 20);
	told->transport = transfers_transport(client->transfers);
	told->transfer = told->transport.start(
		told->transport.ctx, request, (struct transfer_sink){told, told_event});
}

static const struct told *client_run(struct client *client, const struct request *request)
{
	client_begin(client, request);
	event_base_dispatch(client->base);
	assert_int_equal(client->told.dones, 1);
	return &client->told;
}

static inline const char *told_header(const struct told *told, const char *name)
{
	for (size_t i = 0; i < told->n_headers && i < TOLD_HEADERS_MAX; i++)
		if (strcmp(told->names[i], name) == 0)
			return told->values[i];
	return NULL;
}

#endif
