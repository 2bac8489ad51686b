#include "serve/board.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/text.h"
#include "serve/board_state.h"

#include <assert.h>
#include <stdlib.h>

enum {
	BOARD_ADDRESS_MAX = 128,
	BOARD_REQUEST_ID_MAX = 256,
	/* Inert, a byte becomes up to four; each text has its ellipsis and its NUL. */
	BOARD_TEXTS_MAX = 4 * (RECORD_MESSAGE_MAX + BOARD_ADDRESS_MAX + BOARD_REQUEST_ID_MAX) + 12,
};

static void lock(struct board *board)
{
	pthread_mutex_lock(&board->lock);
}

static void unlock(struct board *board)
{
	pthread_mutex_unlock(&board->lock);
}

struct board *board_new(void)
{
	struct board *board = MEM_NEW(struct board);
	pthread_mutex_init(&board->lock, NULL);
	board->shared = shared_plan_new(NULL, NULL, false);
	board->texts = BUF_INIT(BOARD_TEXTS_MAX);
	board->events =
		events_new((uint64_t)clock_wall_us()); /* none is numbered twice after a restart */
	board->wake_fd = -1;
	return board;
}

static void live_fini(struct live *live)
{
	free(live->last.texts);
	free(live->counts);
	free(live->duration);
	free(live->slo);
	if (live->chats) {
		free(live->chats->ttft);
		free(live->chats->token_gap);
	}
	free(live->chats);
}

void board_free(struct board *board)
{
	if (!board)
		return;
	for (size_t i = 0; i < board->shared->plan.n_checks; i++)
		live_fini(&board->live[i]);
	free(board->live);
	free(board->channels);
	buf_fini(&board->texts);
	events_free(board->events);
	shared_plan_drop(board->shared);
	pthread_mutex_destroy(&board->lock);
	free(board);
}

struct place {
	const char *id;
	size_t index;
};

static int place_order(const void *a, const void *b)
{
	const struct place *left = a;
	const struct place *right = b;
	return strcmp(left->id, right->id);
}

static struct place *places_of(const struct board_plan *plan)
{
	struct place *places = mem_alloc(plan->n_checks * sizeof(*places));
	for (size_t i = 0; i < plan->n_checks; i++)
		places[i] = (struct place){plan->checks[i].id, i};
	qsort(places, plan->n_checks, sizeof(*places), place_order);
	return places;
}

/* Moves what is known of the checks that stay; the rest is let go. */
static struct live *live_move(
	struct live *old, const struct board_plan *from, const struct board_plan *to)
{
	struct live *live = mem_alloc(to->n_checks * sizeof(*live));
	bool *moved = mem_alloc(from->n_checks * sizeof(*moved));
	struct place *places = places_of(from);
	for (size_t i = 0; i < to->n_checks; i++) {
		const struct place wanted = {.id = to->checks[i].id};
		const struct place *found = from->n_checks
						    ? bsearch(&wanted, places, from->n_checks,
							      sizeof(*places), place_order)
						    : NULL;
		if (!found || moved[found->index])
			continue;
		live[i] = old[found->index];
		moved[found->index] = true;
	}
	for (size_t i = 0; i < from->n_checks; i++)
		if (!moved[i])
			live_fini(&old[i]);
	free(places);
	free(moved);
	return live;
}

void board_load(
	struct board *board, const struct plan *plan, const struct watch_plan *watch, bool demo)
{
	struct shared_plan *fresh = shared_plan_new(plan, watch, demo);
	lock(board);
	struct shared_plan *stale = board->shared;
	struct live *old = board->live;
	board->live = live_move(old, &stale->plan, &fresh->plan);
	board->shared = fresh;
	board->generation++;
	board_publish(board, &(struct event){.kind = EVENT_RESET});
	unlock(board);
	free(old);
	shared_plan_drop(stale);
}

/* Locks; the index is the plan's. */
static struct live *lock_live(struct board *board, size_t index)
{
	lock(board);
	assert(index < board->shared->plan.n_checks);
	return &board->live[index];
}

