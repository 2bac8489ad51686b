#include "sim/made.h"

#include <ctype.h>

/* Behind the last '.' of "CHECK-KEY.2"; 1 when there is none. */
static unsigned ordinal_of(struct str key)
{
	ptrdiff_t dot = str_find(key, STR("."), false);
	unsigned ordinal = 0;
	if (dot < 0)
		return 1;
	for (size_t i = (size_t)dot + 1; i < key.n && isdigit((unsigned char)key.p[i]); i++)
		ordinal = ordinal * 10 + (unsigned)(key.p[i] - '0');
	return ordinal;
}

const struct sim_answer *made_find(
	const struct sim_answer *answers, size_t n, struct str request_id)
{
	struct str check = fault_check_of(request_id);
	unsigned ordinal = ordinal_of(str_from(request_id, check.n));
	for (size_t i = 0; i < n; i++)
		if (answers[i].ordinal == ordinal && str_eq(check, str_of(answers[i].check)))
			return &answers[i];
	return NULL;
}

static void say(struct exchange *exchange)
{
	struct chat chat = exchange_chat_any(exchange);
	enum service_id baseline;
	if (exchange->service == SERVICE_CLI || exchange->service == SERVICE_LANGCHAIN) {
		baseline_chat(exchange, &chat);
		return;
	}
	gateway_baseline(chat.model, &baseline);
	gateway_chat(exchange, &chat, baseline);
}

void made_serve(struct exchange *exchange)
{
	const struct sim_answer *made = exchange->made;
	if (baseline_absent(exchange))
		return;
	if (made->content)
		say(exchange);
	else
		reply_body(&exchange->reply, made->status, made->content_type, made->body);
	for (size_t i = 0; i < made->n_headers && i < SIM_HEADERS_MAX; i++)
		if (strcmp(made->headers[i].name, "content-length") != 0) /* it has its own */
			reply_header(
				&exchange->reply, made->headers[i].name, made->headers[i].value);
}
