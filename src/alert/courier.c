#include "alert/courier.h"

#include "alert/ledger.h"
#include "alert/notice.h"
#include "alert/score.h"
#include "alert/urgent.h"
#include "base/clock.h"
#include "base/memory.h"

#include <event2/event.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
	COURIER_IN_FLIGHT_MAX = 8,
	COURIER_PER_CHANNEL_MAX = 2, /* a channel that hangs leaves places for the others */
	COURIER_LOOK_MAX = 1024, /* due rows looked at, beside those in the ledger */
	COURIER_LOOK_PAUSE_MS = 50, /* between two looks */
	COURIER_LINE_MAX = 16, /* messages of one incident to one channel that wait */
	COURIER_IDLE_MS = 60000, /* looks at least so often: clocks jump */
};

struct slot { /* one delivery under way */
	struct courier *courier;
	struct delivery *delivery; /* NULL: free */
	struct event *timer;
};

struct courier {
	pthread_t thread;
	struct event_base *base;
	struct transfers *transfers;
	struct mailer *mailer;
	struct taken taken;
	struct outbox *outbox;
	struct urgent *urgent; /* what the outbox can't hold now */
	void (*report)(void *ctx, const struct outbox_delivery *delivery);
	void *ctx;
	int wake; /* eventfd; also says that stop_at_us was set */
	struct event *woken, *look, *grace;

	pthread_mutex_t lock; /* holds scores, alerts and, while it is set, what that points to */
	const struct alert_options *alerts;
	struct scores scores;

	struct slot slots[COURIER_IN_FLIGHT_MAX];
	struct ledger ledger;
	bool stopping;
	atomic_bool stop;
	atomic_int_fast64_t grace_ms;
	atomic_uint_fast64_t turns; /* each time it is woken or looks */
};

static struct timeval ms(int64_t ms)
{
	return (struct timeval){ms / 1000, ms % 1000 * US_PER_MS};
}

static void look_in(struct courier *c, int64_t pause_ms)
{
	struct timeval pause = ms(pause_ms);
	if (!c->stopping)
		evtimer_add(c->look, &pause);
}

static size_t in_flight(const struct courier *c, const char *channel)
{
	size_t n = 0;
	for (size_t i = 0; i < COURIER_IN_FLIGHT_MAX; i++) {
		const struct delivery *d = c->slots[i].delivery;
		n += d && (!channel || strcmp(delivery_row(d)->channel, channel) == 0);
	}
	return n;
}

/* --- what became of one --- */

static void pass_on(struct courier *c, const struct outbox_delivery *notice)
{
	ledger_report(&c->ledger, notice->id, notice->result != DELIVERY_RETRY);
	if (notice->id < 0)
		urgent_report(c->urgent, notice);
	else
		c->report(c->ctx, notice);
}

static void tell(struct courier *c, const struct outbox_row *row, const struct delivery_end *end)
{
	struct outbox_delivery notice = notice_make(row, end, clock_wall_us());
	pthread_mutex_lock(&c->lock);
	scores_count(&c->scores, row->channel, notice.result);
	pthread_mutex_unlock(&c->lock);
	notice_log(row, &notice);
	pass_on(c, &notice);
}

static void finish(struct slot *slot, const struct delivery_end *end)
{
	struct courier *c = slot->courier;
	struct delivery *delivery = slot->delivery;
	evtimer_del(slot->timer);
	slot->delivery = NULL;
	tell(c, delivery_row(delivery), end);
	delivery_free(delivery);
	if (c->stopping && in_flight(c, NULL) == 0)
		event_base_loopbreak(c->base);
	look_in(c, COURIER_LOOK_PAUSE_MS);
}

static void on_ended(void *ctx, struct delivery *delivery, const struct delivery_end *end)
{
	struct courier *c = ctx;
	for (size_t i = 0; i < COURIER_IN_FLIGHT_MAX; i++)
		if (c->slots[i].delivery == delivery) {
			finish(&c->slots[i], end);
			return;
		}
}

static void on_timeout(evutil_socket_t fd, short what, void *ctx)
{
	struct slot *slot = ctx;
	const struct delivery_end end = {.why = "no answer in time"};
	(void)fd, (void)what;
	delivery_stop(slot->delivery);
	finish(slot, &end);
}

/* --- what is due --- */

static const struct channel *find_channel(const struct alert_options *alerts, const char *name)
{
	for (size_t i = 0; i < alerts->n_channels; i++)
		if (strcmp(alerts->channels[i].name, name) == 0)
			return &alerts->channels[i];
	return NULL;
}

static struct slot *free_slot(struct courier *c)
{
	for (size_t i = 0; i < COURIER_IN_FLIGHT_MAX; i++)
		if (!c->slots[i].delivery)
			return &c->slots[i];
	return NULL;
}

