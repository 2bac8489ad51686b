#include "sim/gzip.h"

#include "base/memory.h"

#include <stdlib.h>
#include <zlib.h>

enum { GZIP_WINDOW = 15 + 16 /* 16: the gzip format */, GZIP_MEMORY = 8, GZIP_FLUSH = 64 };

struct gzip {
	z_stream z;
};

struct gzip *gzip_new(void)
{
	struct gzip *gzip = MEM_NEW(struct gzip);
	if (deflateInit2(&gzip->z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP_WINDOW, GZIP_MEMORY,
		    Z_DEFAULT_STRATEGY) != Z_OK)
		mem_exhausted();
	return gzip;
}

void gzip_free(struct gzip *gzip)
{
	if (!gzip)
		return;
	deflateEnd(&gzip->z);
	free(gzip);
}

struct str gzip_piece(struct gzip *gzip, struct str bytes, bool last, struct arena *arena)
{
	size_t room = deflateBound(&gzip->z, bytes.n) + GZIP_FLUSH;
	char *out = arena_alloc(arena, room);
	gzip->z.next_in = (z_const Bytef *)bytes.p;
	gzip->z.avail_in = (uInt)bytes.n;
	gzip->z.next_out = (Bytef *)out;
	gzip->z.avail_out = (uInt)room;
	deflate(&gzip->z, last ? Z_FINISH : Z_SYNC_FLUSH);
	return (struct str){out, room - gzip->z.avail_out};
}
