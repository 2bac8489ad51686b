/* check/template.h - text with {{names}} in it, compiled. Each part knows how it is escaped at its
 * place, so that a captured quote or newline cannot break the next URL, header or body. Constant
 * after compiling; the arena owns it. Pure. */
#ifndef OUTRIDER_CHECK_TEMPLATE_H
#define OUTRIDER_CHECK_TEMPLATE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"

enum template_escape {
	ESCAPE_NONE,
	ESCAPE_JSON, /* inside a JSON string */
	ESCAPE_URL, /* percent-encoded, RFC 3986 unreserved characters kept */
	ESCAPE_HEADER, /* control characters dropped */
};

struct template_part {
	struct str literal; /* when variable is NULL; already as it is sent */
	const char *variable; /* "reply", "$uuid", "$now" */
	enum template_escape escape;
};

struct template
{
	struct template_part *parts;
	size_t n_parts;
};

/* What {{names}} mean during one run. */
struct variable {
	const char *name;
	struct str value;
};

struct scope {
	const struct variable *variables;
	size_t n_variables;
};

/* Text whose literal parts are put through escape too (a value inside a JSON string, a query
 * value, ...), or not (literal_ready: a path, a raw body). Appends to *tmpl. An unclosed {{, an
 * empty name and a name that is not [$A-Za-z_][A-Za-z0-9_.-]* are errors. */
bool template_add(struct arena *arena, struct template *tmpl, struct str text,
	enum template_escape escape, bool literal_ready, struct error *error) MUST_CHECK;
/* A literal as it is sent. */
void template_add_literal(struct arena *arena, struct template *tmpl, struct str literal);

bool template_has_variable(const struct template *tmpl);
/* False with an error when the scope lacks a name. */
bool template_render(const struct template *tmpl, const struct scope *scope, struct buf *out,
	struct error *error) MUST_CHECK;

/* Percent-encodes, RFC 3986 unreserved characters kept. */
void url_escape(struct buf *out, struct str text);

#endif
