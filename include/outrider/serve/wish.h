/* serve/wish.h - what people and programs ask of the daemon through the server: the only way in which the
 * http thread changes anything. The server hands a wish over and waits for what became of it. */
#ifndef OUTRIDER_SERVE_WISH_H
#define OUTRIDER_SERVE_WISH_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum wish_kind {
	WISH_RUN, /* a check, now */
	WISH_PAUSE,
	WISH_RESUME,
	WISH_ACKNOWLEDGE, /* an incident */
	WISH_NOTE, /* of an incident */
	WISH_WINDOW, /* a maintenance window */
	WISH_WINDOW_END,
	WISH_ALERT_RETRY, /* one that was given up */
	WISH_ALERT_DISMISS,
};

/* All texts are borrowed until the answer is there. */
struct wish {
	enum wish_kind kind;
	const char *by; /* who was authenticated; never NULL */
	const char *check; /* RUN, PAUSE, RESUME */
	uint64_t incident; /* ACKNOWLEDGE, NOTE */
	const char *text; /* of a note; a window's title; may be NULL */
	int64_t window; /* its id: WINDOW_END */
	int64_t alert; /* its id: ALERT_RETRY, ALERT_DISMISS; it was given up */
	int64_t from_us, until_us; /* wall time; ACKNOWLEDGE: until, 0: it has no end */
	const char *const *checks; /* ids, that the window is for; */
	size_t n_checks; /* 0: for all */
};

enum wish_end {
	WISH_GRANTED,
	WISH_UNKNOWN, /* there is no such check, incident or window */
	WISH_REFUSED, /* it can't be now: paused, closed, under way; the error says why */
	WISH_INVALID, /* it makes no sense: a window that ends before it begins */
	WISH_UNABLE, /* nothing can be kept at the moment, so nothing was done */
	WISH_UNANSWERED, /* the daemon was busy for too long, or is stopping; it may happen still */
};

struct wish_answer {
	enum wish_end end;
	int64_t window; /* the new one's id */
	struct error error; /* why not */
};

/* Who grants wishes. Called on the server's thread; may wait for some seconds, never longer. */
struct wish_granter {
	void *ctx;
	void (*grant)(void *ctx, const struct wish *wish, struct wish_answer *answer);
};

#endif
