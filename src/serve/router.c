#include "serve/router.h"

#include "serve/api.h"
#include "serve/badge.h"
#include "serve/feed.h"
#include "serve/metrics.h"
#include "serve/page_check.h"
#include "serve/page_status.h"
#include "serve/problem.h"

static void file(
	struct site *site, const struct http_request *request, struct http_response *response)
{
	struct payload *found = files_find(&site->files, request->segments[1]);
	if (!found) {
		problem_answer(site, request, response, 404, "There is no such file.");
		return;
	}
	response->status = 200;
	response->cache = CACHE_FOREVER;
	response->payload = payload_hold(found);
}

/* "*" stands for one part of the path. */
static const struct route {
	const char *path;
	route_handler *get, *post, *remove; /* NULL: it can't be asked so */
} routes[] = {
	{"/", page_status, NULL, NULL},
	{"/favicon.svg", page_favicon, NULL, NULL},
	{"/assets/*", file, NULL, NULL},
	{"/checks/*", page_check, NULL, NULL},
	{"/api/v1/status", api_status, NULL, NULL},
	{"/api/v1/checks", api_checks, NULL, NULL},
	{"/api/v1/checks/*", api_check, NULL, NULL},
	{"/api/v1/checks/*/results", api_check_results, NULL, NULL},
	{"/api/v1/checks/*/series", api_check_series, NULL, NULL},
	{"/api/v1/results/*", api_result, NULL, NULL},
	{"/api/v1/incidents", api_incidents, NULL, NULL},
	{"/api/v1/incidents/*", api_incident, NULL, NULL},
	{"/badge/*/*", badge, NULL, NULL},
	{"/feed.atom", feed, NULL, NULL},
	{"/api/v1/events", api_events, NULL, NULL},
	{"/metrics", metrics, NULL, NULL},
	{"/healthz", api_healthz, NULL, NULL},
	{"/readyz", api_readyz, NULL, NULL},
};

static bool matches(const struct route *route, const struct http_request *request)
{
	const char *at = route->path + 1;
	for (size_t i = 0; i < request->n_segments; i++) {
		size_t n = strcspn(at, "/");
		if (n == 0)
			return false;
		struct str wanted = {at, n};
		bool any = str_eq(wanted, STR("*")) && *request->segments[i];
		if (!any && !str_eq(wanted, str_of(request->segments[i])))
			return false;
		at += n;
		at += *at == '/';
	}
	return *at == '\0';
}

static const struct route *find(const struct http_request *request)
{
	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++)
		if (matches(&routes[i], request))
			return &routes[i];
	return NULL;
}

static route_handler *handler_of(const struct route *route, enum http_verb verb)
{
	switch (verb) {
	case VERB_GET:
	case VERB_HEAD: return route->get;
	case VERB_POST: return route->post;
	case VERB_DELETE: return route->remove;
	case VERB_OTHER: break;
	}
	return NULL;
}

/* RFC 9110, 15.5.6. */
static void refuse_verb(struct site *site, const struct http_request *request,
	const struct route *route, struct http_response *response)
{
	static const char *const allows[] = {"", "GET, HEAD", "POST", "GET, HEAD, POST", "DELETE",
		"GET, HEAD, DELETE", "POST, DELETE", "GET, HEAD, POST, DELETE"};
	unsigned verbs = (route->get ? 1u : 0) | (route->post ? 2u : 0) | (route->remove ? 4u : 0);
	problem_answer(site, request, response, 405,
		arena_printf(request->arena, "Here one can only %s.", allows[verbs]));
	response->allow = allows[verbs];
}

/* Kept by the visitor already: RFC 9110, 15.4.5. */
static void spare(const struct http_request *request, struct http_response *response)
{
	if (response->status != 200 || response->cache != CACHE_REVALIDATE)
		return;
	for (enum payload_coding i = PAYLOAD_PLAIN; i < PAYLOAD_CODINGS; i++)
		if (http_etag_matches(request->if_none_match, payload_etag(response->payload, i)))
			response->status = 304;
}

void router_answer(struct site *site, struct http_request *request, const char *target,
	struct http_response *response)
{
	struct error error = {0};
	*response = (struct http_response){.status = 500, .cache = CACHE_REVALIDATE};
	if (!http_parse_target(request, target, &error)) {
		problem_answer(site, request, response, 400, error.text);
		return;
	}
	const struct route *route = find(request);
	if (!route) {
		problem_answer(site, request, response, 404, "There is nothing at this address.");
		return;
	}
	route_handler *handler = handler_of(route, request->verb);
	if (!handler) {
		refuse_verb(site, request, route, response);
		return;
	}
	handler(site, request, response);
	spare(request, response);
}
