/* alert/mime.h - parts of a mail as they cross the network: headers folded (RFC 5322, 2.2.3), words of other than
 * ASCII encoded (RFC 2047), text as quoted-printable (RFC 2045, 6.7). Lines end with CRLF. Whatever is given, a
 * header stays one header, and no line is longer than 998 bytes. Pure. */
#ifndef OUTRIDER_SRC_ALERT_MIME_H
#define OUTRIDER_SRC_ALERT_MIME_H

#include "alert/options.h"
#include "base/buf.h"

enum { MIME_LINE_MAX = 76 };

/* "Subject: text"; runs of white space become one blank. */
void mime_text(struct buf *out, const char *name, struct str text);
/* "To: Name <a@b>, c@d" */
void mime_mailboxes(struct buf *out, const char *name, const struct mailbox *boxes, size_t n);
/* "Date: Fri, 27 Nov 2026 10:02:11 +0000" */
void mime_date(struct buf *out, const char *name, int64_t wall_us);
/* "<left@right>" of the header's name: what can't stand in a left side (RFC 5322, 3.6.4: dot-atom) becomes =XX. */
void mime_message_id(struct buf *out, const char *name, struct str left, const char *right);

void mime_quoted_printable(struct buf *out, struct str text);

#endif
