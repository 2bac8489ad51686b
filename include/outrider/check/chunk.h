/* check/chunk.h - what an event of a chat's stream says, taken in passing: nearly all events are
 * plain, and reading those must not delay the clocks of other streams. Pure. */
#ifndef OUTRIDER_CHECK_CHUNK_H
#define OUTRIDER_CHECK_CHUNK_H

#include "base/buf.h"

struct chunk {
	struct str content; /* a piece of the text */
	bool reasoning; /* its delta has reasoning or tool calls */
	bool finish; /* it has a finish_reason */
};

/* False when it is not plain: no JSON, an error in it, usage, escapes in what is wanted, or anything
 * but a chunk's shape. Then its tree must be read; where true, that would give the same. */
bool chunk_glance(struct str text, struct chunk *chunk);

enum { CHUNK_KEPT_MAX = 4096 };

/* Chunks of one stream mostly differ in their content alone: the last one that had any. */
struct chunk_model {
	struct buf text;
	size_t before, after; /* bytes in front of its content, and behind */
	struct chunk chunk;
};

void chunk_model_init(struct chunk_model *model);
void chunk_model_fini(struct chunk_model *model);

/* As chunk_glance, which it is spared where only the content is another. */
bool chunk_read(struct chunk_model *model, struct str text, struct chunk *chunk);

#endif
