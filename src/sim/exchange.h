/* sim/exchange.h - one request to one service and the reply in the making; and what the services
 * have in common, each being FastAPI on uvicorn. Lives in the request's arena. */
#ifndef OUTRIDER_SIM_EXCHANGE_H
#define OUTRIDER_SIM_EXCHANGE_H

#include "base/json.h"
#include "sim/chat.h"
#include "sim/fault.h"
#include "sim/talk.h"

struct memories;

struct exchange {
	enum service_id service;
	const struct http_request *request;
	struct arena *arena;
	struct fault_hits hits;
	unsigned quirks;
	struct reply reply;
	void (*instead)(struct script *script); /* no reply at all, but this */
	bool tls;
	bool untraced; /* the ids are missing from the headers */
	const char *request_id, *correlation_id;
	int64_t now_us, wall_us;
	struct memories *memories;
	const struct sim_answer *made; /* instead of the service's own; NULL: none */
};

struct route {
	const char *method;
	const char *path; /* "/v1/debug/stream/" with anything behind it, when it ends so */
	void (*serve)(struct exchange *exchange);
};

void gateway_serve(struct exchange *exchange);
void baseline_serve(struct exchange *exchange); /* both of them */
void memory_serve(struct exchange *exchange);
void ui_serve(struct exchange *exchange);

/* A chat answered, whatever path it came to. */
void gateway_chat(struct exchange *exchange, const struct chat *chat, enum service_id baseline);
void baseline_chat(struct exchange *exchange, const struct chat *chat);
/* True with a reply when a fault leaves nobody there to answer. */
bool baseline_absent(struct exchange *exchange);
/* "baseline-langchain" and what else it stands for; false for an unknown name. */
bool gateway_baseline(struct str model, enum service_id *baseline);

/* The route of this method and path; 404, 405 and the redirect of a slash too many otherwise. */
void exchange_route(struct exchange *exchange, const struct route *routes, size_t n);

/* The ids' headers, behind the reply's own. */
void exchange_trace(struct exchange *exchange);

void exchange_json(struct exchange *exchange, int status, const char *json);
void exchange_canned(struct exchange *exchange, const struct canned *canned);
/* 500 with what the client sent, secrets and all, in headers and body. */
void exchange_echo(struct exchange *exchange);
void exchange_500(struct exchange *exchange);
/* A page of web/, by its path there. */
void exchange_page(struct exchange *exchange, int status, const char *asset);
/* n hexadecimal digits, fresh ones; the first is decimal, so that a proof knows it for an id. */
const char *exchange_hex(struct arena *arena, size_t n);

/* FastAPI's 422. loc: raw JSON, such as ["body","messages"]; input and ctx too, ctx may be NULL. */
void exchange_invalid(struct exchange *exchange, const char *type, const char *loc,
	const char *message, struct str input, const char *ctx);
/* The body as an object, or NULL with a 422 in the reply. Freed with the arena. */
const struct json *exchange_body(struct exchange *exchange);
/* The member as a string, or false with a 422. */
bool exchange_field(
	struct exchange *exchange, const struct json *root, const char *name, struct str *value);

/* POST /v1/chat/completions: false with a 422 in the reply. */
bool exchange_chat(struct exchange *exchange, struct chat *chat);
/* What can be read of it, whatever it is. */
struct chat exchange_chat_any(struct exchange *exchange);
/* What the model says, faults included. */
struct chat_answer exchange_answer(const struct exchange *exchange, const struct chat *chat);
struct talk exchange_talk(const struct exchange *exchange, const struct chat *chat);

extern const char *const exchange_apology; /* baseline-cli, when its model fails */
extern const char *const exchange_apology_partial; /* the same, in a stream */
extern const char *const exchange_no_sandbox;
extern const char *const exchange_no_key;
extern const char *const exchange_langchain_error;

#endif
