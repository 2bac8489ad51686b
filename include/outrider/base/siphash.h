/* base/siphash.h - SipHash-2-4 with 128 bits (Aumasson and Bernstein, 2012): a keyed hash for short
 * texts. Who doesn't know the key can't tell what it gives. Pure. */
#ifndef OUTRIDER_BASE_SIPHASH_H
#define OUTRIDER_BASE_SIPHASH_H

#include "base/str.h"

#include <stdint.h>

enum { SIPHASH_KEY = 16 }; /* bytes */

struct siphash {
	uint64_t half[2];
};

struct siphash siphash(const unsigned char key[SIPHASH_KEY], struct str text);

/* Takes the same time whether they differ or not. */
static inline bool siphash_same(const struct siphash *a, const struct siphash *b)
{
	return ((a->half[0] ^ b->half[0]) | (a->half[1] ^ b->half[1])) == 0;
}

#endif