static void unlock_changed(struct board *board, int64_t now_wall_us)
{
	board->generation++;
	board->updated_wall_us = now_wall_us;
	unlock(board);
}

static void publish_state(struct board *board, size_t index)
{
	const struct live *live = &board->live[index];
	board_publish(board, &(struct event){.kind = EVENT_STATE,
				     .check = board->shared->plan.checks[index].id,
				     .at_wall_us = live->since_wall_us,
				     .incident = live->incident,
				     .paused = live->paused,
				     .state = live->health.state});
}

static void publish_result(struct board *board, size_t index, const struct record *record)
{
	board_publish(board, &(struct event){.kind = EVENT_RESULT,
				     .check = board->shared->plan.checks[index].id,
				     .at_wall_us = record->started_wall_us,
				     .result = record->key,
				     .outcome = record->outcome,
				     .reason = record->reason,
				     .known_issue = record->known_issue,
				     .maintenance = record->maintenance,
				     .text = record->message,
				     .duration_us = record->duration_us,
				     .ttft_us = record->is_stream ? record->stream.ttft_us : -1,
				     .http_status = record->http_status});
}

void board_set_state(struct board *board, size_t index, struct health health, int64_t since_wall_us,
	struct board_incident incident)
{
	int64_t now = clock_wall_us();
	struct live *live = lock_live(board, index);
	bool changed = live->health.state != health.state || live->since_wall_us != since_wall_us ||
		       live->incident != incident.id;
	live->health = health;
	live->since_wall_us = since_wall_us;
	live->incident = incident.id;
	live->root = (int32_t)incident.root;
	live->acknowledged = incident.acknowledged;
	if (changed)
		publish_state(board, index);
	unlock_changed(board, now);
}

void board_incident(struct board *board, uint64_t incident, const char *change, const char *check)
{
	int64_t now = clock_wall_us();
	lock(board);
	board_publish(board, &(struct event){.kind = EVENT_INCIDENT,
				     .check = check && *check ? check : NULL,
				     .at_wall_us = now,
				     .incident = incident,
				     .text = change});
	unlock(board);
}

static void keep_last(struct latest *last, const struct record *record)
{
	*last = (struct latest){
		.key = record->key,
		.started_wall_us = record->started_wall_us,
		.duration_us = record->duration_us,
		.outcome = (uint8_t)record->outcome,
		.reason = (uint8_t)record->reason,
		.known_issue = record->known_issue,
		.maintenance = record->maintenance,
		.passed_after_retry = record->passed_after_retry,
		.is_stream = record->is_stream,
		.integrity = (uint8_t)record->integrity,
		.attempts = record->attempts,
		.http_status = (uint16_t)record->http_status,
		.timing = record->timing,
		.ttft_us = record->is_stream ? record->stream.ttft_us : -1,
		.tls_expires_us = record->tls.expires_us,
		.texts = last->texts,
		.n_texts = last->n_texts,
	};
}

static void put_text(struct buf *texts, const char *text, size_t max)
{
	text_inert(texts, str_of(text), max);
	buf_putc(texts, '\0');
}

/* In as much memory as they need. */
static void keep_texts(struct buf *texts, struct latest *last, const struct record *record)
{
	buf_reset(texts);
	put_text(texts, record->message, RECORD_MESSAGE_MAX);
	put_text(texts, record->request_id, BOARD_REQUEST_ID_MAX);
	put_text(texts, record->address, BOARD_ADDRESS_MAX);
	if (last->n_texts != texts->n)
		last->texts = mem_grow(last->texts, texts->n);
	last->n_texts = (uint32_t)texts->n;
	memcpy(last->texts, texts->p, texts->n);
}

static void remember(struct live *live, const struct record *record)
{
	uint64_t ms = record->key & ((UINT64_C(1) << RESULT_KEY_TIME_BITS) - 1);
	live->newest = (uint8_t)((live->newest + 1) % BOARD_RECENT_MAX);
	live->recent[live->newest] = (ms << RECENT_OUTCOME_BITS | record->outcome)
					     << RECENT_REASON_BITS |
				     record->reason;
	if (live->n_recent < BOARD_RECENT_MAX)
		live->n_recent++;
}

