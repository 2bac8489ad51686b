#include "serve/view.h"

#include "base/clock.h"
#include "serve/board_state.h"

enum { COPY_BATCH = 64 }; /* checks copied under one hold of the lock */

static const char *text_after(const char *text)
{
	return text + strlen(text) + 1;
}

static void copy_texts(struct arena *arena, const struct latest *last, struct board_last *copy)
{
	copy->message = arena_str(arena, (struct str){last->texts, last->n_texts}).p;
	copy->request_id = text_after(copy->message);
	copy->address = text_after(copy->request_id);
}

static void copy_last(const struct latest *last, struct board_check *check)
{
	check->last = (struct board_last){
		.key = last->key,
		.started_wall_us = last->started_wall_us,
		.duration_us = last->duration_us,
		.outcome = (enum outcome)last->outcome,
		.reason = (enum reason)last->reason,
		.known_issue = last->known_issue,
		.maintenance = last->maintenance,
		.passed_after_retry = last->passed_after_retry,
		.is_stream = last->is_stream,
		.integrity = (enum integrity)last->integrity,
		.attempts = last->attempts,
		.http_status = last->http_status,
		.timing = last->timing,
		.ttft_us = last->ttft_us,
		.tls_expires_us = last->tls_expires_us,
		.message = "",
		.request_id = "",
		.address = "",
	};
}

static void copy_recent(const struct live *live, struct board_check *check)
{
	const uint64_t outcomes = (1 << RECENT_OUTCOME_BITS) - 1,
		       reasons = (1 << RECENT_REASON_BITS) - 1;
	uint64_t number = live->last.key >> RESULT_KEY_TIME_BITS << RESULT_KEY_TIME_BITS;
	check->n_recent = live->n_recent;
	for (size_t i = 0; i < live->n_recent; i++) {
		size_t at = (live->newest + BOARD_RECENT_MAX - i) % BOARD_RECENT_MAX;
		uint64_t one = live->recent[at];
		check->recent[i] = (struct board_recent){
			number | one >> (RECENT_OUTCOME_BITS + RECENT_REASON_BITS),
			(enum outcome)(one >> RECENT_REASON_BITS & outcomes),
			(enum reason)(one & reasons)};
	}
}

static const struct histogram *copy_histogram(struct arena *arena, const struct tally *tally)
{
	if (!tally)
		return NULL;
	struct histogram *copy = ARENA_NEW(arena, struct histogram);
	*copy = (struct histogram){.bounds = tally->bounds, .sum_us = tally->sum_us};
	for (size_t i = 0; i <= tally->bounds->n; i++) {
		copy->counts[i] = tally->counts[i];
		copy->count += tally->counts[i];
	}
	return copy;
}

static void copy_metrics(struct arena *arena, const struct live *live, struct board_check *check)
{
	struct board_count *counts = ARENA_ARRAY(arena, live->n_counts, struct board_count);
	for (size_t i = 0; i < live->n_counts; i++)
		counts[i] = live->counts[i];
	check->counts = counts;
	check->n_counts = live->n_counts;
	check->duration = copy_histogram(arena, live->duration);
	if (!live->chats)
		return;
	check->prompt_tokens = live->chats->prompt_tokens;
	check->completion_tokens = live->chats->completion_tokens;
	check->ttft = copy_histogram(arena, live->chats->ttft);
	check->token_gap = copy_histogram(arena, live->chats->token_gap);
}

static void copy_check(const struct live *live, struct board_check *check)
{
	check->health = live->health;
	check->since_wall_us = live->since_wall_us;
	check->incident = live->incident;
	check->root = live->root;
	check->acknowledged = live->acknowledged;
	check->next_wall_us = live->next_wall_us;
	check->running = live->running;
	check->paused = live->paused;
	check->missed = live->missed;
	check->has_last = live->has_last;
	if (live->has_last)
		copy_last(&live->last, check);
}

static void copy_results(struct arena *arena, const struct live *live, struct board_check *check)
{
	if (live->has_last)
		copy_texts(arena, &live->last, &check->last);
	copy_recent(live, check);
}

