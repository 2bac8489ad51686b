#include "base/fold.h"

#include "base/utf8.h"

enum {
	BROKEN = 0x110000, /* and a byte: no character */
	TAIL_MAX = 3, /* bytes of a character behind its first */
};

/* Every step-th code from first to last folds to itself plus delta. */
struct range {
	uint32_t first, last, step;
	int32_t delta;
};

static const struct range ranges[] = {
#include "fold_table.h"
};

static inline uint32_t fold_ascii(uint32_t code)
{
	return code >= 'A' && code <= 'Z' ? code + ('a' - 'A') : code;
}

uint32_t fold_code(uint32_t code)
{
	if (code < 0x80)
		return fold_ascii(code);
	size_t low = 0, high = sizeof(ranges) / sizeof(ranges[0]);
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (ranges[middle].last < code)
			low = middle + 1;
		else
			high = middle;
	}
	const struct range *range = &ranges[low];
	if (low == sizeof(ranges) / sizeof(ranges[0]) || code < range->first ||
		(code - range->first) % range->step)
		return code;
	return (uint32_t)((int32_t)code + range->delta);
}

struct unit {
	uint32_t code; /* folded */
	size_t n;
};

/* What s begins with; s is not empty. */
static inline struct unit first_unit(struct str s)
{
	unsigned char byte = (unsigned char)s.p[0];
	if (byte < 0x80)
		return (struct unit){fold_ascii(byte), 1};
	struct utf8_char c = utf8_next(s);
	return c.ok ? (struct unit){fold_code(c.code), c.n} : (struct unit){BROKEN + byte, 1};
}

static struct unit last_unit(struct str s)
{
	for (size_t n = 1; n <= s.n && n <= TAIL_MAX + 1; n++) {
		struct str end = {s.p + (s.n - n), n};
		if (((unsigned char)end.p[0] & 0xc0) == 0x80)
			continue;
		struct unit unit = first_unit(end);
		if (unit.n == n)
			return unit;
		break;
	}
	return (struct unit){BROKEN + (unsigned char)s.p[s.n - 1], 1};
}

size_t fold_common(struct str a, struct str b, size_t *in_b)
{
	size_t n = 0;
	*in_b = 0;
	while (n < a.n && *in_b < b.n) {
		struct unit left = first_unit(str_from(a, n)),
			    right = first_unit(str_from(b, *in_b));
		if (left.code != right.code)
			break;
		n += left.n;
		*in_b += right.n;
	}
	return n;
}

bool fold_eq(struct str a, struct str b)
{
	size_t n;
	return fold_common(a, b, &n) == a.n && n == b.n;
}

bool fold_starts(struct str s, struct str prefix, struct str *place)
{
	size_t n;
	if (fold_common(prefix, s, &n) < prefix.n)
		return false;
	*place = (struct str){s.p, n};
	return true;
}

bool fold_ends(struct str s, struct str suffix, struct str *place)
{
	struct str left = s;
	while (suffix.n) {
		struct unit wanted = last_unit(suffix);
		struct unit unit = left.n ? last_unit(left) : (struct unit){0, 0};
		if (unit.n == 0 || unit.code != wanted.code)
			return false;
		suffix.n -= wanted.n;
		left.n -= unit.n;
	}
	*place = str_from(s, left.n);
	return true;
}

/* Nothing outside ASCII folds into it, but to k (the Kelvin sign) and to s (the long one). */
static bool is_apart(uint32_t code)
{
	return code < 0x80 && code != 'k' && code != 's';
}

bool fold_find(struct str s, struct str needle, struct str *place)
{
	if (needle.n == 0)
		return fold_starts(s, needle, place);
	uint32_t first = first_unit(needle).code;
	bool apart = is_apart(first);
	for (size_t at = 0; at < s.n;) {
		unsigned char byte = (unsigned char)s.p[at];
		if (byte < 0x80 ? fold_ascii(byte) != first : apart) {
			at++;
			continue;
		}
		if (fold_starts(str_from(s, at), needle, place))
			return true;
		at += first_unit(str_from(s, at)).n;
	}
	return false;
}
