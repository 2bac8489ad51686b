/* serve/streams.h - visitors who listen to events: each is suspended while there is nothing to say, and taken up
 * again when something came, when a ping is due, or when it must go. Nothing is buffered for anybody: a reader
 * takes what the ring still has. The server's thread. */
#ifndef OUTRIDER_SERVE_STREAMS_H
#define OUTRIDER_SERVE_STREAMS_H

#include "serve/http.h"
#include "serve/news.h"
#include "serve/visitors.h"

#include <microhttpd.h>

enum {
	STREAMS_MAX = VISITORS_MAX / 4,
	STREAMS_ADDRESS_MAX = 96, /* a proxy's visitors all have its address */
	STREAM_PING_S = 15,
	STREAM_RETRY_MS = 2000, /* after which a browser comes back */
	STREAM_NEWS_MS = 50, /* they are told at most so often */
};

struct streams;

/* wake_fd: the eventfd that the thread sleeps on. */
struct streams *streams_new(struct board *board, int wake_fd);
/* After the daemon stopped. */
void streams_free(struct streams *streams);

/* The answer to whoever wants events. NULL: too many listen already. */
struct MHD_Response *streams_open(struct streams *streams, struct MHD_Connection *connection,
	struct visitor *visitor, const struct http_stream *wanted);

/* Whether anybody listens. */
bool streams_listen(const struct streams *streams);
/* How long the thread may sleep at most. */
int streams_wait_ms(const struct streams *streams, int64_t now_us, int max_ms);
/* Tells the news, when it is time. */
void streams_turn(struct streams *streams, int64_t now_us);
/* Once a second: pings, and an end for those who were cut off, left, or were let in by users and tokens of
 * another generation: who still may comes back. */
void streams_tick(struct streams *streams, uint64_t generation, int64_t now_us);
/* Before the daemon stops: all come to an end with its next turns. True: they have. */
bool streams_close(struct streams *streams);

#endif
