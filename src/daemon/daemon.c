#include "base/clock.h"
#include "base/memory.h"
#include "daemon/activation.h"
#include "daemon/state.h"
#include "demo/history.h"
#include "descriptors.h"
#include "say.h"
#include "scratch.h"
#include "store/past.h"

#include <assert.h>
#include <errno.h>
#include <event2/event.h>
#include <event2/thread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	EXIT_CONFIG = 2,
	EXIT_UNABLE = 3,
	DRAIN_US = 10000000, /* on SIGTERM: so long for what runs to end by itself */
	COURIER_GRACE_MS = 3000,
};

static const char default_listen[] = "127.0.0.1:8080";
static const char default_database[] = "outrider.db";

/* --- the store's and the courier's news; on their threads --- */

static void on_committed(void *ctx, size_t items, size_t waiting)
{
	struct daemon *d = ctx;

	(void)items;
	atomic_store(&d->store_failing, false);
	atomic_store(&d->alerts_pending, waiting);
	pthread_mutex_lock(&d->courier_lock);
	if (waiting && d->courier)
		courier_wake(d->courier);
	pthread_mutex_unlock(&d->courier_lock);
}

static void on_store_failed(void *ctx, const char *why)
{
	struct daemon *d = ctx;

	(void)why; /* the store has said it */
	atomic_store(&d->store_failing, true);
}

/* The disk is full: alerts go on from memory. */
static void on_stuck(void *ctx, const struct outbox_message *message)
{
	struct daemon *d = ctx;

	pthread_mutex_lock(&d->courier_lock);
	if (d->courier)
		courier_take(d->courier, message);
	pthread_mutex_unlock(&d->courier_lock);
}

static void on_delivery(void *ctx, const struct outbox_delivery *delivery)
{
	struct daemon *d = ctx;

	store_give_delivery(d->store, delivery);
}

static void on_due(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd, (void)what;
	runs_due(ctx);
}

/* --- what the daemon says of itself: once a second, and after a reload --- */

/* How many; the courier's and the board's rooms don't know each other. */
static size_t channels_of(struct courier *courier, struct board_channel *channels)
{
	struct courier_score scores[COURIER_SCORES_MAX];
	size_t n = courier_scores(courier, scores);

	for (size_t i = 0; i < n; i++) {
		channels[i] = (struct board_channel){.delivered = scores[i].delivered,
			.failed = scores[i].failed,
			.dead = scores[i].dead,
			.held = scores[i].held};
		static_assert(sizeof(channels->name) == sizeof(scores->channel), "one limit");
		memcpy(channels[i].name, scores[i].channel, sizeof(channels[i].name));
	}
	return n;
}

void daemon_show_self(struct daemon *d)
{
	struct board_channel channels[COURIER_SCORES_MAX];

	d->self.store_ok = !atomic_load(&d->store_failing);
	d->self.store_queue = store_queue_length(d->store);
	store_commit_stats(d->store, &d->self.store_commits, &d->self.store_commit_us);
	d->self.offline_wall_us = d->offline.since_wall_us;
	d->self.alerts_pending = atomic_load(&d->alerts_pending);
	d->self.alerts_given_up = store_alerts_given_up(d->store);
	d->self.service_histograms = d->set->config->serve.service_histograms;
	d->self.channels = channels;
	d->self.n_channels = channels_of(d->courier, channels);
	board_set_self(d->board, &d->self);
	d->self.channels = NULL;
	d->self.n_channels = 0;
}

static void look_at_clocks(struct daemon *d)
{
	int64_t jump_us = drift_look(&d->drift, clock_wall_us(), clock_mono_us());

	if (jump_us)
		log_write(LOG_WARN, "clock.jumped",
			LOG_REAL("seconds", (double)jump_us / (double)US_PER_S),
			LOG_STR("note", jump_us > 0 ? "the wall clock was set forward, or the "
						      "machine slept: the schedule goes on"
						    : "the wall clock was set back: the "
						      "schedule goes on"));
}

static void on_tick(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd, (void)what;
	log_settle(false);
	look_at_clocks(ctx);
	daemon_look_at_windows(ctx);
	daemon_look_at_burns(ctx);
	daemon_look_at_reminders(ctx);
	causes_look(ctx);
	daemon_show_self(ctx);
	daemon_tell_status(ctx);
}

/* --- signals and the end --- */

static void stop(struct daemon *d)
{
	struct timeval grace = {DRAIN_US / US_PER_S, 0};

	if (d->stopping) { /* a second time: no more patience, not with cleanup either */
		executor_cancel_all(d->executor);
		executor_cancel_all(d->executor);
		return;
	}
	d->stopping = true;
	event_del(d->due);
	offline_let_go(d);
	causes_look(d);
	daemon_tell_stopping(d);
	log_write(LOG_INFO, "daemon.stopping", LOG_INT("running", executor_in_flight(d->executor)));
	event_add(d->drained, &grace);
	if (!runs_pending(d))
		event_active(d->drained, EV_TIMEOUT, 0);
}