static void count(struct live *live, enum outcome outcome, enum reason reason)
{
	for (size_t i = 0; i < live->n_counts; i++) {
		if (live->counts[i].outcome != outcome || live->counts[i].reason != reason)
			continue;
		live->counts[i].n++;
		return;
	}
	live->counts = mem_grow(live->counts, (live->n_counts + 1) * sizeof(*live->counts));
	live->counts[live->n_counts++] = (struct board_count){outcome, reason, 1};
}

static void measure(struct tally **tally, const struct histogram_bounds *bounds, int64_t us)
{
	if (us < 0)
		return;
	if (!*tally) {
		*tally = mem_alloc(sizeof(**tally) + (bounds->n + 1) * sizeof(*(*tally)->counts));
		(*tally)->bounds = bounds;
	}
	(*tally)->counts[histogram_bucket(bounds, us)]++;
	(*tally)->sum_us += us;
}

static void add_tokens(uint64_t *sum, int64_t tokens)
{
	if (tokens > 0)
		*sum += (uint64_t)tokens;
}

static void keep_chat(struct live *live, const struct record *record)
{
	if (!live->chats)
		live->chats = MEM_NEW(struct chats);
	add_tokens(&live->chats->prompt_tokens, record->prompt_tokens);
	add_tokens(&live->chats->completion_tokens, record->completion_tokens);
	if (!record->is_stream)
		return;
	measure(&live->chats->ttft, &histogram_ttft_bounds, record->stream.ttft_us);
	measure(&live->chats->token_gap, &histogram_gap_bounds, record->stream.token_gap_us);
}

void board_result(struct board *board, size_t index, const struct record *record)
{
	int64_t now = clock_wall_us();
	struct live *live = lock_live(board, index);
	keep_last(&live->last, record);
	live->has_last = true;
	keep_texts(&board->texts, &live->last, record);
	remember(live, record);
	count(live, record->outcome, record->reason);
	if (record->outcome != OUTCOME_SKIP)
		measure(&live->duration, &histogram_check_bounds, record->duration_us);
	if (record->is_stream || record->prompt_tokens > 0 || record->completion_tokens > 0)
		keep_chat(live, record);
	publish_result(board, index, record);
	unlock_changed(board, now);
}

void board_missed(struct board *board, size_t index, uint64_t slots)
{
	struct live *live = lock_live(board, index);
	live->missed += slots;
	board->generation++;
	unlock(board);
}

void board_paused(struct board *board, size_t index, bool paused)
{
	struct live *live = lock_live(board, index);
	if (live->paused != paused) {
		live->paused = paused;
		board->generation++;
		publish_state(board, index);
	}
	unlock(board);
}

void board_running(struct board *board, size_t index, bool running)
{
	struct live *live = lock_live(board, index);
	board->generation += running && !live->running; /* what ends has a result, which says so */
	live->running = running;
	unlock(board);
}

void board_next(struct board *board, size_t index, int64_t at_wall_us)
{
	lock_live(board, index)->next_wall_us = at_wall_us;
	unlock(board);
}

void board_set_self(struct board *board, const struct board_self *self)
{
	int64_t now_us = clock_mono_us();
	lock(board);
	if (!board->self_known || board->self.store_ok != self->store_ok ||
		board->self.offline_wall_us != self->offline_wall_us)
		board->generation++;
	if (self->n_channels != board->self.n_channels)
		board->channels =
			mem_grow(board->channels, self->n_channels * sizeof(*board->channels));
	if (self->n_channels)
		memcpy(board->channels, self->channels,
			self->n_channels * sizeof(*board->channels));
	board->self = *self;
	board->self.channels = board->channels;
	board->self_known = true;
	board->self_mono_us = now_us;
	unlock(board);
}
