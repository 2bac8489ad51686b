/* engine/sign.h - who sent a message, and that nobody changed it: HMAC with SHA-256 (RFC 2104, FIPS 180-4). Pure. */
#ifndef OUTRIDER_ENGINE_SIGN_H
#define OUTRIDER_ENGINE_SIGN_H

#include "base/str.h"

enum { SIGN_HEX_MAX = 64 + 1 };

/* In lower-case hexadecimal digits, as `openssl dgst -sha256 -hmac KEY` writes it. Returns out. */
const char *sign_sha256(struct str key, struct str text, char out[SIGN_HEX_MAX]);

#endif
