/* serve/guesses.h - how many passwords and tokens may be tried: so many from an address and so many from all, a few
 * at once and then at a pace. Given `now`, it looks at no clock. One thread at a time. */
#ifndef OUTRIDER_SRC_SERVE_GUESSES_H
#define OUTRIDER_SRC_SERVE_GUESSES_H

#include "serve/visitors.h"

enum {
	GUESSES_ADDRESS = 10, /* at once; of IPv6 the first 64 bits are one address */
	GUESSES_ADDRESS_EVERY_S = 6, /* then one more */
	GUESSES_ALL = 60,
	GUESSES_ALL_EVERY_S = 1,
	GUESSES_ADDRESSES_MAX = 256, /* that are remembered: the newest */
};

/* Zeroed, all may be tried. */
struct guesses {
	struct guesser {
		struct visitor_address from;
		int64_t full_us; /* when all may be tried again; monotonic */
	} guessers[GUESSES_ADDRESSES_MAX];
	int64_t full_us; /* the same of all addresses */
};

/* Takes one away; when none is left, nothing happens and the seconds until there is are returned, else 0. */
unsigned guesses_take(struct guesses *guesses, struct visitor_address from, int64_t now_us);
/* It was right: it doesn't count. */
void guesses_give_back(struct guesses *guesses, struct visitor_address from);

#endif
