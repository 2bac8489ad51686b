#include "config/settings.h"

#include "config/print.h"
#include "config/validate.h"

#include <ctype.h>

enum { VALUE_MAX = 4096, NAME_BYTES_MAX = 512 };

struct collection {
	struct compile *c;
	struct setting *items;
	size_t n, room;
	unsigned step;
};

const struct setting *setting_find(const struct settings *settings, unsigned step, const char *name)
{
	for (size_t i = 0; settings && i < settings->n; i++)
		if (settings->items[i].step == step && strcmp(settings->items[i].name, name) == 0)
			return &settings->items[i];
	return NULL;
}

static void add(struct collection *to, const char *name, const char *value, const char *origin)
{
	if (to->n == to->room) {
		struct setting *old = to->items;
		to->room = to->room ? 2 * to->room : 32;
		to->items = ARENA_ARRAY(to->c->arena, to->room, struct setting);
		if (to->n)
			memcpy(to->items, old, to->n * sizeof(*old));
	}
	to->items[to->n++] = (struct setting){name, value, origin, (uint8_t)to->step};
}

static struct settings done(const struct collection *from)
{
	return (struct settings){from->items, from->n};
}

static const char *place_text(struct compile *c, const struct node *node)
{
	struct place place = node_key_place(node);
	if (!place.file)
		return "";
	const char *slash = strrchr(place.file->name, '/'); /* a folder's files differ without it */
	return arena_printf(c->arena, "%s:%u", slash ? slash + 1 : place.file->name, place.line);
}

static const char *origin_of(struct compile *c, const struct node *node, bool of_defaults)
{
	const char *place = place_text(c, node);
	bool resolved = node->kind == NODE_SCALAR && node->from && node->from[0];
	if (resolved)
		return arena_printf(
			c->arena, "%s (%s%s)", node->from, of_defaults ? "defaults, " : "", place);
	return of_defaults ? arena_printf(c->arena, "defaults (%s)", place) : place;
}

static void put_value(struct buf *out, const struct node *node)
{
	if (node->kind == NODE_SCALAR) {
		buf_putstr(out, node->text);
		return;
	}
	if (node->kind == NODE_LIST && !node->first)
		buf_puts(out, "none");
	for (const struct node *child = node->first; child; child = child->next) {
		if (node->kind == NODE_MAP)
			buf_printf(out, "%.*s: ", STR_ARG(child->key->text));
		bool inner = child->kind != NODE_SCALAR;
		buf_puts(out, inner ? "[" : "");
		put_value(out, child);
		buf_puts(out, inner ? "]" : "");
		buf_puts(out, child->next ? ", " : "");
	}
}

static const char *value_of(struct compile *c, const struct node *node)
{
	struct buf out = BUF_INIT(VALUE_MAX);
	put_value(&out, node);
	const char *text = arena_strndup(c->arena, buf_str(&out));
	buf_fini(&out);
	return text;
}

static void add_node(
	struct collection *to, const char *name, const struct node *node, bool of_defaults)
{
	add(to, name, value_of(to->c, node), origin_of(to->c, node, of_defaults));
}

static const char *joined(struct collection *to, const char *prefix, const char *name)
{
	if (!prefix)
		return name;
	return arena_printf(to->c->arena, "%s.%s", prefix, name);
}

static void add_key(
	struct collection *to, struct view view, const struct key *key, const char *prefix)
{
	const char *name = joined(to, prefix, key->name);
	const struct node *own = node_child(view.own, key->name);
	const struct node *node = view_get(view, key->name);
	if (node)
		add_node(to, name, node, node != own);
	else if (key->fallback)
		add(to, name, key->fallback, "built in");
}

static void add_section(struct collection *to, struct view view, const struct key *outer)
{
	struct view inner = view_section(view, outer->name, outer->of);
	if (!inner.own && !inner.base && !section_holds_unwritten(outer->of))
		return;
	for (const struct key *key = keys; key->name; key++)
		if (key->where & (uint32_t)outer->of)
			add_key(to, inner, key, outer->name);
}

static bool of_a_step(const struct key *key)
{
	return (key->where & IN_STEP) || key->of == IN_STEP;
}

static void collect_check(struct collection *to, struct view view)
{
	to->step = SETTING_WHOLE;
	for (const struct key *key = keys; key->name; key++) {
		if (!(key->where & IN_CHECK) || of_a_step(key))
			continue;
		if (key->type == SECTION && key->shape == ONE)
			add_section(to, view, key);
		else
			add_key(to, view, key, NULL);
	}
}

/* Expectations, by their subjects as verdicts call them. */
static void collect_expect(struct collection *to, const struct node *expect)
{
	static const char *const inside[] = {
		"header", "json", "stream", "timing", "tls", "usage", NULL};
	if (!node_child(expect, "status"))
		add(to, "expect.status", NULL, "built in");
	for (const struct node *child = expect ? expect->first : NULL; child; child = child->next) {
		const char *name =
			arena_printf(to->c->arena, "expect.%.*s", STR_ARG(child->key->text));
		bool nested = false;
		for (size_t i = 0; inside[i]; i++)
			nested = nested || node_is(child->key, inside[i]);
		if (!nested) {
			add(to, name, NULL, origin_of(to->c, child, false));
			continue;
		}
		for (const struct node *part = child->first; part; part = part->next) {
			char *full = arena_printf(
				to->c->arena, "%s.%.*s", name, STR_ARG(part->key->text));
			for (char *at = full; node_is(child->key, "header") && *at; at++)
				*at = (char)tolower((unsigned char)*at);
			add(to, full, NULL, origin_of(to->c, part, false));
		}
	}
}

