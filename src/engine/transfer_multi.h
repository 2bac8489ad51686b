/* transfer_multi.h - a libcurl multi handle on libevent: its sockets and its one timer. Owned by
 * struct transfers; loop thread. */
#ifndef OUTRIDER_ENGINE_TRANSFER_MULTI_H
#define OUTRIDER_ENGINE_TRANSFER_MULTI_H

#include "base/error.h"

#include <curl/curl.h>
#include <stdint.h>
#include <sys/queue.h>

struct event_base;
struct multi;

/* Both are called outside of libcurl. */
struct multi_calls {
	/* After each turn: add, remove and read messages there. */
	void (*settle)(void *ctx);
	/* A handle that failed while it was resumed, of which libcurl leaves no message. */
	void (*failed)(void *ctx, CURL *easy, CURLcode code);
};

struct multi *multi_open(struct event_base *base, struct multi_calls calls, void *ctx,
	struct error *error) MUST_CHECK;
void multi_close(struct multi *multi); /* no handle may be in it; NULL is fine */

CURLM *multi_handle(const struct multi *multi);

/* Adds a fresh handle, whose request begins in this turn of the loop. */
void multi_enter(struct multi *multi, CURL *easy);
/* Inside libcurl handles must be neither added nor removed. */
bool multi_inside(const struct multi *multi);

/* The handle's write callback has returned CURL_WRITEFUNC_PAUSE: it goes on in a turn of its own, soon,
 * unless unpaused (forgotten) before. Give a pause that is all zero. */
struct multi_pause {
	TAILQ_ENTRY(multi_pause) link;
	CURL *easy; /* NULL: not in line */
};
void multi_pause(struct multi *multi, struct multi_pause *pause, CURL *easy);
void multi_unpause(struct multi *multi, struct multi_pause *pause);

/* Counts the turns. What is read in one turn was there together. */
uint64_t multi_turn(const struct multi *multi);

/* When what this turn reads was found to be there. Sockets that are found ready together wait for each
 * other, which is no fault of theirs: all have the moment in which the loop woke, or a later one in
 * which the kernel says that the last of it came (tcp(7), TCP_INFO). */
int64_t multi_ready_us(const struct multi *multi);

#endif
