#include "config/interpolate.h"

#include "config/keys.h"
#include "config/scalar.h"

#include "base/utf8.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum { FROM_MAX = 200, VARIABLES_MAX = 200 };

struct interpolation {
	struct arena *arena;
	struct config *config;
	struct secrets *secrets;
	struct config_variable *variables;
	struct problems *problems;
	const struct node *optional; /* requires_env of the check around */
	size_t total; /* bytes resolved so far */
	size_t n_variables;
};

/* One scalar on its way. */
struct resolving {
	struct interpolation *ctx;
	struct node *node;
	struct buf out;
	struct span *spans;
	size_t n_spans;
	struct buf from; /* what gave the parts, for people */
	bool secret;
};

static bool fail(struct resolving *r, struct str expression, const char *what)
{
	r->node->bad = true;
	const char *needle = arena_printf(r->ctx->arena, "${%.*s", SHOWN(expression));
	return problem_in(
		r->ctx->problems, r->node, needle, "${%.*s}: %s", SHOWN(expression), what);
}

__attribute__((format(printf, 2, 3))) static void comes_from(
	struct resolving *r, const char *format, ...)
{
	va_list args;
	if (r->from.n)
		buf_puts(&r->from, ", ");
	va_start(args, format);
	buf_vprintf(&r->from, format, args);
	va_end(args);
}

/* variable: the one it came from; NULL: none. */
static void put_foreign(struct resolving *r, struct str value, const char *variable)
{
	struct span *span = &r->spans[r->n_spans++];
	span->from = r->out.n;
	buf_putstr(&r->out, value);
	span->to = r->out.n;
	if (r->secret && secrets_add(r->ctx->secrets, value) && variable)
		secrets_name(r->ctx->secrets, value, variable);
}

static bool is_optional(const struct interpolation *ctx, struct str name)
{
	if (!ctx->optional || ctx->optional->kind != NODE_LIST)
		return false;
	for (const struct node *item = ctx->optional->first; item; item = item->next)
		if (item->kind == NODE_SCALAR && str_eq(item->text, name))
			return true;
	return false;
}

static bool put_file(struct resolving *r, struct str expression, const char *path)
{
	struct error error = {0};
	struct str text;
	if (!file_read(r->ctx->arena, path, INTERPOLATED_BYTES_MAX, &r->ctx->problems->wait_us,
		    &text, &error))
		return fail(r, expression, error.text);
	if (!utf8_valid(text) || memchr(text.p, '\0', text.n))
		return fail(r, expression, "its content is not UTF-8 text");
	if (text.n && text.p[text.n - 1] == '\n')
		text.n--;
	if (text.n && text.p[text.n - 1] == '\r')
		text.n--;
	put_foreign(r, text, NULL);
	comes_from(r, "%.*s", SHOWN(expression));
	return true;
}

static bool put_credential(struct resolving *r, struct str expression, struct str name)
{
	const char *folder = getenv("CREDENTIALS_DIRECTORY");
	if (!scalar_is_tag(name) || name.p[0] == '.')
		return fail(r, expression, "that is no credential's name");
	if (!folder || !folder[0])
		return fail(r, expression, "CREDENTIALS_DIRECTORY is not set (systemd sets it)");
	const char *path = arena_printf(r->ctx->arena, "%s/%.*s", folder, STR_ARG(name));
	if (access(path, F_OK) != 0 && errno == ENOENT)
		return fail(r, expression,
			arena_printf(r->ctx->arena,
				"there is none of that name in %s: the unit needs "
				"LoadCredential=%.*s:/its/file",
				folder, STR_ARG(name)));
	return put_file(r, expression, path);
}

/* The first VARIABLES_MAX of them: for people to look at. */
static void remember(struct interpolation *ctx, struct str name, bool set, bool has_default)
{
	struct arena *arena = &ctx->config->plan.arena;
	for (size_t i = 0; i < ctx->n_variables; i++)
		if (str_eq(name, str_of(ctx->variables[i].name)))
			return;
	if (!ctx->variables)
		ctx->variables = ARENA_ARRAY(arena, VARIABLES_MAX, struct config_variable);
	if (ctx->n_variables < VARIABLES_MAX)
		ctx->variables[ctx->n_variables++] =
			(struct config_variable){arena_strndup(arena, name), set, has_default};
}

static bool put_variable(struct resolving *r, struct str expression)
{
	ptrdiff_t dash = str_find(expression, STR(":-"), false);
	struct str name = dash < 0 ? expression : (struct str){expression.p, (size_t)dash};
	if (!scalar_is_variable(name))
		return fail(r, expression,
			"write ${NAME}, ${NAME:-default}, ${file:/path} or ${credential:NAME}; "
			"$${ stands for ${");
	const char *variable = arena_strndup(r->ctx->arena, name);
	const char *value = getenv(variable);
	remember(r->ctx, name, value && value[0], dash >= 0);
	if (value && (value[0] || dash < 0)) {
		if (!utf8_valid(str_of(value)))
			return fail(r, expression, "its value is not UTF-8 text");
		put_foreign(r, str_of(value), variable);
		comes_from(r, "$%.*s", SHOWN(name));
	} else if (dash >= 0) {
		comes_from(r, "default of $%.*s", SHOWN(name));
		buf_putstr(&r->out, str_from(expression, (size_t)dash + 2));
	} else if (!is_optional(r->ctx, name)) {
		return fail(r, expression, "the variable is not set");
	} else {
		comes_from(r, "$%.*s, not set", SHOWN(name));
	}
	return true;
}

