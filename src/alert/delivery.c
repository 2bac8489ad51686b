#include "alert/delivery.h"

#include "alert/form.h"
#include "alert/letter.h"
#include "alert/mailing.h"
#include "alert/receipt.h"
#include "base/clock.h"
#include "base/memory.h"
#include "base/text.h"
#include "check/retry_after.h"
#include "engine/hook.h"
#include "engine/sign.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { HEADERS_OURS = 5 };

#define RETRY_AFTER_MAX_US (INT64_C(3600) * US_PER_S)

struct delivery {
	struct arena arena; /* of all below */
	struct delivery_means means;
	struct outbox_row row;
	int64_t now_wall_us;
	int64_t timeout_us;
	struct service receiver;
	struct request request;
	struct transfer *transfer; /* under way, or NULL */
	struct hook *hook; /* the same */
	struct mailing *mailing; /* the same */
	enum channel_kind kind;
	int http_status;
	struct buf answer; /* its beginning */
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

static int64_t retry_after(const struct headers *headers)
{
	int64_t us = retry_after_read(headers, clock_wall_us());
	return us < RETRY_AFTER_MAX_US ? us : RETRY_AFTER_MAX_US;
}

/* Nothing of the URL, which may be a secret. */
static bool quotes_host(const char *detail, const char *url)
{
	const char *begin = strstr(url, "://");
	const char *host = begin ? begin + 3 : url;
	size_t n = strcspn(host, "/?#");
	const char *at = memrchr(host, '@', n);
	if (at)
		host = at + 1;
	n = strcspn(host, "/?#:");
	return str_find(str_of(detail), (struct str){host, n}, true) >= 0;
}

/* "not sent: tls: the certificate is self-signed" */
static void put_unsent(
	const struct delivery *d, const struct transport_result *result, char why[DELIVERY_WHY_MAX])
{
	struct buf text = BUF_INIT(DELIVERY_WHY_MAX - 1);
	buf_printf(&text, "not sent: %s", reason_name(result->reason));
	if (result->reason == REASON_TLS && *result->detail &&
		!quotes_host(result->detail, d->request.url)) {
		buf_puts(&text, ": ");
		text_inert(
			&text, str_of(result->detail), DELIVERY_WHY_MAX - 1 - text.n - strlen("…"));
	}
	snprintf(why, DELIVERY_WHY_MAX, "%s", buf_text(&text));
	buf_fini(&text);
}

/* A receiver that said 2xx, and what it says to what it takes, has it, however its answer goes on. */
static void on_done(struct delivery *d, const struct transport_result *result)
{
	char why[DELIVERY_WHY_MAX];
	bool read = result->reason == REASON_NONE || result->reason == REASON_TOO_LARGE;
	struct receipt receipt = receipt_read(d->kind, d->http_status, buf_str(&d->answer));
	if (receipt.wait_us)
		d->retry_after_us = receipt.wait_us;
	if (read && d->http_status)
		snprintf(why, sizeof(why), "the receiver answered %d%s", d->http_status,
			receipt.why);
	else
		put_unsent(d, result, why);
	end(d, receipt.given, receipt.given ? "" : why);
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
	case EVENT_BODY: buf_putstr(&d->answer, event->body); break;
	case EVENT_START:
	case EVENT_TIMER:
	case EVENT_CANCEL: break;
	}
}

static const char *signal_words(int number)
{
	const char *words = sigdescr_np(number);
	return words ? words : "real-time";
}

