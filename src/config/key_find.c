#include "config/keys.h"

#include <assert.h>
#include <limits.h>

const char *section_words(enum section section)
{
	switch (section) {
	case IN_NOTHING: break;
#define X(bit, id, words)                                                                          \
	case IN_##id: return words;
		SECTIONS(X)
#undef X
	}
	return "here";
}

enum { KEYS_MAX = UCHAR_MAX }; /* a row's number is one byte */

/* The rows whose names begin alike, in a chain; of a row its number plus one, 0: none. A file asks some
 * thirty times for each check. */
struct key_index {
	uint8_t first[UCHAR_MAX + 1], next[KEYS_MAX];
	bool made;
};

static const struct key_index *index_of_keys(void)
{
	static struct key_index index; /* configurations are loaded on the main thread */
	size_t n = 0;
	while (!index.made && keys[n].name)
		n++;
	assert(n <= KEYS_MAX);
	for (size_t i = n; i > 0; i--) {
		unsigned char letter = (unsigned char)keys[i - 1].name[0];
		index.next[i - 1] = index.first[letter];
		index.first[letter] = (uint8_t)i;
	}
	index.made = true;
	return &index;
}

const struct key *key_find(enum section section, struct str name)
{
	const struct key_index *index = index_of_keys();
	size_t row = name.n ? index->first[(unsigned char)name.p[0]] : 0;
	for (; row; row = index->next[row - 1]) {
		const struct key *key = &keys[row - 1];
		if ((key->where & (uint32_t)section) && str_eq(name, str_of(key->name)))
			return key;
	}
	return NULL;
}

void key_names(enum section section, const char *names[SECTION_KEYS_MAX])
{
	size_t n = 0;
	for (const struct key *key = keys; key->name; key++) {
		if (!(key->where & (uint32_t)section))
			continue;
		assert(n + 1 < SECTION_KEYS_MAX);
		names[n++] = key->name;
	}
	names[n] = NULL;
}
