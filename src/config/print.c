#include "config/print.h"

#include "config/print_scalar.h"

#include <stdlib.h>

enum { INDENT = 2 };

struct printing {
	struct compile *c;
	struct buf out;
	bool item; /* behind a "-": the next line goes on here */
};

/* Where a value stands: what the table says about it, whether ${...} in it is a secret. */
struct site {
	const struct key *key; /* NULL: the table says nothing */
	bool secret;
	unsigned indent;
};

bool section_holds_unwritten(enum section section)
{
	bool fallback = false;
	for (const struct key *key = keys; key->name; key++) {
		if (!(key->where & (uint32_t)section))
			continue;
		if (key->required)
			return false;
		fallback = fallback || key->fallback;
	}
	return fallback;
}

static void print_section(struct printing *p, struct view view, bool secret, unsigned indent);
static void print_value(struct printing *p, const struct node *node, struct site site);

static void line(struct printing *p, unsigned indent)
{
	if (p->item)
		buf_putc(&p->out, ' ');
	else
		buf_printf(&p->out, "%s%*s", p->out.n ? "\n" : "", (int)indent, "");
	p->item = false;
}

static void print_name(struct printing *p, unsigned indent, struct str name)
{
	line(p, indent);
	print_text(&p->out, name);
	buf_putc(&p->out, ':');
}

/* A text of the command line. */
static void print_clean(struct printing *p, const char *text)
{
	struct buf clean = BUF_INIT(SIZE_MAX);
	secrets_redact(p->c->config->plan.secrets, str_of(text), &clean);
	print_text(&p->out, buf_str(&clean));
	buf_fini(&clean);
}

/* Files that a path in a file means from its folder on. */
static bool is_path(const struct key *key)
{
	return (key->where & IN_SERVICE_TLS) ||
	       ((key->where & IN_REQUEST) && strcmp(key->name, "file") == 0);
}

static void print_path(struct printing *p, const struct node *node)
{
	const char *path = file_path(
		p->c->scratch, node->place.file, arena_strndup(p->c->scratch, node->text));
	char *whole = realpath(path, NULL);
	print_text(&p->out, str_of(whole ? whole : path));
	free(whole);
}

static void print_one(struct printing *p, const struct node *node, struct site site)
{
	const struct key *key = site.key;
	enum key_type type = !key ? ANY : key->brief && key->brief != BOOL ? key->brief : key->type;
	bool target = type == TARGET; /* a query may hold a secret */
	if (key && is_path(key))
		print_path(p, node);
	else
		print_scalar(
			&p->out, node, type, site.secret || target, p->c->config->plan.secrets);
}

static enum section section_of(const struct key *key, const struct node *node)
{
	if (!key || node->kind != NODE_MAP)
		return IN_NOTHING;
	if (key->of)
		return key->of;
	return key->type == MATCHER ? IN_MATCHER : IN_NOTHING;
}

/* The children of a list or a map whose names are free. */
static void print_children(struct printing *p, const struct node *node, struct site site)
{
	for (const struct node *child = node->first; child; child = child->next) {
		if (node->kind == NODE_MAP) {
			print_name(p, site.indent, child->key->text);
			print_value(p, child,
				(struct site){site.key, site.secret, site.indent + INDENT});
			continue;
		}
		line(p, site.indent);
		buf_putc(&p->out, '-');
		p->item = child->kind != NODE_SCALAR && child->first;
		print_value(p, child, (struct site){site.key, site.secret, site.indent + INDENT});
	}
}

/* An item of a key, or all of it where it has no items. */
static void print_item(struct printing *p, const struct node *node, struct site site)
{
	enum section section = section_of(site.key, node);
	if (node->kind == NODE_SCALAR) {
		buf_putc(&p->out, ' ');
		print_one(p, node, site);
	} else if (!node->first && !section) {
		buf_puts(&p->out, node->kind == NODE_LIST ? " []" : " {}");
	} else if (section) {
		struct view view = {(struct node *)node, NULL, section};
		print_section(p, view, site.secret, site.indent);
	} else {
		print_children(p, node, site);
	}
}

static void print_value(struct printing *p, const struct node *node, struct site site)
{
	const struct key *key = site.key;
	bool free_items = key && key->type == ANY && key->shape == ONE;
	print_item(p, node, free_items ? (struct site){NULL, site.secret, site.indent} : site);
}

/* The value of one key. The items of its list or map are of its type; below these nothing is known
 * but what a section says. */
