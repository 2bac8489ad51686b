/* unchunk.h - takes a body out of its chunks (RFC 9112, 7.1), strictly: libcurl skips what stands behind
 * a chunk's size, whatever it is. Extensions and trailers are dropped; so is what follows the end. A
 * value, owned by a transfer. Pure. */
#ifndef OUTRIDER_ENGINE_UNCHUNK_H
#define OUTRIDER_ENGINE_UNCHUNK_H

#include "base/str.h"

#include <stdint.h>

enum {
	UNCHUNK_LINE_MAX = 16 << 10, /* of a chunk's size and extensions */
	UNCHUNK_TRAILER_MAX = 4000, /* below libcurl's own limit */
	UNCHUNK_TRAILERS_MAX = 32 << 10,
};

enum unchunk_result {
	UNCHUNK_NONE, /* all was looked at */
	UNCHUNK_PIECE,
	UNCHUNK_LARGE, /* a limit was reached; `wrong` says which */
	UNCHUNK_BROKEN, /* `wrong` says why */
};

enum unchunk_place {
	AT_SIZE,
	AT_BLANKS, /* behind it, which some servers pad */
	AT_EXTENSION,
	AT_SIZE_LF,
	AT_DATA,
	AT_DATA_END,
	AT_DATA_LF,
	AT_TRAILER,
	AT_TRAILER_NAME,
	AT_TRAILER_VALUE,
	AT_TRAILER_LF,
	AT_END_LF,
	AT_END,
};

struct unchunk {
	enum unchunk_place at;
	uint64_t left; /* of the chunk */
	unsigned digits; /* of its size */
	size_t line, trailers; /* bytes of it; of all trailers */
	const char *wrong;
};

void unchunk_init(struct unchunk *unchunk);

/* Takes from the front of raw as far as the next piece of the body, that included. */
enum unchunk_result unchunk_next(struct unchunk *unchunk, struct str *raw, struct str *piece);

/* The last n bytes of the piece just taken are to come again. */
void unchunk_back(struct unchunk *unchunk, struct str *raw, size_t n);

#endif
