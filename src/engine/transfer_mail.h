/* transfer_mail.h - why there was no dialogue with a mail server, in words. Beside transfer_mail.c. */
#ifndef OUTRIDER_ENGINE_TRANSFER_MAIL_H
#define OUTRIDER_ENGINE_TRANSFER_MAIL_H

#include "base/buf.h"
#include "engine/tls.h"

#include <curl/curl.h>

/* libcurl's code for connecting, greeting, TLS and signing in; the last reply's status, 0: none came. tls may be
 * NULL: no handshake began. */
void mail_words(CURLcode code, int status, const struct tls_watch *tls, bool certificate_given,
	struct buf *out);

#endif
