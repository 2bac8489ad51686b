/* check/sse.h - an incremental parser of event streams, after the HTML Standard, section 9.2.6
 * (parsing an event stream). Bytes may be torn anywhere, inside a UTF-8 character, a CRLF, the byte
 * order mark too: the events are the same. Owned by one run. Pure. */
#ifndef OUTRIDER_CHECK_SSE_H
#define OUTRIDER_CHECK_SSE_H

#include "base/buf.h"
#include "base/str.h"

enum {
	SSE_LINE_MAX = 8 << 20, /* longer lines are cut; the event is marked */
	SSE_DATA_MAX = 8 << 20, /* of an event, as much as of an answer that is none */
	SSE_SPARE_MAX = 64 << 10, /* memory kept from one event to the next */
};

enum sse_kind {
	SSE_LINE, /* any line that is not empty, as it came; before what it means */
	SSE_COMMENT, /* text after the colon */
	SSE_EVENT, /* an event was dispatched */
};

struct sse_item {
	enum sse_kind kind;
	struct str text; /* the line, the comment, the event's data */
	struct str type; /* of an event: "message" unless named */
	bool cut; /* a limit was reached inside it */
};

struct sse {
	struct buf line;
	struct buf data; /* from data_at on: it may have been the line's buffer */
	size_t data_at;
	struct buf type;
	bool has_data;
	bool after_cr; /* a CR ended the last line: a LF now belongs to it */
	unsigned bom; /* bytes of a byte order mark seen so far; 3 when past it */
};

void sse_init(struct sse *sse);
void sse_fini(struct sse *sse);

/* Hands every item to take(ctx, item); what it points to lives until the call returns. */
void sse_feed(struct sse *sse, struct str bytes,
	void (*take)(void *ctx, const struct sse_item *item), void *ctx);

/* The body ended. The standard drops an event without its blank line; here a last line without its
 * end and an event that lacks only its blank line are handed over too, since the services' clients
 * read lines, and an answer that ends in "data: [DONE]\n" is whole for them. */
void sse_end(struct sse *sse, void (*take)(void *ctx, const struct sse_item *item), void *ctx);

#endif
