/* serve/credential.h - what an Authorization header says (RFC 9110, 11.6.2): a name and a password
 * (RFC 7617, UTF-8), or a token (RFC 6750). Pure. */
#ifndef OUTRIDER_SRC_SERVE_CREDENTIAL_H
#define OUTRIDER_SRC_SERVE_CREDENTIAL_H

#include "base/arena.h"

enum {
	CREDENTIAL_NAME_MAX = 256, /* bytes */
	CREDENTIAL_SECRET_MAX = 511, /* what crypt(3) takes */
};

enum credential_kind {
	CREDENTIAL_NONE, /* no header */
	CREDENTIAL_BASIC,
	CREDENTIAL_BEARER,
	CREDENTIAL_BAD, /* another scheme, or malformed */
};

struct credential {
	enum credential_kind kind;
	const char *name; /* BASIC: UTF-8 without a colon or control characters */
	const char *secret; /* the password: UTF-8 without control characters; or the token */
};

/* header may be NULL. Texts live in the arena. */
struct credential credential_parse(const char *header, struct arena *arena);

/* RFC 4648, 4, strictly: padded, of whole quantums, without blanks, the bits that stand for nothing 0.
 * out has room for 3/4 of the text; false: it is none. */
bool base64_decode(struct str text, unsigned char *out, size_t *n);

#endif
