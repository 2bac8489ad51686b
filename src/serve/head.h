/* serve/head.h - the fields of a request's head that somebody looks at, kept in one pass over all. Pure. */
#ifndef OUTRIDER_SRC_SERVE_HEAD_H
#define OUTRIDER_SRC_SERVE_HEAD_H

#include <stdbool.h>

enum head_field {
	HEAD_ACCEPT,
	HEAD_ACCEPT_ENCODING,
	HEAD_AUTHORIZATION,
	HEAD_CONTENT_LENGTH,
	HEAD_CONTENT_TYPE,
	HEAD_HOST,
	HEAD_IF_NONE_MATCH,
	HEAD_LAST_EVENT_ID,
	HEAD_ORIGIN,
	HEAD_SEC_FETCH_SITE,
	HEAD_TRANSFER_ENCODING,
	HEAD_FIELDS
};

struct head {
	const char *values[HEAD_FIELDS]; /* the first of each, borrowed; NULL: none */
	unsigned hosts, lengths, codings; /* how often it says where the request goes and ends */
	bool odd; /* a coding or a name that others may read otherwise */
};

/* The next field; at first *head is all zero. */
void head_take(struct head *head, const char *name, const char *value);

/* A proxy in front may see the request's end elsewhere: RFC 9112, 3.2, 5.1, 6.3. */
bool head_is_ambiguous(const struct head *head);
/* For one host, or, unless it must, for none. */
bool head_names_host(const struct head *head, bool must);

#endif
