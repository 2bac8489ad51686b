#include "alert/delivery.h"

#include "alert/letter.h"
#include "alert/mailing.h"
#include "base/clock.h"
#include "base/memory.h"
#include "engine/hook.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#define RETRY_AFTER_MAX_S INT64_C(3600)

struct delivery {
	struct arena arena; /* of all below */
	struct delivery_means means;
	struct outbox_row row;
	int64_t timeout_us;
	struct service receiver;
	struct request request;
	struct transfer *transfer; /* under way, or NULL */
	struct hook *hook; /* the same */
	struct mailing *mailing; /* the same */
	int http_status;
	int64_t retry_after_us;
};

static struct outbox_row copy_row(struct arena *arena, const struct outbox_row *row)
{
	struct outbox_row copy = *row;
	copy.channel = arena_strdup(arena, row->channel);
	copy.dedup_key = arena_strdup(arena, row->dedup_key);
	copy.event = arena_strdup(arena, row->event);
	copy.payload = arena_strdup(arena, row->payload);
	return copy;
}

static void end(struct delivery *d, bool ok, const char *why)
{
	struct delivery_end end = {ok, why, d->retry_after_us, d->http_status};
	d->transfer = NULL;
	d->hook = NULL;
	d->mailing = NULL;
	d->means.ended(d->means.ctx, d, &end);
}

/* Retry-After in whole seconds (RFC 9110, 10.2.3); a date is ignored. */
static int64_t retry_after(const struct headers *headers)
{
	const char *text = headers_find(headers, "retry-after");
	int64_t seconds = 0;
	for (; text && *text >= '0' && *text <= '9' && seconds < RETRY_AFTER_MAX_S; text++)
		seconds = seconds * 10 + (*text - '0');
	if (!text || *text)
		return 0;
	return (seconds < RETRY_AFTER_MAX_S ? seconds : RETRY_AFTER_MAX_S) * US_PER_S;
}

/* A receiver that said 2xx has it, however long its answer. */
static void on_done(struct delivery *d, const struct transport_result *result)
{
	char why[DELIVERY_WHY_MAX];
	bool read = result->reason == REASON_NONE || result->reason == REASON_TOO_LARGE;
	bool accepted = d->http_status >= 200 && d->http_status < 300;
	if (read && d->http_status)
		snprintf(why, sizeof(why), "the receiver answered %d", d->http_status);
	else
		snprintf(why, sizeof(why), "not sent: %s", reason_name(result->reason));
	end(d, read && accepted, read && accepted ? "" : why);
}

static void on_event(void *ctx, const struct event *event)
{
	struct delivery *d = ctx;
	switch (event->kind) {
	case EVENT_HEADERS:
		d->http_status = event->head.status;
		d->retry_after_us = retry_after(&event->head.headers);
		break;
	case EVENT_DONE: on_done(d, &event->done); break;
	case EVENT_BODY:
	case EVENT_START:
	case EVENT_TIMER:
	case EVENT_CANCEL: break;
	}
}

static void on_hook(void *ctx, const struct hook_result *result)
{
	struct delivery *d = ctx;
	char why[DELIVERY_WHY_MAX];
	if (result->timed_out)
		snprintf(why, sizeof(why), "the program took too long");
	else if (result->exit_status >= 0)
		snprintf(why, sizeof(why), "the program's exit status was %d", result->exit_status);
	else
		snprintf(why, sizeof(why), "the program did not run to its end");
	end(d, result->ok, result->ok ? "" : why);
}

static void on_mailed(void *ctx, const struct mailing_end *result)
{
	struct delivery *d = ctx;
	d->retry_after_us = result->retry_after_us;
	end(d, result->ok, result->why);
}

static bool has_header(const struct channel *channel, const char *name)
{
	for (size_t i = 0; i < channel->n_headers; i++)
		if (str_ieq(str_of(channel->headers[i].name), str_of(name)))
			return true;
	return false;
}

