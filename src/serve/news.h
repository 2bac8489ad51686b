/* serve/news.h - reads the board's events. The server's thread. */
#ifndef OUTRIDER_SERVE_NEWS_H
#define OUTRIDER_SERVE_NEWS_H

#include "serve/board.h"

#include <stdint.h>

/* How far a reader is. */
struct news_place {
	uint64_t after; /* the newest event that was read whole */
	size_t read; /* bytes of the one after that */
};

uint64_t news_newest(struct board *board);

/* Text of event streams from that place on: at most n bytes, about a check (NULL: about all). What is no longer
 * there becomes an event "reset". 0: there is nothing new. False: the event that was read in part is gone. */
bool news_read(struct board *board, struct news_place *place, const char *check, char *out,
	size_t n, size_t *got);

/* From now on the next event is told by a write to the eventfd; -1: nobody listens any more. */
void news_wake(struct board *board, int fd);
/* Whether something came since the last call. The next event after this is told again. */
bool news_came(struct board *board);

#endif
