/* serve/gzip.h - answers compressed as RFC 1952 has it. Any thread.
 *
 * How long a compressed answer is tells what in it repeats (BREACH). That gives nothing away here: no answer
 * holds a secret, since records are redacted at birth, credentials are never sent back, and what guards
 * writing is the origin, not a token in the page. */
#ifndef OUTRIDER_SRC_SERVE_GZIP_H
#define OUTRIDER_SRC_SERVE_GZIP_H

#include "base/buf.h"

enum {
	GZIP_SHORT = 128 << 10, /* up to here a page takes a millisecond or two */
	GZIP_WORTH = 1024, /* bytes: shorter answers fit into one packet anyway */
	GZIP_MAX = 16 << 20, /* longer ones would hold up the others */
};

bool gzip_is_worth(const char *content_type, size_t n);

/* quick: for long answers that are sent once; else as small as is reasonable. */
void gzip_compress(struct str bytes, bool quick, struct buf *out);

#endif