static void start(struct courier *c, struct slot *slot, const struct outbox_row *row)
{
	struct delivery_means means = {.base = c->base,
		.transport = transfers_transport(c->transfers),
		.mailer = c->mailer,
		.taken = &c->taken,
		.ctx = c,
		.ended = on_ended};
	ledger_take(&c->ledger, row);
	pthread_mutex_lock(&c->lock);
	const struct channel *channel = find_channel(c->alerts, row->channel);
	if (channel)
		slot->delivery = delivery_start(&means, channel, row, clock_wall_us());
	pthread_mutex_unlock(&c->lock);
	if (!channel) {
		const struct delivery_end end = {.why = "no such channel is configured"};
		tell(c, row, &end);
		return;
	}
	int64_t limit = delivery_timeout_us(slot->delivery);
	struct timeval until = {limit / US_PER_S, limit % US_PER_S};
	if (limit)
		evtimer_add(slot->timer, &until);
}

/* What finds no place is left; the end of another leads to the next look. */
static void start_if_room(struct courier *c, const struct outbox_row *row)
{
	struct slot *slot = free_slot(c);
	if (slot && !ledger_is_full(&c->ledger) &&
		in_flight(c, row->channel) < COURIER_PER_CHANNEL_MAX)
		start(c, slot, row);
}

static bool is_under_way(const struct courier *c, int64_t id)
{
	for (size_t i = 0; i < COURIER_IN_FLIGHT_MAX; i++)
		if (c->slots[i].delivery && delivery_row(c->slots[i].delivery)->id == id)
			return true;
	return false;
}

/* The store has written what was delivered from memory, or is being: not a second time. */
static bool is_dealt_with(struct courier *c, const struct outbox_row *row)
{
	int64_t twin = 0;
	switch (urgent_twin(c->urgent, row, &twin)) {
	case TWIN_NONE: return false;
	case TWIN_PENDING:
		if (is_under_way(c, twin))
			return true;
		urgent_forget(c->urgent, twin);
		return false;
	case TWIN_DELIVERED: break;
	}
	if (ledger_is_full(&c->ledger))
		return true;
	ledger_take(&c->ledger, row);
	pass_on(c, &(struct outbox_delivery){.id = row->id,
			   .result = DELIVERY_DONE,
			   .at_wall_us = clock_wall_us(),
			   .error = ""});
	return true;
}

static void start_due(struct courier *c, const struct outbox_row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!ledger_holds(&c->ledger, &rows[i]) && !is_dealt_with(c, &rows[i]))
			start_if_room(c, &rows[i]);
}

/* Whether an earlier message of the same line still stands in the outbox. */
static bool must_wait(struct courier *c, const struct outbox_row *row)
{
	int64_t ids[COURIER_LINE_MAX];
	size_t n = outbox_line(c->outbox, row->incident, row->channel, COURIER_LINE_MAX, ids);
	for (size_t i = 0; i < n; i++)
		if (!ledger_is_over(&c->ledger, ids[i]))
			return true;
	return false;
}

static void start_urgent(struct courier *c, int64_t now_wall_us, int64_t *next_wall_us)
{
	const struct outbox_row *rows = NULL;
	size_t n = urgent_due(c->urgent, now_wall_us, &rows, next_wall_us);
	for (size_t i = 0; i < n; i++)
		if (!ledger_holds(&c->ledger, &rows[i]) && !must_wait(c, &rows[i]))
			start_if_room(c, &rows[i]);
}

static void plan_next_look(struct courier *c, int64_t next_wall_us)
{
	int64_t now = clock_wall_us();
	int64_t pause = COURIER_IDLE_MS;
	if (next_wall_us != INT64_MAX && next_wall_us - now < pause * US_PER_MS)
		pause = next_wall_us > now ? (next_wall_us - now) / US_PER_MS + 1 : 0;
	look_in(c, pause > COURIER_LOOK_PAUSE_MS ? pause : COURIER_LOOK_PAUSE_MS);
}

static void on_look(evutil_socket_t fd, short what, void *ctx)
{
	struct courier *c = ctx;
	(void)fd, (void)what;
	atomic_fetch_add(&c->turns, 1);
	if (c->stopping)
		return;
	struct arena arena;
	arena_init(&arena);
	struct outbox_row *rows = NULL;
	int64_t next = INT64_MAX;
	size_t max = COURIER_LOOK_MAX + c->ledger.n;
	int64_t now = clock_wall_us();
	size_t n = outbox_due(c->outbox, &arena, now, max, &rows, &next);
	start_due(c, rows, n);
	start_urgent(c, now, &next);
	if (n < max) /* else some of the ledger's may be beyond the end */
		ledger_sweep(&c->ledger);
	arena_fini(&arena);
	plan_next_look(c, next);
}

/* --- being told --- */

static void on_grace_over(evutil_socket_t fd, short what, void *ctx)
{
	struct courier *c = ctx;
	(void)fd, (void)what;
	event_base_loopbreak(c->base);
}

static void begin_stop(struct courier *c)
{
	struct timeval grace = ms(atomic_load(&c->grace_ms));
	if (c->stopping)
		return;
	c->stopping = true;
	evtimer_del(c->look);
	evtimer_add(c->grace, &grace);
	if (in_flight(c, NULL) == 0)
		event_base_loopbreak(c->base);
}

