#include "engine/sign.h"

#include <assert.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>

const char *sign_sha256(struct str key, struct str text, char out[SIGN_HEX_MAX])
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	const void *made = HMAC(EVP_sha256(), key.n ? key.p : "", (int)key.n,
		(const unsigned char *)(text.n ? text.p : ""), text.n, digest, &n);
	assert(made && 2 * n == SIGN_HEX_MAX - 1);
	(void)made;
	for (unsigned i = 0; i < n; i++)
		snprintf(out + (size_t)2 * i, 3, "%02x", digest[i]);
	return out;
}
