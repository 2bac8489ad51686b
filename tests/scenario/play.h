/* tests/scenario/play.h - plays a block: a run on a virtual clock. */
#ifndef OUTRIDER_TESTS_SCENARIO_PLAY_H
#define OUTRIDER_TESTS_SCENARIO_PLAY_H

#include "config/config.h"
#include "script.h"

#include "check/run.h"

enum { COMMANDS_MAX = 256 };

/* How bodies are torn before the run sees them. */
struct tear {
	bool each; /* byte by byte */
	size_t cut; /* in two, there; 0: not */
};

/* What the run asked for, in order. */
struct asked {
	struct command command;
	int64_t at_us;
	unsigned attempt, step; /* of a send: which of the attempt's requests */
};

struct player {
	const char *path;
	const struct block *block;
	const struct line *line; /* the one that is played */
	struct tear tear;
	bool by_hand;
	struct run *run;
	struct record *record;
	int64_t now_us, wake_us;
	struct asked asked[COMMANDS_MAX];
	size_t n_asked, n_read;
	unsigned sends;
	struct buf scratch;

	/* Of the transfer under way. */
	bool connected, headers;
	int64_t sent_us, ttfb_us;
	size_t longest_body; /* seen so far: as far as tearing makes sense */
};

/* Ends the program when a demand is not met. The record is the caller's. */
struct record *play(struct player *player, const struct config *config, const char *path,
	const struct block *block, struct tear tear, size_t *longest_body);

_Noreturn void play_die(const struct player *p, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* demand.c: one `expect` line. */
void demand(struct player *p, const struct line *line);
/* Lets the next timer fire; false when none is set. */
bool play_timer(struct player *p);

#endif
