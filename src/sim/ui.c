#include "sim/exchange.h"

static void home(struct exchange *exchange)
{
	exchange_page(exchange, 200, "web/stand_in_ui.html");
}

/* Next.js, not FastAPI: HEAD is welcome, and what isn't there is a page too. */
void ui_serve(struct exchange *exchange)
{
	const struct http_request *request = exchange->request;
	exchange->untraced = true;
	exchange->reply.server = NULL;
	bool head = str_eq(request->method, STR("HEAD"));
	if (!head && !str_eq(request->method, STR("GET")))
		reply_body(&exchange->reply, 405, "text/plain; charset=utf-8",
			STR("Method Not Allowed"));
	else if (str_eq(request->path, STR("/")))
		home(exchange);
	else
		exchange_page(exchange, 404, "web/stand_in_ui_404.html");
	reply_header(&exchange->reply, "x-powered-by", "Next.js");
}
