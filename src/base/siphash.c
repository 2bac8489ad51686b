#include "base/siphash.h"

enum { COMPRESSION_ROUNDS = 2, FINAL_ROUNDS = 4 };

struct state {
	uint64_t v[4];
};

static uint64_t turn(uint64_t x, unsigned bits)
{
	return x << bits | x >> (64 - bits);
}

static void mix(struct state *s, unsigned rounds)
{
	uint64_t *v = s->v;
	while (rounds--) {
		v[0] += v[1];
		v[2] += v[3];
		v[1] = turn(v[1], 13) ^ v[0];
		v[3] = turn(v[3], 16) ^ v[2];
		v[0] = turn(v[0], 32);
		v[2] += v[1];
		v[0] += v[3];
		v[1] = turn(v[1], 17) ^ v[2];
		v[3] = turn(v[3], 21) ^ v[0];
		v[2] = turn(v[2], 32);
	}
}

/* n bytes, eight at most, the lowest first. */
static uint64_t word(const unsigned char *bytes, size_t n)
{
	uint64_t value = 0;
	for (size_t i = 0; i < n; i++)
		value |= (uint64_t)bytes[i] << (8 * i);
	return value;
}

static void take(struct state *s, uint64_t value)
{
	s->v[3] ^= value;
	mix(s, COMPRESSION_ROUNDS);
	s->v[0] ^= value;
}

static uint64_t sum(const struct state *s)
{
	return s->v[0] ^ s->v[1] ^ s->v[2] ^ s->v[3];
}

struct siphash siphash(const unsigned char key[SIPHASH_KEY], struct str text)
{
	uint64_t k0 = word(key, 8), k1 = word(key + 8, 8);
	struct state s = {
		{k0 ^ UINT64_C(0x736f6d6570736575), k1 ^ UINT64_C(0x646f72616e646f6d) ^ 0xee,
			k0 ^ UINT64_C(0x6c7967656e657261), k1 ^ UINT64_C(0x7465646279746573)}};
	const unsigned char *bytes = (const unsigned char *)text.p;
	size_t whole = text.n / 8 * 8;
	for (size_t i = 0; i < whole; i += 8)
		take(&s, word(bytes + i, 8));
	uint64_t rest = text.n == whole ? 0 : word(bytes + whole, text.n - whole);
	take(&s, rest | (uint64_t)text.n << 56);
	struct siphash hash;
	s.v[2] ^= 0xee;
	mix(&s, FINAL_ROUNDS);
	hash.half[0] = sum(&s);
	s.v[1] ^= 0xdd;
	mix(&s, FINAL_ROUNDS);
	hash.half[1] = sum(&s);
	return hash;
}