static void on_hook(void *ctx, const struct hook_result *result)
{
	struct delivery *d = ctx;
	char why[DELIVERY_WHY_MAX];
	if (result->timed_out)
		snprintf(why, sizeof(why), "the program took too long");
	else if (result->error)
		snprintf(why, sizeof(why), "the program could not be started: %s",
			strerrordesc_np(result->error));
	else if (result->exit_status >= 0)
		snprintf(why, sizeof(why), "the program's exit status was %d", result->exit_status);
	else if (result->signal)
		snprintf(why, sizeof(why), "the program was ended by signal %d (%s)",
			result->signal, signal_words(result->signal));
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

/* Signed is when and what, so that neither can be taken for another's. */
static struct request_header signature(
	struct delivery *d, const struct channel *channel, struct str body, const char *timestamp)
{
	char hex[SIGN_HEX_MAX];
	struct buf whole = BUF_INIT(SIZE_MAX);
	buf_printf(&whole, "%s.", timestamp);
	buf_putstr(&whole, body);
	sign_sha256(str_of(channel->secret), buf_str(&whole), hex);
	buf_fini(&whole);
	return (struct request_header){
		"X-Outrider-Signature", arena_printf(&d->arena, "sha256=%s", hex)};
}

/* Ours, then the form's, then the channel's own, which replace any. An empty one is not sent. */
static void set_headers(struct delivery *d, const struct channel *channel, const struct form *form)
{
	struct request_header all[HEADERS_OURS + FORM_HEADERS_MAX] = {
		{"User-Agent", "outrider/" OUTRIDER_VERSION},
		{"Idempotency-Key", d->row.dedup_key},
	};
	size_t n = 2;
	if (channel->secret) {
		const char *at = arena_printf(&d->arena, "%" PRId64, d->now_wall_us / US_PER_S);
		all[n++] = (struct request_header){"X-Outrider-Timestamp", at};
		all[n++] = signature(d, channel, form->body, at);
	}
	if (!form->n_headers)
		all[n++] = (struct request_header){"Content-Type", "application/json"};
	for (size_t i = 0; i < form->n_headers; i++)
		all[n++] = form->headers[i];
	struct request_header *sent =
		ARENA_ARRAY(&d->arena, n + channel->n_headers, struct request_header);
	d->request.headers = sent;
	for (size_t i = 0; i < n; i++)
		if (*all[i].value && !has_header(channel, all[i].name))
			sent[d->request.n_headers++] = all[i];
	for (size_t i = 0; i < channel->n_headers; i++)
		if (*channel->headers[i].value)
			sent[d->request.n_headers++] = (struct request_header){
				arena_strdup(&d->arena, channel->headers[i].name),
				arena_strdup(&d->arena, channel->headers[i].value)};
}

static const char *copy_text(struct arena *arena, const char *text)
{
	return text ? arena_strdup(arena, text) : NULL;
}

static void post(struct delivery *d, const struct channel *channel, const struct form *form)
{
	d->receiver = (struct service){.id = d->row.channel,
		.title = d->row.channel,
		.tls_ca = copy_text(&d->arena, channel->tls_ca),
		.tls_cert = copy_text(&d->arena, channel->tls_cert),
		.tls_key = copy_text(&d->arena, channel->tls_key)};
	d->request = (struct request){
		.service = &d->receiver,
		.method = METHOD_POST,
		.url = arena_strdup(&d->arena, form->url),
		.body = form->body,
		.has_body = true,
		.body_limit = DELIVERY_ANSWER_MAX,
		.request_id = d->row.dedup_key,
	};
	set_headers(d, channel, form);
	struct transfer_sink sink = {.ctx = d, .event = on_event};
	d->transfer = d->means.transport.start(d->means.transport.ctx, &d->request, sink);
}

static void write_form(
	struct delivery *d, const struct channel *channel, const struct letter *letter)
{
	const struct form form = form_write(&d->arena, channel, &d->row, letter);
	post(d, channel, &form);
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
	d->kind = channel->kind;
	d->now_wall_us = now_wall_us;
	d->answer = BUF_INIT(DELIVERY_ANSWER_MAX);
	if (channel->kind == CHANNEL_ALERTMANAGER) { /* as alert/manager writes it */
		const struct form form = {.url = channel->url, .body = str_of(d->row.payload)};
		post(d, channel, &form);
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
	case CHANNEL_NTFY: write_form(d, channel, &letter); break;
	case CHANNEL_KIND_COUNT: break;
	}
	return d;
}

struct delivery_end delivery_timed_out(const struct delivery *d)
{
	bool given =
		d->transfer && receipt_read(d->kind, d->http_status, buf_str(&d->answer)).given;
	return (struct delivery_end){.ok = given,
		.why = given ? "" : "no answer in time",
		.http_status = d->http_status};
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
	buf_fini(&delivery->answer);
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
