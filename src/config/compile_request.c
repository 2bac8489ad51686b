#include "config/compile.h"

#include "config/scalar.h"

#include "base/json_writer.h"
#include "check/request.h"

/* One request being made. */
struct making {
	struct compile *c;
	const struct known *known;
	const struct service *service; /* may be NULL: it was wrong */
	struct view view; /* of the request's map */
	struct header_list headers;
	struct request_template *request;
};

static bool headers_have(const struct header_template *headers, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (str_ieq(str_of(headers[i].name), str_of(name)))
			return true;
	return false;
}

struct header_list compile_headers(
	struct compile *c, const struct known *known, const struct node *map)
{
	size_t size = map && map->kind == NODE_MAP ? map->n : 0;
	struct header_list list = {NULL, 0};
	if (size)
		list.items = ARENA_ARRAY(c->arena, size + HEADERS_SPARE, struct header_template);
	for (struct node *child = size ? map->first : NULL; child; child = child->next) {
		const char *name = arena_strndup(c->arena, child->key->text);
		if (child->bad)
			continue;
		if (headers_have(list.items, list.n, name)) {
			problem(c->problems, child->key->place, "the header '%s' stands twice",
				name);
			continue;
		}
		struct header_template *item = &list.items[list.n++];
		item->name = name;
		struct draft draft = draft_begin(c, known, &item->value);
		draft_text(&draft, child, ESCAPE_HEADER, false);
		draft_end(&draft);
	}
	return list;
}

static void set_content_type(struct making *m, const char *type)
{
	const struct service *service = m->service;
	if (headers_have(m->headers.items, m->headers.n, "content-type") ||
		(service && headers_have(service->headers, service->n_headers, "content-type")))
		return;
	if (!m->headers.items)
		m->headers.items = ARENA_ARRAY(m->c->arena, HEADERS_SPARE, struct header_template);
	struct header_template *item = &m->headers.items[m->headers.n++];
	item->name = "Content-Type";
	template_add_literal(m->c->arena, &item->value, str_of(type));
}

/* k=v&k=v, encoded. */
static void put_pairs(struct draft *draft, const struct node *map, const char *first)
{
	const char *between = first;
	for (struct node *child = map->first; child; child = child->next) {
		if (child->bad)
			continue;
		draft_puts(draft, between);
		url_escape(&draft->literal, child->key->text);
		draft_puts(draft, "=");
		draft_text(draft, child, ESCAPE_URL, false);
		between = "&";
	}
}

/* The value of a matrix that gave the node its byte `at`; empty where none did. */
static struct str matrix_value(const struct node *node, size_t at)
{
	if (!node->from || strcmp(node->from, "matrix") != 0)
		return STR("");
	for (size_t i = 0; i < node->n_foreign; i++) {
		struct span span = node->foreign[i];
		if (at >= span.from && at < span.to)
			return (struct str){node->text.p + span.from, span.to - span.from};
	}
	return node->n_foreign ? STR("") : node->text;
}

static void put_target(struct draft *draft, struct node *node)
{
	size_t at;
	const char *fault = scalar_target_fault(node->text, &at);
	struct str value = fault ? matrix_value(node, at) : STR("");
	if (value.n)
		problem_at(draft->c->problems, node, "the matrix gives '%.*s': %s", SHOWN(value),
			fault);
	else if (fault)
		problem_at(draft->c->problems, node, "%s", fault);
	else
		draft_text(draft, node, ESCAPE_URL, true);
}

static void put_file(struct draft *draft, struct node *node)
{
	struct compile *c = draft->c;
	struct error error = {0};
	struct str text;
	if (!compile_plain(c, node))
		return;
	const char *path =
		file_path(c->scratch, node->place.file, arena_strndup(c->scratch, node->text));
	if (file_read(c->scratch, path, REQUEST_BODY_MAX, &c->problems->wait_us, &text, &error))
		draft_put(draft, text);
	else
		problem_at(c->problems, node, "%s: %s", path, error.text);
}

static void put_body(struct making *m, struct draft *draft, struct node *node)
{
	if (node_is(node->key, "json")) {
		draft_json(draft, node);
		set_content_type(m, "application/json");
		m->request->stream = node_is(node_child(node, "stream"), "true");
	} else if (node_is(node->key, "form") && node->kind == NODE_MAP) {
		put_pairs(draft, node, "");
		set_content_type(m, "application/x-www-form-urlencoded");
	} else if (node_is(node->key, "body")) {
		draft_text(draft, node, ESCAPE_NONE, true);
	} else {
		put_file(draft, node);
	}
}

static void set_body(struct making *m)
{
	static const char *const bodies[] = {"json", "body", "form", "file"};
	struct draft draft = draft_begin(m->c, m->known, &m->request->body);
	size_t n = 0;
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		struct node *node = view_get(m->view, bodies[i]);
		n += view_has(m->view, bodies[i]);
		m->request->has_body = n > 0;
		if (node && n == 1)
			put_body(m, &draft, node);
	}
	if (n > 1)
		problem(m->c->problems, node_key_place(m->view.own),
			"a request has one body: json, body, form or file");
	draft_end(&draft);
}

static enum read_until until_of(struct view outer, struct view inner)
{
	static const enum read_until words[] = {UNTIL_HEADERS, UNTIL_TOKEN, UNTIL_DONE, UNTIL_END};
	int choice = view_choice(view_has(inner, "until") ? inner : outer, "until");
	return choice < 0 ? UNTIL_DEFAULT : words[choice];
}