static bool put_value(struct resolving *r, struct str expression)
{
	if (str_starts(expression, STR("file:"), false)) {
		struct str path = str_from(expression, 5);
		if (path.n == 0)
			return fail(r, expression, "which file?");
		return put_file(r, expression,
			file_path(r->ctx->arena, r->node->place.file,
				arena_strndup(r->ctx->arena, path)));
	}
	if (str_starts(expression, STR("credential:"), false))
		return put_credential(r, expression, str_from(expression, 11));
	return put_variable(r, expression);
}

static size_t count(struct str text, struct str needle)
{
	size_t n = 0;
	for (ptrdiff_t at; (at = str_find(text, needle, false)) >= 0; n++)
		text = str_from(text, (size_t)at + needle.n);
	return n;
}

static bool resolve_parts(struct resolving *r, struct str text, bool target)
{
	for (ptrdiff_t at; (at = str_find(text, STR("${"), false)) >= 0;) {
		assert(text.p); /* something was found in it */
		struct str before = {text.p, (size_t)at};
		struct str rest = str_from(text, (size_t)at + 2);
		if (before.n && before.p[before.n - 1] == '$') {
			buf_put(&r->out, before.p, before.n - 1);
			buf_puts(&r->out, "${");
			text = rest;
			continue;
		}
		buf_putstr(&r->out, before);
		if (target && r->out.n && memchr(r->out.p, '?', r->out.n))
			r->secret = true;
		ptrdiff_t close = str_find(rest, STR("}"), false);
		if (close < 0)
			return fail(r, rest, "has no closing }");
		if (!put_value(r, (struct str){rest.p, (size_t)close}))
			return false;
		text = str_from(rest, (size_t)close + 1);
	}
	buf_putstr(&r->out, text);
	return true;
}

static void resolve(
	struct interpolation *ctx, struct node *node, const struct key *key, bool secret)
{
	size_t n = count(node->text, STR("${"));
	if (n == 0)
		return;
	struct resolving r = {.ctx = ctx,
		.node = node,
		.out = BUF_INIT(INTERPOLATED_TOTAL_MAX - ctx->total),
		.from = BUF_INIT(FROM_MAX),
		.spans = ARENA_ARRAY(ctx->arena, n, struct span),
		.secret = secret};
	bool target = key && (key->type == TARGET || key->brief == TARGET);
	bool ok = resolve_parts(&r, node->text, target);
	if (ok && r.out.cut)
		ok = problem_at(ctx->problems, node, "resolved texts are longer than %d bytes",
			INTERPOLATED_TOTAL_MAX);
	if (ok) {
		node->written = node->text;
		node->from = arena_strndup(ctx->arena, buf_str(&r.from));
		node->text = arena_str(ctx->arena, buf_str(&r.out));
		node->foreign = r.spans;
		node->n_foreign = r.n_spans;
		node->resolved = true;
		ctx->total += r.out.n;
	}
	buf_fini(&r.out);
	buf_fini(&r.from);
}

static void walk_section(
	struct interpolation *ctx, struct node *map, enum section section, bool secret);

/* A secret wherever it comes from; of a hash of crypt(3) its last field. */
static void hide(struct interpolation *ctx, struct str text)
{
	const char *dollar = text.n && text.p[0] == '$' ? memrchr(text.p, '$', text.n) : NULL;
	secrets_add(ctx->secrets, dollar ? str_from(text, (size_t)(dollar - text.p) + 1) : text);
}

/* key: what the table says about this node; NULL: nothing. */
static void walk_item(
	struct interpolation *ctx, struct node *node, const struct key *key, bool secret)
{
	if (node->kind == NODE_SCALAR) {
		resolve(ctx, node, key, secret);
		if (key && key->hidden && !node->bad)
			hide(ctx, node->text);
	} else if (node->kind == NODE_MAP && key && key->of) {
		walk_section(ctx, node, key->of, secret);
	} else {
		for (struct node *child = node->first; child; child = child->next)
			walk_item(ctx, child, NULL, secret);
	}
}

static void walk_value(
	struct interpolation *ctx, struct node *node, const struct key *key, bool secret)
{
	bool named = key->shape == MAP || key->shape == LISTS;
	bool inside = named ? node->kind == NODE_MAP : node->kind == NODE_LIST;
	if (key->shape == ONE || !inside) {
		walk_item(ctx, node, key, secret);
		return;
	}
	for (struct node *child = node->first; child; child = child->next) {
		if (key->shape != LISTS || child->kind != NODE_LIST) {
			walk_item(ctx, child, key, secret);
			continue;
		}
		for (struct node *item = child->first; item; item = item->next)
			walk_item(ctx, item, key, secret);
	}
}

static void walk_section(
	struct interpolation *ctx, struct node *map, enum section section, bool secret)
{
	const struct node *around = ctx->optional;
	if (section == IN_CHECK)
		ctx->optional = node_child(map, "requires_env");
	for (struct node *child = map->first; child; child = child->next) {
		const struct key *key = key_find(section, child->key->text);
		if (key)
			walk_value(ctx, child, key, secret || key->secret);
		else
			walk_item(ctx, child, NULL, secret);
	}
	ctx->optional = around;
}

void interpolate(
	struct node *root, struct arena *arena, struct config *config, struct problems *problems)
{
	struct interpolation ctx = {.arena = arena,
		.config = config,
		.secrets = config->plan.secrets,
		.problems = problems};
	walk_section(&ctx, root, IN_TOP, false);
	config->variables = ctx.variables;
	config->n_variables = ctx.n_variables;
}
