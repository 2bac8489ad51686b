#include "engine/unzip.h"

#include "base/memory.h"

#include <stdlib.h>
#define ZLIB_CONST
#include <zlib.h>

enum {
	PIECE_BYTES = 16 << 10,
	WINDOW_GZIP = MAX_WBITS + 16,
	ZLIB_METHOD = 8, /* RFC 1950, 2.2: the low half of the first byte */
};

struct unzip {
	z_stream stream;
	enum unzip_kind kind;
	bool begun, whole;
	unsigned char piece[PIECE_BYTES];
};

enum unzip_kind unzip_kind_of(const char *encoding)
{
	struct str name = str_trim(str_of(encoding ? encoding : ""));
	if (name.n == 0 || str_ieq(name, STR("identity")))
		return UNZIP_NONE;
	if (str_ieq(name, STR("gzip")) || str_ieq(name, STR("x-gzip")))
		return UNZIP_GZIP;
	return str_ieq(name, STR("deflate")) ? UNZIP_DEFLATE : UNZIP_UNKNOWN;
}

struct unzip *unzip_open(enum unzip_kind kind)
{
	struct unzip *unzip = MEM_NEW(struct unzip);
	unzip->kind = kind;
	unzip->whole = true;
	if (inflateInit2(&unzip->stream, kind == UNZIP_GZIP ? WINDOW_GZIP : MAX_WBITS) != Z_OK)
		mem_exhausted();
	return unzip;
}

void unzip_close(struct unzip *unzip)
{
	if (!unzip)
		return;
	inflateEnd(&unzip->stream);
	free(unzip);
}

/* RFC 9110, 8.4.1.2: some send deflate without the frame that belongs around it. */
static void begin(struct unzip *unzip, unsigned char first)
{
	unzip->begun = true;
	if (unzip->kind == UNZIP_DEFLATE && (first & 0x0f) != ZLIB_METHOD)
		inflateReset2(&unzip->stream, -MAX_WBITS);
}

static const char *broken(const struct unzip *unzip)
{
	return unzip->stream.msg ? unzip->stream.msg : "it can't be decoded";
}

static const char *feed(struct unzip *unzip, bool (*put)(void *ctx, struct str piece), void *ctx)
{
	z_stream *stream = &unzip->stream;
	for (;;) {
		if (unzip->whole && stream->total_in) {
			if (stream->avail_in == 0)
				return NULL;
			inflateReset(stream); /* a further member (RFC 1952, 2.2) */
		}
		unzip->whole = false;
		stream->next_out = unzip->piece;
		stream->avail_out = PIECE_BYTES;
		int status = inflate(stream, Z_NO_FLUSH);
		size_t n = PIECE_BYTES - stream->avail_out;
		unzip->whole = status == Z_STREAM_END;
		if (n && !put(ctx, (struct str){(const char *)unzip->piece, n}))
			return NULL;
		if (status == Z_BUF_ERROR ||
			(status == Z_OK && !stream->avail_in && stream->avail_out))
			return NULL;
		if (status != Z_OK && status != Z_STREAM_END)
			return broken(unzip);
	}
}

const char *unzip_feed(struct unzip *unzip, struct str *packed,
	bool (*put)(void *ctx, struct str piece), void *ctx)
{
	z_stream *stream = &unzip->stream;
	if (!unzip->begun) {
		if (packed->n == 0)
			return NULL;
		begin(unzip, (unsigned char)packed->p[0]);
	}
	stream->next_in = (const unsigned char *)packed->p;
	stream->avail_in = (uInt)packed->n;
	const char *wrong = feed(unzip, put, ctx);
	*packed = str_from(*packed, packed->n - stream->avail_in);
	return wrong;
}

bool unzip_whole(const struct unzip *unzip)
{
	return unzip->whole;
}
