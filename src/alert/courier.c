#include "alert/courier_private.h"

#include "alert/notice.h"
#include "base/clock.h"
#include "base/log.h"

#include <event2/event.h>
#include <unistd.h>

enum {
	COURIER_LOOK_MAX = 1024, /* due rows looked at, beside those in the ledger */
	COURIER_LOOK_PAUSE_MS = 50, /* between two looks */
	COURIER_HIDDEN_PAUSE_US = 500000, /* until what a full look did not reach is looked for */
	COURIER_LINE_MAX = 16, /* messages of one incident to one channel that wait */
	COURIER_IDLE_MS = 60000, /* looks at least so often: clocks jump */
};

static struct timeval ms(int64_t ms)
{
	return (struct timeval){ms / 1000, ms % 1000 * US_PER_MS};
}

void courier_look_in(struct courier *c, int64_t pause_ms)
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

static bool is_idle(const struct courier *c)
{
	return in_flight(c, NULL) == 0 && managers_under_way(c->managers) == 0;
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

/* What a receiver says of itself, not of the message. */
static bool is_overload(const struct delivery_end *end)
{
	return !end->ok && end->retry_after_us &&
	       (end->http_status == 429 || end->http_status == 503);
}

static void tell(struct courier *c, const struct outbox_row *row, const struct delivery_end *end,
	int64_t retry_us)
{
	struct outbox_delivery notice = notice_make(row, end, retry_us, clock_wall_us());
	pthread_mutex_lock(&c->lock);
	scores_count(&c->scores, row->channel, notice.result);
	pthread_mutex_unlock(&c->lock);
	notice_log(row, &notice);
	if (is_overload(end))
		rests_note(&c->rests, row->channel, clock_mono_us(), end->retry_after_us);
	holds_end(c->holds, row, notice.result == DELIVERY_DONE, notice.at_wall_us);
	pass_on(c, &notice);
}

static void finish(struct slot *slot, const struct delivery_end *end)
{
	struct courier *c = slot->courier;
	struct delivery *delivery = slot->delivery;
	evtimer_del(slot->timer);
	slot->delivery = NULL;
	tell(c, delivery_row(delivery), end, 0);
	delivery_free(delivery);
	if (c->stopping && is_idle(c))
		event_base_loopbreak(c->base);
	courier_look_in(c, COURIER_LOOK_PAUSE_MS);
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

bool courier_take_row(void *ctx, const struct outbox_row *row)
{
	struct courier *c = ctx;
	size_t more;
	if (ledger_is_full(&c->ledger) || !holds_begin(c->holds, c->outbox, row, &more))
		return false;
	ledger_take(&c->ledger, row);
	return true;
}

void courier_on_told(
	void *ctx, const struct outbox_row *row, const struct delivery_end *end, int64_t retry_us)
{
	tell(ctx, row, end, retry_us);
}

void courier_on_unheard(void *ctx, const char *channel, const struct delivery_end *end)
{
	struct courier *c = ctx;
	pthread_mutex_lock(&c->lock);
	scores_count(&c->scores, channel, DELIVERY_RETRY);
	pthread_mutex_unlock(&c->lock);
	log_write(LOG_WARN, "alert.not_repeated", LOG_STR("channel", channel),
		LOG_STR("why", end->why));
}

void courier_on_round_over(void *ctx)
{
	struct courier *c = ctx;
	if (c->stopping && is_idle(c))
		event_base_loopbreak(c->base);
	courier_look_in(c, COURIER_LOOK_PAUSE_MS);
}

void courier_on_timeout(int fd, short what, void *ctx)
{
	struct slot *slot = ctx;
	const struct delivery_end end = delivery_timed_out(slot->delivery);
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
	for (size_t i = 0; i < c->n_places; i++)
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
		tell(c, row, &end, 0);
		return;
	}
	int64_t limit = delivery_timeout_us(slot->delivery);
	struct timeval until = {limit / US_PER_S, limit % US_PER_S};
	if (limit)
		evtimer_add(slot->timer, &until);
}

/* Whether it is for a channel that hears all at once: the row is in its next round, if it has room. */
static bool is_managed(struct courier *c, const struct outbox_row *row)
{
	pthread_mutex_lock(&c->lock);
	const struct channel *channel = find_channel(c->alerts, row->channel);
	bool managed = channel && channel->kind == CHANNEL_ALERTMANAGER;
	if (managed)
		(void)!managers_offer(c->managers, channel, row);
	pthread_mutex_unlock(&c->lock);
	return managed;
}

/* What finds no place is left; the end of another leads to the next look. */
static void start_if_room(struct courier *c, const struct outbox_row *row)
{
	struct outbox_row going = *row;
	if (is_managed(c, row) || rests_hold(&c->rests, row->channel))
		return;
	struct slot *slot = free_slot(c);
	if (slot && !ledger_is_full(&c->ledger) &&
		in_flight(c, row->channel) < COURIER_PER_CHANNEL_MAX &&
		holds_begin(c->holds, c->outbox, row, &going.more))
		start(c, slot, &going);
}

/* The store has written what was delivered from memory, or is being: not a second time. */
static bool is_dealt_with(struct courier *c, const struct outbox_row *row)
{
	int64_t twin = 0;
	switch (urgent_twin(c->urgent, row, &twin)) {
	case TWIN_NONE: return false;
	case TWIN_PENDING:
		if (ledger_is_under_way(&c->ledger, twin))
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

/* Of channels that hear all at once; how long until they hear again of what is down. */
static int64_t start_rounds(struct courier *c)
{
	pthread_mutex_lock(&c->lock);
	int64_t pause_us = managers_begin(c->managers, c->alerts);
	pthread_mutex_unlock(&c->lock);
	return pause_us;
}

/* What waits for its hour; until when that is so. */
static int64_t look_at_hours(struct courier *c, int64_t now_wall_us)
{
	pthread_mutex_lock(&c->lock);
	if (c->rests_of != c->alerts)
		c->rests.n = 0;
	c->rests_of = c->alerts;
	holds_look(
		c->holds, c->alerts, c->outbox, (struct zone){clock_ahead_us, NULL}, now_wall_us);
	for (size_t i = 0; i < c->alerts->n_channels; i++) {
		const char *name = c->alerts->channels[i].name;
		scores_hold(&c->scores, name, holds_waiting(c->holds, name));
	}
	pthread_mutex_unlock(&c->lock);
	return holds_change(c->holds);
}

static bool still_waits(void *ctx, int64_t id, unsigned tries)
{
	return outbox_waits(ctx, id, tries);
}

/* What would find no place is not asked for: a long row of it would hide what is behind. */
static const char *left_out(struct courier *c)
{
	const char *held = holds_words(c->holds);
	buf_reset(&c->left_out);
	buf_puts(&c->left_out, held ? held : "");
	for (size_t i = 0; i < COURIER_IN_FLIGHT_MAX; i++) {
		const struct delivery *d = c->slots[i].delivery;
		if (d && in_flight(c, delivery_row(d)->channel) >= COURIER_PER_CHANNEL_MAX)
			outbox_held_all(&c->left_out, delivery_row(d)->channel);
	}
	for (size_t i = 0; i < c->rests.n; i++)
		outbox_held_all(&c->left_out, c->rests.items[i].channel);
	managers_put_busy(c->managers, &c->left_out);
	return buf_text(&c->left_out);
}

static void plan_next_look(struct courier *c, int64_t next_wall_us, int64_t again_us)
{
	int64_t now = clock_wall_us();
	int64_t pause = COURIER_IDLE_MS;
	if (again_us < pause * US_PER_MS)
		pause = again_us / US_PER_MS + 1;
	if (next_wall_us != INT64_MAX && next_wall_us - now < pause * US_PER_MS)
		pause = next_wall_us > now ? (next_wall_us - now) / US_PER_MS + 1 : 0;
	courier_look_in(c, pause > COURIER_LOOK_PAUSE_MS ? pause : COURIER_LOOK_PAUSE_MS);
}

void courier_on_look(int fd, short what, void *ctx)
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
	int64_t change = look_at_hours(c, now);
	int64_t rested_us = rests_sweep(&c->rests, clock_mono_us());
	size_t n = outbox_due(c->outbox, &arena, now, left_out(c), max, &rows, &next);
	start_due(c, rows, n);
	start_urgent(c, now, &next);
	int64_t again_us = start_rounds(c);
	if (rested_us - clock_mono_us() < again_us)
		again_us = rested_us - clock_mono_us();
	ledger_sweep(&c->ledger, still_waits, c->outbox);
	arena_fini(&arena);
	if (n == max && next > now + COURIER_HIDDEN_PAUSE_US)
		next = now + COURIER_HIDDEN_PAUSE_US;
	plan_next_look(c, change < next ? change : next, again_us);
}

/* --- being told --- */

void courier_on_grace_over(int fd, short what, void *ctx)
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
	if (is_idle(c))
		event_base_loopbreak(c->base);
}

void courier_on_wake(int fd, short what, void *ctx)
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
		courier_look_in(c, 0);
}

void *courier_run(void *arg)
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