static void print_key(struct printing *p, const struct key *key, const struct node *node,
	bool secret, unsigned indent)
{
	struct site site = {key, secret || key->secret, indent + INDENT};
	print_name(p, indent, str_of(key->name));
	bool named = (key->shape == MAP || key->shape == LISTS) && node->kind == NODE_MAP;
	if (named && node->first)
		print_children(p, node, site); /* even where the items are sections */
	else
		print_value(p, node, site);
}

static bool asks_by_steps(const struct view *view)
{
	return view->in == IN_CHECK && node_child(view->own, "steps");
}

/* Redirects hold from the outside in: only the outermost place that may have them gets the table's. */
static bool holds_here(const struct view *view, const struct key *key)
{
	bool inherited = (key->where & IN_CHECK) && (key->where & IN_STEP);
	if (!inherited)
		return true;
	return (view->in == IN_CHECK && !asks_by_steps(view)) || view->in == IN_STEP;
}

static void print_row(
	struct printing *p, struct view view, const struct key *key, bool secret, unsigned indent)
{
	struct node *node = view_get(view, key->name);
	struct view inner = view_section(view, key->name, key->of);
	bool nested = key->type == SECTION && key->shape == ONE && !key->brief;
	bool shared = nested && (key->where & (IN_DEFAULTS | IN_TOP));
	if (!node_child(view.own, key->name) && !holds_here(&view, key))
		return;
	if (shared && (inner.own || inner.base || section_holds_unwritten(key->of))) {
		print_name(p, indent, str_of(key->name));
		print_section(p, inner, secret || key->secret, indent + INDENT);
	} else if (node && !shared) {
		print_key(p, key, node, secret, indent);
	} else if (!node && key->fallback) {
		print_name(p, indent, str_of(key->name));
		buf_printf(&p->out, " %s", key->fallback);
	}
}

static bool print_override(
	struct printing *p, struct view view, const struct key *key, unsigned indent)
{
	const struct config_source *source = p->c->source;
	if (view.in != IN_SERVICE || key->type != URL)
		return false;
	for (size_t i = 0; i < source->n_overrides; i++) {
		if (!node_is(view.own->key, source->overrides[i].service))
			continue;
		if (key->shape == ONE) {
			print_name(p, indent, STR("url"));
			buf_putc(&p->out, ' ');
			print_clean(p, source->overrides[i].url);
		}
		return true;
	}
	return false;
}

/* What the command line may say otherwise. */
static bool print_chosen(struct printing *p, struct view view, const struct key *key)
{
	const struct config *config = p->c->config;
	const struct {
		const char *name, *value;
	} chosen[] = {{"mode", config->plan.mode}, {"listen", config->serve.listen},
		{"database", config->store.path}};
	if (view.in != IN_TOP)
		return false;
	for (size_t i = 0; i < sizeof(chosen) / sizeof(chosen[0]); i++) {
		if (strcmp(key->name, chosen[i].name) != 0)
			continue;
		if (chosen[i].value && chosen[i].value[0]) {
			print_name(p, 0, str_of(key->name));
			buf_putc(&p->out, ' ');
			print_clean(p, chosen[i].value);
		}
		return true;
	}
	return strcmp(key->name, "defaults") == 0;
}

static void print_any(
	struct printing *p, struct view view, const struct key *key, bool secret, unsigned indent)
{
	struct view seen = view;
	if (view.in == IN_CHECK || view.in == IN_STEP)
		seen.base = (key->where & IN_DEFAULTS) ? p->c->defaults : NULL;
	if (asks_by_steps(&view) && (key->where & IN_STEP))
		seen.base = NULL; /* it stands in each step */
	if (!print_chosen(p, view, key) && !print_override(p, view, key, indent))
		print_row(p, seen, key, secret, indent);
}

/* What is written in the order it is written, since expectations are judged in that; then the rest. */
static void print_section(struct printing *p, struct view view, bool secret, unsigned indent)
{
	size_t before = p->out.n;
	for (struct node *child = view.own ? view.own->first : NULL; child; child = child->next)
		print_any(p, view, key_find(view.in, child->key->text), secret, indent);
	for (const struct key *key = keys; key->name; key++)
		if ((key->where & (uint32_t)view.in) && !node_child(view.own, key->name))
			print_any(p, view, key, secret, indent);
	if (p->out.n == before)
		buf_puts(&p->out, " {}");
}

void print_tree(struct compile *c, struct buf *out)
{
	struct printing p = {.c = c, .out = BUF_INIT(PRINTED_BYTES_MAX)};
	print_section(&p, (struct view){c->root, NULL, IN_TOP}, false, 0);
	buf_putstr(out, buf_str(&p.out));
	buf_putc(out, '\n');
	buf_fini(&p.out);
}
