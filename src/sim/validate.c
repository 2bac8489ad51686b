#include "base/json_writer.h"
#include "sim/exchange.h"

enum { VALIDATE_TEXT_MAX = HTTP_BODY_MAX };

void exchange_invalid(struct exchange *exchange, const char *type, const char *loc,
	const char *message, struct str input, const char *ctx)
{
	struct buf text = BUF_INIT(VALIDATE_TEXT_MAX);
	struct json_writer w = json_writer_to(&text);
	jw_object(&w, NULL);
	jw_array(&w, "detail");
	jw_object(&w, NULL);
	jw_text(&w, "type", type);
	jw_raw(&w, "loc", str_of(loc));
	jw_text(&w, "msg", message);
	jw_raw(&w, "input", input);
	if (ctx)
		jw_raw(&w, "ctx", str_of(ctx));
	jw_object_end(&w);
	jw_array_end(&w);
	jw_object_end(&w);
	reply_body(&exchange->reply, 422, "application/json",
		arena_str(exchange->arena, buf_str(&text)));
	buf_fini(&text);
}

static struct str printed(struct exchange *exchange, const struct json *value)
{
	struct buf text = BUF_INIT(VALIDATE_TEXT_MAX);
	json_print(&text, value);
	struct str kept = arena_str(exchange->arena, buf_str(&text));
	buf_fini(&text);
	return kept;
}

static void release_json(void *root)
{
	json_free(root);
}

/* As Python's decoder says it: where, and what it missed. */
static void undecodable(struct exchange *exchange)
{
	struct str body = exchange->request->body;
	size_t at = 0;
	while (at < body.n && strchr(" \t\r\n", body.p[at]))
		at++;
	bool object = at < body.n && body.p[at] == '{';
	const char *why =
		object ? "Expecting property name enclosed in double quotes" : "Expecting value";
	exchange_invalid(exchange, "json_invalid",
		arena_printf(exchange->arena, "[\"body\",%zu]", object ? at + 1 : at),
		"JSON decode error", STR("{}"),
		arena_printf(exchange->arena, "{\"error\":\"%s\"}", why));
}

const struct json *exchange_body(struct exchange *exchange)
{
	struct error error;
	if (exchange->request->body.n == 0) {
		exchange_invalid(
			exchange, "missing", "[\"body\"]", "Field required", STR("null"), NULL);
		return NULL;
	}
	struct json *root = json_parse(exchange->request->body, &error);
	if (!root) {
		undecodable(exchange);
		return NULL;
	}
	arena_on_fini(exchange->arena, release_json, root);
	if (json_type(root) == JSON_OBJECT)
		return root;
	exchange_invalid(exchange, "model_attributes_type", "[\"body\"]",
		"Input should be a valid dictionary or object to extract fields from",
		printed(exchange, root), NULL);
	return NULL;
}

static const char *body_loc(struct exchange *exchange, const char *name)
{
	return arena_printf(exchange->arena, "[\"body\",\"%s\"]", name);
}

static void missing(struct exchange *exchange, const struct json *object, const char *loc)
{
	exchange_invalid(
		exchange, "missing", loc, "Field required", printed(exchange, object), NULL);
}

bool exchange_field(
	struct exchange *exchange, const struct json *root, const char *name, struct str *value)
{
	const struct json *field = json_member(root, name);
	if (!field) {
		missing(exchange, root, body_loc(exchange, name));
		return false;
	}
	if (json_type(field) != JSON_STRING) {
		exchange_invalid(exchange, "string_type", body_loc(exchange, name),
			"Input should be a valid string", printed(exchange, field), NULL);
		return false;
	}
	*value = json_string(field);
	return true;
}

static bool check_messages(struct exchange *exchange, const struct json *messages)
{
	size_t index = 0;
	for (const struct json *m = json_first(messages); m; m = json_next(m), index++) {
		if (!json_member(m, "role")) {
			missing(exchange, m,
				arena_printf(exchange->arena,
					"[\"body\",\"messages\",%zu,\"role\"]", index));
			return false;
		}
	}
	if (index > 0)
		return true;
	exchange_invalid(exchange, "value_error", "[\"body\",\"messages\"]",
		"Value error, messages must not be empty", STR("[]"), "{\"error\":{}}");
	return false;
}

static void set_stream(const struct exchange *exchange, struct chat *chat)
{
	if (exchange->quirks & QUIRK_NEVER_STREAMS)
		chat->stream = false;
	if (exchange->quirks & QUIRK_ALWAYS_STREAMS)
		chat->stream = true;
}

bool exchange_chat(struct exchange *exchange, struct chat *chat)
{
	*chat = (struct chat){.stream = false};
	if (exchange->quirks & QUIRK_NO_VALIDATION)
		return true;
	const struct json *root = exchange_body(exchange);
	if (!root)
		return false;
	const struct json *messages = json_member(root, "messages");
	if (!messages) {
		missing(exchange, root, "[\"body\",\"messages\"]");
		return false;
	}
	if (json_type(messages) != JSON_ARRAY) {
		exchange_invalid(exchange, "list_type", "[\"body\",\"messages\"]",
			"Input should be a valid list", printed(exchange, messages), NULL);
		return false;
	}
	if (!check_messages(exchange, messages))
		return false;
	*chat = chat_read(root, exchange->arena, exchange->quirks & QUIRK_AMNESIA);
	set_stream(exchange, chat);
	return true;
}

struct chat exchange_chat_any(struct exchange *exchange)
{
	struct error error;
	struct json *root = json_parse(exchange->request->body, &error);
	if (!root)
		return (struct chat){.stream = false};
	arena_on_fini(exchange->arena, release_json, root);
	struct chat chat = chat_read(root, exchange->arena, false);
	set_stream(exchange, &chat);
	return chat;
}
