#include "alert/courier_private.h"

#include "base/memory.h"

#include <event2/event.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

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
	managers_free(c->managers);
	holds_free(c->holds);
	buf_fini(&c->left_out);
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

static size_t places(void)
{
	struct rlimit limit;
	size_t n = COURIER_IN_FLIGHT_MAX;
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur / COURIER_DESCRIPTORS_EACH < n)
		n = limit.rlim_cur / COURIER_DESCRIPTORS_EACH;
	return n > COURIER_IN_FLIGHT_MIN ? n : COURIER_IN_FLIGHT_MIN;
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
	c->woken = event_new(c->base, c->wake, EV_READ | EV_PERSIST, courier_on_wake, c);
	c->look = evtimer_new(c->base, courier_on_look, c);
	c->grace = evtimer_new(c->base, courier_on_grace_over, c);
	for (size_t i = 0; i < COURIER_IN_FLIGHT_MAX; i++) {
		c->slots[i].courier = c;
		c->slots[i].timer = evtimer_new(c->base, courier_on_timeout, &c->slots[i]);
	}
	event_add(c->woken, NULL);
	courier_look_in(c, 0);
	c->transfers = transfers_open(c->base, error);
	c->mailer = c->transfers ? mailer_open(c->base, error) : NULL;
	if (!c->mailer)
		return false;
	c->managers = managers_new(&(struct managers_means){.base = c->base,
		.transport = transfers_transport(c->transfers),
		.outbox = c->outbox,
		.urgent = c->urgent,
		.ctx = c,
		.take = courier_take_row,
		.told = courier_on_told,
		.unheard = courier_on_unheard,
		.over = courier_on_round_over});
	return true;
}

static bool start_thread(struct courier *c, struct error *error)
{
	sigset_t all;
	sigset_t before;
	sigfillset(&all); /* signals are the main loop's */
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int rc = pthread_create(&c->thread, NULL, courier_run, c);
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
	c->n_places = places();
	c->urgent = urgent_new();
	c->holds = holds_new();
	c->left_out = BUF_INIT(COURIER_LEFT_OUT_MAX);
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
