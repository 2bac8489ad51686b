/* tls_words.h - what was wrong with a handshake, in words. Beside tls.c, behind the same door. */
#ifndef OUTRIDER_ENGINE_TLS_WORDS_H
#define OUTRIDER_ENGINE_TLS_WORDS_H

#include "base/buf.h"

#include <openssl/x509.h>
#include <stdint.h>

struct tls_trouble {
	X509 *leaf; /* the peer's; NULL: none came */
	int error, depth,
		sent; /* the first that verifying met, where; how many certificates came */
	X509 *culprit;
	int alert; /* the peer's last: level << 8 | description; 0: none */
	unsigned char first[5]; /* bytes that came */
	size_t n_first;
};

/* Since 1970; 0 when it can't be told. */
int64_t tls_time_us(const ASN1_TIME *time);

void tls_words_certificate(const struct tls_trouble *trouble, struct buf *out);
void tls_words_alert(int alert, bool asked, bool certificate_given, struct buf *out);
void tls_words_first(const struct tls_trouble *trouble, struct buf *out); /* if it was no TLS */
void tls_words_names(const X509 *leaf, const char *host, struct buf *out);

#endif
