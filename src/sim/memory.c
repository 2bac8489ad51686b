#include "base/json_writer.h"
#include "base/text.h"
#include "sim/exchange.h"
#include "sim/memories.h"

#include <ctype.h>

enum { MEMORY_JSON_MAX = 256 << 10 };

static void health(struct exchange *exchange)
{
	exchange_json(exchange, 200, "{\"status\":\"ok\",\"service\":\"janus-memory\"}");
}

/* As pydantic says it. */
static const char *uuid_error(struct arena *arena, struct str text)
{
	size_t digits = 0;
	for (size_t i = 0; i < text.n; i++) {
		bool hyphen = text.p[i] == '-';
		if (!hyphen && !isxdigit((unsigned char)text.p[i])) {
			struct buf c = BUF_INIT(16);
			text_inert(&c, (struct str){text.p + i, 1}, 1);
			const char *error = arena_printf(
				arena, "invalid character: found `%s` at %zu", buf_text(&c), i + 1);
			buf_fini(&c);
			return error;
		}
		digits += !hyphen;
	}
	if (digits == 32)
		return NULL;
	return arena_printf(
		arena, "invalid length: expected length 32 for simple format, found %zu", digits);
}

/* The canonical form, or NULL with a 422 in the reply. */
static const char *read_user(struct exchange *exchange, struct str text, const char *place)
{
	struct arena *arena = exchange->arena;
	const char *wrong = uuid_error(arena, text);
	if (wrong) {
		struct buf input = BUF_INIT(MEMORY_JSON_MAX), why = BUF_INIT(MEMORY_JSON_MAX);
		json_put_string(&input, text);
		buf_puts(&why, "{\"error\":");
		json_put_string(&why, str_of(wrong));
		buf_putc(&why, '}');
		exchange_invalid(exchange, "uuid_parsing",
			arena_printf(arena, "[\"%s\",\"user_id\"]", place),
			arena_printf(arena, "Input should be a valid UUID, %s", wrong),
			arena_str(arena, buf_str(&input)), arena_strndup(arena, buf_str(&why)));
		buf_fini(&input);
		buf_fini(&why);
		return NULL;
	}
	char *user = arena_alloc(arena, MEMORIES_UUID + 1);
	size_t n = 0;
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '-')
			continue;
		if (n == 8 || n == 13 || n == 18 || n == 23)
			user[n++] = '-';
		user[n++] = (char)tolower((unsigned char)text.p[i]);
	}
	return user;
}

/* The user, within the rate limit; NULL with the reply made otherwise. */
static const char *admit(struct exchange *exchange, struct str text, const char *place)
{
	const char *user = read_user(exchange, text, place);
	if (user && !memories_admit(exchange->memories, user, exchange->now_us)) {
		exchange_json(exchange, 429, "{\"detail\":\"Rate limit exceeded\"}");
		return NULL;
	}
	return user;
}

static bool query(struct exchange *exchange, const char *name, struct str *value)
{
	if (http_query(exchange->request, name, exchange->arena, value))
		return true;
	exchange_invalid(exchange, "missing",
		arena_printf(exchange->arena, "[\"query\",\"%s\"]", name), "Field required",
		STR("null"), NULL);
	return false;
}

static void put_memory(struct json_writer *w, const struct memory *memory, const char *created_at)
{
	jw_object(w, NULL);
	jw_text(w, "id", memory->id);
	jw_text(w, "caption", memory->caption);
	if (created_at)
		jw_text(w, "created_at", created_at);
	jw_object_end(w);
}

static void extract_all(
	struct exchange *exchange, const char *user, const struct json *talk, struct json_writer *w)
{
	char time[TEXT_TIME_MAX];
	text_time(exchange->wall_us, time);
	for (const struct json *m = json_first(talk); m; m = json_next(m)) {
		if (!str_eq(json_string(json_member(m, "role")), STR("user")))
			continue;
		const struct memory *memory = memories_learn(exchange->memories, user,
			json_string(json_member(m, "content")), exchange_hex(exchange->arena, 6));
		if (memory)
			put_memory(w, memory, time);
	}
}

static void finish(struct exchange *exchange, struct json_writer *w)
{
	jw_object_end(w);
	reply_body(&exchange->reply, 200, "application/json",
		arena_str(exchange->arena, buf_str(w->out)));
	buf_fini(w->out);
}

static void extract(struct exchange *exchange)
{
	struct str text;
	const struct json *root = exchange_body(exchange);
	if (!root || !exchange_field(exchange, root, "user_id", &text))
		return;
	const char *user = admit(exchange, text, "body");
	if (!user)
		return;
	const struct json *conversation = json_member(root, "conversation");
	if (!conversation || json_type(conversation) != JSON_ARRAY) {
		exchange_invalid(exchange, conversation ? "list_type" : "missing",
			"[\"body\",\"conversation\"]",
			conversation ? "Input should be a valid list" : "Field required",
			STR("null"), NULL);
		return;
	}
	if (exchange->quirks & QUIRK_EXTRACT_500 && json_count(conversation) > 0) {
		exchange_500(exchange);
		return;
	}
	struct buf out = BUF_INIT(MEMORY_JSON_MAX);
	struct json_writer w = json_writer_to(&out);
	jw_object(&w, NULL);
	jw_array(&w, "memories_saved");
	extract_all(exchange, user, conversation, &w);
	jw_array_end(&w);
	jw_int(&w, "total_user_memories", (int64_t)memories_count(exchange->memories, user));
	finish(exchange, &w);
}

static void relevant(struct exchange *exchange)
{
	struct str text, prompt;
	if (!query(exchange, "user_id", &text) || !query(exchange, "prompt", &prompt))
		return;
	const char *user = admit(exchange, text, "query");
	if (!user)
		return;
	struct buf out = BUF_INIT(MEMORY_JSON_MAX);
	struct json_writer w = json_writer_to(&out);
	size_t n = exchange->quirks & QUIRK_MEMORY_FORGETS
			   ? 0
			   : memories_count(exchange->memories, user);
	jw_object(&w, NULL);
	jw_array(&w, "memories");
	for (size_t i = 0; i < n; i++) {
		const struct memory *memory = memories_at(exchange->memories, user, i);
		if (memory_fits(memory, prompt))
			put_memory(&w, memory, NULL);
	}
	jw_array_end(&w);
	finish(exchange, &w);
}

static void clear(struct exchange *exchange)
{
	struct str text;
	if (!query(exchange, "user_id", &text))
		return;
	const char *user = admit(exchange, text, "query");
	if (!user)
		return;
	memories_forget(exchange->memories, user);
	exchange_json(exchange, 200, "{\"deleted\":true}");
}

void memory_serve(struct exchange *exchange)
{
	static const struct route routes[] = {
		{"GET", "/health", health},
		{"POST", "/memories/extract", extract},
		{"GET", "/memories/relevant", relevant},
		{"DELETE", "/memories/clear", clear},
	};
	exchange->untraced = true;
	exchange_route(exchange, routes, sizeof(routes) / sizeof(routes[0]));
}
