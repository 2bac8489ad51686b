#include "alert/form.h"

#include "alert/form_values.h"
#include "base/asset.h"
#include "base/json_writer.h"
#include "base/mustache.h"
#include "check/template.h"

#include <assert.h>
#include <stdio.h>

enum { PATH_MAX_BYTES = 64 };

/* A shipped form that is being read: its head up to the empty line, then the body. */
struct shipped {
	struct str head, body;
};

static struct shipped shipped_of(enum channel_kind kind)
{
	char path[PATH_MAX_BYTES];
	snprintf(path, sizeof(path), "alerts/%s.http", channel_kind_name(kind));
	struct str text = asset_find(path);
	ptrdiff_t end = str_find(text, STR("\n\n"), false);
	if (end < 0)
		return (struct shipped){{NULL, 0}, {NULL, 0}};
	return (struct shipped){{text.p, (size_t)end}, str_trim(str_from(text, (size_t)end + 2))};
}

/* Up to the next line; *text becomes what follows. */
static struct str next_line(struct str *text)
{
	ptrdiff_t end = str_find(*text, STR("\n"), false);
	struct str line = {text->p, end < 0 ? text->n : (size_t)end};
	*text = str_from(*text, line.n + 1);
	return line;
}

/* False: it is no template, or makes too much. */
static bool render(struct arena *arena, struct str source, const struct value *values,
	mustache_escape *escape, struct str *made)
{
	struct error ignored;
	struct mustache *mustache = mustache_new(source, &ignored);
	struct buf out = BUF_INIT(FORM_BYTES_MAX);
	if (mustache)
		mustache_render(
			mustache, values, &(struct mustache_manner){.escape = escape}, &out);
	bool whole = mustache && !out.cut;
	if (whole)
		*made = out.n ? arena_str(arena, buf_str(&out)) : STR("");
	buf_fini(&out);
	mustache_free(mustache);
	return whole;
}

static const char *render_text(struct arena *arena, struct str source, const struct value *values)
{
	struct str made = {NULL, 0};
	return render(arena, source, values, NULL, &made) ? arena_strndup(arena, made) : "";
}

/* "POST URL", then "Name: value" on each line; one without a value is not sent. */
static void read_head(
	struct arena *arena, struct str head, const struct value *values, struct form *form)
{
	struct str first = next_line(&head);
	assert(str_starts(first, STR("POST "), false));
	form->url = render_text(arena, str_from(first, 5), values);
	while (head.n && form->n_headers < FORM_HEADERS_MAX) {
		struct str line = next_line(&head);
		ptrdiff_t colon = str_find(line, STR(": "), false);
		if (colon < 0)
			continue;
		struct request_header *header = &form->headers[form->n_headers++];
		header->name = arena_strndup(arena, (struct str){line.p, (size_t)colon});
		header->value = render_text(arena, str_from(line, (size_t)colon + 2), values);
	}
}

static const char *content_type(const struct channel *channel)
{
	for (size_t i = 0; i < channel->n_headers; i++)
		if (str_ieq(str_of(channel->headers[i].name), STR("Content-Type")))
			return channel->headers[i].value;
	return "application/json";
}

/* What {{name}} does is up to what is sent. */
static mustache_escape *escape_for(const struct channel *channel)
{
	struct str type = str_of(content_type(channel));
	if (str_find(type, STR("json"), true) >= 0)
		return json_put_escaped;
	if (str_find(type, STR("html"), true) >= 0 || str_find(type, STR("xml"), true) >= 0)
		return html_escape;
	return str_find(type, STR("urlencoded"), true) >= 0 ? url_escape : NULL;
}

struct form form_write(struct arena *arena, const struct channel *channel,
	const struct outbox_row *row, const struct letter *letter)
{
	struct form form = {.url = channel->url, .body = letter->body};
	struct shipped shipped = shipped_of(channel->kind);
	struct str body = channel->template ? str_of(channel->template) : shipped.body;
	if (!shipped.head.n && !channel->template)
		return form;
	const struct value *values = form_values(arena, channel, row, letter);
	if (shipped.head.n)
		read_head(arena, shipped.head, values, &form);
	struct str made;
	if (render(arena, body, values, escape_for(channel), &made))
		form.body = made;
	return form;
}
