#include "inspect/explain.h"

#include "base/json_writer.h"
#include "check/request.h"

/* A request is built as for a run, except that every {{name}} becomes a mark which no escaping
 * changes; on paper the marks become {{name}} again. */
#define MARK "q7Xz"

enum { NAMES_MAX = 512, STRING_SHOWN_MAX = 200, BODY_SHOWN_MAX = 64 * 1024 };

struct names {
	struct variable items[NAMES_MAX];
	size_t n;
	struct arena *arena;
};

static void add_names(struct names *names, const struct template *tmpl)
{
	for (size_t i = 0; i < tmpl->n_parts; i++) {
		const char *name = tmpl->parts[i].variable;
		bool known = !name || names->n == NAMES_MAX;
		for (size_t at = 0; !known && at < names->n; at++)
			known = strcmp(names->items[at].name, name) == 0;
		if (known)
			continue;
		const char *mark = arena_printf(names->arena, MARK "%zu" MARK, names->n);
		names->items[names->n++] = (struct variable){name, str_of(mark)};
	}
}

static void add_headers(struct names *names, const struct header_template *headers, size_t n)
{
	for (size_t i = 0; i < n; i++)
		add_names(names, &headers[i].value);
}

/* Text with its marks as {{names}}. */
static struct str unmarked(const struct names *names, struct str text)
{
	struct buf out = BUF_INIT(PAPER_BYTES_MAX);
	for (ptrdiff_t at; (at = str_find(text, STR(MARK), false)) >= 0;) {
		const struct variable *found = NULL;
		struct str rest = str_from(text, (size_t)at);
		for (size_t i = 0; i < names->n; i++)
			if (str_starts(rest, names->items[i].value, false))
				found = &names->items[i];
		buf_put(&out, text.p, (size_t)at);
		if (found)
			buf_printf(&out, "{{%s}}", found->name);
		else
			buf_puts(&out, MARK);
		text = str_from(rest, found ? found->value.n : sizeof(MARK) - 1);
	}
	buf_putstr(&out, text);
	struct str whole = arena_str(names->arena, buf_str(&out));
	buf_fini(&out);
	return whole;
}

/* JSON for people: what fits stays on a line, long texts are cut. */
static void put_json(struct buf *out, const struct json *value, unsigned indent);

static void put_text(struct buf *out, struct str text)
{
	bool cut = text.n > STRING_SHOWN_MAX + 20;
	if (!cut) {
		json_put_string(out, text);
		return;
	}
	struct str head = {text.p, STRING_SHOWN_MAX};
	while (head.n && ((unsigned char)text.p[head.n] & 0xc0) == 0x80)
		head.n--;
	buf_putc(out, '"');
	json_put_escaped(out, head);
	buf_printf(out, "... (%zu bytes)\"", text.n);
}

static bool fits(const struct json *value, unsigned indent)
{
	struct buf line = BUF_INIT(PAPER_WIDTH + 1);
	json_print(&line, value);
	bool ok = !line.cut && line.n + indent < PAPER_WIDTH;
	buf_fini(&line);
	return ok;
}

static void put_children(struct buf *out, const struct json *value, unsigned indent, bool object)
{
	for (const struct json *child = json_first(value); child; child = json_next(child)) {
		buf_printf(out, "\n%*s", (int)indent + 2, "");
		if (object) {
			json_put_string(out, json_name(child));
			buf_puts(out, ": ");
		}
		put_json(out, child, indent + 2);
		if (json_next(child))
			buf_putc(out, ',');
	}
	buf_printf(out, "\n%*s", (int)indent, "");
}

static void put_json(struct buf *out, const struct json *value, unsigned indent)
{
	bool object = json_type(value) == JSON_OBJECT;
	if (json_type(value) == JSON_STRING) {
		put_text(out, json_string(value));
	} else if ((!object && json_type(value) != JSON_ARRAY) || fits(value, indent)) {
		json_print(out, value);
	} else {
		buf_putc(out, object ? '{' : '[');
		put_children(out, value, indent, object);
		buf_putc(out, object ? '}' : ']');
	}
}

