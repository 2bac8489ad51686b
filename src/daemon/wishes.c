/* What people ask for through the server: its thread hands a wish over and waits, the loop does it between two
 * turns. One at a time, since the server has one thread. */
#include "base/clock.h"
#include "base/memory.h"
#include "daemon/state.h"
#include "daemon/watch_incidents.h"
#include "daemon/watch_slots.h"
#include "watch/care.h"

#include <event2/event.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
	WISH_WAIT_US = 3000000, /* until the loop takes it */
	WISH_SETTLE_US = 1000000, /* the disk may take so long before the answer */
};

static void refuse(struct wish_answer *answer, enum wish_end end, const char *why)
{
	answer->end = end;
	error_set(&answer->error, "%s", why);
}

static ptrdiff_t find(struct daemon *d, const struct wish *wish, struct wish_answer *answer)
{
	ptrdiff_t at = watch_set_find(d->set, wish->check);

	if (at < 0)
		refuse(answer, WISH_UNKNOWN, "There is no check of this id.");
	return at;
}

/* One slot more, like any other: counted, in line for its service, within its budget. */
static void run(struct daemon *d, const struct wish *wish, struct wish_answer *answer)
{
	ptrdiff_t at = find(d, wish, answer);

	if (at < 0)
		return;
	if (!d->set->config->watch.checks[at].enabled)
		refuse(answer, WISH_REFUSED, "The check is off.");
	else if (d->set->checks[at].paused_wall_us)
		refuse(answer, WISH_REFUSED, "The check is paused.");
	else if (schedule_running(d->set->schedule, (size_t)at))
		refuse(answer, WISH_REFUSED, "The check runs already.");
	if (answer->end != WISH_GRANTED)
		return;
	/* one that is due by now anyway is that run */
	(void)!schedule_extra(d->set->schedule, (size_t)at, clock_mono_us());
	log_write(LOG_INFO, "check.asked", LOG_STR("check", wish->check), LOG_STR("by", wish->by));
	daemon_show_next(d, (size_t)at);
	runs_arm(d);
}

static void pause_check(struct daemon *d, const struct wish *wish, struct wish_answer *answer)
{
	ptrdiff_t at = find(d, wish, answer);
	bool paused = wish->kind == WISH_PAUSE;

	if (at < 0)
		return;
	if (!adhoc_pause(d->set, d->store, wish->check, paused, wish->by, daemon_now(d),
		    &answer->error)) {
		answer->end = WISH_UNABLE;
		return;
	}
	log_write(LOG_INFO, paused ? "check.paused" : "check.resumed",
		LOG_STR("check", wish->check), LOG_STR("by", wish->by));
	daemon_show_state(d, (size_t)at);
	daemon_show_untold(d);
	runs_arm(d);
}

static enum wish_end end_of(enum adhoc_refusal why, enum wish_end wrong)
{
	switch (why) {
	case ADHOC_WRONG: return wrong;
	case ADHOC_FULL: return WISH_REFUSED;
	case ADHOC_UNKEPT: return WISH_UNABLE;
	}
	return wrong;
}

static void open_window(struct daemon *d, const struct wish *wish, struct wish_answer *answer)
{
	enum adhoc_refusal why;

	answer->window = adhoc_open_window(&d->adhoc, d->set, d->store,
		&(struct adhoc_wish){.from_us = wish->from_us,
			.until_us = wish->until_us,
			.title = wish->text,
			.by = wish->by,
			.checks = wish->checks,
			.n_checks = wish->n_checks},
		clock_wall_us(), &why, &answer->error);
	if (!answer->window) {
		answer->end = end_of(why, WISH_INVALID);
		return;
	}
	log_write(LOG_INFO, "maintenance.opened", LOG_INT("window", answer->window),
		LOG_STR("by", wish->by));
	daemon_look_at_windows(d);
}

