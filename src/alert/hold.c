#include "alert/hold.h"

#include "alert/pace.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

enum {
	WORDS_MAX = CHANNELS_MAX * SEVERITY_COUNT * 2 * (OUTBOX_HELD_MAX + 8),
	COUNT_PAUSE_US = 2000000, /* between two counts of what waits */
	PLACES_PAUSE_US =
		1000000, /* until a place that is taken may be free: its delivery may fail */
};

struct hold {
	char *channel;
	bool configured;
	uint32_t max_per_hour;
	struct pace pace;
	size_t under_way; /* begun, and not ended */
	uint32_t quiet; /* bit s: of severity s everything waits */
	bool full; /* everything waits, but for the beginning of what is urgent */
	int64_t until_us; /* when that may be over */
	size_t waiting; /* at the latest count */
	bool said; /* that something is held back */
};

struct holds {
	struct hold all[CHANNELS_MAX];
	size_t n;
	struct buf words;
	int64_t change_us, counted_us;
};

struct holds *holds_new(void)
{
	struct holds *holds = MEM_NEW(struct holds);
	holds->words = BUF_INIT(WORDS_MAX);
	return holds;
}

static void forget(struct hold *hold)
{
	free(hold->channel);
	pace_fini(&hold->pace);
}

void holds_free(struct holds *holds)
{
	if (!holds)
		return;
	for (size_t i = 0; i < holds->n; i++)
		forget(&holds->all[i]);
	buf_fini(&holds->words);
	free(holds);
}

static struct hold *find(const struct holds *holds, const char *channel)
{
	for (size_t i = 0; i < holds->n; i++)
		if (strcmp(holds->all[i].channel, channel) == 0)
			return (struct hold *)&holds->all[i];
	return NULL;
}

/* --- what is configured --- */

static void remember(struct hold *hold, struct outbox *outbox, int64_t now_wall_us)
{
	int64_t *times = mem_alloc(hold->max_per_hour * sizeof(*times));
	size_t n = outbox_told(
		outbox, hold->channel, now_wall_us - PACE_SPAN_US, hold->max_per_hour, times);
	pace_init(&hold->pace, hold->max_per_hour);
	while (n)
		pace_note(&hold->pace, times[--n]);
	free(times);
}

static void configure(struct holds *holds, const struct channel *channel, struct outbox *outbox,
	int64_t now_wall_us)
{
	struct hold *hold = find(holds, channel->name);
	if (!hold) {
		hold = &holds->all[holds->n++];
		*hold = (struct hold){.channel = mem_strdup(channel->name)};
	}
	hold->configured = true;
	if (hold->max_per_hour == channel->max_per_hour)
		return;
	hold->max_per_hour = channel->max_per_hour;
	pace_fini(&hold->pace);
	if (hold->max_per_hour)
		remember(hold, outbox, now_wall_us);
}

/* Those that are in no file any more have gone first, so that there is room. */
static void sweep(struct holds *holds, const struct alert_options *alerts)
{
	for (size_t i = 0; i < holds->n; i++)
		holds->all[i].configured = false;
	for (size_t i = 0; i < alerts->n_channels; i++) {
		const struct channel *channel = &alerts->channels[i];
		struct hold *hold = find(holds, channel->name);
		if (hold && (channel->max_per_hour || channel->n_quiet))
			hold->configured = true;
	}
	for (size_t i = holds->n; i-- > 0;)
		if (!holds->all[i].configured) {
			forget(&holds->all[i]);
			holds->all[i] = holds->all[--holds->n];
		}
}

/* --- what holds now --- */

static void note_change(struct holds *holds, int64_t at_us)
{
	if (at_us < holds->change_us)
		holds->change_us = at_us;
}

static void look_at_quiet(struct holds *holds, struct hold *hold, const struct channel *channel,
	struct zone zone, int64_t now_us)
{
	hold->quiet = 0;
	for (size_t i = 0; i < channel->n_quiet; i++) {
		struct maintenance_state state =
			maintenance_at(&channel->quiet[i].when, now_us, zone);
		note_change(holds, state.change_us);
		if (!state.inside)
			continue;
		hold->quiet |= channel->quiet[i].severities;
		if (state.change_us > hold->until_us)
			hold->until_us = state.change_us;
	}
}

static void look_at_pace(struct holds *holds, struct hold *hold, int64_t now_us)
{
	size_t places = hold->max_per_hour ? pace_places(&hold->pace, now_us) : 0;
	hold->full = hold->max_per_hour && places <= hold->under_way;
	if (!hold->full)
		return;
	int64_t free_us = pace_free_at(&hold->pace, now_us);
	if (free_us <= now_us)
		free_us = now_us + PLACES_PAUSE_US;
	note_change(holds, free_us);
	if (free_us > hold->until_us)
		hold->until_us = free_us;
}