static const struct node *verb_of(const struct node *map)
{
	for (const struct node *child = map->first; child; child = child->next) {
		const struct key *key = key_find(IN_STEP, child->key->text);
		if (key && (key->of == IN_REQUEST || key->of == IN_CHAT))
			return child;
	}
	return NULL;
}

static void collect_named(struct collection *to, const char *prefix, const struct node *map)
{
	for (const struct node *child = map ? map->first : NULL; child; child = child->next) {
		const char *name =
			arena_printf(to->c->arena, "%s.%.*s", prefix, STR_ARG(child->key->text));
		add_node(to, name, child, false);
	}
}

/* What may stand in the request or around it. */
static void collect_around(
	struct collection *to, struct view view, const struct node *verb, const char *name)
{
	const struct node *inside = node_child(verb, name);
	const struct key *key = key_find(IN_STEP, str_of(name));
	if (inside)
		add_node(to, name, inside, false);
	else
		add_key(to, view, key, NULL);
}

static void collect_step(struct collection *to, struct view view, unsigned step)
{
	const struct node *verb = verb_of(view.own);
	to->step = step;
	if (!verb)
		return;
	add(to, "request", NULL, origin_of(to->c, verb, false));
	collect_around(to, view, verb, "until");
	collect_around(to, view, verb, "redirects");
	collect_named(to, "header", node_child(verb, "headers"));
	collect_expect(to, node_child(view.own, "expect"));
	collect_named(to, "capture", node_child(view.own, "capture"));
}

/* In the plan's order: those of cleanup come last. */
static void collect_steps(struct collection *to, struct view view)
{
	const struct node *list = view_get(view, "steps");
	unsigned step = 0;
	if (!list) {
		collect_step(to, view, step);
		return;
	}
	for (int cleanup = 0; cleanup < 2; cleanup++)
		for (struct node *node = list->first; node; node = node->next) {
			struct view inner = {node, view.base, IN_STEP};
			if (view_bool(inner, "cleanup") == (cleanup == 1))
				collect_step(to, inner, step++);
		}
}

static void add_mode(struct collection *to, struct view top)
{
	const char *mode = to->c->config->plan.mode;
	const struct node *node = view_get(top, "mode");
	if (to->c->source->mode)
		add(to, "mode", mode, "--mode");
	else if (node)
		add(to, "mode", mode, origin_of(to->c, node, false));
	else if (mode && mode[0])
		add(to, "mode", mode, "the only one");
}

static bool overridden(const struct compile *c, const char *service)
{
	for (size_t i = 0; i < c->source->n_overrides; i++)
		if (strcmp(c->source->overrides[i].service, service) == 0)
			return true;
	return false;
}

static void collect_service(struct collection *to, const struct node *node, const char *id)
{
	const char *prefix = arena_printf(to->c->arena, "services.%s", id);
	const struct node *urls = node_child(node, "urls");
	const struct node *url =
		urls ? node_child(urls, to->c->config->plan.mode) : node_child(node, "url");
	if (overridden(to->c, id))
		add(to, joined(to, prefix, "url"), NULL, "--service");
	else if (url)
		add(to, joined(to, prefix, "url"), NULL, origin_of(to->c, url, false));
	collect_named(to, joined(to, prefix, "header"), node_child(node, "headers"));
	for (const struct key *key = keys; key->name; key++)
		if ((key->where & IN_SERVICE) && key->shape == ONE && key->type != SECTION &&
			key->type != URL)
			add_key(to, (struct view){(struct node *)node, NULL, IN_SERVICE}, key,
				prefix);
	collect_named(to, joined(to, prefix, "tls"), node_child(node, "tls"));
}

static void collect_whole(struct collection *to)
{
	struct view top = {to->c->root, NULL, IN_TOP};
	const struct node *services = view_get(top, "services");
	to->step = SETTING_WHOLE;
	add_mode(to, top);
	for (const struct node *node = services ? services->first : NULL; node; node = node->next)
		collect_service(to, node, node->key->text.p);
}

void settings_collect(struct compile *c)
{
	struct collection whole = {.c = c};
	struct settings *all = ARENA_ARRAY(c->arena, c->n_made, struct settings);
	collect_whole(&whole);
	c->config->settings = done(&whole);
	for (size_t i = 0; i < c->n_made; i++) {
		struct view view = {c->made[i].check, c->defaults, IN_CHECK};
		struct collection to = {.c = c};
		collect_check(&to, view);
		collect_steps(&to, view);
		all[i] = done(&to);
	}
	c->config->check_settings = all;
}
