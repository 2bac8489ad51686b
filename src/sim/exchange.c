#include "sim/exchange.h"

#include "base/asset.h"
#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#define SOON_US (30 * US_PER_S)

const char *exchange_hex(struct arena *arena, size_t n)
{
	char *out = arena_alloc(arena, n + 1);
	unsigned char bytes[32];
	if (n > sizeof(bytes) || getrandom(bytes, n, 0) != (ssize_t)n)
		abort();
	for (size_t i = 0; i < n; i++)
		out[i] = "0123456789abcdef"[bytes[i] & 15];
	out[0] = (char)('0' + bytes[0] % 10);
	return out;
}

void exchange_json(struct exchange *exchange, int status, const char *json)
{
	reply_body(&exchange->reply, status, "application/json", str_of(json));
}

void exchange_500(struct exchange *exchange)
{
	reply_body(
		&exchange->reply, 500, "text/plain; charset=utf-8", STR("Internal Server Error"));
	exchange->untraced = true;
}

/* The request's headers as text. */
static struct str head_text(const struct exchange *exchange)
{
	const struct http_request *request = exchange->request;
	struct buf text = BUF_INIT(HTTP_HEAD_MAX);
	for (size_t i = 0; i < request->n_headers; i++)
		buf_printf(&text, "%.*s: %.*s\n", STR_ARG(request->headers[i].name),
			STR_ARG(request->headers[i].value));
	struct str kept = arena_str(exchange->arena, buf_str(&text));
	buf_fini(&text);
	return kept;
}

void exchange_echo(struct exchange *exchange)
{
	const struct http_request *request = exchange->request;
	struct str head = head_text(exchange);
	reply_body(&exchange->reply, 500, "text/plain; charset=utf-8",
		str_of(arena_printf(exchange->arena, "This could not be served:\n%.*s\n%.*s",
			STR_ARG(head), STR_ARG(request->body))));
	for (size_t i = 0; i < request->n_headers; i++)
		reply_header(&exchange->reply,
			arena_printf(
				exchange->arena, "x-sent-%.*s", STR_ARG(request->headers[i].name)),
			arena_strndup(exchange->arena, request->headers[i].value));
}

static const char *canned_value(const struct exchange *exchange, const char *value)
{
	const struct http_request *request = exchange->request;
	if (strcmp(value, CANNED_SELF) == 0)
		return arena_strndup(exchange->arena, request->path);
	if (strcmp(value, CANNED_OTHER_SCHEME) == 0)
		return arena_printf(exchange->arena, "http%s://%.*s%.*s", exchange->tls ? "" : "s",
			STR_ARG(http_find(request, "host")), STR_ARG(request->path));
	if (strcmp(value, CANNED_SOON) == 0)
		return reply_date(exchange->arena, exchange->wall_us + SOON_US);
	return value;
}

void exchange_canned(struct exchange *exchange, const struct canned *canned)
{
	struct reply *reply = &exchange->reply;
	reply_body(reply, canned->status, canned->content_type,
		str_of(canned->body ? canned->body : ""));
	for (size_t i = 0; i < sizeof(canned->headers) / sizeof(canned->headers[0]); i++) {
		const struct reply_header *header = &canned->headers[i];
		if (header->name && strcmp(header->name, "server") == 0)
			reply->server = header->value;
		else if (header->name)
			reply_header(reply, header->name, canned_value(exchange, header->value));
	}
	exchange->untraced = true;
}

void exchange_page(struct exchange *exchange, int status, const char *asset)
{
	reply_body(&exchange->reply, status, "text/html; charset=utf-8", asset_find(asset));
}

void exchange_trace(struct exchange *exchange)
{
	if (exchange->untraced)
		return;
	reply_header(&exchange->reply, "x-correlation-id", exchange->correlation_id);
	reply_header(&exchange->reply, "x-request-id", exchange->request_id);
}

struct chat_answer exchange_answer(const struct exchange *exchange, const struct chat *chat)
{
	struct chat_answer answer = chat_answer(chat, exchange->arena, exchange->wall_us);
	if (exchange->made && exchange->made->content)
		answer = (struct chat_answer){.text = str_of(exchange->made->content)};
	if (exchange->quirks & QUIRK_SAYS_HEAD)
		answer.text = head_text(exchange);
	const struct effect *says = fault_says(&exchange->hits);
	if (says) {
		answer.text = str_of(says->says);
		answer.null = says->says_null;
	}
	return answer;
}

struct talk exchange_talk(const struct exchange *exchange, const struct chat *chat)
{
	static const char *const defaults[SERVICES_N] = {
		[SERVICE_GATEWAY] = "baseline-cli-agent",
		[SERVICE_CLI] = "baseline",
		[SERVICE_LANGCHAIN] = "baseline",
	};
	return (struct talk){
		.arena = exchange->arena,
		.id = exchange->request_id,
		.backend_id = arena_printf(
			exchange->arena, "chatcmpl-baseline-%s", exchange_hex(exchange->arena, 12)),
		.model = chat->model.n ? chat->model : str_of(defaults[exchange->service]),
		.created_s = exchange->wall_us / US_PER_S,
		.usage = chat->wants_usage || exchange->quirks & QUIRK_USAGE,
		.nulls = exchange->quirks & QUIRK_NULLS,
	};
}

static bool path_fits(const struct route *route, struct str path)
{
	struct str pattern = str_of(route->path);
	if (pattern.n > 1 && pattern.p[pattern.n - 1] == '/')
		return str_starts(path, pattern, false) && path.n > pattern.n;
	return str_eq(path, pattern);
}

static void not_allowed(struct exchange *exchange, const char *allowed)
{
	exchange_json(exchange, 405, "{\"detail\":\"Method Not Allowed\"}");
	struct reply *reply = &exchange->reply;
	reply->n_headers = 0;
	reply_header(reply, "allow", allowed);
	reply_header(reply, "content-length", NULL);
	reply_header(reply, "content-type", "application/json");
}

/* Starlette's answer to one slash too many. */
static bool redirect_slash(struct exchange *exchange, const struct route *routes, size_t n)
{
	struct str path = exchange->request->path;
	if (path.n < 2 || path.p[path.n - 1] != '/')
		return false;
	path.n--;
	for (size_t i = 0; i < n; i++) {
		if (!path_fits(&routes[i], path))
			continue;
		struct str host = http_find(exchange->request, "host");
		reply_body(&exchange->reply, 307, NULL, STR(""));
		reply_header(&exchange->reply, "location",
			arena_printf(
				exchange->arena, "http://%.*s%.*s", STR_ARG(host), STR_ARG(path)));
		return true;
	}
	return false;
}

void exchange_route(struct exchange *exchange, const struct route *routes, size_t n)
{
	const struct http_request *request = exchange->request;
	const char *allowed = NULL;
	for (size_t i = 0; i < n; i++) {
		if (!path_fits(&routes[i], request->path))
			continue;
		if (str_eq(request->method, str_of(routes[i].method))) {
			routes[i].serve(exchange);
			return;
		}
		allowed = routes[i].method;
	}
	if (allowed)
		not_allowed(exchange, allowed);
	else if (!redirect_slash(exchange, routes, n))
		exchange_json(exchange, 404, "{\"detail\":\"Not Found\"}");
}
