/* head.h - gathers an answer's header lines as they come off the wire, until the head of the final
 * answer is whole; interim answers (1xx) are counted and dropped. Bounded in bytes, lines and interim
 * answers. As strict as RFC 9112 lets a client be: what strict clients refuse is no healthy answer.
 * Owned by a transfer. Pure. */
#ifndef OUTRIDER_ENGINE_HEAD_H
#define OUTRIDER_ENGINE_HEAD_H

#include "check/observation.h"

enum {
	HEAD_BYTES_MAX = 256 << 10, /* all lines of all answers */
	HEAD_FIELDS_MAX = 1000,
	HEAD_INTERIM_MAX = 100,
	HEAD_KEEP_BYTES = 16 << 10, /* a buffer above it is given back after use */
};

#define HEAD_FOLD_FIRST "white space in front of the first header"

enum head_result {
	HEAD_MORE,
	HEAD_WHOLE, /* this line ended the final head; told once */
	HEAD_LARGE, /* a limit was reached; `wrong` says which */
	HEAD_BROKEN, /* not HTTP; `wrong` says why */
};

struct head_field; /* places in the text */

struct head {
	struct buf text;
	struct head_field *fields;
	size_t n_fields, cap_fields;
	struct header *items; /* filled when whole */
	size_t cap_items;
	size_t bytes;
	unsigned interim;
	bool http2; /* allowed */
	int status; /* of the head being read, or of the final one */
	bool begun; /* its status line was read */
	bool whole;
	bool chunked,
		sized; /* how the body is framed, if it has one; neither: by the connection's end */
	bool old; /* HTTP/1.0 */
	const char *wrong;
};

void head_init(struct head *head);
void head_fini(struct head *head);
void head_reset(struct head *head); /* for the next transfer; keeps what memory is worth keeping */
void head_allow_http2(struct head *head); /* until the next reset */

/* One line with its line break, as libcurl hands it over. What follows a whole head is trailers. */
enum head_result head_line(struct head *head, struct str line);

/* Whether it may be in a field's name (RFC 9110, 5.6.2). */
bool head_is_token(char c);

/* Borrowed; valid when whole. */
struct headers head_headers(const struct head *head);

#endif