static void set_headers(struct delivery *d, const struct channel *channel)
{
	const struct request_header ours[] = {
		{"Content-Type", "application/json"},
		{"User-Agent", "outrider/" OUTRIDER_VERSION},
		{"Idempotency-Key", d->row.dedup_key},
	};
	size_t n_ours = sizeof(ours) / sizeof(*ours);
	struct request_header *all =
		ARENA_ARRAY(&d->arena, n_ours + channel->n_headers, struct request_header);
	size_t n = 0;
	for (size_t i = 0; i < n_ours; i++)
		if (*ours[i].value && !has_header(channel, ours[i].name))
			all[n++] = ours[i];
	for (size_t i = 0; i < channel->n_headers; i++) {
		const struct channel_header *header = &channel->headers[i];
		if (!*header->value) /* an empty one is not sent */
			continue;
		all[n++] = (struct request_header){arena_strdup(&d->arena, header->name),
			arena_strdup(&d->arena, header->value)};
	}
	d->request.headers = all;
	d->request.n_headers = n;
}

static const char *copy_text(struct arena *arena, const char *text)
{
	return text ? arena_strdup(arena, text) : NULL;
}

static void post(struct delivery *d, const struct channel *channel, struct str body)
{
	d->receiver = (struct service){.id = d->row.channel,
		.title = d->row.channel,
		.tls_ca = copy_text(&d->arena, channel->tls_ca),
		.tls_cert = copy_text(&d->arena, channel->tls_cert),
		.tls_key = copy_text(&d->arena, channel->tls_key)};
	d->request = (struct request){
		.service = &d->receiver,
		.method = METHOD_POST,
		.url = arena_strdup(&d->arena, channel->url),
		.body = body,
		.has_body = true,
		.body_limit = DELIVERY_ANSWER_MAX,
		.request_id = d->row.dedup_key,
	};
	set_headers(d, channel);
	struct transfer_sink sink = {.ctx = d, .event = on_event};
	d->transfer = d->means.transport.start(d->means.transport.ctx, &d->request, sink);
}

static void run(struct delivery *d, const struct channel *channel, const struct letter *letter)
{
	struct hook_request request = {.argv = channel->argv,
		.environ = letter->environ,
		.input = letter->body,
		.timeout_us = d->timeout_us};
	d->hook = hook_start(d->means.base, &request, on_hook, d);
}

static void post_mail(struct delivery *d, const struct channel *channel, int64_t now_wall_us)
{
	struct mailing_means means = {d->means.mailer, d->means.taken, d, on_mailed};
	d->mailing = mailing_start(&d->arena, &means, channel, &d->row, now_wall_us);
}

struct delivery *delivery_start(const struct delivery_means *means, const struct channel *channel,
	const struct outbox_row *row, int64_t now_wall_us)
{
	struct delivery *d = MEM_NEW(struct delivery);
	arena_init(&d->arena);
	d->means = *means;
	d->row = copy_row(&d->arena, row);
	d->timeout_us = channel->timeout_us > 0 ? channel->timeout_us : DELIVERY_TIMEOUT_US;
	if (channel->kind == CHANNEL_ALERTMANAGER) { /* as alert/manager writes it */
		post(d, channel, str_of(d->row.payload));
		return d;
	}
	struct letter letter = letter_write(&d->arena, &d->row, now_wall_us);
	switch (channel->kind) {
	case CHANNEL_EXEC: run(d, channel, &letter); break;
	case CHANNEL_EMAIL: post_mail(d, channel, now_wall_us); break;
	case CHANNEL_ALERTMANAGER: break;
	case CHANNEL_WEBHOOK:
	case CHANNEL_SLACK:
	case CHANNEL_DISCORD:
	case CHANNEL_TELEGRAM:
	case CHANNEL_PAGERDUTY:
	case CHANNEL_NTFY: post(d, channel, letter.body); break;
	case CHANNEL_KIND_COUNT: break;
	}
	return d;
}

void delivery_stop(struct delivery *delivery)
{
	struct transport_result ignored;
	if (delivery->transfer)
		delivery->means.transport.cancel(
			delivery->means.transport.ctx, delivery->transfer, &ignored);
	if (delivery->hook)
		hook_kill(delivery->hook);
	if (delivery->mailing)
		mailing_stop(delivery->mailing);
	delivery->transfer = NULL;
	delivery->hook = NULL;
	delivery->mailing = NULL;
}

void delivery_free(struct delivery *delivery)
{
	assert(!delivery->transfer && !delivery->hook && !delivery->mailing);
	arena_fini(&delivery->arena);
	free(delivery);
}

const struct outbox_row *delivery_row(const struct delivery *delivery)
{
	return &delivery->row;
}

int64_t delivery_timeout_us(const struct delivery *delivery)
{
	return delivery->hook ? 0 : delivery->timeout_us;
}
