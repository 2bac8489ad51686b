#include "daemon/offline.h"

#include "alert/message.h"
#include "base/clock.h"
#include "base/memory.h"
#include "base/text.h"
#include "daemon/state.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

struct held {
	STAILQ_ENTRY(held) link;
	struct record *record;
	void *cookie;
};

/* --- what is told afterwards --- */

/* When it is over, since nobody could be told while it lasted. What the store has no place for is delivered
 * from memory. */
static void tell(struct daemon *d, int64_t now_wall_us)
{
	const struct config *config = d->set->config;
	struct store_item *item = MEM_NEW(struct store_item);
	char from[TEXT_TIME_MAX], until[TEXT_TIME_MAX], key[64], text[192];

	text_time(d->offline.since_wall_us, from);
	text_time(now_wall_us, until);
	snprintf(key, sizeof(key), "outrider/offline/%" PRId64, d->offline.since_wall_us);
	snprintf(text, sizeof(text),
		"The monitor itself was offline from %.10s %.5s to %.10s %.5s UTC: %" PRIu64
		" result%s of that time count%s for nothing",
		from, from + 11, until, until + 11, d->offline.runs,
		d->offline.runs == 1 ? "" : "s", d->offline.runs == 1 ? "s" : "");
	item->changed_wall_us = now_wall_us;
	alert_compose(&config->alert, alert_audience(&config->alert, UINT64_MAX, SEVERITY_TICKET),
		&(struct alert_news){.event = ALERT_OFFLINE,
			.severity = SEVERITY_TICKET,
			.key = key,
			.told = text,
			.mode = config->plan.mode,
			.since_wall_us = d->offline.since_wall_us,
			.at_wall_us = now_wall_us},
		&item->messages, &item->n_messages);
	if (item->n_messages && store_give(d->store, item))
		return;
	for (size_t i = 0; i < item->n_messages; i++)
		courier_take(d->courier, &item->messages[i]);
	store_item_free(item);
}

static void begin(struct daemon *d)
{
	if (d->offline.since_wall_us)
		return;
	d->offline.since_wall_us = clock_wall_us();
	d->offline.runs = 0;
	log_write(LOG_ERROR, "monitor.offline",
		LOG_STR("note", "no canary can be reached: failures of the network say nothing of "
				"a service"));
}

static void end(struct daemon *d)
{
	int64_t now_wall_us = clock_wall_us();

	if (!d->offline.since_wall_us)
		return;
	log_write(LOG_WARN, "monitor.online_again", LOG_INT("runs", d->offline.runs),
		LOG_REAL("seconds",
			(double)(now_wall_us - d->offline.since_wall_us) / (double)US_PER_S));
	tell(d, now_wall_us);
	d->offline.since_wall_us = 0;
}

/* --- results --- */

static void excuse(struct record *record, const char *why)
{
	record->message = arena_printf(&record->arena, "%s (%s)", why, reason_name(record->reason));
	record->outcome = OUTCOME_SKIP;
	record->reason = REASON_INTERNAL;
}

static void excuse_offline(struct daemon *d, struct record *record)
{
	excuse(record, "the monitor itself is offline: no canary can be reached");
	d->offline.runs++;
}

/* A machine that shuts down may have no network any more. */
static void excuse_unknown(struct record *record)
{
	excuse(record, "the monitor stopped before it knew whether it is offline itself");
}

/* What began before the network was back failed because of that. */
static bool overlaps(const struct daemon *d, const struct record *record)
{
	return d->offline.until_mono_us &&
	       clock_mono_us() - record->duration_us < d->offline.until_mono_us;
}

bool offline_hold(struct daemon *d, struct record *record, void *cookie, bool down)
{
	struct held *held;

	if (record->outcome != OUTCOME_FAIL || !(REASONS_NETWORK & REASON_BIT(record->reason)))
		return false;
	switch (overlaps(d, record) ? CANARY_OFFLINE : canary_ask(d->offline.canary, !down)) {
	case CANARY_ONLINE: return false;
	case CANARY_OFFLINE: excuse_offline(d, record); return false;
	case CANARY_ASKED: break;
	}
	if (d->stopping) {
		excuse_unknown(record);
		return false;
	}
	held = MEM_NEW(struct held);
	*held = (struct held){.record = record, .cookie = cookie};
	STAILQ_INSERT_TAIL(&d->offline.held, held, link);
	return true;
}

static void land(struct daemon *d, enum canary_word word)
{
	struct held_list all = STAILQ_HEAD_INITIALIZER(all);
	struct held *held;

	STAILQ_CONCAT(&all, &d->offline.held);
	while ((held = STAILQ_FIRST(&all))) {
		STAILQ_REMOVE_HEAD(&all, link);
		if (word == CANARY_ASKED)
			excuse_unknown(held->record);
		else if (word == CANARY_OFFLINE || overlaps(d, held->record))
			excuse_offline(d, held->record);
		runs_go_on(d, held->record, held->cookie);
		free(held);
	}
}

void offline_let_go(struct daemon *d)
{
	land(d, CANARY_ASKED);
}

static void on_said(void *ctx, bool online)
{
	struct daemon *d = ctx;

	if (!online)
		begin(d);
	else if (d->offline.since_wall_us)
		d->offline.until_mono_us = clock_mono_us();
	land(d, online ? CANARY_ONLINE : CANARY_OFFLINE);
	if (online)
		end(d);
	daemon_show_self(d);
}

void offline_open(struct daemon *d)
{
	STAILQ_INIT(&d->offline.held);
	d->offline.canary = canary_new(d->base, transfers_transport(d->transfers), on_said, d);
	canary_configure(d->offline.canary, &d->set->config->alert);
}

void offline_close(struct daemon *d)
{
	canary_free(d->offline.canary);
	d->offline.canary = NULL;
}
