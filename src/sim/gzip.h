/* sim/gzip.h - compresses an answer piece by piece; each piece can be read on its own arrival
 * (sync flush), as a server that compresses streams does it. */
#ifndef OUTRIDER_SIM_GZIP_H
#define OUTRIDER_SIM_GZIP_H

#include "base/arena.h"
#include "base/str.h"

#include <stdbool.h>

struct gzip;

struct gzip *gzip_new(bool zlib); /* zlib: what HTTP calls deflate */
void gzip_free(struct gzip *gzip);
/* The compressed piece, in the arena; last: with the end of the format. */
struct str gzip_piece(struct gzip *gzip, struct str bytes, bool last, struct arena *arena);

/* A piece that decodes to `megabytes` of blanks. Nothing may follow it. */
struct str gzip_bomb(struct gzip *gzip, size_t megabytes, struct arena *arena);

#endif
