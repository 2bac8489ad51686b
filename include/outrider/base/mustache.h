/* base/mustache.h - texts from templates without logic, after mustache(5): {{name}} escaped for what it
 * stands in, {{{name}}} and {{&name}} as it is, {{#section}} {{^inverted}} {{/end}}, {{>partial}},
 * {{!comment}}, {{=<% %>=}}, dotted names, {{.}}; tags that stand alone on a line leave no line, and a
 * partial that does is indented like it. Left out: lambdas, inheritance. A compiled template is constant;
 * any thread may render. Pure. */
#ifndef OUTRIDER_BASE_MUSTACHE_H
#define OUTRIDER_BASE_MUSTACHE_H

#include "base/buf.h"
#include "base/error.h"
#include "base/value.h"

enum { MUSTACHE_DEPTH_MAX = 24 }; /* sections and partials inside each other */

struct mustache;

/* Borrows source for its own life. The error names the line. */
struct mustache *mustache_new(struct str source, struct error *error) MUST_CHECK;
void mustache_free(struct mustache *mustache);

/* Each name that it asks for as it is written, a.b too, in order; not {{.}}. partial: of one. */
typedef void mustache_name(void *ctx, struct str name, size_t line, bool partial);
void mustache_names(const struct mustache *mustache, mustache_name *each, void *ctx);

/* NULL: none of that name; nothing is put in its place. */
typedef const struct mustache *mustache_find(void *ctx, struct str name);

/* How a text stands in what is made: html_escape, json_put_escaped, ... */
typedef void mustache_escape(struct buf *out, struct str text);

/* Around the templates: the partials, and what {{name}} does. */
struct mustache_manner {
	mustache_escape *escape; /* NULL: as it is */
	mustache_find *find; /* NULL: no partials */
	void *ctx;
};

void mustache_render(const struct mustache *mustache, const struct value *root,
	const struct mustache_manner *manner, struct buf *out);

/* Text between tags and inside quoted attributes; broken UTF-8 becomes U+FFFD. */
void html_escape(struct buf *out, struct str text);

#endif
