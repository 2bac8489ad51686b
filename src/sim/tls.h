/* sim/tls.h - the server side of TLS, and the ways it can be wrong: a session on a descriptor. The
 * certificates are made in memory when first needed and shared by the whole process. */
#ifndef OUTRIDER_SIM_TLS_H
#define OUTRIDER_SIM_TLS_H

#include "base/error.h"

#include <stddef.h>
#include <sys/types.h>

/* How a port greets those who connect. */
enum tls_manner {
	TLS_OFF, /* plain */
	TLS_GOOD, /* TLS 1.2 or 1.3, P-256, root > intermediate > leaf, good for 90 days */
	TLS_EXPIRED, /* yesterday */
	TLS_NOT_YET_VALID, /* before tomorrow */
	TLS_EXPIRED_INTERMEDIATE,
	TLS_WRONG_HOST,
	TLS_SELF_SIGNED,
	TLS_UNKNOWN_ROOT,
	TLS_MISSING_INTERMEDIATE, /* the leaf alone is sent */
	TLS_WEAK_KEY, /* RSA, 1024 bits */
	TLS_WEAK_SIGNATURE, /* SHA-1 */
	TLS_OLD_VERSION, /* 1.0 and 1.1 only */
	TLS_CLIENT_CERT, /* wants one */
	TLS_ONLY_12,
	TLS_ONLY_13,
	TLS_RSA, /* 2048 bits */
	TLS_SHORT_LIFE, /* 20 days to go */
	TLS_PLAIN, /* speaks plain HTTP where TLS is due */
	TLS_SILENCE, /* never answers the hello */
	TLS_RESET, /* resets instead of answering it */
};

/* What the good manners need; the error says why not. */
bool tls_prepare(struct error *error) MUST_CHECK;
/* The root's certificate, PEM: after tls_prepare, for ever. */
const char *tls_root_pem(void);

struct tls;

/* NULL when the certificate could not be made. For the manners that speak TLS. */
struct tls *tls_new(enum tls_manner manner, int fd);
void tls_free(struct tls *tls); /* NULL is fine; the descriptor stays */

/* 1: done; 0: with errno EAGAIN once the descriptor is readable; -1: it failed, the alert is sent. */
int tls_greet(struct tls *tls);
/* As recv(2) and send(2) on a descriptor that doesn't block. After EAGAIN the same bytes must be
 * sent again. */
ssize_t tls_recv(struct tls *tls, void *bytes, size_t n);
ssize_t tls_send(struct tls *tls, const void *bytes, size_t n);
/* close_notify: the end that a client can tell from a cut. */
void tls_bye(struct tls *tls);

#endif