static void end_window(struct daemon *d, const struct wish *wish, struct wish_answer *answer)
{
	enum adhoc_refusal why;

	if (!adhoc_end_window(&d->adhoc, d->set, d->store, wish->window, clock_wall_us(), &why,
		    &answer->error)) {
		answer->end = end_of(why, WISH_UNKNOWN);
		return;
	}
	log_write(LOG_INFO, "maintenance.ended", LOG_INT("window", wish->window),
		LOG_STR("by", wish->by));
	daemon_look_at_windows(d);
}

static void settle_alert(struct daemon *d, const struct wish *wish, struct wish_answer *answer)
{
	bool retry = wish->kind == WISH_ALERT_RETRY;

	if (!adhoc_alert(d->store, wish->alert, retry, clock_wall_us(), &answer->error)) {
		answer->end = WISH_UNABLE;
		return;
	}
	log_write(LOG_INFO, retry ? "alert.retried" : "alert.dismissed",
		LOG_INT("alert", wish->alert), LOG_STR("by", wish->by));
}

static void show_members(struct daemon *d, const struct incident *incident)
{
	ptrdiff_t member = -1;

	while ((member = incidents_member(d->set->incidents, incident, member)) >= 0)
		daemon_show_state(d, (size_t)member);
}

static void tell_said(struct daemon *d, const struct wish *wish, const struct incident *incident)
{
	bool acknowledge = wish->kind == WISH_ACKNOWLEDGE;
	const char *check = store_check_id(d->store, incident->root);
	char id[24];

	snprintf(id, sizeof(id), "%" PRIx64, incident->id);
	log_write(LOG_INFO, acknowledge ? "incident.acknowledged" : "incident.note",
		LOG_STR("check", check), LOG_STR("incident", id), LOG_STR("note", wish->text),
		LOG_STR("by", wish->by));
	board_incident(d->board, incident->id,
		incident_change_name(acknowledge ? INCIDENT_ACKNOWLEDGED : INCIDENT_NOTED), check);
	show_members(d, incident);
}

/* Whoever heard of it hears who takes care. */
static void acknowledge(struct daemon *d, const struct wish *wish, struct incident *incident,
	struct store_item *item)
{
	item->until_wall_us = wish->until_us;
	care_take(incident, wish->until_us, &item->changes);
	watch_incidents_tell_on(d->set, incident, d->store, item, UINT64_MAX,
		(struct alert_news){.event = ALERT_ACKNOWLEDGED,
			.nth = item->changed_wall_us,
			.by = wish->by,
			.said = wish->text,
			.until_wall_us = wish->until_us});
}

/* Acknowledges an incident, or notes something of it. */
static void say(struct daemon *d, const struct wish *wish, struct wish_answer *answer)
{
	struct incident *incident = incidents_find(d->set->incidents, wish->incident), before;
	struct store_item *item;

	if (!incident) {
		refuse(answer, WISH_REFUSED, "No incident of this id is open.");
		return;
	}
	before = *incident;
	if (wish->kind == WISH_ACKNOWLEDGE && before.acknowledged &&
		!before.acknowledged_until_us) {
		refuse(answer, WISH_REFUSED, "The incident is acknowledged already.");
		return;
	}
	item = MEM_NEW(struct store_item);
	item->changed_wall_us = clock_wall_us();
	item->by = mem_strdup(wish->by);
	item->said = wish->text ? mem_strdup(wish->text) : NULL;
	if (wish->kind == WISH_ACKNOWLEDGE)
		acknowledge(d, wish, incident, item);
	else
		care_note(incident, &item->changes);
	if (store_give(d->store, item)) {
		tell_said(d, wish, incident);
		return;
	}
	store_item_free(item);
	*incident = before;
	refuse(answer, WISH_UNABLE, "The database takes nothing at the moment.");
}

