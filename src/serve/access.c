#include "serve/access.h"

#include "serve/auth.h"
#include "serve/origin.h"
#include "serve/problem.h"

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
				 : "Say who you are, by name and password or by a token.");
	if (ways.users)
		response->challenges[0] = "Basic realm=\"Outrider\", charset=\"UTF-8\"";
	if (ways.tokens)
		response->challenges[1] = "Bearer realm=\"Outrider\"";
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
