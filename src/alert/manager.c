#include "alert/manager.h"

#include "alert/firing.h"
#include "base/clock.h"
#include "base/memory.h"

#include <assert.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>

_Static_assert((MANAGER_ROWS_MAX + 2 * MANAGER_AGAIN_MAX) * FIRING_ALERT_MAX <= FIRING_BODY_MAX,
	"a round fits");

/* One request, to all members of the cluster. */
struct round {
	struct managed *of;
	struct arena arena; /* of all below */
	struct outbox_row rows[MANAGER_ROWS_MAX];
	size_t n_rows;
	uint64_t last; /* of what is told again; */
	bool more; /* there is some beyond it */
	bool again; /* it tells what is told again */
	struct delivery *posts[1 + CHANNEL_PEERS_MAX]; /* NULL: answered */
	size_t n_open;
	struct event *timer;
	bool taken;
	char why[DELIVERY_WHY_MAX];
	int64_t retry_after_us;
};

/* A channel, or one that was. */
struct managed {
	struct managers *in;
	char *name;
	int64_t resend_us;
	int64_t again_us; /* monotonic: when what is down is told again; */
	uint64_t after; /* from this incident on */
	const struct outbox_row *offered[MANAGER_ROWS_MAX];
	size_t n_offered;
	struct round *round; /* under way, or NULL */
};

struct managers {
	struct managers_means means;
	struct managed *all[CHANNELS_MAX];
	size_t n;
};

/* --- what is said --- */

struct writing {
	struct buf body;
	struct json_writer w;
	struct arena *arena;
	int64_t ends_wall_us;
};

static const char *beginning_of(
	const struct managers *m, struct arena *arena, const struct outbox_row *row, bool resolved)
{
	if (!resolved)
		return row->payload;
	const char *opened = outbox_opened(m->means.outbox, arena, row->incident, row->channel);
	const char *first = strcmp(row->event, "resolved") == 0 ? "opened" : "burning";
	const struct outbox_row *urgent =
		opened ? NULL : urgent_find(m->means.urgent, row->incident, row->channel, first);
	if (urgent)
		opened = urgent->payload;
	return opened ? opened : row->payload;
}

static void put_row(const struct managers *m, struct writing *writing, const struct outbox_row *row)
{
	bool resolved = strcmp(row->event, "resolved") == 0 || strcmp(row->event, "burn_over") == 0;
	firing_put(&writing->w, writing->arena,
		&(struct firing){.opened = beginning_of(m, writing->arena, row, resolved),
			.latest = row->payload,
			.resolved = resolved,
			.ends_wall_us = writing->ends_wall_us});
}

/* What the outbox has, but for what is over and could not be written yet; how many there were. */
static size_t put_stored(const struct managers *m, struct round *round, struct writing *writing)
{
	struct outbox_row *rows = NULL;
	size_t n = outbox_firing(m->means.outbox, writing->arena, round->of->name, round->of->after,
		MANAGER_AGAIN_MAX, &rows);
	for (size_t i = 0; i < n; i++)
		if (!urgent_find(m->means.urgent, rows[i].incident, rows[i].channel,
			    alert_event_end(rows[i].event)))
			put_row(m, writing, &rows[i]);
	round->more = n == MANAGER_AGAIN_MAX;
	round->last = n ? rows[n - 1].incident : 0;
	return n;
}

/* What was told from memory, since the disk is full. */
static void put_urgent(const struct managers *m, struct round *round, struct writing *writing)
{
	const struct outbox_row *row;
	size_t at = 0, n = 0;
	while (n++ < MANAGER_AGAIN_MAX &&
		(row = urgent_firing(m->means.urgent, round->of->name, &at)))
		put_row(m, writing, row);
}