static void grant(struct daemon *d, const struct wish *wish, struct wish_answer *answer)
{
	answer->end = WISH_GRANTED;
	switch (wish->kind) {
	case WISH_RUN: run(d, wish, answer); return;
	case WISH_PAUSE:
	case WISH_RESUME: pause_check(d, wish, answer); break;
	case WISH_WINDOW: open_window(d, wish, answer); break;
	case WISH_WINDOW_END: end_window(d, wish, answer); break;
	case WISH_ACKNOWLEDGE:
	case WISH_NOTE: say(d, wish, answer); break;
	case WISH_ALERT_RETRY:
	case WISH_ALERT_DISMISS: settle_alert(d, wish, answer); break;
	}
	if (answer->end == WISH_GRANTED) /* what is said to be done outlives the machine's power */
		store_settle(d->store, 0, WISH_SETTLE_US);
}

/* --- between the two threads --- */

static void on_wish(evutil_socket_t fd, short what, void *ctx)
{
	struct daemon *d = ctx;
	struct wishes *wishes = &d->wishes;
	eventfd_t unused;

	(void)what;
	eventfd_read(fd, &unused);
	pthread_mutex_lock(&wishes->lock);
	bool waits = wishes->stage == WISH_WAITS;
	if (waits)
		wishes->stage = WISH_TAKEN;
	pthread_mutex_unlock(&wishes->lock);
	if (!waits)
		return;
	if (d->stopping)
		refuse(wishes->answer, WISH_UNANSWERED, "The daemon is stopping.");
	else
		grant(d, wishes->wish, wishes->answer);
	pthread_mutex_lock(&wishes->lock);
	wishes->stage = WISH_DONE;
	pthread_cond_signal(&wishes->moved);
	pthread_mutex_unlock(&wishes->lock);
}

/* What the loop has taken it finishes; what it has not in time is taken back. */
static void ask(void *ctx, const struct wish *wish, struct wish_answer *answer)
{
	struct wishes *wishes = &((struct daemon *)ctx)->wishes;
	int64_t until_us = clock_mono_us() + WISH_WAIT_US;
	struct timespec until = {until_us / US_PER_S, until_us % US_PER_S * 1000};
	int late = 0;

	*answer = (struct wish_answer){0};
	pthread_mutex_lock(&wishes->lock);
	wishes->wish = wish;
	wishes->answer = answer;
	wishes->stage = WISH_WAITS;
	eventfd_write(wishes->wake, 1);
	while (wishes->stage == WISH_WAITS && !wishes->closed && !late)
		late = pthread_cond_timedwait(&wishes->moved, &wishes->lock, &until);
	while (wishes->stage == WISH_TAKEN)
		pthread_cond_wait(&wishes->moved, &wishes->lock);
	if (wishes->stage == WISH_WAITS)
		refuse(answer, WISH_UNANSWERED, "The daemon is busy: nothing was done.");
	wishes->stage = WISH_NONE;
	pthread_mutex_unlock(&wishes->lock);
}

struct wish_granter wishes_open(struct daemon *d)
{
	pthread_condattr_t monotonic;

	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_mutex_init(&d->wishes.lock, NULL);
	pthread_cond_init(&d->wishes.moved, &monotonic);
	pthread_condattr_destroy(&monotonic);
	d->wishes.wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	d->wishes.event = event_new(d->base, d->wishes.wake, EV_READ | EV_PERSIST, on_wish, d);
	bool open = d->wishes.wake >= 0 && d->wishes.event && event_add(d->wishes.event, NULL) == 0;
	return (struct wish_granter){d, open ? ask : NULL};
}

void wishes_refuse(struct daemon *d)
{
	if (!d->wishes.event)
		return;
	pthread_mutex_lock(&d->wishes.lock);
	d->wishes.closed = true;
	pthread_cond_signal(&d->wishes.moved);
	pthread_mutex_unlock(&d->wishes.lock);
}

void wishes_close(struct daemon *d)
{
	if (!d->wishes.event)
		return;
	event_free(d->wishes.event);
	close(d->wishes.wake);
	pthread_cond_destroy(&d->wishes.moved);
	pthread_mutex_destroy(&d->wishes.lock);
}
