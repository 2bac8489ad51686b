/* serve/board_state.h - the inside of the board, between board.c (publishing) and view.c (reading).
 * Everything is under the lock but the plan, which is constant and counted. */
#ifndef OUTRIDER_SERVE_BOARD_STATE_H
#define OUTRIDER_SERVE_BOARD_STATE_H

#include "serve/events.h"
#include "serve/view.h"

#include <pthread.h>
#include <stdatomic.h>

struct shared_plan {
	struct board_plan plan;
	struct arena arena;
	atomic_uint holders;
};

/* A histogram of one check, small since there are many: 32 bits last for 136 years of a run a second. */
struct tally {
	const struct histogram_bounds *bounds;
	int64_t sum_us;
	uint32_t counts[]; /* bounds->n and one above */
};

/* A recent result: the time of its key, its outcome, its reason. Its check's number is the last key's. */
enum { RECENT_OUTCOME_BITS = 8, RECENT_REASON_BITS = 8 };

/* The newest result, as struct board_last has it, in little memory; its texts stand one after the other, each
 * with its NUL: message, request id, address. */
struct latest {
	uint64_t key;
	int64_t started_wall_us, duration_us;
	struct timing timing;
	int64_t ttft_us, tls_expires_us;
	char *texts;
	uint32_t n_texts; /* bytes */
	uint32_t attempts;
	uint16_t http_status;
	uint8_t outcome, reason, integrity;
	bool known_issue : 1, maintenance : 1, passed_after_retry : 1, is_stream : 1;
};

/* What only chats have. */
struct chats {
	uint64_t prompt_tokens, completion_tokens;
	struct tally *ttft, *token_gap;
};

/* What is known of one check; there may be ten thousand. */
struct live {
	struct health health;
	int64_t since_wall_us;
	uint64_t incident;
	int32_t root; /* struct board_incident */
	int64_t next_wall_us; /* 0: never, or not known */
	bool running;
	bool paused;
	bool acknowledged;
	bool has_last;
	uint8_t n_recent;
	uint8_t newest; /* place in the ring */
	uint16_t n_counts;
	uint64_t missed;
	struct latest last;
	uint64_t recent[BOARD_RECENT_MAX];
	struct board_count *counts;
	struct tally *duration;
	struct slo_standing *slo; /* NULL: nobody counted it */
	struct chats *chats; /* NULL: no tokens, no stream so far */
};

struct board {
	pthread_mutex_t lock;
	uint64_t generation;
	int64_t updated_wall_us;
	struct shared_plan *shared;
	struct live *live;
	struct buf texts; /* scratch */
	struct board_self self;
	struct board_channel *channels; /* self's */
	bool self_known;
	int64_t self_mono_us; /* when self was set */
	struct events *events;
	int wake_fd; /* -1: nobody listens */
	bool told; /* that something came */
};

/* How an objective stands; of another plan than the board's it is forgotten. */
void board_put_slo(struct board *board, const struct board_plan *plan, size_t index,
	const struct slo_standing *standing);

/* Adds an event, under the lock. */
void board_publish(struct board *board, const struct event *event);

struct shared_plan *shared_plan_new(
	const struct plan *plan, const struct watch_plan *watch, bool demo);
struct shared_plan *shared_plan_hold(struct shared_plan *shared);
void shared_plan_drop(struct shared_plan *shared);

#endif
