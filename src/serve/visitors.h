/* serve/visitors.h - who is connected, from where, and since when each one has been waiting: says
 * whom to cut off so that slow ones never crowd out the others. Given `now`, it looks at no clock
 * and touches no socket. The server's thread. */
#ifndef OUTRIDER_SERVE_VISITORS_H
#define OUTRIDER_SERVE_VISITORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

enum {
	VISITORS_MAX = 512, /* the library's hard limit of connections */
	VISITORS_SOFT_MAX = 448, /* beyond it, one of the address that holds most is cut off */
	VISITORS_ADDRESS_MAX = 256, /* hard, for each address */
	VISITORS_ADDRESS_SOFT_MAX = 192, /* beyond it, one of this address */
	VISITOR_TIME_MS =
		1000, /* that one has before somebody of the same network takes the place */
	VISITOR_HEAD_S = 10, /* for the first request's whole head */
	VISITOR_IDLE_S = 60, /* between requests, with the next one's head */
	VISITOR_ANSWER_S = 60, /* to take an answer */
	VISITORS_HELD_MAX =
		64 << 20, /* bytes of answers under way; beyond it, one of the address whose
					 readers hold most is cut off */
};

enum visitor_state { VISITOR_NEW, VISITOR_ANSWERED, VISITOR_IDLE, VISITOR_LISTENING };

struct visitor_address {
	uint8_t bytes[16]; /* IPv4 mapped into IPv6 */
};

/* All from one network: an address of IPv4, or the 64 bits of IPv6 in which a machine chooses its own address. */
struct visitor_crowd {
	struct visitor_crowd *next;
	struct visitors *all;
	struct visitor_address network;
	struct visitor *first;
	size_t n; /* who may stay */
	size_t n_cut; /* who was told to go and has not left yet */
	size_t held; /* of those who may stay */
};

struct visitor {
	struct visitor *next, *previous; /* of the crowd */
	struct visitor_crowd *crowd;
	struct visitor_address address;
	int fd;
	enum visitor_state state;
	int64_t since_us; /* of the state; monotonic */
	size_t held; /* bytes that its answer takes */
	bool cut; /* was told to go */
};

struct visitors {
	struct visitor_crowd *crowds;
	size_t n; /* who may stay */
	size_t n_cut; /* who have not left yet */
	size_t held; /* by those who may stay */
};

struct visitor_address visitor_address_of(const struct sockaddr_storage *address);
/* What counts as one address. */
struct visitor_address visitor_network(struct visitor_address address);

/* Whether somebody of a network is here, and may stay. */
bool visitors_know(const struct visitors *visitors, struct visitor_address network);
/* Whether those who were told to go have left as much room as one needs. */
bool visitors_have_room(const struct visitors *visitors);
/* Whether one of a network may enter now, though somebody may have to go for that: there is room, none of it is here,
 * another network has more places, or whoever would have to go has had his time. Looks at each network. */
bool visitors_may_enter(
	const struct visitors *visitors, struct visitor_address network, int64_t now_us);

struct visitor *visitors_add(
	struct visitors *visitors, int fd, struct visitor_address address, int64_t now_us);
void visitors_remove(struct visitors *visitors, struct visitor *visitor); /* frees it */
void visitor_turn(struct visitor *visitor, enum visitor_state state, int64_t now_us);
/* So many bytes are kept until it has taken its answer; 0: none any more. */
void visitor_hold(struct visitor *visitor, size_t bytes);

/* Each in turn, those too who were told to go; after NULL comes the first one, after the last one NULL. */
struct visitor *visitors_after(const struct visitors *visitors, const struct visitor *visitor);

void visitors_cut(struct visitors *visitors, struct visitor *visitor); /* marks it as told to go */

/* One that must go now and was not yet told so. Marks it. NULL: nobody. */
/* Over its time. Looks at each. */
struct visitor *visitors_cut_overdue(struct visitors *visitors, int64_t now_us);
/* Of too many, or of too much that is held, the one that waits longest of the network that has most. Who comes from
 * elsewhere than a crowd stays. Looks at each network. */
struct visitor *visitors_cut_surplus(struct visitors *visitors);

#endif
