/* engine/mail.h - sends one message over SMTP (RFC 5321): libcurl connects, encrypts and signs in, the
 * dialogue behind that is engine/smtp.h's. Nothing of it blocks the loop. One for each loop; that loop's
 * thread. */
#ifndef OUTRIDER_ENGINE_MAIL_H
#define OUTRIDER_ENGINE_MAIL_H

#include "base/error.h"
#include "base/str.h"
#include "engine/options.h"

#include <stdint.h>

struct event_base;
struct mailer;
struct mail; /* one message under way */

enum { MAIL_BYTES_MAX = 1 << 20, MAIL_WHY_MAX = 160 };

struct mail_request {
	const char *url; /* smtp://HOST:PORT or smtps://HOST:PORT */
	const char *username, *password; /* NULL: nobody signs in */
	enum mail_starttls starttls; /* of smtp:// */
	const char *tls_ca, *tls_cert, *tls_key; /* files; NULL: the system's, none */
	const char *from; /* NAME@HOST, as engine/options.h's addresses are */
	const char *const *to;
	size_t n_to; /* 1 to MAIL_RECIPIENTS_MAX */
	struct str message; /* lines end with CRLF; at most half of MAIL_BYTES_MAX */
};

/* Whom the server took it for (bit i: to[i]), and whom it refused for good (5yz). Who is in neither may be
 * tried again. */
struct mail_result {
	uint64_t taken, refused;
	int status; /* the reply that decided; 0: none did */
	const char *why; /* in our words, without a word of the server's; "" when all have it */
};

struct mailer *mailer_open(struct event_base *base, struct error *error) MUST_CHECK;
/* Nothing may be under way. */
void mailer_close(struct mailer *mailer);

/* The request is borrowed until done, which is called once, never from inside here. */
struct mail *mail_send(struct mailer *mailer, const struct mail_request *request,
	void (*done)(void *ctx, const struct mail_result *result), void *ctx);
/* Gives up, without done. */
void mail_cancel(struct mail *mail);

#endif