static void set_plain(struct making *m, struct node *node)
{
	struct node *path = node->kind == NODE_MAP ? view_get(m->view, "path") : node;
	const struct node *query = view_get(m->view, "query");
	struct draft draft = draft_begin(m->c, m->known, &m->request->path);
	if (path)
		put_target(&draft, path);
	if (path && query)
		put_pairs(&draft, query, memchr(path->text.p, '?', path->text.n) ? "&" : "?");
	draft_end(&draft);
	set_body(m);
}

static void put_message(struct draft *draft, const char *role, const struct node *content)
{
	draft_puts(draft, "{\"role\":\"");
	draft_puts(draft, role);
	draft_puts(draft, "\",\"content\":\"");
	draft_text(draft, content, ESCAPE_JSON, false);
	draft_puts(draft, "\"}");
}

static void put_user(struct draft *draft, const struct node *user, const struct node *image)
{
	if (!image) {
		put_message(draft, "user", user);
		return;
	}
	draft_puts(draft, "{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"");
	draft_text(draft, user, ESCAPE_JSON, false);
	draft_puts(draft, "\"},{\"type\":\"image_url\",\"image_url\":{\"url\":\"");
	draft_text(draft, image, ESCAPE_JSON, false);
	draft_puts(draft, "\"}}]}");
}

static void put_messages(struct draft *draft, struct view view)
{
	const struct node *user = view_get(view, "user"), *system = view_get(view, "system");
	struct node *messages = view_get(view, "messages");
	struct problems *problems = draft->c->problems;
	if (view_has(view, "user") == view_has(view, "messages"))
		problem(problems, node_key_place(view.own),
			"chat needs user or messages, one of them");
	if (view_has(view, "image") && !view_has(view, "user"))
		problem(problems, node_key_place(view.own),
			"an image goes beside a user's message");
	draft_puts(draft, ",\"messages\":[");
	if (system)
		put_message(draft, "system", system);
	if (system && (user || (messages && messages->first)))
		draft_puts(draft, ",");
	if (user)
		put_user(draft, user, view_get(view, "image"));
	for (struct node *m = messages ? messages->first : NULL; m; m = m->next) {
		if (m->kind != NODE_MAP || !node_child(m, "role"))
			problem_at(problems, m, "a message is a mapping with a role");
		draft_json(draft, m);
		draft_puts(draft, m->next ? "," : "");
	}
	draft_puts(draft, "]");
}

/* A member that was written, as it was written. */
static void put_member(struct draft *draft, struct view view, const char *name)
{
	struct node *node = view_get(view, name);
	if (!node)
		return;
	draft_puts(draft, ",\"");
	draft_puts(draft, name);
	draft_puts(draft, "\":");
	if (!scalar_json_number(node->text, &draft->literal))
		problem_at(draft->c->problems, node, "JSON has no such number");
}

static void put_extra(struct draft *draft, const struct node *extra)
{
	static const char own[] = "model messages stream temperature max_tokens";
	for (struct node *child = extra ? extra->first : NULL; child; child = child->next) {
		if (scalar_choice(child->key->text, own) >= 0)
			problem(draft->c->problems, child->key->place,
				"'%.*s' is a key of chat itself, not of extra",
				SHOWN(child->key->text));
		draft_puts(draft, ",\"");
		json_put_escaped(&draft->literal, child->key->text);
		draft_puts(draft, "\":");
		draft_json(draft, child);
	}
}

static void set_chat(struct making *m)
{
	struct request_template *request = m->request;
	struct draft path = draft_begin(m->c, m->known, &request->path);
	struct draft body = draft_begin(m->c, m->known, &request->body);
	struct node *target = view_get(m->view, "path"), *model = view_get(m->view, "model");
	if (target)
		put_target(&path, target);
	else
		draft_puts(&path, key_find(IN_CHAT, STR("path"))->fallback);
	draft_end(&path);
	request->chat = true;
	request->has_body = true;
	request->stream = view_bool(m->view, "stream");
	draft_puts(&body, "{\"model\":\"");
	if (model)
		draft_text(&body, model, ESCAPE_JSON, false);
	draft_puts(&body, "\"");
	put_messages(&body, m->view);
	draft_puts(&body, request->stream ? ",\"stream\":true" : ",\"stream\":false");
	put_member(&body, m->view, "temperature");
	put_member(&body, m->view, "max_tokens");
	put_extra(&body, view_get(m->view, "extra"));
	draft_puts(&body, "}");
	draft_end(&body);
	set_content_type(m, "application/json");
}

static struct node *find_verb(struct view view, enum http_method *method)
{
	for (size_t i = 0; i < METHOD_COUNT; i++) {
		*method = (enum http_method)i;
		for (struct node *child = view.own->first; child; child = child->next)
			if (str_ieq(child->key->text, str_of(method_name(*method))))
				return child;
	}
	*method = METHOD_POST;
	return node_child(view.own, "chat");
}

void compile_request(struct compile *c, const struct known *known, const struct service *service,
	struct view view, struct request_template *request)
{
	struct node *verb = find_verb(view, &request->method);
	if (!verb || verb->bad)
		return;
	bool chat = node_is(verb->key, "chat");
	struct view inner = {
		verb->kind == NODE_MAP ? verb : NULL, NULL, chat ? IN_CHAT : IN_REQUEST};
	struct making m = {c, known, service, inner,
		compile_headers(c, known, view_get(inner, "headers")), request};
	if (chat)
		set_chat(&m);
	else
		set_plain(&m, verb);
	request->headers = m.headers.items;
	request->n_headers = (uint32_t)m.headers.n;
	request->until = until_of(view, inner);
	request->redirects =
		(uint8_t)view_int(view_has(inner, "redirects") ? inner : view, "redirects");
}
