/* engine/transfer.h - the one door to libcurl: a multi handle on libevent. Every transfer is a fresh
 * visitor: new connection, new look-up, new TLS session. One for each loop; that loop's thread. */
#ifndef OUTRIDER_ENGINE_TRANSFER_H
#define OUTRIDER_ENGINE_TRANSFER_H

#include "engine/transport.h"

struct event_base;
struct transfers;

/* Initialises libcurl on first use (before threads start). */
struct transfers *transfers_open(struct event_base *base, struct error *error) MUST_CHECK;
void transfers_close(struct transfers *transfers); /* cancels what is under way, without events */

struct transport transfers_transport(struct transfers *transfers);

/* "libcurl 7.88.1 with OpenSSL/3.0.15" */
const char *transfers_library(void);
/* The system's trusted certificates: a file, or NULL where none is built in. */
const char *transfers_ca_file(void);

#endif
