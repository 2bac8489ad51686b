/* A value put into a template stays a value: a string of JSON reads back as it, a percent-encoded one
 * decodes to it, a header keeps its line. */
#include "fuzz.h"

#include "base/json.h"
#include "check/template.h"

static int hex(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static void decode(struct buf *out, struct str text)
{
	for (size_t i = 0; i < text.n; i++) {
		HOLDS(text.p[i] == '%' || strchr("-._~", text.p[i]) ||
			(text.p[i] >= '0' && text.p[i] <= '9') ||
			((text.p[i] | 0x20) >= 'a' && (text.p[i] | 0x20) <= 'z'));
		if (text.p[i] != '%') {
			buf_putc(out, text.p[i]);
			continue;
		}
		HOLDS(i + 2 < text.n && hex(text.p[i + 1]) >= 0 && hex(text.p[i + 2]) >= 0);
		buf_putc(out, (char)(hex(text.p[i + 1]) * 16 + hex(text.p[i + 2])));
		i += 2;
	}
}

/* What the template says, piece by piece, each put through `put`. */
static void expect(struct buf *out, struct str text, struct str value,
	void (*put)(struct buf *out, struct str piece))
{
	for (ptrdiff_t open; (open = str_find(text, STR("{{"), false)) >= 0;) {
		put(out, (struct str){text.p, (size_t)open});
		put(out, value);
		text = str_from(text, (size_t)open + 2);
		text = str_from(text, (size_t)str_find(text, STR("}}"), false) + 2);
	}
	put(out, text);
}

static void put_as_is(struct buf *out, struct str piece)
{
	buf_putstr(out, piece);
}

static void is_json(struct str rendered, struct str text, struct str value)
{
	struct buf body = BUF_INIT(SIZE_MAX), wanted = BUF_INIT(SIZE_MAX);
	struct error error = {0};
	buf_puts(&body, "{\"a\":[\"");
	buf_putstr(&body, rendered);
	buf_puts(&body, "\"]}");
	struct json *tree = json_parse(buf_str(&body), &error);
	expect(&wanted, text, value, put_readable);
	HOLDS(tree && json_count(tree) == 1 && json_count(json_member(tree, "a")) == 1);
	HOLDS(str_eq(json_string(json_item(json_member(tree, "a"), 0)), buf_str(&wanted)));
	json_free(tree);
	buf_fini(&body);
	buf_fini(&wanted);
}

static void is_url(struct str rendered, struct str text, struct str value)
{
	struct buf decoded = BUF_INIT(SIZE_MAX), wanted = BUF_INIT(SIZE_MAX);
	decode(&decoded, rendered);
	expect(&wanted, text, value, put_as_is);
	HOLDS(str_eq(buf_str(&decoded), buf_str(&wanted)));
	buf_fini(&decoded);
	buf_fini(&wanted);
}

static void is_as_it_is(struct str rendered, struct str text, struct str value)
{
	struct buf wanted = BUF_INIT(SIZE_MAX);
	expect(&wanted, text, value, put_as_is);
	HOLDS(str_eq(rendered, buf_str(&wanted)));
	buf_fini(&wanted);
}

static void is_header(struct str rendered)
{
	for (size_t i = 0; i < rendered.n; i++)
		HOLDS(rendered.p[i] == '\t' ||
			((unsigned char)rendered.p[i] >= 0x20 && rendered.p[i] != 0x7f));
}

static void holds(
	enum template_escape escape, struct str rendered, struct str text, struct str value)
{
	switch (escape) {
	case ESCAPE_NONE: is_as_it_is(rendered, text, value); break;
	case ESCAPE_JSON: is_json(rendered, text, value); break;
	case ESCAPE_URL: is_url(rendered, text, value); break;
	case ESCAPE_HEADER: is_header(rendered); break;
	}
}

static void try(struct arena *arena, enum template_escape escape, struct str text, struct str value)
{
	struct template tmpl = {0};
	struct error error = {0};
	struct buf out = BUF_INIT(SIZE_MAX), narrow = BUF_INIT(16);
	if (!template_add(arena, &tmpl, text, escape, false, &error)) {
		HOLDS(error.text[0]);
		return;
	}
	struct variable *variables = ARENA_ARRAY(arena, tmpl.n_parts, struct variable);
	struct scope scope = {variables, 0}, none = {0};
	for (size_t i = 0; i < tmpl.n_parts; i++)
		if (tmpl.parts[i].variable)
			variables[scope.n_variables++] =
				(struct variable){tmpl.parts[i].variable, value};
	HOLDS(template_render(&tmpl, &scope, &out, &error));
	holds(escape, buf_str(&out), text, value);
	HOLDS(template_render(&tmpl, &scope, &narrow, &error) == (out.n <= narrow.max));
	buf_reset(&narrow);
	HOLDS(scope.n_variables == 0 || !template_render(&tmpl, &none, &narrow, &error));
	buf_fini(&out);
	buf_fini(&narrow);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = input_of(data, size);
	struct str value = input_take(&text, input_byte(&text));
	struct arena arena;
	arena_init(&arena);
	for (int escape = ESCAPE_NONE; escape <= ESCAPE_HEADER; escape++)
		try(&arena, (enum template_escape)escape, text, value);
	arena_fini(&arena);
	return 0;
}
