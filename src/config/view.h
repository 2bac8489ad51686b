/* config/view.h - reads a validated map: a key's value as the check says it, else as the defaults
 * say it, else the table's fallback. What was wrong reads as not written. */
#ifndef OUTRIDER_SRC_CONFIG_VIEW_H
#define OUTRIDER_SRC_CONFIG_VIEW_H

#include "config/keys.h"
#include "config/node.h"

#include "base/secret.h"
#include "watch/health.h"

struct view {
	struct node *own; /* may be NULL */
	struct node *base; /* of the defaults; may be NULL */
	enum section in;
};

struct node *view_get(struct view view, const char *name); /* NULL: not written */
bool view_has(struct view view, const char *name); /* written, right or wrong */
struct view view_section(struct view view, const char *name, enum section in);

bool view_bool(struct view view, const char *name);
int64_t view_int(struct view view, const char *name);
int64_t view_us(struct view view, const char *name); /* a duration */
struct health_rule view_rule(struct view view, const char *name);
int view_choice(struct view view, const char *name); /* its place among the choices; -1: none */
/* Copied; NULL: not written. */
const char *view_text(struct view view, const char *name, struct arena *arena);
/* The same in one line that nothing in it breaks: inert (base/text.h), without blanks at its end, and
 * without the secrets that may stand in a header, too. */
const char *view_line(
	struct view view, const char *name, const struct secrets *secrets, struct arena *arena);
/* A list of texts, NULL-terminated. */
const char *const *view_texts(struct view view, const char *name, struct arena *arena, size_t *n);

#endif
