/* base/utf8.h - reads UTF-8 (RFC 3629: no surrogates, no overlong forms, up to U+10FFFF). Pure. */
#ifndef OUTRIDER_BASE_UTF8_H
#define OUTRIDER_BASE_UTF8_H

#include "base/str.h"

#include <stdint.h>

enum { UTF8_REPLACEMENT = 0xFFFD };

struct utf8_char {
	uint32_t code; /* UTF8_REPLACEMENT when broken */
	size_t n; /* bytes read; of broken bytes the longest run that could begin a character */
	bool ok;
};

/* The character s begins with; s holds at least one byte. */
struct utf8_char utf8_next(struct str s);
bool utf8_valid(struct str s);

/* Whether the character is drawn over or under the one before it, so that many of them pile up
 * (Unicode 15: combining classes and enclosing marks, of scripts in use). */
bool utf8_stacks(uint32_t code);

#endif
