#include "check/template.h"

#include "base/json_writer.h"

#include <stdint.h>

static bool unreserved(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '.' || c == '_' || c == '~';
}

void url_escape(struct buf *out, struct str text)
{
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];
		if (unreserved(c))
			buf_putc(out, (char)c);
		else
			buf_printf(out, "%%%02X", c);
	}
}

static void header_escape(struct buf *out, struct str text)
{
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];
		if ((c >= 0x20 && c != 0x7f) || c == '\t')
			buf_putc(out, (char)c);
	}
}

static void escape_into(struct buf *out, struct str text, enum template_escape escape)
{
	switch (escape) {
	case ESCAPE_NONE: buf_putstr(out, text); break;
	case ESCAPE_JSON: json_put_escaped(out, text); break;
	case ESCAPE_URL: url_escape(out, text); break;
	case ESCAPE_HEADER: header_escape(out, text); break;
	}
}

static struct template_part *part_new(struct arena *arena, struct template *tmpl)
{
	/* Capacities are powers of two, so a full array is one whose length is a power of two. */
	if ((tmpl->n_parts & (tmpl->n_parts - 1)) == 0) {
		size_t cap = tmpl->n_parts ? 2 * tmpl->n_parts : 1;
		struct template_part *parts = ARENA_ARRAY(arena, cap, struct template_part);
		if (tmpl->parts)
			memcpy(parts, tmpl->parts, tmpl->n_parts * sizeof(*parts));
		tmpl->parts = parts;
	}
	return &tmpl->parts[tmpl->n_parts++];
}

void template_add_literal(struct arena *arena, struct template *tmpl, struct str literal)
{
	struct template_part *last = tmpl->n_parts ? &tmpl->parts[tmpl->n_parts - 1] : NULL;
	if (literal.n == 0)
		return;
	if (last && !last->variable) { /* adjacent literals become one */
		char *joined = arena_alloc(arena, last->literal.n + literal.n + 1);
		memcpy(joined, last->literal.p, last->literal.n);
		memcpy(joined + last->literal.n, literal.p, literal.n);
		last->literal = (struct str){joined, last->literal.n + literal.n};
		return;
	}
	part_new(arena, tmpl)->literal = arena_str(arena, literal);
}

static bool name_char(char c, bool first)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
	       (first ? c == '$' : (c >= '0' && c <= '9') || c == '.' || c == '-');
}

static bool name_valid(struct str name)
{
	if (name.n == 0)
		return false;
	for (size_t i = 0; i < name.n; i++)
		if (!name_char(name.p[i], i == 0))
			return false;
	return true;
}

static void add_literal_escaped(struct arena *arena, struct template *tmpl, struct str text,
	enum template_escape escape, bool ready)
{
	struct buf out = BUF_INIT(SIZE_MAX);
	if (ready || escape == ESCAPE_NONE) {
		template_add_literal(arena, tmpl, text);
		return;
	}
	escape_into(&out, text, escape);
	template_add_literal(arena, tmpl, buf_str(&out));
	buf_fini(&out);
}

bool template_add(struct arena *arena, struct template *tmpl, struct str text,
	enum template_escape escape, bool literal_ready, struct error *error)
{
	for (;;) {
		ptrdiff_t open = str_find(text, STR("{{"), false);
		if (open < 0)
			break;
		struct str rest = str_from(text, (size_t)open + 2);
		ptrdiff_t close = str_find(rest, STR("}}"), false);
		if (close < 0)
			return error_set(error, "{{ without its }}");
		struct str name = str_trim((struct str){rest.p, (size_t)close});
		if (!name_valid(name))
			return error_set(error, "{{%.*s}} is not a name", STR_ARG(name));
		add_literal_escaped(
			arena, tmpl, (struct str){text.p, (size_t)open}, escape, literal_ready);
		struct template_part *part = part_new(arena, tmpl);
		part->variable = arena_strndup(arena, name);
		part->escape = escape;
		text = str_from(rest, (size_t)close + 2);
	}
	add_literal_escaped(arena, tmpl, text, escape, literal_ready);
	return true;
}

static const struct variable *scope_find(const struct scope *scope, const char *name)
{
	for (size_t i = scope->n_variables; i > 0; i--) /* the latest of a name counts */
		if (strcmp(scope->variables[i - 1].name, name) == 0)
			return &scope->variables[i - 1];
	return NULL;
}

bool template_has_variable(const struct template *tmpl)
{
	for (size_t i = 0; i < tmpl->n_parts; i++)
		if (tmpl->parts[i].variable)
			return true;
	return false;
}

bool template_render(const struct template *tmpl, const struct scope *scope, struct buf *out,
	struct error *error)
{
	for (size_t i = 0; i < tmpl->n_parts; i++) {
		const struct template_part *part = &tmpl->parts[i];
		if (!part->variable) {
			buf_putstr(out, part->literal);
			continue;
		}
		const struct variable *variable = scope_find(scope, part->variable);
		if (!variable)
			return error_set(error, "{{%s}} was not captured", part->variable);
		escape_into(out, variable->value, part->escape);
	}
	return out->cut ? error_set(error, "longer than %zu bytes", out->max) : true;
}