static void on_drained(evutil_socket_t fd, short what, void *ctx)
{
	struct daemon *d = ctx;

	(void)fd, (void)what;
	if (!runs_pending(d))
		event_base_loopbreak(d->base);
	else
		executor_cancel_all(d->executor);
}

static void on_signal(evutil_socket_t number, short what, void *ctx)
{
	struct daemon *d = ctx;

	(void)what;
	if (number != SIGHUP)
		stop(d);
	else if (d->stopping)
		log_write(LOG_WARN, "reload.ignored", LOG_STR("why", "the daemon is stopping"));
	else
		daemon_reload(d);
}

static bool catch_signals(struct daemon *d)
{
	static const int numbers[] = {SIGTERM, SIGINT, SIGHUP};

	signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; i < 3; i++) {
		d->signals[i] = evsignal_new(d->base, numbers[i], on_signal, d);
		if (!d->signals[i] || event_add(d->signals[i], NULL) < 0)
			return false;
	}
	return true;
}

static void on_library_message(int severity, const char *message)
{
	static const enum log_level levels[] = {LOG_DEBUG, LOG_DEBUG, LOG_WARN, LOG_ERROR};

	log_write(severity >= 0 && severity < 4 ? levels[severity] : LOG_WARN, "loop.library",
		LOG_STR("message", message));
}

static bool open_loop(struct daemon *d, struct error *error)
{
	struct event_config *config = event_config_new();
	struct timeval second = {1, 0};

	event_set_log_callback(on_library_message);
	event_config_set_flag(config, EVENT_BASE_FLAG_PRECISE_TIMER);
	event_config_set_flag(
		config, EVENT_BASE_FLAG_NOLOCK); /* other threads wake it by descriptors */
	d->base = event_base_new_with_config(config);
	event_config_free(config);
	if (!d->base || !catch_signals(d))
		return error_set(error, "no event loop");
	d->due = evtimer_new(d->base, on_due, d);
	d->drained = evtimer_new(d->base, on_drained, d);
	d->tick = event_new(d->base, -1, EV_PERSIST, on_tick, d);
	event_add(d->tick, &second);
	return true;
}

static bool open_rooms(struct daemon *d, struct config *config, struct error *error)
{
	struct executor_sink sink = {d, runs_wanted, runs_started, runs_finished};

	d->store = store_open(&config->store, error);
	if (!d->store)
		return false;
	if (d->options->demo && !demo_history_make(d->store, &d->options->source, error))
		return false;
	d->self.generated_wall_us = store_past_until(d->store);
	adhoc_init(&d->adhoc, d->store);
	d->set = watch_set_new(config, NULL, d->store, daemon_now(d), error);
	if (!d->set)
		return false;
	budget_restore(d, d->set);
	d->transfers = transfers_open(d->base, error);
	if (!d->transfers)
		return false;
	d->executor =
		executor_new(d->base, transfers_transport(d->transfers), d->options->engine, sink);
	offline_open(d);
	causes_init(&d->causes);
	d->courier = courier_start(&(struct courier_options){.database = config->store.path,
					   .alerts = &config->alert,
					   .report = on_delivery,
					   .ctx = d},
		error);
	if (!d->courier)
		return false;
	if (!store_start(d->store,
		    (struct store_events){.ctx = d,
			    .committed = on_committed,
			    .failed = on_store_failed,
			    .stuck = on_stuck},
		    error))
		return false;
	runs_take_over(d, d->set, NULL);
	d->board = board_new();
	daemon_show_set(d);
	daemon_show_self(d);
	config->serve.socket = d->socket;
	d->server = server_start(&config->serve,
		(struct server_sources){.board = d->board,
			.database = config->store.path,
			.wishes = wishes_open(d)},
		error);
	return d->server && (daemon_start_beat(d) || error_set(error, "no event loop"));
}

/* In the reverse order; what never opened is NULL. Returns how many results are lost. */
static size_t close_rooms(struct daemon *d)
{
	struct courier *courier;
	size_t lost;

	executor_free(d->executor);
	offline_close(d);
	heartbeat_free(d->heartbeat);
	transfers_close(d->transfers);
	wishes_refuse(d);
	server_stop(d->server);
	wishes_close(d);
	pthread_mutex_lock(&d->courier_lock);
	courier = d->courier;
	d->courier = NULL;
	pthread_mutex_unlock(&d->courier_lock);
	if (courier) /* before the store: it reports there to the end */
		courier_stop(courier, COURIER_GRACE_MS);
	lost = store_close(d->store);
	board_free(d->board);
	adhoc_fini(&d->adhoc);
	return lost;
}

static void drop_sets(struct daemon *d)
{
	log_redact_with(NULL);
	while (d->set) {
		struct watch_set *next = d->set->next;
		watch_set_free(d->set);
		d->set = next;
	}
}

