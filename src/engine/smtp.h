/* smtp.h - the client's side of SMTP (RFC 5321) from MAIL on, as a machine without I/O: it is told what the
 * server says and tells what to send. A recipient that is refused loses no other. Pure. */
#ifndef OUTRIDER_ENGINE_SMTP_H
#define OUTRIDER_ENGINE_SMTP_H

#include "base/buf.h"
#include "engine/mail.h"

enum { SMTP_REPLY_MAX = 64 << 10 }; /* bytes of one reply, with all its lines */

enum smtp_step {
	SMTP_SENDER, /* what was sent last, and is not yet answered */
	SMTP_RECIPIENT,
	SMTP_DATA,
	SMTP_MESSAGE,
	SMTP_QUIT,
	SMTP_OVER,
};

struct smtp {
	const struct mail_request *request; /* not looked at from SMTP_QUIT on */
	enum smtp_step step;
	enum smtp_step decided_at; /* the step whose reply decided; SMTP_OVER: it was no SMTP */
	struct mail_result result; /* from SMTP_QUIT on, but for why */
	struct buf out;
	size_t sent; /* of out */
	size_t n_to, at; /* the recipient that was asked for */
	uint64_t accepted, refused;
	int put_off, turned_down; /* the last reply of 4yz and 5yz to a recipient */
	char line[4]; /* how the reply's line begins */
	size_t n_line, n_reply;
};

void smtp_init(struct smtp *smtp, const struct mail_request *request);
void smtp_fini(struct smtp *smtp);

/* What is to be sent before anything is read, or what is left of it. */
struct str smtp_output(const struct smtp *smtp);
void smtp_sent(struct smtp *smtp, size_t n);
/* The server said so, perhaps a part of a line. */
void smtp_read(struct smtp *smtp, struct str bytes);
/* Why not all have it, in words; nothing when they have. */
void smtp_words(const struct smtp *smtp, struct buf *out);

#endif
