/* A courier between a real store and receivers. */
#ifndef OUTRIDER_TESTS_ALERT_HOUSE_H
#define OUTRIDER_TESTS_ALERT_HOUSE_H

#include "unit/alert/receiver.h"
#include "unit/store/failing_vfs.h"
#include "unit/store/fixture.h"

#include "alert/courier.h"

enum { PATIENCE_MS = 20000 };

/* One report. */
struct told {
	int result;
	int64_t pause_us;
	char why[200];
};

struct house {
	struct witness w;
	struct store *store;
	struct courier *courier;
	struct alert_options options;
	bool changed; /* which the courier has not heard of */
	struct channel channels[8];
	char urls[8][96];
	int given;
	/* what the courier reports, on its way to the store */
	pthread_mutex_t lock;
	struct told last;
	size_t reports;
	bool keep_back; /* reports don't reach the store */
	int64_t retry_in_us; /* instead of what the courier says; 0: as it says */
};

static struct house house;

static UNUSED void on_committed(void *ctx, size_t items, size_t waiting)
{
	struct house *h = ctx;
	saw_commit(&h->w, items, waiting);
	pthread_mutex_lock(&h->lock);
	if (waiting && h->courier)
		courier_wake(h->courier);
	pthread_mutex_unlock(&h->lock);
}

static UNUSED void on_stuck(void *ctx, const struct outbox_message *message)
{
	struct house *h = ctx;
	pthread_mutex_lock(&h->lock);
	if (h->courier)
		courier_take(h->courier, message);
	pthread_mutex_unlock(&h->lock);
}

static UNUSED void on_report(void *ctx, const struct outbox_delivery *delivery)
{
	struct house *h = ctx;
	struct outbox_delivery changed = *delivery;
	pthread_mutex_lock(&h->lock);
	h->last.result = (int)delivery->result;
	h->last.pause_us = delivery->next_try_wall_us - delivery->at_wall_us;
	snprintf(h->last.why, sizeof(h->last.why), "%s", delivery->error);
	h->reports++;
	bool pass_on = !h->keep_back;
	if (h->retry_in_us && delivery->result == DELIVERY_RETRY)
		changed.next_try_wall_us = delivery->at_wall_us + h->retry_in_us;
	pthread_mutex_unlock(&h->lock);
	if (pass_on)
		store_give_delivery(h->store, &changed);
}

static UNUSED size_t reports(void)
{
	pthread_mutex_lock(&house.lock);
	size_t n = house.reports;
	pthread_mutex_unlock(&house.lock);
	return n;
}

static UNUSED struct told told(void)
{
	pthread_mutex_lock(&house.lock);
	struct told last = house.last;
	pthread_mutex_unlock(&house.lock);
	return last;
}

static UNUSED struct courier_score score_of(const char *channel)
{
	struct courier_score scores[COURIER_SCORES_MAX];
	size_t n = courier_scores(house.courier, scores);
	for (size_t i = 0; i < n; i++)
		if (strcmp(scores[i].channel, channel) == 0)
			return scores[i];
	fail_msg("nothing is known of %s", channel);
	return (struct courier_score){0};
}

/* The courier hears of the channels as they are by now. */
static UNUSED void announce(void)
{
	if (house.courier && house.changed)
		courier_configure(house.courier, &house.options);
	house.changed = false;
}

static UNUSED void await_reports(size_t n)
{
	announce();
	for (int i = 0; reports() < n && i < PATIENCE_MS / 5; i++)
		usleep(5000);
	assert_true(reports() >= n);
}

static UNUSED void await_requests(struct receiver *r, int n)
{
	announce();
	for (int i = 0; atomic_load(&r->n) < n && i < PATIENCE_MS / 5; i++)
		usleep(5000);
	assert_true(atomic_load(&r->n) >= n);
}

static UNUSED void begin_courier(void)
{
	struct error error = {""};
	struct courier_options options = {
		.database = file, .alerts = &house.options, .report = on_report, .ctx = &house};
	struct courier *courier = courier_start(&options, &error);
	assert_string_equal(error.text, "");
	assert_non_null(courier);
	pthread_mutex_lock(&house.lock);
	house.courier = courier;
	pthread_mutex_unlock(&house.lock);
}

static UNUSED void end_courier(int64_t grace_ms)
{
	pthread_mutex_lock(&house.lock);
	struct courier *courier = house.courier;
	house.courier = NULL;
	pthread_mutex_unlock(&house.lock);
	courier_stop(courier, grace_ms);
}

static UNUSED int begin(void **state)
{
	(void)state;
	struct error error = {""};
	make_place();
	house = (struct house){.w = WITNESS_INIT, .lock = PTHREAD_MUTEX_INITIALIZER};
	house.options.channels = house.channels;
	house.store = open_store(NULL);
	begin_courier();
	assert_true(store_start(house.store,
		(struct store_events){.ctx = &house, .committed = on_committed, .stuck = on_stuck},
		&error));
	return 0;
}

static UNUSED int end(void **state)
{
	(void)state;
	if (house.courier)
		end_courier(2000);
	store_close(house.store);
	remove_place();
	return 0;
}

#define COURIER_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

/* The courier hears of it with the next message, or announce: until then it may be changed. */
static UNUSED struct channel *channel(const char *name, const char *url)
{
	static const struct alert_options nobody;
	static const struct channel_header headers[] = {
		{"Authorization", "Bearer hunter22"}, {"X-Empty", ""}};
	if (house.courier)
		courier_configure(house.courier, &nobody);
	size_t at = house.options.n_channels++;
	struct channel *c = &house.channels[at];
	snprintf(house.urls[at], sizeof(house.urls[at]), "%s", url ? url : "");
	*c = (struct channel){.name = name,
		.kind = CHANNEL_WEBHOOK,
		.timeout_us = 5 * US_PER_S,
		.url = house.urls[at],
		.headers = headers,
		.n_headers = 2};
	house.changed = true;
	return c;
}

/* An event of an incident, for one channel; created some time ago. */
static UNUSED void give_old(const char *to, uint64_t incident, const char *event, int64_t age_us)
{
	announce();
	struct store_item *item = make_item(1, T0_US + ++house.given * 1000, OUTCOME_PASS);
	char key[64];
	snprintf(key, sizeof(key), "one/%d/%s", (int)incident, event);
	add_message(item, to, key, event, incident, clock_wall_us() - age_us);
	free(item->messages[0].payload);
	char payload[128];
	snprintf(payload, sizeof(payload), "{\"dedup_key\":\"%s\",\"check\":\"one\"}", key);
	item->messages[0].payload = mem_strdup(payload);
	assert_true(store_give(house.store, item));
}

static UNUSED void send_old(const char *to, uint64_t incident, const char *event, int64_t age_us)
{
	give_old(to, incident, event, age_us);
	await(&house.w, &house.w.items, (size_t)house.given);
}

static UNUSED void send_event(const char *to, uint64_t incident, const char *event)
{
	send_old(to, incident, event, 0);
}

static UNUSED bool request_has(struct receiver *r, int at, const char *text)
{
	return strstr(r->requests[at], text) != NULL;
}

#endif
