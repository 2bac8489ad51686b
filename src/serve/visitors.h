/* serve/visitors.h - who is connected, from where, and since when each one has been waiting: says
 * whom to cut off so that slow ones never crowd out the others. Given `now`, it looks at no clock
 * and touches no socket. The server's thread. */
#ifndef OUTRIDER_SERVE_VISITORS_H
#define OUTRIDER_SERVE_VISITORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	VISITORS_MAX = 512, /* the library's hard limit of connections */
	VISITORS_SOFT_MAX = 448, /* beyond it, one of the address that holds most is cut off */
	VISITORS_ADDRESS_MAX = 256, /* hard, for each address */
	VISITORS_ADDRESS_SOFT_MAX = 192, /* beyond it, one of this address */
	VISITOR_HEAD_S = 10, /* for the first request's whole head */
	VISITOR_IDLE_S = 60, /* between requests, with the next one's head */
	VISITOR_ANSWER_S = 60, /* to take an answer */
};

enum visitor_state { VISITOR_NEW, VISITOR_ANSWERED, VISITOR_IDLE, VISITOR_LISTENING };

struct visitor_address {
	uint8_t bytes[16]; /* IPv4 mapped into IPv6 */
};

/* All from one address. */
struct visitor_crowd {
	struct visitor_crowd *next;
	struct visitor_address address;
	size_t n; /* who may stay */
	size_t n_cut; /* who was told to go and has not left yet */
};

struct visitor {
	struct visitor *next;
	struct visitor_crowd *crowd;
	int fd;
	enum visitor_state state;
	int64_t since_us; /* of the state; monotonic */
	bool cut; /* was told to go */
};

struct visitors {
	struct visitor *first;
	struct visitor_crowd *crowds;
	size_t n; /* who may stay */
};

struct visitor *visitors_add(
	struct visitors *visitors, int fd, struct visitor_address address, int64_t now_us);
void visitors_remove(struct visitors *visitors, struct visitor *visitor); /* frees it */
void visitor_turn(struct visitor *visitor, enum visitor_state state, int64_t now_us);

void visitors_cut(struct visitors *visitors, struct visitor *visitor); /* marks it as told to go */

/* One that must go now and was not yet told so: over its time, or, of too many, the one that waits longest
 * of the address that holds most. Who comes from elsewhere than a crowd stays. Marks it. NULL: nobody. One
 * look at each visitor. */
struct visitor *visitors_cut_next(struct visitors *visitors, int64_t now_us);

#endif
