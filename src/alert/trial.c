#include "alert/trial.h"

#include "alert/delivery.h"
#include "alert/firing.h"
#include "base/clock.h"
#include "base/json_writer.h"
#include "base/text.h"

#include <event2/event.h>
#include <inttypes.h>
#include <stdio.h>

enum { TRIAL_PAYLOAD_MAX = 4096, TRIAL_FIRES_S = 60, TRIAL_KEY_MAX = 64 };

#define TRIAL_TEXT "TEST: this channel hears of incidents. Nothing is wrong."

struct trial {
	struct event_base *base;
	struct transfers *transfers;
	struct mailer *mailer;
	struct taken taken;
	struct event *limit, *stopped;
	struct delivery *sent[1 + CHANNEL_PEERS_MAX]; /* NULL: answered */
	size_t n, n_open, n_taken;
	int http_status; /* of the last one that took it */
	struct trial_result *result;
};

/* --- what is said --- */

/* The members of any alert, as alert/message has them. */
static char *write_payload(struct arena *arena, const struct alert_options *options,
	const char *mode, const char *key, int64_t now_us)
{
	char time[TEXT_TIME_MAX], thread[TRIAL_KEY_MAX];
	struct buf out = BUF_INIT(TRIAL_PAYLOAD_MAX);
	struct json_writer w = json_writer_to(&out);
	snprintf(thread, sizeof(thread), "%.*s", (int)(strrchr(key, '/') - key), key);
	jw_object(&w, NULL);
	jw_int(&w, "version", 1);
	jw_text(&w, "event", "test");
	jw_text(&w, "incident", strchr(thread, '/') + 1);
	jw_text(&w, "dedup_key", key);
	jw_text(&w, "thread", thread);
	jw_text(&w, "severity", severity_name(SEVERITY_INFO));
	jw_text(&w, "check", "test");
	jw_text(&w, "title", "Test");
	if (mode)
		jw_text(&w, "mode", mode);
	if (options->link)
		jw_text(&w, "link", arena_printf(arena, "%s/", options->link));
	jw_text(&w, "headline", TRIAL_TEXT);
	jw_text(&w, "text", TRIAL_TEXT);
	jw_text(&w, "message", "sent by outrider --alert-test");
	jw_text(&w, "since", text_time(now_us, time));
	jw_object_end(&w);
	char *payload = arena_strndup(arena, buf_str(&out));
	buf_fini(&out);
	return payload;
}

/* It is over by itself. */
static char *write_alerts(struct arena *arena, const char *payload, int64_t now_us)
{
	struct buf out = BUF_INIT(FIRING_ALERT_MAX);
	struct json_writer w = json_writer_to(&out);
	jw_array(&w, NULL);
	firing_put(&w, arena,
		&(struct firing){.opened = payload,
			.latest = payload,
			.ends_wall_us = now_us + TRIAL_FIRES_S * US_PER_S});
	jw_array_end(&w);
	char *alerts = arena_strndup(arena, buf_str(&out));
	buf_fini(&out);
	return alerts;
}

/* --- what becomes of it --- */

static void on_answer(void *ctx, struct delivery *delivery, const struct delivery_end *end)
{
	struct trial *t = ctx;
	for (size_t i = 0; i < t->n; i++)
		if (t->sent[i] == delivery)
			t->sent[i] = NULL;
	if (end->ok) {
		t->n_taken++;
		t->http_status = end->http_status;
	}
	if (*end->why)
		snprintf(t->result->said, sizeof(t->result->said), "%s", end->why);
	delivery_free(delivery);
	if (--t->n_open == 0)
		event_base_loopbreak(t->base);
}

static void on_limit(evutil_socket_t fd, short what, void *ctx)
{
	struct trial *t = ctx;
	(void)fd, (void)what;
	for (size_t i = 0; i < t->n; i++) {
		if (!t->sent[i])
			continue;
		struct delivery_end end = delivery_timed_out(t->sent[i]);
		t->n_taken += end.ok;
		if (end.ok)
			t->http_status = end.http_status;
	}
	snprintf(t->result->said, sizeof(t->result->said), "no answer in time");
	event_base_loopbreak(t->base);
}

