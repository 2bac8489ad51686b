/* serve/payload.h - the bytes of an answer, constant, counted by those who still send them, so that
 * one rendering serves many; as they are, and compressed where that is worth it. The server's thread. */
#ifndef OUTRIDER_SERVE_PAYLOAD_H
#define OUTRIDER_SERVE_PAYLOAD_H

#include "base/buf.h"

#include <stdint.h>

enum { ETAG_MAX = 28 };

enum payload_coding { PAYLOAD_PLAIN, PAYLOAD_GZIP, PAYLOAD_CODINGS };

struct payload {
	unsigned holders;
	const char *content_type; /* a literal */
	struct buf body;
	bool is_coded; /* who accepts it gets a compressed form */
	struct buf gzip; /* that form; empty until somebody does */
	char etag[ETAG_MAX]; /* with its quotes; empty: payload_etag makes both */
	char etag_gzip[ETAG_MAX]; /* RFC 9110, 8.8.3.3: other bytes, another tag */
	/* The answer as a library sends it, made once of each form. Each holds the payload too, so when
	 * nobody else does, unprepare lets them go. */
	void *prepared[PAYLOAD_CODINGS];
	void (*unprepare)(void *prepared);
};

/* Takes what is in body; the caller holds it. Longer texts have a compressed form. */
struct payload *payload_take(const char *content_type, struct buf *body);
/* The same compressed, as RFC 1952 has it; taken. Before anything is prepared. */
void payload_take_gzip(struct payload *payload, struct buf *gzip);
struct payload *payload_hold(struct payload *payload);
void payload_drop(struct payload *payload); /* NULL is fine */

/* What to send to whoever accepts that: gzip where there is one and RFC 9110, 12.5.3, allows it. Its bytes
 * are made when they are asked for, once. */
enum payload_coding payload_choose(const struct payload *payload, const char *accept_encoding);
const struct buf *payload_bytes(struct payload *payload, enum payload_coding coding);
const char *payload_etag(struct payload *payload, enum payload_coding coding);

/* FNV-1a, 64 bits: tells contents apart, protects nothing. */
uint64_t content_hash(struct str bytes);

#endif
