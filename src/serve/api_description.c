#include "serve/api.h"

#include "base/asset.h"

/* The description of what the router answers: web/openapi.json, word for word. */
void api_description(
	struct site *site, const struct http_request *request, struct http_response *response)
{
	(void)site;
	(void)request;
	struct buf body = BUF_INIT(SITE_PAGE_MAX);
	buf_putstr(&body, asset_find("web/openapi.json"));
	http_answer(response, 200, "application/json", &body);
}