static void on_wake(evutil_socket_t fd, short what, void *ctx)
{
	struct courier *c = ctx;
	uint64_t count = 0;
	(void)what;
	atomic_fetch_add(&c->turns, 1);
	ssize_t got = read(fd, &count, sizeof(count));
	(void)got;
	if (atomic_load(&c->stop))
		begin_stop(c);
	else if (free_slot(c)) /* else the end of one leads to a look */
		look_in(c, 0);
}

static void *run(void *arg)
{
	struct courier *c = arg;
	event_base_dispatch(c->base);
	for (size_t i = 0; i < COURIER_IN_FLIGHT_MAX; i++)
		if (c->slots[i].delivery) { /* not reported: it is tried again after the start */
			evtimer_del(c->slots[i].timer);
			delivery_stop(c->slots[i].delivery);
			delivery_free(c->slots[i].delivery);
		}
	return NULL;
}

/* --- from outside --- */

static void poke(const struct courier *c)
{
	uint64_t one = 1;
	ssize_t written = write(c->wake, &one, sizeof(one));
	(void)written;
}

static void free_event(struct event *event)
{
	if (event)
		event_free(event);
}

static void close_all(struct courier *c)
{
	if (c->transfers)
		transfers_close(c->transfers);
	mailer_close(c->mailer);
	free_event(c->woken);
	free_event(c->look);
	free_event(c->grace);
	for (size_t i = 0; i < COURIER_IN_FLIGHT_MAX; i++)
		free_event(c->slots[i].timer);
	if (c->base)
		event_base_free(c->base);
	outbox_close(c->outbox);
	urgent_free(c->urgent);
	if (c->wake >= 0)
		close(c->wake);
	pthread_mutex_destroy(&c->lock);
	free(c);
}

static bool open_all(struct courier *c, const char *database, struct error *error)
{
	c->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	c->outbox = outbox_open(database, error);
	if (!c->outbox)
		return false;
	c->base = c->wake >= 0 ? event_base_new() : NULL;
	if (!c->base)
		return error_set(error, "no event loop for the courier");
	c->woken = event_new(c->base, c->wake, EV_READ | EV_PERSIST, on_wake, c);
	c->look = evtimer_new(c->base, on_look, c);
	c->grace = evtimer_new(c->base, on_grace_over, c);
	for (size_t i = 0; i < COURIER_IN_FLIGHT_MAX; i++) {
		c->slots[i].courier = c;
		c->slots[i].timer = evtimer_new(c->base, on_timeout, &c->slots[i]);
	}
	event_add(c->woken, NULL);
	look_in(c, 0);
	c->transfers = transfers_open(c->base, error);
	c->mailer = c->transfers ? mailer_open(c->base, error) : NULL;
	return c->mailer != NULL;
}

static bool start_thread(struct courier *c, struct error *error)
{
	sigset_t all;
	sigset_t before;
	sigfillset(&all); /* signals are the main loop's */
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int rc = pthread_create(&c->thread, NULL, run, c);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (rc != 0)
		return error_set(error, "the courier's thread could not start: %s", strerror(rc));
	pthread_setname_np(c->thread, "courier");
	return true;
}

struct courier *courier_start(const struct courier_options *options, struct error *error)
{
	struct courier *c = MEM_NEW(struct courier);
	pthread_mutex_init(&c->lock, NULL);
	c->urgent = urgent_new();
	c->alerts = options->alerts;
	scores_know(&c->scores, options->alerts);
	c->report = options->report;
	c->ctx = options->ctx;
	if (open_all(c, options->database, error) && start_thread(c, error))
		return c;
	close_all(c);
	return NULL;
}

void courier_wake(struct courier *courier)
{
	poke(courier);
}

void courier_take(struct courier *courier, const struct outbox_message *message)
{
	urgent_give(courier->urgent, message);
	poke(courier);
}

void courier_configure(struct courier *courier, const struct alert_options *alerts)
{
	pthread_mutex_lock(&courier->lock);
	courier->alerts = alerts;
	scores_know(&courier->scores, alerts);
	pthread_mutex_unlock(&courier->lock);
	poke(courier);
}

size_t courier_scores(struct courier *courier, struct courier_score scores[COURIER_SCORES_MAX])
{
	pthread_mutex_lock(&courier->lock);
	size_t n = courier->scores.n;
	memcpy(scores, courier->scores.items, n * sizeof(*scores));
	pthread_mutex_unlock(&courier->lock);
	return n;
}

uint64_t courier_turns(const struct courier *courier)
{
	return atomic_load(&courier->turns);
}

void courier_stop(struct courier *courier, int64_t grace_ms)
{
	if (!courier)
		return;
	atomic_store(&courier->grace_ms, grace_ms > 0 ? grace_ms : 0);
	atomic_store(&courier->stop, true);
	poke(courier);
	pthread_join(courier->thread, NULL);
	close_all(courier);
}
