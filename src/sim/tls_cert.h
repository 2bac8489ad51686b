/* sim/tls_cert.h - certificates made in memory. */
#ifndef OUTRIDER_SIM_TLS_CERT_H
#define OUTRIDER_SIM_TLS_CERT_H

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdbool.h>

struct identity {
	X509 *cert;
	EVP_PKEY *key;
};

struct cert_wish {
	const char *name; /* common name */
	const char *hosts; /* subjectAltName, such as "DNS:localhost"; NULL: an authority */
	const struct identity *issuer; /* NULL: itself */
	unsigned rsa_bits; /* 0: P-256 */
	bool sha1; /* its signature, not SHA-256 */
	long from_s, to_s; /* since now */
};

/* False, and an empty identity, when the library would not. */
bool cert_make(const struct cert_wish *wish, struct identity *made);

#endif
