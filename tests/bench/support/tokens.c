#include "tokens.h"

#include <stdbool.h>
#include <string.h>

static bool has_content(const struct tokens *tokens)
{
	static const char content[] = "\"content\":\"";
	return memmem(tokens->line, tokens->n, content, sizeof(content) - 1) != NULL;
}

size_t tokens_take(struct tokens *tokens, const char *bytes, size_t n)
{
	size_t ended = 0;
	for (size_t i = 0; i < n; i++) {
		if (bytes[i] == '\n') {
			ended += has_content(tokens);
			tokens->n = 0;
		} else if (tokens->n < sizeof(tokens->line)) {
			tokens->line[tokens->n++] = bytes[i];
		}
	}
	return ended;
}
