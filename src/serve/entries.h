/* serve/entries.h - what somebody sends with a POST: names with texts in their order, read from either kind of
 * body, and held against what is asked for. Lives as the request does. The server's thread. */
#ifndef OUTRIDER_SERVE_ENTRIES_H
#define OUTRIDER_SERVE_ENTRIES_H

#include "serve/http.h"

enum { ENTRIES_MAX = 1024 };

enum entry_kind {
	ENTRY_FIELD, /* of a form, which has texts only */
	ENTRY_TEXT,
	ENTRY_NUMBER, /* the text is as it was written */
	ENTRY_ITEM, /* one of a list, which has the name */
};

struct entry {
	struct str name, text;
	enum entry_kind kind;
};

struct entries {
	struct entry *all;
	size_t n;
};

/* What may be sent: in texts line breaks are LF. */
struct entry_rule {
	const char *name;
	size_t max; /* bytes of a text */
	bool list; /* any number of texts, as a JSON array or by that name again and again */
	bool number; /* may be a JSON number */
	bool lines; /* may have several lines, and tabs */
};

/* Reads the body: application/json (one object) or application/x-www-form-urlencoded (WHATWG URL, 5.1), and
 * holds it against the rules. What is null, or an empty field of a form, was not sent. Returns 0, or the status
 * to answer with, and an error that names the member: 400, 415, 422. */
unsigned entries_read(const struct http_request *request, const struct entry_rule *rules,
	size_t n_rules, struct entries *entries, struct error *error) MUST_CHECK;

/* The text of that name; NULL: it was not sent. */
const char *entries_text(const struct entries *entries, const char *name);
/* All of that name; how many. */
size_t entries_list(const struct entries *entries, struct arena *arena, const char *name,
	const char *const **texts);

#endif
