/* serve/board.h - the live picture: for each check its state, its last result, its counters. The
 * loop publishes, everybody reads by copy. Any thread; a mutex inside, held for microseconds. */
#ifndef OUTRIDER_SERVE_BOARD_H
#define OUTRIDER_SERVE_BOARD_H

#include "base/histogram.h"
#include "check/record.h"
#include "watch/health.h"
#include "watch/policy.h"
#include "watch/slo.h"

struct board;

struct board *board_new(void);
void board_free(struct board *board);

/* A new plan: keeps what is known of checks that stay (by id). demo: the pages say so. */
void board_load(
	struct board *board, const struct plan *plan, const struct watch_plan *watch, bool demo);

/* The open incident that a check is in. */
struct board_incident {
	uint64_t id; /* 0: none */
	ptrdiff_t
		root; /* index of the check that it is about; -1: it is not in the plan any more */
	bool acknowledged; /* a person takes care of it */
};
/* The state of one check (index of the plan), as restored or as it changed. */
void board_set_state(struct board *board, size_t index, struct health health, int64_t since_wall_us,
	struct board_incident incident);
/* What changed in an incident, for those who listen: in a word, and because of which check (an id). */
void board_incident(struct board *board, uint64_t incident, const char *change, const char *check);
void board_result(struct board *board, size_t index, const struct record *record);
void board_missed(struct board *board, size_t index, uint64_t slots);
void board_paused(struct board *board, size_t index, bool paused);
void board_running(struct board *board, size_t index, bool running);
/* How its objective stood when the server's thread counted last; false: it did not yet. */
bool board_slo(struct board *board, size_t index, struct slo_standing *standing);
/* When its next run is due, wall time; 0: never. */
void board_next(struct board *board, size_t index, int64_t at_wall_us);

enum {
	BOARD_STILL_US = 30000000
}; /* a part of the daemon that did not move for longer stands still */

enum { BOARD_CHANNEL_NAME_MAX = 64 };

/* What became of the tries to deliver alerts by a channel, since the start. */
struct board_channel {
	char name[BOARD_CHANNEL_NAME_MAX + 1];
	uint64_t delivered, failed, dead, held;
};

/* Of the daemon itself. Every field is read as it is written. */
struct board_self {
	int64_t started_wall_us;
	int64_t generated_wall_us; /* the history before it is generated; 0: none is */
	int64_t reloaded_wall_us;
	bool reload_ok;
	bool store_ok;
	bool service_histograms; /* in /metrics those of a service's checks are one */
	uint64_t store_queue;
	uint64_t store_commits;
	int64_t store_commit_us; /* in all */
	uint64_t alerts_pending, alerts_given_up;
	const struct board_channel *channels; /* copied by board_set_self */
	size_t n_channels;
	struct histogram lateness; /* of the schedule */
	int64_t offline_wall_us; /* since when no canary can be reached; 0: one can, or none is asked */
	const char *still; /* static: a thread that stands still; NULL: none */
};

/* Says also that the main loop moves: once it does not call this for BOARD_STILL_US, it stands still. */
void board_set_self(struct board *board, const struct board_self *self);

#endif
