/* tls.h - the engine's door to OpenSSL: it watches a handshake of libcurl's, and how the
 * connection ends, and can say afterwards what was wrong with it. It only takes note; whether a certificate is good is decided by OpenSSL
 * and libcurl. libcurl goes on sharing its parsed CA file. Loop thread. */
#ifndef OUTRIDER_ENGINE_TLS_H
#define OUTRIDER_ENGINE_TLS_H

#include "base/buf.h"

#include <stdint.h>

struct tls_watch;

struct tls_seen {
	int64_t expires_us; /* the earliest of the chain, as verified, else as sent; 0: none was seen */
	const char *version, *cipher; /* static; NULL: the handshake did not end */
	bool asked; /* for a client certificate */
	bool goodbye; /* the peer's close_notify came: what it sent was all of it (RFC 8446, 6.1) */
};

/* Of a context (SSL_CTX) about to be used for one handshake. */
struct tls_watch *tls_watch_new(void *context);
void tls_watch_free(struct tls_watch *watch); /* NULL is fine; the context may live on */

struct tls_seen tls_watch_seen(const struct tls_watch *watch);

/* What the certificate, the peer's alert or its first bytes say about why it failed; false when they
 * say nothing. */
bool tls_watch_explain(const struct tls_watch *watch, bool certificate_given, struct buf *out);

/* "the certificate is not for HOST but for a.example, b.example" */
void tls_watch_names(const struct tls_watch *watch, const char *host, struct buf *out);

#endif