static void drop_plan(void *shared)
{
	shared_plan_drop(shared);
}

static const char *what_stands_still(const struct board *board)
{
	if (board->self_known && clock_mono_us() - board->self_mono_us > BOARD_STILL_US)
		return "main loop";
	return board->self.still;
}

static void copy_self(struct arena *arena, const struct board *board, struct board_view *view)
{
	size_t n = board->self.n_channels;
	struct board_channel *channels = ARENA_ARRAY(arena, n, struct board_channel);
	for (size_t i = 0; i < n; i++)
		channels[i] = board->self.channels[i];
	view->self = board->self;
	view->self.channels = channels;
	view->self_known = board->self_known;
	view->still = what_stands_still(board);
}

static void add_recent(struct arena *arena, struct board_view *view)
{
	size_t n = view->plan->n_checks;
	struct board_recent *recent = ARENA_ARRAY(arena, n * BOARD_RECENT_MAX, struct board_recent);
	for (size_t i = 0; i < n; i++)
		view->checks[i].recent = recent + i * BOARD_RECENT_MAX;
}

/* The whole but the checks. */
static struct shared_plan *copy_frame(
	struct board *board, struct arena *arena, enum board_depth depth, struct board_view *view)
{
	pthread_mutex_lock(&board->lock);
	struct shared_plan *shared = shared_plan_hold(board->shared);
	view->newest_event = events_newest(board->events);
	view->generation = board->generation;
	view->updated_wall_us = board->updated_wall_us;
	copy_self(arena, board, view);
	pthread_mutex_unlock(&board->lock);
	arena_on_fini(arena, drop_plan, shared);
	view->plan = &shared->plan;
	view->checks = ARENA_ARRAY(arena, shared->plan.n_checks, struct board_check);
	for (size_t i = 0; i < shared->plan.n_checks; i++)
		view->checks[i].definition = &shared->plan.checks[i];
	if (depth == BOARD_STATE)
		add_recent(arena, view);
	return shared;
}

/* False when another plan was loaded meanwhile. */
static bool copy_batch(struct board *board, struct arena *arena, enum board_depth depth,
	const struct shared_plan *shared, struct board_view *view, size_t first)
{
	pthread_mutex_lock(&board->lock);
	bool same = board->shared == shared;
	for (size_t i = first; same && i < first + COPY_BATCH && i < shared->plan.n_checks; i++) {
		copy_check(&board->live[i], &view->checks[i]);
		if (depth == BOARD_METRICS)
			copy_metrics(arena, &board->live[i], &view->checks[i]);
		else
			copy_results(arena, &board->live[i], &view->checks[i]);
	}
	pthread_mutex_unlock(&board->lock);
	return same;
}

static bool copy_checks(struct board *board, struct arena *arena, enum board_depth depth,
	const struct shared_plan *shared, struct board_view *view)
{
	for (size_t at = 0; at < shared->plan.n_checks; at += COPY_BATCH)
		if (!copy_batch(board, arena, depth, shared, view, at))
			return false;
	return true;
}

struct board_view *board_view(struct board *board, struct arena *arena, enum board_depth depth)
{
	struct board_view *view = ARENA_NEW(arena, struct board_view);
	while (!copy_checks(board, arena, depth, copy_frame(board, arena, depth, view), view))
		continue;
	return view;
}

const struct board_plan *board_plan(struct board *board, struct arena *arena)
{
	pthread_mutex_lock(&board->lock);
	struct shared_plan *shared = shared_plan_hold(board->shared);
	pthread_mutex_unlock(&board->lock);
	arena_on_fini(arena, drop_plan, shared);
	return &shared->plan;
}

uint64_t board_generation(struct board *board)
{
	pthread_mutex_lock(&board->lock);
	uint64_t generation = board->generation;
	pthread_mutex_unlock(&board->lock);
	return generation;
}

size_t board_find(const struct board_plan *plan, const char *id)
{
	size_t i = 0;
	while (i < plan->n_checks && strcmp(plan->checks[i].id, id) != 0)
		i++;
	return i;
}
