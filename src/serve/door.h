/* serve/door.h - lets visitors in. Whoever comes from elsewhere than a crowd enters at once. One of a crowd waits
 * outside, at the cost of a descriptor, until there is room or somebody of it has had his time: to let each in and put
 * another one out would keep the thread busy for those who come again and again. The server's thread. */
#ifndef OUTRIDER_SERVE_DOOR_H
#define OUTRIDER_SERVE_DOOR_H

#include "serve/visitors.h"

#include <stdint.h>

enum {
	DOOR_WAITING_MAX = 4096, /* and at most a quarter of the descriptors that there may be */
	DOOR_WAIT_S = 10, /* then one is sent away */
	DOOR_LOOK_MS = 25, /* how often is looked for those who may enter */
	DOOR_AT_ONCE = 256, /* who come in a turn */
	DOOR_ENTER_MAX =
		16, /* who enter in a turn, of networks that somebody is here of: what they ask for is
				answered together, and the others wait for it */
	DOOR_PAUSE_MS = 100, /* when there are no descriptors left */
};

/* Takes the socket, and is free to close it. */
typedef void door_enter(void *ctx, int fd, const struct sockaddr *from, unsigned n);

struct door;

/* Of a socket that listens, which is the door's from then on. enter, for each who may, adds it to visitors. */
struct door *door_new(int listen_fd, struct visitors *visitors, door_enter *enter, void *ctx);
void door_free(struct door *door); /* NULL is fine; who waits is sent away */

/* How long the thread may sleep at most. */
int door_wait_ms(const struct door *door, int max_ms);

/* Lets in who may. epoll_fd: a set that tells of those who come, by an event without data. */
void door_turn(struct door *door, int epoll_fd, int64_t now_us);

#endif