/* The body, in the round's arena; NULL: there is nothing to say. */
static const char *write_body(const struct managers *m, struct round *round)
{
	struct arena scratch;
	arena_init(&scratch);
	struct writing writing = {.body = BUF_INIT(FIRING_BODY_MAX),
		.arena = &scratch,
		.ends_wall_us = clock_wall_us() + FIRING_BELIEVED * round->of->resend_us};
	writing.w = json_writer_to(&writing.body);
	jw_array(&writing.w, NULL);
	size_t empty = writing.body.n;
	for (size_t i = 0; i < round->n_rows; i++)
		put_row(m, &writing, &round->rows[i]);
	if (round->again && !round->of->after)
		put_urgent(m, round, &writing);
	if (round->again)
		put_stored(m, round, &writing);
	bool any = writing.body.n > empty;
	jw_array_end(&writing.w);
	assert(!writing.body.cut);
	const char *body = any ? arena_strndup(&round->arena, buf_str(&writing.body)) : NULL;
	buf_fini(&writing.body);
	arena_fini(&scratch);
	return body;
}

/* --- a round --- */

static void round_free(struct round *round)
{
	for (size_t i = 0; i <= CHANNEL_PEERS_MAX; i++)
		if (round->posts[i]) {
			delivery_stop(round->posts[i]);
			delivery_free(round->posts[i]);
		}
	if (round->timer)
		event_free(round->timer);
	arena_fini(&round->arena);
	free(round);
}

static struct round *round_new(struct managed *of, bool again)
{
	struct round *round = MEM_NEW(struct round);
	arena_init(&round->arena);
	round->of = of;
	round->again = again;
	for (size_t i = 0; i < of->n_offered; i++) {
		struct outbox_row row = *of->offered[i];
		if (!of->in->means.take(of->in->means.ctx, of->offered[i]))
			continue;
		row.channel = arena_strdup(&round->arena, row.channel);
		row.dedup_key = arena_strdup(&round->arena, row.dedup_key);
		row.event = arena_strdup(&round->arena, row.event);
		row.payload = arena_strdup(&round->arena, row.payload);
		round->rows[round->n_rows++] = row;
	}
	return round;
}

/* What is left when it failed is told with the next one. */
static void plan_again(struct managed *managed, const struct round *round)
{
	if (!round->again)
		return;
	managed->after = round->taken && round->more ? round->last : 0;
	if (!managed->after)
		managed->again_us = clock_mono_us() + managed->resend_us;
}

static void finish(struct round *round)
{
	struct managed *managed = round->of;
	const struct managers_means *means = &managed->in->means;
	const struct delivery_end end = {
		.ok = round->taken, .why = round->why, .retry_after_us = round->retry_after_us};
	managed->round = NULL;
	plan_again(managed, round);
	for (size_t i = 0; i < round->n_rows; i++)
		means->told(means->ctx, &round->rows[i], &end, managed->resend_us);
	if (!end.ok && !round->n_rows)
		means->unheard(means->ctx, managed->name, &end);
	round_free(round);
	means->over(means->ctx);
}

static void on_answer(void *ctx, struct delivery *delivery, const struct delivery_end *end)
{
	struct round *round = ctx;
	for (size_t i = 0; i <= CHANNEL_PEERS_MAX; i++)
		if (round->posts[i] == delivery)
			round->posts[i] = NULL;
	if (end->ok)
		round->taken = true;
	snprintf(round->why, sizeof(round->why), "%s", round->taken ? "" : end->why);
	if (end->retry_after_us > round->retry_after_us)
		round->retry_after_us = end->retry_after_us;
	delivery_free(delivery);
	if (--round->n_open == 0)
		finish(round);
}

static void on_timeout(evutil_socket_t fd, short what, void *ctx)
{
	struct round *round = ctx;
	(void)fd, (void)what;
	for (size_t i = 0; i <= CHANNEL_PEERS_MAX; i++)
		if (round->posts[i] && delivery_timed_out(round->posts[i]).ok)
			round->taken = true;
	snprintf(round->why, sizeof(round->why), "%s", round->taken ? "" : "no answer in time");
	finish(round);
}