static bool waits(const struct hold *hold, enum severity severity, bool opened)
{
	bool begins = severity == SEVERITY_PAGE && opened;
	return (hold->quiet >> severity & 1) || (hold->full && !begins);
}

static bool is_beginning(const struct outbox_row *row)
{
	return strcmp(row->event, "opened") == 0 || strcmp(row->event, "burning") == 0;
}

static void put_words(struct buf *words, const struct hold *hold)
{
	char key[OUTBOX_HELD_MAX];
	for (int severity = 0; severity < SEVERITY_COUNT; severity++)
		for (int opened = 0; opened < 2; opened++)
			if (waits(hold, (enum severity)severity, opened))
				buf_puts(words, outbox_held(hold->channel, (enum severity)severity,
							opened, key));
}

/* --- who is told of it --- */

static void say(struct hold *hold, int64_t now_us)
{
	bool now = hold->waiting && (hold->quiet || hold->full);
	if (now && !hold->said)
		log_write(LOG_INFO, "alert.held_back", LOG_STR("channel", hold->channel),
			LOG_STR("why", hold->quiet ? "quiet hours" : "max_per_hour"),
			LOG_INT("messages", hold->waiting),
			LOG_INT("for_s", (hold->until_us - now_us) / US_PER_S));
	else if (hold->said && !now)
		log_write(LOG_INFO, "alert.goes_on", LOG_STR("channel", hold->channel));
	hold->said = now;
}

static void count(struct holds *holds, struct outbox *outbox, int64_t now_us)
{
	bool any = holds->words.n > 0;
	if (now_us >= holds->counted_us && now_us < holds->counted_us + COUNT_PAUSE_US) {
		if (any)
			note_change(holds, holds->counted_us + COUNT_PAUSE_US);
		return;
	}
	for (size_t i = 0; i < holds->n; i++) {
		struct hold *hold = &holds->all[i];
		bool holds_back = hold->quiet || hold->full;
		hold->waiting =
			holds_back ? outbox_waiting(outbox, hold->channel, holds_words(holds)) : 0;
		say(hold, now_us);
	}
	holds->counted_us = now_us;
}

void holds_look(struct holds *holds, const struct alert_options *alerts, struct outbox *outbox,
	struct zone zone, int64_t now_wall_us)
{
	sweep(holds, alerts);
	holds->change_us = INT64_MAX;
	buf_reset(&holds->words);
	for (size_t i = 0; i < alerts->n_channels; i++) {
		const struct channel *channel = &alerts->channels[i];
		if (!channel->max_per_hour && !channel->n_quiet)
			continue;
		configure(holds, channel, outbox, now_wall_us);
		struct hold *hold = find(holds, channel->name);
		hold->until_us = now_wall_us;
		look_at_quiet(holds, hold, channel, zone, now_wall_us);
		look_at_pace(holds, hold, now_wall_us);
		put_words(&holds->words, hold);
	}
	count(holds, outbox, now_wall_us);
}

int64_t holds_change(const struct holds *holds)
{
	return holds->change_us;
}

const char *holds_words(const struct holds *holds)
{
	return holds->words.n ? buf_text(&holds->words) : NULL;
}

/* --- what is told --- */

/* Behind this one, beyond the places that are left. */
static size_t behind(const struct hold *hold, struct outbox *outbox, size_t places)
{
	size_t all = outbox_waiting(outbox, hold->channel, NULL);
	size_t others = all > hold->under_way ? all - hold->under_way : 0;
	return others > places ? others - places : 0;
}

bool holds_begin(
	struct holds *holds, struct outbox *outbox, const struct outbox_row *row, size_t *more)
{
	struct hold *hold = find(holds, row->channel);
	*more = 0;
	if (!hold)
		return true;
	if (waits(hold, row->severity, is_beginning(row)))
		return false;
	hold->under_way++;
	if (!hold->max_per_hour)
		return true;
	size_t places = pace_places(&hold->pace, clock_wall_us());
	hold->full = places <= hold->under_way;
	*more = behind(hold, outbox, hold->full ? 0 : places - hold->under_way);
	return true;
}

void holds_end(
	struct holds *holds, const struct outbox_row *row, bool delivered, int64_t now_wall_us)
{
	struct hold *hold = find(holds, row->channel);
	if (!hold)
		return;
	if (hold->under_way)
		hold->under_way--;
	if (delivered && hold->max_per_hour)
		pace_note(&hold->pace, now_wall_us);
}

size_t holds_waiting(const struct holds *holds, const char *channel)
{
	const struct hold *hold = find(holds, channel);
	return hold ? hold->waiting : 0;
}
