/* What the daemon says of itself to the service manager: how it is, and that all of its threads move. */
#include "base/clock.h"
#include "daemon/state.h"

#include <event2/event.h>
#include <inttypes.h>
#include <stdio.h>

enum {
	STATUS_US = 10000000,
	BEAT_US = 10000000, /* between two looks at the threads, and at most that with a watchdog */
	BEAT_MIN_US = 20000,
	BEATS = 4, /* looks in the time of a watchdog */
	STILL_US = 60000000, /* without one, a thread that stands still for so long is said */
};

/* --- the line for people --- */

static void put_number(struct buf *out, uint64_t number)
{
	if (number >= 1000) {
		put_number(out, number / 1000);
		buf_printf(out, ",%03u", (unsigned)(number % 1000));
	} else {
		buf_printf(out, "%u", (unsigned)number);
	}
}

static void put_states(struct buf *out, const struct watch_set *set)
{
	static const enum health_state told[] = {HEALTH_DOWN, HEALTH_DEGRADED, HEALTH_UNKNOWN};
	size_t n[HEALTH_COUNT] = {0};

	for (size_t i = 0; i < set->config->plan.n_checks; i++)
		n[set->checks[i].health.state]++;
	for (size_t i = 0; i < sizeof(told) / sizeof(*told); i++)
		if (n[told[i]])
			buf_printf(out, ", %zu %s", n[told[i]], health_name(told[i]));
}

/* What counts for people is said at once; how many results there are, from time to time. */
void daemon_tell_status(struct daemon *d)
{
	struct buf out = BUF_INIT(NOTIFY_STATUS_MAX - 1);
	size_t checks = d->set->config->plan.n_checks;
	int64_t now_us = clock_mono_us();

	if (d->stopping || !notify_heard(&d->notify))
		return;
	put_number(&out, checks);
	buf_puts(&out, checks == 1 ? " check" : " checks");
	put_states(&out, d->set);
	if (!d->self.store_ok)
		buf_puts(&out, ", the database can't be written");
	if (!d->self.reload_ok)
		buf_puts(&out, ", the last reload failed");
	buf_puts(&out, "; ");
	if (now_us >= d->status_us || !str_starts(str_of(d->notify.status), buf_str(&out), false)) {
		put_number(&out, d->results);
		buf_puts(&out, d->results == 1 ? " result" : " results");
		notify_status(&d->notify, buf_text(&out));
		d->status_us = now_us + STATUS_US;
	}
	buf_fini(&out);
}

void daemon_tell_stopping(struct daemon *d)
{
	char text[NOTIFY_STATUS_MAX];
	size_t running = executor_in_flight(d->executor);

	notify_stopping(&d->notify);
	if (running == 0)
		snprintf(text, sizeof(text), "Stopping");
	else
		snprintf(text, sizeof(text), "Stopping: %zu check%s", running,
			running == 1 ? " still runs" : "s still run");
	notify_status(&d->notify, text);
}

/* --- the watchdog --- */

static int64_t beat_us(const struct daemon *d)
{
	int64_t us = d->notify.watchdog_us ? d->notify.watchdog_us / BEATS : BEAT_US;

	return us > BEAT_US ? BEAT_US : us < BEAT_MIN_US ? BEAT_MIN_US : us;
}

/* How long the one that stands still the longest has done so; wakes all of them. */
static int64_t look(struct daemon *d, int64_t now_us, const char **who)
{
	static const char *const names[DAEMON_THREADS] = {"store", "http", "courier"};
	const uint64_t turns[DAEMON_THREADS] = {
		store_turns(d->store), server_turns(d->server), courier_turns(d->courier)};
	bool slept = now_us - d->beat_us > 2 * beat_us(d); /* who beats did not run either */
	int64_t longest = -1;

	for (size_t i = 0; i < DAEMON_THREADS; i++) {
		if (slept)
			pulse_restart(&d->pulses[i], now_us);
		int64_t still = pulse_look(&d->pulses[i], turns[i], now_us);
		if (still > longest) {
			longest = still;
			*who = names[i];
		}
	}
	d->beat_us = now_us;
	store_nudge(d->store);
	server_nudge(d->server);
	courier_wake(d->courier);
	return longest;
}

/* What is told to who waits for a heartbeat: that all of it moves, and keeps what it finds. */
static bool is_well(void *ctx)
{
	const struct daemon *d = ctx;

	return !d->stuck && !d->self.still && d->self.store_ok && !d->stopping;
}

void daemon_start_heart(struct daemon *d)
{
	d->heartbeat = heartbeat_new(d->base, transfers_transport(d->transfers), is_well, d);
	heartbeat_configure(d->heartbeat, &d->set->config->alert);
}

static void on_beat(evutil_socket_t fd, short what, void *ctx)
{
	struct daemon *d = ctx;
	const char *who = "";
	int64_t still_us = look(d, clock_mono_us(), &who);
	bool stuck = still_us > (d->notify.watchdog_us ? d->notify.watchdog_us / 2 : STILL_US);

	(void)fd, (void)what;
	if (stuck && !d->stuck)
		log_write(LOG_ERROR, "daemon.thread_stands_still", LOG_STR("thread", who),
			LOG_REAL("seconds", (double)still_us / (double)US_PER_S),
			LOG_STR("note",
				d->notify.watchdog_us ? "the watchdog gets nothing" : NULL));
	else if (!stuck && d->stuck)
		log_write(LOG_WARN, "daemon.threads_move_again");
	d->stuck = stuck;
	d->self.still = still_us > BOARD_STILL_US ? who : NULL;
	if (d->notify.watchdog_us && !stuck)
		notify_alive(&d->notify);
}

bool daemon_start_beat(struct daemon *d)
{
	int64_t us = beat_us(d);
	struct timeval every = {us / US_PER_S, us % US_PER_S};

	d->beat_us = clock_mono_us();
	for (size_t i = 0; i < DAEMON_THREADS; i++)
		pulse_restart(&d->pulses[i], d->beat_us);
	d->beat = event_new(d->base, -1, EV_PERSIST, on_beat, d);
	return d->beat && event_add(d->beat, &every) == 0;
}