static void put_lines(struct paper *paper, struct str text)
{
	while (text.n) {
		const char *end = memchr(text.p, '\n', text.n);
		size_t n = end ? (size_t)(end - text.p) : text.n;
		size_t blanks = 0;
		while (blanks < n && text.p[blanks] == ' ')
			blanks++;
		unsigned indent = 4 + (unsigned)blanks;
		buf_printf(&paper->out, "%*s", (int)indent, "");
		paper_wrap(paper, indent, indent + 2, (struct str){text.p + blanks, n - blanks});
		text = str_from(text, n + 1);
	}
}

static void put_body(struct paper *paper, struct str body)
{
	struct error error = {""};
	struct buf out = BUF_INIT(PAPER_BYTES_MAX), clean = BUF_INIT(PAPER_BYTES_MAX);
	secrets_redact(paper->secrets, body, &clean);
	struct json *json = json_parse(buf_str(&clean), &error);
	bool cut = !json && clean.n > BODY_SHOWN_MAX;
	if (json)
		put_json(&out, json, 0);
	else
		buf_put(&out, buf_text(&clean), cut ? BODY_SHOWN_MAX : clean.n);
	buf_putc(&paper->out, '\n');
	put_lines(paper, buf_str(&out));
	if (cut)
		buf_printf(&paper->out, "    ... (%zu bytes)\n", clean.n);
	json_free(json);
	buf_fini(&out);
	buf_fini(&clean);
}

/* X-Request-ID and traceparent are new for each run. */
static bool is_of_the_run(const struct request_header *header)
{
	return strcmp(header->name, "X-Request-ID") == 0 ||
	       strcmp(header->name, "traceparent") == 0;
}

static const char *header_origin(const struct config *config, size_t check, size_t step,
	const char *name, struct arena *arena)
{
	const struct service *service = config->plan.checks[check].service;
	const struct settings *own = &config->check_settings[check];
	const struct setting *found =
		setting_find(own, (unsigned)step, arena_printf(arena, "header.%s", name));
	if (!found)
		found = setting_find(&config->settings, SETTING_WHOLE,
			arena_printf(arena, "services.%s.header.%s", service->id, name));
	return found ? found->origin : "built in";
}

static void put_headers(struct paper *paper, const struct config *config, size_t check, size_t step,
	const struct request *request, const struct names *names)
{
	for (size_t i = 0; i < request->n_headers; i++) {
		const struct request_header *header = &request->headers[i];
		struct str value = is_of_the_run(header) ? STR("(new for each run)")
							 : unmarked(names, str_of(header->value));
		struct str line = {NULL, 0};
		line = str_of(arena_printf(names->arena, "%.*s", STR_ARG(value)));
		paper_row(paper, 4, arena_printf(names->arena, "%s:", header->name), line.p,
			header_origin(config, check, step, header->name, names->arena));
	}
}

static void put_request(struct paper *paper, const struct config *config, size_t check, size_t step,
	struct names *names)
{
	struct check copy = config->plan.checks[check];
	struct service service = *copy.service;
	const struct request_template *from = &copy.steps[step].request;
	struct error error = {""};
	if (!service.url)
		service.url = "(no URL in this mode)";
	copy.service = &service;
	add_names(names, &from->path);
	add_names(names, &from->body);
	add_headers(names, from->headers, from->n_headers);
	add_headers(names, service.headers, service.n_headers);
	const struct request *request = request_build(names->arena, &copy, &copy.steps[step],
		&(struct scope){names->items, names->n}, 0, 1, &error);
	if (!request) {
		paper_wrap(paper, 0, 4, str_of(error.text));
		return;
	}
	struct str url = unmarked(names, str_of(request->url));
	const struct setting *origin =
		setting_find(&config->check_settings[check], (unsigned)step, "request");
	paper_row(paper, 2, method_name(request->method),
		arena_printf(names->arena, "%.*s", STR_ARG(url)), origin ? origin->origin : NULL);
	put_headers(paper, config, check, step, request, names);
	if (request->has_body)
		put_body(paper, unmarked(names, request->body));
}

void explain_request(struct paper *paper, const struct config *config, size_t check, size_t step)
{
	struct arena arena;
	arena_init(&arena);
	struct names names = {.arena = &arena};
	put_request(paper, config, check, step, &names);
	arena_fini(&arena);
}
