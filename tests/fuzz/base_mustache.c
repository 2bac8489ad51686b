/* Pages: whatever stands in a template, rendering it is bounded; a value is text, never markup. */
#include "base/mustache.h"

#include "fuzz.h"

enum { PAGE_MAX = 1 << 20 };

static void put_decoded(struct buf *out, struct str text)
{
	static const struct {
		struct str from;
		char to;
	} rows[] = {{{"&amp;", 5}, '&'}, {{"&lt;", 4}, '<'}, {{"&gt;", 4}, '>'},
		{{"&quot;", 6}, '"'}, {{"&#39;", 5}, '\''}};
	while (text.n) {
		size_t row = 0;
		HOLDS(!strchr("<>\"'", text.p[0]) || text.p[0] == '\0');
		while (text.p[0] == '&' && !str_starts(text, rows[row].from, false))
			HOLDS(++row < 5);
		buf_putc(out, text.p[0] == '&' ? rows[row].to : text.p[0]);
		text = str_from(text, text.p[0] == '&' ? rows[row].from.n : 1);
	}
}

static void put_characters(struct buf *out, struct str text)
{
	while (text.n) {
		struct utf8_char c = utf8_next(text);
		buf_put(out, c.ok ? text.p : "\xef\xbf\xbd", c.ok ? c.n : 3);
		text = str_from(text, c.n);
	}
}

static void values_are_text(struct str text)
{
	struct buf html = BUF_INIT(SIZE_MAX), decoded = BUF_INIT(SIZE_MAX),
		   wanted = BUF_INIT(SIZE_MAX);
	html_escape(&html, text);
	put_decoded(&decoded, buf_str(&html));
	put_characters(&wanted, text);
	HOLDS(str_eq(buf_str(&decoded), buf_str(&wanted)));
	buf_fini(&html);
	buf_fini(&decoded);
	buf_fini(&wanted);
}

static const struct mustache *find(void *ctx, struct str name)
{
	return name.n % 2 ? ctx : NULL;
}

static struct value *page(struct arena *arena, struct str text)
{
	struct value *root = value_object(arena);
	value_str(arena, root, "v", text);
	value_bool(arena, root, "b", true);
	value_int(arena, root, "n", -1);
	struct value *list = value_list(arena, root, "l");
	struct value *item = value_item(arena, list);
	value_text(arena, item, "v", "inner");
	value_item_text(arena, list, "<second>");
	value_bool(arena, value_member(arena, root, "o"), "b", false);
	value_list(arena, root, "e");
	return root;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str source = input_of(data, size);
	struct error error = {0};
	struct mustache *mustache = mustache_new(source, &error);
	struct mustache *partial = mustache_new(STR("[{{v}}]"), &error);
	values_are_text(source);
	HOLDS(partial);
	HOLDS(mustache || str_starts(str_of(error.text), STR("line "), false));
	if (mustache && size < 4096) {
		struct buf first = BUF_INIT(PAGE_MAX), second = BUF_INIT(PAGE_MAX);
		struct arena arena;
		arena_init(&arena);
		const struct value *root = page(&arena, source);
		mustache_render(mustache, root,
			&(struct mustache_manner){html_escape, find, partial}, &first);
		mustache_render(mustache, root,
			&(struct mustache_manner){html_escape, find, partial}, &second);
		HOLDS(str_eq(buf_str(&first), buf_str(&second)));
		buf_fini(&first);
		buf_fini(&second);
		arena_fini(&arena);
	}
	mustache_free(mustache);
	mustache_free(partial);
	return 0;
}
