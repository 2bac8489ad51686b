/* serve/payload.h - the bytes of an answer, constant, counted by those who still send them, so that
 * one rendering serves many. The server's thread. */
#ifndef OUTRIDER_SERVE_PAYLOAD_H
#define OUTRIDER_SERVE_PAYLOAD_H

#include "base/buf.h"

#include <stdint.h>

enum { ETAG_MAX = 24 };

struct payload {
	unsigned holders;
	const char *content_type; /* a literal */
	struct buf body;
	char etag[ETAG_MAX]; /* with its quotes */
	/* The answer as a library sends it, made once. It holds the payload too, so when nobody else
	 * does, unprepare lets it go. */
	void *prepared;
	void (*unprepare)(void *prepared);
};

/* Takes what is in body; the caller holds it. */
struct payload *payload_take(const char *content_type, struct buf *body);
struct payload *payload_hold(struct payload *payload);
void payload_drop(struct payload *payload); /* NULL is fine */

/* FNV-1a, 64 bits: tells contents apart, protects nothing. */
uint64_t content_hash(struct str bytes);

#endif
