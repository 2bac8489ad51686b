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
