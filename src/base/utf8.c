#include "base/utf8.h"

/* How many bytes follow the lead byte, and what the second byte may be (Unicode 15, table 3-7). */
struct lead {
	size_t tail;
	unsigned char low;
	unsigned char high;
};

static struct lead lead_of(unsigned char c)
{
	if (c >= 0xc2 && c <= 0xdf)
		return (struct lead){1, 0x80, 0xbf};
	if (c >= 0xe0 && c <= 0xef)
		return (struct lead){2, c == 0xe0 ? 0xa0 : 0x80, c == 0xed ? 0x9f : 0xbf};
	if (c >= 0xf0 && c <= 0xf4)
		return (struct lead){3, c == 0xf0 ? 0x90 : 0x80, c == 0xf4 ? 0x8f : 0xbf};
	return (struct lead){0, 0, 0};
}

struct utf8_char utf8_next(struct str s)
{
	const unsigned char *p = (const unsigned char *)s.p;
	if (p[0] < 0x80)
		return (struct utf8_char){p[0], 1, true};
	struct lead lead = lead_of(p[0]);
	if (lead.tail == 0)
		return (struct utf8_char){UTF8_REPLACEMENT, 1, false};
	uint32_t code = p[0] & (0x3fU >> lead.tail);
	for (size_t i = 1; i <= lead.tail; i++) {
		unsigned char low = i == 1 ? lead.low : 0x80;
		unsigned char high = i == 1 ? lead.high : 0xbf;
		if (i >= s.n || p[i] < low || p[i] > high)
			return (struct utf8_char){UTF8_REPLACEMENT, i, false};
		code = code << 6 | (p[i] & 0x3fU);
	}
	return (struct utf8_char){code, lead.tail + 1, true};
}

bool utf8_valid(struct str s)
{
	for (size_t at = 0; at < s.n;) {
		if ((unsigned char)s.p[at] < 0x80) {
			at++;
			continue;
		}
		struct utf8_char c = utf8_next(str_from(s, at));
		if (!c.ok)
			return false;
		at += c.n;
	}
	return true;
}

bool utf8_stacks(uint32_t code)
{
	static const struct {
		uint32_t first;
		uint32_t last;
	} ranges[] = {
		{0x0300, 0x036f}, /* diacritical marks */
		{0x0483, 0x0489}, /* Cyrillic */
		{0x0591, 0x05bd},
		{0x05bf, 0x05bf},
		{0x05c1, 0x05c2},
		{0x05c4, 0x05c5},
		{0x05c7, 0x05c7}, /* Hebrew */
		{0x0610, 0x061a},
		{0x064b, 0x065f},
		{0x0670, 0x0670},
		{0x06d6, 0x06dc},
		{0x06df, 0x06e4},
		{0x06e7, 0x06e8},
		{0x06ea, 0x06ed},
		{0x08d3, 0x08e1},
		{0x08e3, 0x08ff}, /* Arabic */
		{0x0711, 0x0711},
		{0x0730, 0x074a}, /* Syriac */
		{0x07eb, 0x07f3},
		{0x0816, 0x0819},
		{0x081b, 0x0823},
		{0x0825, 0x0827},
		{0x0829, 0x082d},
		{0x0859, 0x085b}, /* N'Ko, Samaritan, Mandaic */
		{0x0900, 0x0902},
		{0x093c, 0x093c},
		{0x0941, 0x0948},
		{0x094d, 0x094d},
		{0x0951, 0x0957}, /* Devanagari */
		{0x0e31, 0x0e31},
		{0x0e34, 0x0e3a},
		{0x0e47, 0x0e4e}, /* Thai */
		{0x0eb1, 0x0eb1},
		{0x0eb4, 0x0ebc},
		{0x0ec8, 0x0ece}, /* Lao */
		{0x0f18, 0x0f19},
		{0x0f35, 0x0f35},
		{0x0f37, 0x0f37},
		{0x0f39, 0x0f39},
		{0x0f71, 0x0f7e},
		{0x0f80, 0x0f84},
		{0x0f86, 0x0f87},
		{0x0f8d, 0x0fbc},
		{0x0fc6, 0x0fc6}, /* Tibetan */
		{0x135d, 0x135f},
		{0x1a75, 0x1a7f}, /* Ethiopic, Tai Tham */
		{0x1ab0, 0x1aff},
		{0x1cd0, 0x1cd2},
		{0x1cd4, 0x1ce0},
		{0x1ce2, 0x1ce8},
		{0x1dc0, 0x1dff},
		{0x20d0, 0x20f0}, /* more marks for any script */
		{0x2cef, 0x2cf1},
		{0x2de0, 0x2dff},
		{0x302a, 0x302f},
		{0x3099, 0x309a},
		{0xa66f, 0xa672},
		{0xa674, 0xa67d},
		{0xa69e, 0xa69f},
		{0xa6f0, 0xa6f1},
		{0xa8e0, 0xa8f1},
		{0xfe20, 0xfe2f},
		{0x1d165, 0x1d169},
		{0x1d16d, 0x1d172},
		{0x1d17b, 0x1d182},
		{0x1d185, 0x1d18b},
		{0x1d1aa, 0x1d1ad},
		{0x1e000, 0x1e02a},
		{0x1e8d0, 0x1e8d6},
		{0x1e944, 0x1e94a},
	};
	if (code < ranges[0].first)
		return false;
	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (code <= ranges[i].last)
			return code >= ranges[i].first;
	return false;
}
