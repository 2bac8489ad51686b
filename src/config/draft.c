#include "config/compile.h"

#include "config/scalar.h"
#include "config/validate.h"

#include "base/json_writer.h"
#include "check/request.h"

#include <assert.h>

static const char *const built_in[] = {"$uuid", "$now", NULL};

enum {
	NAMES_MAX = 256, /* that a hint looks through */
	WAVS_MAX = 1000,
};

struct draft draft_begin(struct compile *c, const struct known *known, struct template *tmpl)
{
	return (struct draft){c, known, tmpl, BUF_INIT(REQUEST_BODY_MAX)};
}

void draft_put(struct draft *draft, struct str ready)
{
	buf_putstr(&draft->literal, ready);
}

void draft_puts(struct draft *draft, const char *ready)
{
	buf_puts(&draft->literal, ready);
}

static void flush(struct draft *draft)
{
	template_add_literal(draft->c->arena, draft->tmpl, buf_str(&draft->literal));
	buf_reset(&draft->literal);
}

void draft_end(struct draft *draft)
{
	flush(draft);
	buf_fini(&draft->literal);
}

static void put_header_text(struct buf *out, struct str text)
{
	for (; text.n; text = str_from(text, 1))
		if (((unsigned char)text.p[0] >= ' ' && text.p[0] != 0x7f) || text.p[0] == '\t')
			buf_putc(out, text.p[0]);
}

static void put_literal(
	struct draft *draft, struct str text, enum template_escape escape, bool ready)
{
	struct buf *out = &draft->literal;
	if (ready)
		escape = ESCAPE_NONE;
	switch (escape) {
	case ESCAPE_NONE: buf_putstr(out, text); break;
	case ESCAPE_JSON: json_put_escaped(out, text); break;
	case ESCAPE_URL: url_escape(out, text); break;
	case ESCAPE_HEADER: put_header_text(out, text); break;
	}
}

static bool is_known(const struct draft *draft, const char *name)
{
	for (size_t i = 0; built_in[i]; i++)
		if (strcmp(built_in[i], name) == 0)
			return true;
	for (const struct known *known = draft->known; known; known = known->next)
		if (strcmp(known->name, name) == 0)
			return true;
	return false;
}

static void unknown_name(struct draft *draft, const struct node *node, const char *name)
{
	struct problems *problems = draft->c->problems;
	const char *names[NAMES_MAX] = {"$uuid", "$now", "$wav"};
	size_t n = 3;
	for (const struct known *k = draft->known; k && n + 1 < NAMES_MAX; k = k->next)
		names[n++] = k->name;
	names[n] = NULL;
	problem_in(problems, node, arena_printf(draft->c->scratch, "{{%s", name),
		"{{%.*s}} is unknown: no earlier step captures it, no matrix names it%s",
		SHOWN(str_of(name)), problems_hint(problems, str_of(name), names));
}

static void put_variable(struct draft *draft, const struct node *node, struct str whole,
	struct str name, enum template_escape escape)
{
	struct error error = {0};
	if (str_eq(name, STR("$wav"))) {
		if (!draft->c->wav)
			draft->c->wav = wav_base64(draft->c->scratch);
		if (++draft->c->wavs > WAVS_MAX) {
			problem(draft->c->problems, node->place, "more than %d times {{$wav}}",
				WAVS_MAX);
			return;
		}
		put_literal(draft, str_of(draft->c->wav), escape, false);
		return;
	}
	flush(draft);
	size_t before = draft->tmpl->n_parts;
	if (!template_add(draft->c->arena, draft->tmpl, whole, escape, false, &error))
		problem_in(draft->c->problems, node, "{{", "%s", error.text);
	for (size_t i = before; i < draft->tmpl->n_parts; i++)
		if (!is_known(draft, draft->tmpl->parts[i].variable))
			unknown_name(draft, node, draft->tmpl->parts[i].variable);
}

/* Text of the file itself: {{names}} count. */
static void put_own(struct draft *draft, const struct node *node, struct str text,
	enum template_escape escape, bool ready)
{
	for (ptrdiff_t open; (open = str_find(text, STR("{{"), false)) >= 0;) {
		assert(text.p); /* something was found in it */
		struct str rest = str_from(text, (size_t)open);
		ptrdiff_t close = str_find(rest, STR("}}"), false);
		if (close < 0) {
			problem_in(draft->c->problems, node, "{{", "{{ without its }}");
			return;
		}
		struct str whole = {rest.p, (size_t)close + 2};
		put_literal(draft, (struct str){text.p, (size_t)open}, escape, ready);
		put_variable(draft, node, whole,
			str_trim((struct str){rest.p + 2, (size_t)close - 2}), escape);
		text = str_from(rest, whole.n);
	}
	put_literal(draft, text, escape, ready);
}

