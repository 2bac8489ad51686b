#include "config/view.h"

#include "config/scalar.h"

#include "base/text.h"
#include "base/utf8.h"

enum { ZERO_WIDTH_NON_JOINER = 0x200c, ZERO_WIDTH_JOINER = 0x200d }; /* of Persian, of emoji */

struct node *view_get(struct view view, const char *name)
{
	struct node *node = node_child(view.own, name);
	if (!node)
		node = node_child(view.base, name);
	return node && !node->bad ? node : NULL;
}

bool view_has(struct view view, const char *name)
{
	return node_child(view.own, name) || node_child(view.base, name);
}

struct view view_section(struct view view, const char *name, enum section in)
{
	struct node *own = node_child(view.own, name);
	struct node *base = node_child(view.base, name);
	return (struct view){
		.own = own && !own->bad ? own : NULL,
		.base = base && !base->bad ? base : NULL,
		.in = in,
	};
}

/* The text to read: what is written, or the fallback. */
static struct str text_of(struct view view, const char *name)
{
	const struct node *node = view_get(view, name);
	if (node && node->kind == NODE_SCALAR)
		return node->text;
	return str_of(key_find(view.in, str_of(name))->fallback);
}

bool view_bool(struct view view, const char *name)
{
	bool value;
	return scalar_bool(text_of(view, name), &value) && value;
}

int64_t view_int(struct view view, const char *name)
{
	int64_t value;
	return scalar_int(text_of(view, name), &value) ? value : 0;
}

int64_t view_us(struct view view, const char *name)
{
	int64_t value;
	return scalar_keep(text_of(view, name), &value) ? value : 0;
}

struct health_rule view_rule(struct view view, const char *name)
{
	struct health_rule rule = {1, 1};
	scalar_rule(text_of(view, name), &rule);
	return rule;
}

int view_choice(struct view view, const char *name)
{
	return scalar_choice(text_of(view, name), key_find(view.in, str_of(name))->choices);
}

const char *view_text(struct view view, const char *name, struct arena *arena)
{
	struct str text = text_of(view, name);
	return text.p ? arena_strndup(arena, text) : NULL;
}

const char *view_line(
	struct view view, const char *name, const struct secrets *secrets, struct arena *arena)
{
	struct str text = text_of(view, name);
	if (!text.p)
		return NULL;
	struct buf clean = BUF_INIT(SIZE_MAX), line = BUF_INIT(SIZE_MAX);
	secrets_redact(secrets, text, &clean);
	text = buf_str(&clean);
	while (text.n && strchr(" \n", text.p[text.n - 1])) /* a block of YAML ends in one */
		text.n--;
	for (size_t at = 0; at < text.n;) {
		struct utf8_char c = utf8_next(str_from(text, at));
		if (c.code == ZERO_WIDTH_NON_JOINER || c.code == ZERO_WIDTH_JOINER)
			buf_put(&line, text.p + at, c.n);
		else
			text_inert(&line, (struct str){text.p + at, c.n}, SIZE_MAX);
		at += c.n;
	}
	const char *inert = arena_strndup(arena, buf_str(&line));
	buf_fini(&line);
	buf_fini(&clean);
	return inert;
}

const char *const *view_texts(struct view view, const char *name, struct arena *arena, size_t *n)
{
	const struct node *list = view_get(view, name);
	*n = 0;
	if (!list || list->kind != NODE_LIST)
		return NULL;
	const char **texts = ARENA_ARRAY(arena, list->n + 1, const char *);
	for (const struct node *item = list->first; item; item = item->next)
		if (!item->bad && item->kind == NODE_SCALAR)
			texts[(*n)++] = arena_strndup(arena, item->text);
	return texts;
}
