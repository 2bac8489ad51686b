/* sim/conn.h - one connection of the stand-in: collects a request, runs the script it is answered
 * with, then waits for the next. Owned by its wire's list; frees itself when it ends. */
#ifndef OUTRIDER_SIM_CONN_H
#define OUTRIDER_SIM_CONN_H

#include "sim/wire.h"

struct conn;

struct conn_list {
	struct conn *first;
	size_t n;
};

/* Takes the descriptor (non-blocking) and greets as it is told. */
void conn_open(struct event_base *base, int fd, enum tls_manner manner,
	const struct wire_handler *handler, struct conn_list *list);
void conn_reset_all(struct conn_list *list);

#endif
