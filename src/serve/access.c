#include "serve/access.h"

#include "serve/auth.h"
#include "serve/origin.h"
#include "serve/page_parts.h"
#include "serve/problem.h"

#include <string.h>

/* RFC 9110, 15.5.2: how one may say who one is. */
static void ask_who(
	struct site *site, const struct http_request *request, struct http_response *response)
{
	struct auth_ways ways = auth_ways(site->auth);
	if (request->retry_after_s) {
		problem_answer(site, request, response, 429,
			"Too many wrong passwords or tokens came from there. Try again later.");
		response->retry_after_s = request->retry_after_s;
		return;
	}
	problem_answer(site, request, response, 401,
		request->refused ? "This name and password, or this token, is not known here."
		: !ways.users    ? "Say who you are by a token. Nobody has a password."
				 : "Say who you are, by name and password or by a token.");
	if (ways.users)
		response->challenges[0] = "Basic realm=\"Outrider\", charset=\"UTF-8\"";
	if (ways.tokens)
		response->challenges[1] = "Bearer realm=\"Outrider\"";
}

/* A browser takes a password along to what lies beside or below the place where it was asked (RFC 7617, 2.2): asked
 * at a check, it would be a guest on the status page, and without events. */
static bool ask_at_login(const struct http_request *request, struct http_response *response)
{
	if (request->authorization || !http_prefers_html(request->accept) ||
		request->n_segments != 2 || strcmp(request->segments[0], "checks") != 0)
		return false;
	struct buf body = BUF_INIT(64);
	buf_puts(&body, "Say who you are.\n");
	http_answer(response, 303, "text/plain; charset=utf-8", &body);
	response->location = part_login_path(
		request->arena, request->segments[1], http_param(request, "result"));
	response->cache = CACHE_NEVER;
	response->varies = true;
	return true;
}

bool access_may_read(struct site *site, struct http_request *request, enum access access,
	struct http_response *response)
{
	struct auth_ways ways = auth_ways(site->auth);
	bool closed = ways.users || ways.tokens;
	bool guest = !request->refused && !request->retry_after_s;
	request->internals = !closed || request->user;
	if (request->internals || access == ACCESS_OPEN ||
		(access == ACCESS_PUBLIC && ways.is_public && guest))
		return true;
	if (!guest || !ways.is_public || !ways.users || !ask_at_login(request, response))
		ask_who(site, request, response);
	return false;
}

bool access_may_write(
	struct site *site, struct http_request *request, struct http_response *response)
{
	struct auth_ways ways = auth_ways(site->auth);
	if (!ways.users && !ways.tokens) {
		problem_answer(site, request, response, 403,
			"Nobody may act here: the configuration has neither users nor tokens.");
		return false;
	}
	if (!origin_is_own(request->sec_fetch_site, request->origin, request->host)) {
		problem_answer(site, request, response, 403,
			"A page of another site asked for this, or a proxy changes the Host.");
		return false;
	}
	request->internals = request->user != NULL;
	if (request->user)
		return true;
	ask_who(site, request, response);
	return false;
}
