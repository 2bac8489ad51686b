#include "base/mustache.h"

#include "base/memory.h"
#include "base/utf8.h"

#include <stdlib.h>

enum token_kind {
	TOKEN_LITERAL,
	TOKEN_TEXT,
	TOKEN_RAW,
	TOKEN_SECTION,
	TOKEN_INVERTED,
	TOKEN_PARTIAL
};

struct token {
	enum token_kind kind;
	struct str text; /* the literal or the name */
	size_t end; /* of a section: the token after its last one */
	size_t line;
	bool alone; /* of a partial: it has a line of its own, which is */
	struct str indent; /* indented so */
};

struct mustache {
	struct token *tokens;
	size_t n, cap;
};

/* The template while it is read. */
struct compiler {
	struct mustache *made;
	struct str source;
	struct str begin, end; /* the delimiters as they are here */
	size_t at;
	size_t open[MUSTACHE_DEPTH_MAX]; /* tokens of the sections we are in */
	size_t n_open;
	struct error *error;
};

static struct token *add(struct compiler *c, enum token_kind kind, struct str text, size_t line)
{
	struct mustache *made = c->made;
	if (made->n == made->cap) {
		made->cap = made->cap ? made->cap * 2 : 32;
		made->tokens = mem_grow(made->tokens, made->cap * sizeof(*made->tokens));
	}
	struct token *token = &made->tokens[made->n++];
	*token = (struct token){.kind = kind, .text = text, .line = line};
	return token;
}

static void add_literal(struct compiler *c, size_t from, size_t to)
{
	if (to > from)
		add(c, TOKEN_LITERAL, (struct str){c->source.p + from, to - from}, 0);
}