static void on_stop(evutil_socket_t fd, short what, void *ctx)
{
	struct trial *t = ctx;
	(void)fd, (void)what;
	t->result->interrupted = true;
	event_base_loopbreak(t->base);
}

static void say(const struct trial *t, const struct channel *channel)
{
	struct trial_result *result = t->result;
	size_t n = sizeof(result->said);
	if (t->n > 1 && t->n_taken)
		snprintf(result->said, n, "%zu of %zu took it", t->n_taken, t->n);
	else if (t->n_taken && t->http_status)
		snprintf(result->said, n, "the receiver answered %d", t->http_status);
	else if (t->n_taken && !*result->said)
		snprintf(result->said, n, "%s",
			channel->kind == CHANNEL_EXEC ? "the program ended well"
						      : "the receiver took it");
}

/* --- the way --- */

static void send_all(struct trial *t, const struct channel *channel, struct arena *arena,
	const struct outbox_row *row)
{
	const struct delivery_means means = {.base = t->base,
		.transport = transfers_transport(t->transfers),
		.mailer = t->mailer,
		.taken = &t->taken,
		.ctx = t,
		.ended = on_answer};
	bool managed = channel->kind == CHANNEL_ALERTMANAGER;
	struct channel member = *channel;
	t->n = t->n_open = managed ? 1 + channel->n_peers : 1;
	for (size_t i = 0; i < t->n; i++) {
		const char *url = i == 0 ? channel->url : channel->peers[i - 1];
		if (managed)
			member.url = firing_url(arena, url);
		t->sent[i] = delivery_start(&means, &member, row, row->created_wall_us);
	}
}

static void wait_for_it(struct trial *t, int stop)
{
	int64_t limit = delivery_timeout_us(t->sent[0]);
	struct timeval until = {limit / US_PER_S, limit % US_PER_S};
	t->limit = evtimer_new(t->base, on_limit, t);
	t->stopped = event_new(t->base, stop, EV_READ, on_stop, t);
	if (limit)
		evtimer_add(t->limit, &until);
	event_add(t->stopped, NULL);
	event_base_dispatch(t->base);
	for (size_t i = 0; i < t->n; i++)
		if (t->sent[i]) {
			delivery_stop(t->sent[i]);
			delivery_free(t->sent[i]);
		}
	event_free(t->limit);
	event_free(t->stopped);
}

static void run(struct trial *t, const struct alert_options *options, const struct channel *channel,
	const char *mode, int stop)
{
	struct arena arena;
	char key[TRIAL_KEY_MAX];
	int64_t now_us = clock_wall_us(), begin_us = clock_mono_us();
	arena_init(&arena);
	snprintf(key, sizeof(key), "outrider-test/%" PRIx64 "/test", (uint64_t)now_us);
	char *payload = write_payload(&arena, options, mode, key, now_us);
	if (channel->kind == CHANNEL_ALERTMANAGER)
		payload = write_alerts(&arena, payload, now_us);
	const struct outbox_row row = {.channel = channel->name,
		.dedup_key = key,
		.event = "test",
		.payload = payload,
		.incident = (uint64_t)now_us,
		.created_wall_us = now_us};
	send_all(t, channel, &arena, &row);
	wait_for_it(t, stop);
	t->result->took_us = clock_mono_us() - begin_us;
	t->result->delivered = t->n_taken > 0;
	say(t, channel);
	arena_fini(&arena);
}

bool trial_send(const struct alert_options *options, const struct channel *channel,
	const char *mode, int stop, struct trial_result *result, struct error *error)
{
	struct trial trial = {.base = event_base_new(), .result = result};
	*result = (struct trial_result){0};
	if (!trial.base)
		return error_set(error, "no event loop");
	trial.transfers = transfers_open(trial.base, error);
	trial.mailer = trial.transfers ? mailer_open(trial.base, error) : NULL;
	if (trial.mailer)
		run(&trial, options, channel, mode, stop);
	mailer_close(trial.mailer);
	transfers_close(trial.transfers);
	event_base_free(trial.base);
	return trial.mailer != NULL;
}
