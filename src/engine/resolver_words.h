/* resolver_words.h - why a name has no address, in words. Pure. */
#ifndef OUTRIDER_ENGINE_RESOLVER_WORDS_H
#define OUTRIDER_ENGINE_RESOLVER_WORDS_H

#include "engine/resolver.h"

#include <stdint.h>

struct resolver_failure {
	const char *host;
	enum resolver_family family;
	int code, number; /* of getaddrinfo; errno after it */
	int64_t took_us;
};

void resolver_words(char *out, size_t size, const struct resolver_failure *failure);

#endif
