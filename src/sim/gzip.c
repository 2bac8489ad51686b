#include "sim/gzip.h"

#include "base/memory.h"

#include <stdlib.h>
#include <zlib.h>

enum {
	ZLIB_WINDOW = 15,
	GZIP_WINDOW = ZLIB_WINDOW + 16, /* 16: the gzip format */
	GZIP_MEMORY = 8,
	GZIP_FLUSH = 64,
	MEGABYTE = 1 << 20,
};

struct gzip {
	z_stream z;
};

struct gzip *gzip_new(bool zlib)
{
	struct gzip *gzip = MEM_NEW(struct gzip);
	if (deflateInit2(&gzip->z, Z_DEFAULT_COMPRESSION, Z_DEFLATED,
		    zlib ? ZLIB_WINDOW : GZIP_WINDOW, GZIP_MEMORY, Z_DEFAULT_STRATEGY) != Z_OK)
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

static struct str press(struct gzip *gzip, struct str bytes, int flush, struct arena *arena)
{
	size_t room = deflateBound(&gzip->z, bytes.n) + GZIP_FLUSH;
	char *out = arena_alloc(arena, room);
	gzip->z.next_in = (z_const Bytef *)bytes.p;
	gzip->z.avail_in = (uInt)bytes.n;
	gzip->z.next_out = (Bytef *)out;
	gzip->z.avail_out = (uInt)room;
	deflate(&gzip->z, flush);
	return (struct str){out, room - gzip->z.avail_out};
}

struct str gzip_piece(struct gzip *gzip, struct str bytes, bool last, struct arena *arena)
{
	return press(gzip, bytes, last ? Z_FINISH : Z_SYNC_FLUSH, arena);
}

/* A full flush forgets what came before, so a second megabyte looks like every later one. */
struct str gzip_bomb(struct gzip *gzip, size_t megabytes, struct arena *arena)
{
	char *blanks = arena_alloc(arena, MEGABYTE);
	memset(blanks, ' ', MEGABYTE);
	struct str plain = {blanks, MEGABYTE};
	struct str first = press(gzip, plain, Z_FULL_FLUSH, arena);
	struct str more = press(gzip, plain, Z_FULL_FLUSH, arena);
	char *bomb = arena_alloc(arena, first.n + (megabytes - 1) * more.n);
	memcpy(bomb, first.p, first.n);
	for (size_t i = 0; i + 1 < megabytes; i++)
		memcpy(bomb + first.n + i * more.n, more.p, more.n);
	return (struct str){bomb, first.n + (megabytes - 1) * more.n};
}
