/* base/secret.h - values that must never be written. A set belongs to a plan; text passes
 * secrets_redact before it leaves the loop (records are clean at birth), log lines pass it too.
 * Built by one thread, then constant. */
#ifndef OUTRIDER_BASE_SECRET_H
#define OUTRIDER_BASE_SECRET_H

#include "base/buf.h"
#include "base/str.h"

enum { SECRET_BYTES_MIN = 4 }; /* shorter ones would blot out ordinary text */

struct secrets;

struct secrets *secrets_new(void);
void secrets_free(struct secrets *secrets);

/* Remembers value as it is, URL-escaped (both cases), JSON-escaped, in base64 (JSON- or URL-escaped first, too),
 * in hexadecimal digits (8 bytes or more; either case), and each of these
 * escaped once more, as an answer that quotes another does, be it in HTML. Shorter than SECRET_BYTES_MIN is ignored
 * and false returned. */
bool secrets_add(struct secrets *secrets, struct str value);
/* Remembers a value that is percent-encoded, and what it stands for: a URL's password is sent decoded. */
void secrets_add_encoded(struct secrets *secrets, struct str value);
/* A value that was added is that of an environment variable: people can write $NAME for it. */
void secrets_name(struct secrets *secrets, struct str value, const char *variable);
size_t secrets_count(const struct secrets *secrets);

/* A secret in a text; variable: the one whose value it is, as it is, or NULL. */
struct secret_place {
	size_t from, to;
	const char *variable;
};

/* The first from `at` on. secrets may be NULL. */
bool secrets_find(
	const struct secrets *secrets, struct str text, size_t at, struct secret_place *place);

/* Appends text with every secret replaced by [redacted]. secrets may be NULL. */
void secrets_redact(const struct secrets *secrets, struct str text, struct buf *out);

#endif
