/* tokens.h - how many tokens have come whole of a chat's event stream, by its lines alone. */
#ifndef BENCH_TOKENS_H
#define BENCH_TOKENS_H

#include <stddef.h>

enum { TOKENS_LINE_MAX = 512 }; /* looked at of a line */

struct tokens {
	char line[TOKENS_LINE_MAX];
	size_t n;
};

/* The lines that ended within these bytes and carry content. */
size_t tokens_take(struct tokens *tokens, const char *bytes, size_t n);

#endif
