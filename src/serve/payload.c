#include "serve/payload.h"

#include "base/memory.h"
#include "serve/gzip.h"
#include "serve/http.h"

#include <assert.h>
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
	payload->gzip = BUF_INIT(SIZE_MAX);
	payload->is_coded = gzip_is_worth(content_type, payload->body.n);
	*body = BUF_INIT(body->max);
	return payload;
}

void payload_take_gzip(struct payload *payload, struct buf *gzip)
{
	assert(!payload->gzip.n);
	payload->gzip = *gzip;
	payload->is_coded = true;
	*gzip = BUF_INIT(gzip->max);
}

struct payload *payload_hold(struct payload *payload)
{
	payload->holders++;
	return payload;
}

/* Only what is prepared holds it. */
static bool is_left_alone(const struct payload *payload)
{
	unsigned prepared = 0;
	for (size_t i = 0; i < PAYLOAD_CODINGS; i++)
		prepared += payload->prepared[i] != NULL;
	return prepared && payload->holders == prepared;
}

static void let_go(struct payload *payload)
{
	void *prepared[PAYLOAD_CODINGS];
	void (*unprepare)(void *) = payload->unprepare;
	memcpy(prepared, payload->prepared, sizeof(prepared));
	memset(payload->prepared, 0, sizeof(payload->prepared));
	/* Each drops its hold, now or when it was sent; the last one frees the payload. */
	for (size_t i = 0; i < PAYLOAD_CODINGS; i++)
		if (prepared[i])
			unprepare(prepared[i]);
}

void payload_drop(struct payload *payload)
{
	if (!payload)
		return;
	if (--payload->holders == 0) {
		buf_fini(&payload->body);
		buf_fini(&payload->gzip);
		free(payload);
	} else if (is_left_alone(payload)) {
		let_go(payload);
	}
}

enum payload_coding payload_choose(const struct payload *payload, const char *accept_encoding)
{
	return payload->is_coded && http_accepts_gzip(accept_encoding) ? PAYLOAD_GZIP
								       : PAYLOAD_PLAIN;
}

const struct buf *payload_bytes(struct payload *payload, enum payload_coding coding)
{
	if (coding == PAYLOAD_PLAIN)
		return &payload->body;
	bool quick = payload->holders == 1 && payload->body.n > GZIP_SHORT;
	if (!payload->gzip.n)
		gzip_compress(buf_str(&payload->body), quick, &payload->gzip);
	return &payload->gzip;
}

/* Not before somebody asks: of what nobody keeps it would cost as much as sending it. */
static void make_etags(struct payload *payload)
{
	uint64_t hash = content_hash(buf_str(&payload->body));
	snprintf(payload->etag, sizeof(payload->etag), "\"%016" PRIx64 "\"", hash);
	snprintf(payload->etag_gzip, sizeof(payload->etag_gzip), "\"%016" PRIx64 "-gzip\"", hash);
}

const char *payload_etag(struct payload *payload, enum payload_coding coding)
{
	if (!payload->etag[0])
		make_etags(payload);
	switch (coding) {
	case PAYLOAD_PLAIN: return payload->etag;
	case PAYLOAD_GZIP: return payload->etag_gzip;
	case PAYLOAD_CODINGS: break;
	}
	abort();
}
