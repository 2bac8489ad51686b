#include "serve/gzip.h"

#include "base/memory.h"

#define ZLIB_CONST
#include <zlib.h>

enum {
	PIECE_BYTES = 16 << 10,
	WINDOW_GZIP = MAX_WBITS + 16,
	LEVEL_QUICK = 1,
	LEVEL_SMALL = 6,
};

bool gzip_is_worth(const char *content_type, size_t n)
{
	struct str type = str_of(content_type);
	bool text = str_starts(type, STR("text/"), false) ||
		    str_starts(type, STR("application/"), false) ||
		    str_starts(type, STR("image/svg+xml"), false);
	return text && n >= GZIP_WORTH && n <= GZIP_MAX;
}

void gzip_compress(struct str bytes, bool quick, struct buf *out)
{
	unsigned char piece[PIECE_BYTES];
	z_stream stream = {.next_in = (const unsigned char *)bytes.p, .avail_in = (uInt)bytes.n};
	if (deflateInit2(&stream, quick ? LEVEL_QUICK : LEVEL_SMALL, Z_DEFLATED, WINDOW_GZIP,
		    MAX_MEM_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK)
		mem_exhausted();
	int result = Z_OK;
	while (result == Z_OK) {
		stream.next_out = piece;
		stream.avail_out = sizeof(piece);
		result = deflate(&stream, Z_FINISH);
		buf_put(out, piece, sizeof(piece) - stream.avail_out);
	}
	deflateEnd(&stream);
}
