/* base/escape.h - how bytes stand inside other texts: in JSON's strings, in HTML, percent-encoded, in base64.
 * Private to base/. Pure. */
#ifndef OUTRIDER_BASE_ESCAPE_H
#define OUTRIDER_BASE_ESCAPE_H

#include "base/buf.h"
#include "base/str.h"

/* The ways the world's JSON writers differ in. */
struct escape_style {
	bool ascii, slash;
};

/* As the inside of a JSON string. */
void escape_json(struct buf *out, struct str text, struct escape_style style);
/* All but RFC 3986's unreserved characters. digits: the sixteen to write with. */
void escape_url(struct buf *out, struct str text, const char *digits);
/* base64 (RFC 4648) of `skip` zero bytes and value, without padding. */
void escape_base64(struct buf *out, struct str value, size_t skip, const char *alphabet);

/* What a piece of text stands for: a few bytes. */
struct escaped {
	char bytes[4];
	size_t n; /* 0: no escape here */
	size_t took; /* bytes of text */
};

/* The escape at this place: JSON's, HTML's, or %XX; or %XX alone. */
struct escaped escape_read(struct str text, size_t at);
struct escaped escape_percent(struct str text, size_t at);

#endif
