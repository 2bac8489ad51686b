/* serve/objectives.h - how each check stands against its objective: counted from history a slice at a time,
 * kept in memory. Whatever there is to look at, a turn takes no longer than OBJECTIVES_SPEND_US, so what
 * is told is a minute old, or older where that does not suffice. The server's thread. */
#ifndef OUTRIDER_SERVE_OBJECTIVES_H
#define OUTRIDER_SERVE_OBJECTIVES_H

#include "serve/history.h"

enum {
	OBJECTIVES_FRESH_S = 60,
	OBJECTIVES_FRESH_NEWS_S = 5, /* of what failed just now, has news, or is not known */
	OBJECTIVES_SPEND_US = 50000, /* of a second; the rest waits for the next turn */
};

struct objectives;

struct objectives *objectives_new(void);
void objectives_free(struct objectives *objectives);

/* Takes the plan that the board has now, and looks again at what is old. view: of the board, or NULL;
 * what it shows newer results of is looked at sooner. */
void objectives_refresh(struct objectives *objectives, struct board *board,
	const struct board_view *view, struct history *history, int64_t now_wall_us);
/* Rises when a refresh changed what is known. */
uint64_t objectives_generation(const struct objectives *objectives);

/* Fills in what is known, until the next refresh. A view of another plan stays as it is. */
void objectives_fill(const struct objectives *objectives, struct board_view *view);

#endif
