#include "serve/payload.h"

#include "base/memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

uint64_t content_hash(struct str bytes)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	for (size_t i = 0; i < bytes.n; i++) {
		hash ^= (unsigned char)bytes.p[i];
		hash *= UINT64_C(0x100000001b3);
	}
	return hash;
}

struct payload *payload_take(const char *content_type, struct buf *body)
{
	struct payload *payload = MEM_NEW(struct payload);
	payload->holders = 1;
	payload->content_type = content_type;
	payload->body = *body;
	*body = BUF_INIT(body->max);
	snprintf(payload->etag, sizeof(payload->etag), "\"%016" PRIx64 "\"",
		content_hash(buf_str(&payload->body)));
	return payload;
}

struct payload *payload_hold(struct payload *payload)
{
	payload->holders++;
	return payload;
}

void payload_drop(struct payload *payload)
{
	if (!payload)
		return;
	void *prepared = payload->prepared;
	if (--payload->holders == 1 && prepared) {
		payload->prepared = NULL;
		payload->unprepare(prepared); /* drops the last hold, now or when it was sent */
	} else if (payload->holders == 0) {
		buf_fini(&payload->body);
		free(payload);
	}
}