static size_t line_at(struct str source, size_t at)
{
	size_t line = 1;
	for (size_t i = 0; i < at; i++)
		line += source.p[i] == '\n';
	return line;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Whether the tag at [from, to) is alone on its line; then *from and *to become the whole line. */
static bool stands_alone(struct str source, size_t *from, size_t *to)
{
	size_t start = *from;
	while (start > 0 && is_blank(source.p[start - 1]))
		start--;
	if (start > 0 && source.p[start - 1] != '\n')
		return false;
	size_t end = *to;
	while (end < source.n && is_blank(source.p[end]))
		end++;
	if (end < source.n && source.p[end] == '\r')
		end++;
	if (end < source.n && source.p[end] != '\n')
		return false;
	*from = start;
	*to = end < source.n ? end + 1 : end;
	return true;
}

static bool open_section(struct compiler *c, enum token_kind kind, struct str name, size_t line)
{
	if (c->n_open == MUSTACHE_DEPTH_MAX)
		return error_set(c->error, "line %zu: sections nest too deeply", line);
	c->open[c->n_open++] = c->made->n;
	add(c, kind, name, line);
	return true;
}

static bool close_section(struct compiler *c, struct str name, size_t line)
{
	if (c->n_open == 0)
		return error_set(
			c->error, "line %zu: {{/%.*s}} closes nothing", line, STR_ARG(name));
	struct token *section = &c->made->tokens[c->open[--c->n_open]];
	if (!str_eq(section->text, name))
		return error_set(c->error, "line %zu: {{/%.*s}} where {{/%.*s}} was due", line,
			STR_ARG(name), STR_ARG(section->text));
	section->end = c->made->n;
	return true;
}

static bool is_delimiter(struct str word)
{
	for (size_t i = 0; i < word.n; i++)
		if (word.p[i] == '=' || is_blank(word.p[i]) || strchr("\r\n", word.p[i]))
			return false;
	return word.n > 0;
}

/* From here on, up to the end of the template. */
static bool change_delimiters(struct compiler *c, struct str words, size_t line)
{
	size_t n = 0;
	while (n < words.n && !is_blank(words.p[n]) && words.p[n] != '\n')
		n++;
	struct str begin = {words.p, n}, end = str_trim(str_from(words, n));
	if (!is_delimiter(begin) || !is_delimiter(end))
		return error_set(
			c->error, "line %zu: new delimiters are two words without =", line);
	c->begin = begin;
	c->end = end;
	return true;
}

static bool add_tag(struct compiler *c, char sigil, struct str name, size_t line)
{
	if (sigil == '!')
		return true;
	if (sigil == '=')
		return change_delimiters(c, name, line);
	if (name.n == 0)
		return error_set(c->error, "line %zu: a tag without a name", line);
	switch (sigil) {
	case '#': return open_section(c, TOKEN_SECTION, name, line);
	case '^': return open_section(c, TOKEN_INVERTED, name, line);
	case '/': return close_section(c, name, line);
	case '>': add(c, TOKEN_PARTIAL, name, line); return true;
	case '{':
	case '&': add(c, TOKEN_RAW, name, line); return true;
	default: add(c, TOKEN_TEXT, name, line); return true;
	}
}

/* The length of what stands between a tag's delimiters, the sigil too; *close is the length of its end:
 * {{{name}}} and {{=<% %>=}} have a character of their own before it. -1: it has none. */
static ptrdiff_t tag_length(const struct compiler *c, struct str inside, char sigil, size_t *close)
{
	char own = sigil == '{' ? '}' : sigil;
	bool has_own = sigil == '{' || sigil == '=';
	struct str rest = str_from(inside, has_own);
	*close = c->end.n + has_own;
	for (size_t at = 0; at < rest.n;) {
		ptrdiff_t found = str_find(str_from(rest, at), c->end, false);
		if (found < 0)
			return -1;
		at += (size_t)found;
		if (!has_own)
			return (ptrdiff_t)at;
		if (at > 0 && rest.p[at - 1] == own)
			return (ptrdiff_t)at; /* the sigil makes up for the character before */
		at++;
	}
	return -1;
}

/* The tag that begins at `from`. */
static bool read_tag(struct compiler *c, size_t from)
{
	struct str inside = str_from(c->source, from + c->begin.n);
	size_t line = line_at(c->source, from), tag = from, close = 0;
	char sigil = inside.n ? inside.p[0] : '\0';
	bool has_sigil = sigil && strchr("#^/>!{&=", sigil);
	ptrdiff_t length = tag_length(c, inside, sigil, &close);
	if (length < 0)
		return error_set(c->error, "line %zu: a tag is not closed", line);
	struct str name = {inside.p, (size_t)length};
	size_t to = from + c->begin.n + name.n + close;
	bool alone =
		has_sigil && sigil != '{' && sigil != '&' && stands_alone(c->source, &from, &to);
	add_literal(c, c->at, from);
	c->at = to;
	if (!add_tag(c, has_sigil ? sigil : '\0', str_trim(str_from(name, has_sigil)), line))
		return false;
	if (sigil == '>' && alone) {
		struct token *partial = &c->made->tokens[c->made->n - 1];
		partial->alone = true;
		partial->indent = (struct str){c->source.p + from, tag - from};
	}
	return true;
}

static bool compile(struct compiler *c)
{
	ptrdiff_t next = 0;
	while ((next = str_find(str_from(c->source, c->at), c->begin, false)) >= 0)
		if (!read_tag(c, c->at + (size_t)next))
			return false;
	add_literal(c, c->at, c->source.n);
	if (c->n_open == 0)
		return true;
	const struct token *section = &c->made->tokens[c->open[c->n_open - 1]];
	return error_set(c->error, "line %zu: {{#%.*s}} is not closed", section->line,
		STR_ARG(section->text));
}

struct mustache *mustache_new(struct str source, struct error *error)
{
	struct mustache *made = MEM_NEW(struct mustache);
	struct compiler compiler = {.made = made,
		.source = source,
		.begin = STR("{{"),
		.end = STR("}}"),
		.error = error};
	if (compile(&compiler))
		return made;
	mustache_free(made);
	return NULL;
}

void mustache_free(struct mustache *mustache)
{
	if (!mustache)
		return;
	free(mustache->tokens);
	free(mustache);
}

void mustache_names(const struct mustache *mustache, mustache_name *each, void *ctx)
{
	for (size_t i = 0; i < mustache->n; i++) {
		const struct token *token = &mustache->tokens[i];
		if (token->kind != TOKEN_LITERAL && !str_eq(token->text, STR(".")))
			each(ctx, token->text, token->line, token->kind == TOKEN_PARTIAL);
	}
}

struct renderer {
	const struct value *stack[MUSTACHE_DEPTH_MAX + 1]; /* the innermost last */
	size_t depth;
	size_t partials;
	struct str indents[MUSTACHE_DEPTH_MAX]; /* of the partials we are in */
	size_t n_indents, first_indent; /* those before it are not of this line */
	bool line_begins; /* a line of the template that is rendered, not of a value */
	const struct mustache_manner *manner;
	struct buf *out;
};

/* The part of name before its first dot; *name becomes what follows. */
static struct str first_part(struct str *name)
{
	ptrdiff_t dot = str_find(*name, STR("."), false);
	struct str part = {name->p, dot < 0 ? name->n : (size_t)dot};
	*name = str_from(*name, part.n + 1);
	return part;
}

static const struct value *look_up(const struct renderer *r, struct str name)
{
	if (str_eq(name, STR(".")))
		return r->stack[r->depth - 1];
	struct str part = first_part(&name);
	const struct value *found = NULL;
	for (size_t i = r->depth; i > 0 && !found; i--)
		found = value_get(r->stack[i - 1], part);
	while (found && name.n)
		found = value_get(found, first_part(&name));
	return found;
}

static void render(struct renderer *r, const struct mustache *m, size_t from, size_t to);

static void render_inside(
	struct renderer *r, const struct mustache *m, size_t section, const struct value *context)
{
	if (r->depth > MUSTACHE_DEPTH_MAX)
		return;
	r->stack[r->depth++] = context;
	render(r, m, section + 1, m->tokens[section].end);
	r->depth--;
}

static void render_section(struct renderer *r, const struct mustache *m, size_t section)
{
	const struct value *value = look_up(r, m->tokens[section].text);
	if (!value_truth(value))
		return;
	if (value->kind != VALUE_LIST) {
		render_inside(r, m, section, value);
		return;
	}
	for (const struct value *item = value->first; item; item = item->next)
		render_inside(r, m, section, item);
}

static void put_indent(struct renderer *r)
{
	for (size_t i = r->first_indent; r->line_begins && i < r->n_indents; i++)
		buf_putstr(r->out, r->indents[i]);
	r->line_begins = false;
}

static void put_literal(struct renderer *r, struct str text)
{
	while (r->n_indents > r->first_indent && text.n) {
		ptrdiff_t end = str_find(text, STR("\n"), false);
		struct str line = {text.p, end < 0 ? text.n : (size_t)end + 1};
		put_indent(r);
		buf_putstr(r->out, line);
		r->line_begins = end >= 0;
		text = str_from(text, line.n);
	}
	buf_putstr(r->out, text);
}

/* One that stands alone lends its indentation to each of the partial's lines; the lines of any other go
 * on where it stands. */
static void render_partial(struct renderer *r, const struct token *token)
{
	const struct mustache_manner *manner = r->manner;
	const struct mustache *partial =
		manner->find ? manner->find(manner->ctx, token->text) : NULL;
	size_t n_before = r->n_indents, first_before = r->first_indent;
	if (!partial || r->partials == MUSTACHE_DEPTH_MAX)
		return;
	r->partials++;
	if (!token->alone) {
		put_indent(r);
		r->first_indent = r->n_indents;
	} else if (token->indent.n) { /* there is room: each partial brings one at most */
		r->indents[r->n_indents++] = token->indent;
		r->line_begins = true;
	}
	render(r, partial, 0, partial->n);
	r->n_indents = n_before;
	r->first_indent = first_before;
	r->line_begins = token->alone;
	r->partials--;
}

static void put_value(struct renderer *r, struct str name, mustache_escape *escape)
{
	const struct value *value = look_up(r, name);
	put_indent(r);
	if (value && escape)
		escape(r->out, value->text);
	else if (value)
		buf_putstr(r->out, value->text);
}

static void render(struct renderer *r, const struct mustache *m, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++) {
		const struct token *token = &m->tokens[i];
		switch (token->kind) {
		case TOKEN_LITERAL: put_literal(r, token->text); break;
		case TOKEN_TEXT: put_value(r, token->text, r->manner->escape); break;
		case TOKEN_RAW: put_value(r, token->text, NULL); break;
		case TOKEN_SECTION:
			render_section(r, m, i);
			i = token->end - 1;
			break;
		case TOKEN_INVERTED:
			if (!value_truth(look_up(r, token->text)))
				render(r, m, i + 1, token->end);
			i = token->end - 1;
			break;
		case TOKEN_PARTIAL: render_partial(r, token); break;
		}
	}
}

void mustache_render(const struct mustache *mustache, const struct value *root,
	const struct mustache_manner *manner, struct buf *out)
{
	struct renderer renderer = {.stack = {root}, .depth = 1, .manner = manner, .out = out};
	render(&renderer, mustache, 0, mustache->n);
}

static const char *entity(char c)
{
	switch (c) {
	case '&': return "&amp;";
	case '<': return "&lt;";
	case '>': return "&gt;";
	case '"': return "&quot;";
	case '\'': return "&#39;";
	default: return NULL;
	}
}

void html_escape(struct buf *out, struct str text)
{
	size_t plain = 0; /* where the run of bytes begins that stay as they are */
	size_t at = 0;
	while (at < text.n) {
		struct utf8_char c = utf8_next(str_from(text, at));
		const char *instead = c.ok ? entity(text.p[at]) : "\xef\xbf\xbd";
		if (instead) {
			buf_put(out, text.p + plain, at - plain);
			buf_puts(out, instead);
			plain = at + c.n;
		}
		at += c.n;
	}
	if (at > plain)
		buf_put(out, text.p + plain, at - plain);
}