static void send_round(
	struct managers *m, struct round *round, const struct channel *channel, const char *body)
{
	const struct delivery_means means = {.base = m->means.base,
		.transport = m->means.transport,
		.ctx = round,
		.ended = on_answer};
	const struct outbox_row row = {
		.channel = round->of->name, .dedup_key = "", .event = "", .payload = body};
	struct channel member = *channel;
	round->n_open = 1 + channel->n_peers;
	for (size_t i = 0; i < round->n_open; i++) {
		member.url =
			firing_url(&round->arena, i == 0 ? channel->url : channel->peers[i - 1]);
		round->posts[i] = delivery_start(&means, &member, &row, clock_wall_us());
	}
	int64_t limit = delivery_timeout_us(round->posts[0]);
	round->timer = evtimer_new(m->means.base, on_timeout, round);
	struct timeval until = {limit / US_PER_S, limit % US_PER_S};
	evtimer_add(round->timer, &until);
}

static void begin(struct managers *m, struct managed *managed, const struct channel *channel)
{
	bool again = managed->after || managed->again_us <= clock_mono_us();
	if (managed->round || (!again && !managed->n_offered))
		return;
	managed->resend_us = channel->resend_us;
	struct round *round = round_new(managed, again);
	const char *body = write_body(m, round);
	if (body) {
		managed->round = round;
		send_round(m, round, channel, body);
		return;
	}
	plan_again(managed, round);
	round_free(round);
}

/* --- channels --- */

static struct managed *find(struct managers *m, const char *name)
{
	for (size_t i = 0; i < m->n; i++)
		if (strcmp(m->all[i]->name, name) == 0)
			return m->all[i];
	return NULL;
}

static void forget(struct managers *m, size_t at)
{
	free(m->all[at]->name);
	free(m->all[at]);
	m->all[at] = m->all[--m->n];
}

/* Makes it when it is new; NULL: there are too many, until a round of one that is gone is over. */
static struct managed *manage(struct managers *m, const char *name)
{
	struct managed *managed = find(m, name);
	if (managed || m->n == CHANNELS_MAX)
		return managed;
	managed = m->all[m->n++] = MEM_NEW(struct managed);
	managed->in = m;
	managed->name = mem_strdup(name);
	return managed;
}

static bool is_managed(const struct alert_options *alerts, const char *name)
{
	for (size_t i = 0; i < alerts->n_channels; i++)
		if (alerts->channels[i].kind == CHANNEL_ALERTMANAGER &&
			strcmp(alerts->channels[i].name, name) == 0)
			return true;
	return false;
}

struct managers *managers_new(const struct managers_means *means)
{
	struct managers *managers = MEM_NEW(struct managers);
	managers->means = *means;
	return managers;
}

void managers_free(struct managers *managers)
{
	if (!managers)
		return;
	while (managers->n) {
		if (managers->all[0]->round)
			round_free(managers->all[0]->round);
		forget(managers, 0);
	}
	free(managers);
}

bool managers_offer(
	struct managers *managers, const struct channel *channel, const struct outbox_row *row)
{
	struct managed *managed = manage(managers, channel->name);
	if (!managed || managed->round || managed->n_offered == MANAGER_ROWS_MAX)
		return false;
	managed->offered[managed->n_offered++] = row;
	return true;
}

int64_t managers_begin(struct managers *managers, const struct alert_options *alerts)
{
	int64_t pause_us = INT64_MAX;
	for (size_t i = managers->n; i-- > 0;)
		if (!managers->all[i]->round && !is_managed(alerts, managers->all[i]->name))
			forget(managers, i);
	for (size_t i = 0; i < alerts->n_channels; i++) {
		const struct channel *channel = &alerts->channels[i];
		struct managed *managed = channel->kind == CHANNEL_ALERTMANAGER
						  ? manage(managers, channel->name)
						  : NULL;
		if (!managed)
			continue;
		begin(managers, managed, channel);
		managed->n_offered = 0;
		int64_t left = managed->again_us - clock_mono_us();
		if (!managed->round && left < pause_us)
			pause_us = left > 0 ? left : 0;
	}
	return pause_us;
}

size_t managers_under_way(const struct managers *managers)
{
	size_t n = 0;
	for (size_t i = 0; i < managers->n; i++)
		n += managers->all[i]->round != NULL;
	return n;
}

void managers_put_busy(const struct managers *managers, struct buf *words)
{
	for (size_t i = 0; i < managers->n; i++)
		if (managers->all[i]->round)
			outbox_held_all(words, managers->all[i]->name);
}