static void close_loop(struct daemon *d)
{
	struct event *events[] = {
		d->signals[0], d->signals[1], d->signals[2], d->due, d->tick, d->beat, d->drained};

	for (size_t i = 0; i < sizeof(events) / sizeof(*events); i++)
		if (events[i])
			event_free(events[i]);
	if (d->base)
		event_base_free(d->base);
}

static void show_address(const char *address)
{
	bool local = strncmp(address, "unix:", 5) == 0;
	char line[256];

	snprintf(
		line, sizeof(line), local ? "Dashboard: %s\n" : "Dashboard: http://%s/\n", address);
	say_line(line);
}

static int watch(struct daemon *d, struct config *config)
{
	struct error error = {""};
	enum log_format format =
		d->options->log_given ? d->options->log.format : config->log.format;

	if (!open_loop(d, &error) || !open_rooms(d, config, &error)) {
		say_error(error.text);
		notify_status(&d->notify, error.text);
		if (!d->set)
			config_free(config);
		return EXIT_UNABLE;
	}
	log_write(LOG_INFO, "daemon.start", LOG_STR("version", OUTRIDER_VERSION),
		LOG_STR("config", config->path), LOG_STR("mode", config->plan.mode),
		LOG_INT("checks", config->plan.n_checks),
		LOG_STR("listen", server_address(d->server)),
		LOG_STR("socket", d->socket ? "passed" : NULL),
		LOG_STR("database", config->store.path));
	say_without_waiting();
	if ((config->serve.auth.n_users || config->serve.auth.n_tokens) &&
		server_is_exposed(server_address(d->server)))
		log_write(LOG_WARN, "serve.plain", LOG_STR("listen", server_address(d->server)),
			LOG_STR("note", "passwords and tokens cross the network without TLS"));
	if (format == LOG_TEXT)
		show_address(server_address(d->server));
	notify_ready(&d->notify);
	daemon_start_heart(d);
	daemon_tell_status(d);
	look_at_clocks(d); /* from here on */
	runs_arm(d);
	event_base_dispatch(d->base);
	return 0;
}

/* Before ninety days are generated for nothing. */
static bool demo_can_listen(const char *listen, struct error *error)
{
	struct error why = {""};
	bool taken;

	if (server_can_listen(listen, &taken, &why))
		return true;
	return error_set(error, taken ? "%s; --listen names another address" : "%s", why.text);
}

/* Where it listens and what it writes to, as far as nobody says. */
static bool settle(
	struct daemon *d, struct config *config, struct scratch *scratch, struct error *error)
{
	if (!activation_take(&d->socket, error))
		return false;
	if (!config->serve.listen)
		config->serve.listen = default_listen;
	if (d->options->demo && !d->socket && !demo_can_listen(config->serve.listen, error))
		return false;
	if (d->options->demo && !d->options->source.database) { /* a demo keeps nothing */
		if (!scratch_make(scratch, error))
			return false;
		config->store.path = scratch->database;
	}
	config->store.demo = d->options->demo;
	if (!config->store.path)
		config->store.path = default_database;
	d->database = mem_strdup(config->store.path);
	return true;
}

static int fail(struct daemon *d, struct config *config, const struct error *why, int status)
{
	if (status == EXIT_UNABLE) /* else it has been said */
		say_error(why->text);
	notify_status(&d->notify, why->text);
	notify_close(&d->notify);
	config_free(config);
	return status;
}

int daemon_run(const struct daemon_options *options)
{
	struct daemon d = {.options = options, .courier_lock = PTHREAD_MUTEX_INITIALIZER};
	struct scratch scratch = {"", ""};
	struct error error = {""};
	struct config *config;
	size_t lost;
	int status;

	TAILQ_INIT(&d.flights);
	d.boot = clock_boot();
	log_configure(options->log);
	notify_open(&d.notify);
	descriptors_raise();
	signal(SIGHUP, SIG_IGN); /* until it means: reload */
	config = daemon_load(options, &error);
	if (!config)
		return fail(&d, NULL, &error, EXIT_CONFIG);
	if (!options->log_given)
		log_configure(config->log);
	if (!settle(&d, config, &scratch, &error))
		return fail(&d, config, &error, EXIT_UNABLE);
	evthread_use_pthreads();
	d.self = (struct board_self){.started_wall_us = clock_wall_us(),
		.reloaded_wall_us = clock_wall_us(),
		.reload_ok = true,
		.store_ok = true,
		.lateness = {.bounds = &histogram_gap_bounds}};
	status = watch(&d, config);
	lost = close_rooms(&d);
	if (status == 0)
		log_write(LOG_INFO, "daemon.stopped", LOG_STR("config", d.set->config->path));
	drop_sets(&d);
	close_loop(&d);
	notify_close(&d.notify);
	free(d.database);
	scratch_remove(&scratch);
	return lost ? EXIT_UNABLE : status;
}