void draft_text(
	struct draft *draft, const struct node *node, enum template_escape escape, bool ready)
{
	size_t at = 0;
	for (size_t i = 0; i < node->n_foreign; i++) {
		struct span span = node->foreign[i];
		put_own(draft, node, (struct str){node->text.p + at, span.from - at}, escape,
			ready);
		put_literal(draft, (struct str){node->text.p + span.from, span.to - span.from},
			escape, ready);
		at = span.to;
	}
	put_own(draft, node, str_from(node->text, at), escape, ready);
	if (draft->literal.cut)
		problem(draft->c->problems, node->place, "longer than %d bytes", REQUEST_BODY_MAX);
}

/* JSON goes to a draft or, without one, to a buffer. */
struct json_out {
	struct compile *c;
	struct draft *draft;
	struct buf *out;
	bool text; /* scalars are strings, whatever they look like */
};

static void json_string_of(const struct json_out *json, struct node *node)
{
	buf_putc(json->out, '"');
	if (json->draft)
		draft_text(json->draft, node, ESCAPE_JSON, false);
	else if (compile_plain(json->c, node))
		json_put_escaped(json->out, node->text);
	buf_putc(json->out, '"');
}

static void json_scalar(const struct json_out *json, struct node *node)
{
	bool yes;
	enum scalar_type type = node->plain ? scalar_type(node->text) : SCALAR_TEXT;
	if (json->text)
		type = SCALAR_TEXT;
	switch (type) {
	case SCALAR_NULL: buf_puts(json->out, "null"); break;
	case SCALAR_BOOL:
		scalar_bool(node->text, &yes);
		buf_puts(json->out, yes ? "true" : "false");
		break;
	case SCALAR_INT:
	case SCALAR_FLOAT:
		if (!scalar_json_number(node->text, json->out))
			problem_at(json->c->problems, node, "JSON has no such number");
		break;
	case SCALAR_TEXT: json_string_of(json, node); break;
	}
}

static void json_value(const struct json_out *json, struct node *node)
{
	if (node->bad) {
		buf_puts(json->out, "null");
	} else if (node->kind == NODE_SCALAR) {
		json_scalar(json, node);
	} else {
		bool map = node->kind == NODE_MAP;
		buf_putc(json->out, map ? '{' : '[');
		for (struct node *child = node->first; child; child = child->next) {
			if (child != node->first)
				buf_putc(json->out, ',');
			if (map) {
				json_put_string(json->out, child->key->text);
				buf_putc(json->out, ':');
			}
			json_value(json, child);
		}
		buf_putc(json->out, map ? '}' : ']');
	}
}

void draft_json(struct draft *draft, struct node *node)
{
	json_value(&(struct json_out){draft->c, draft, &draft->literal, false}, node);
}

void compile_json(struct compile *c, struct node *node, bool text, struct buf *out)
{
	json_value(&(struct json_out){c, NULL, out, text}, node);
}

/* The first {{name}} in the file's own words: its length, or 0. */
static size_t names_in(const struct node *node, size_t *at)
{
	for (*at = 0;; *at += 2) {
		ptrdiff_t open = str_find(str_from(node->text, *at), STR("{{"), false);
		if (open < 0)
			return 0;
		*at += (size_t)open;
		struct str rest = str_from(node->text, *at + 2);
		ptrdiff_t close = str_find(rest, STR("}}"), false);
		struct str name = {rest.p, close < 0 ? 0 : (size_t)close};
		bool foreign = false;
		for (size_t i = 0; i < node->n_foreign; i++)
			foreign = foreign ||
				  (*at >= node->foreign[i].from && *at < node->foreign[i].to);
		name = str_trim(name);
		if (name.n && name.p[0] == '$')
			name = str_from(name, 1);
		if (!foreign && scalar_is_variable(name))
			return (size_t)close + 4;
	}
}

bool compile_plain(struct compile *c, struct node *node)
{
	size_t at;
	size_t n = node->kind == NODE_SCALAR ? names_in(node, &at) : 0;
	if (n == 0)
		return true;
	struct str name = {node->text.p + at, n};
	return problem_at(c->problems, node, "%.*s means nothing here: captures are for requests",
		SHOWN(name));
}
