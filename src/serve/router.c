#include "serve/router.h"

#include "serve/api.h"
#include "serve/metrics.h"
#include "serve/page_status.h"
#include "serve/problem.h"

static void style(
	struct site *site, const struct http_request *request, struct http_response *response)
{
	if (strcmp(request->segments[1], site->style_name) != 0) {
		problem_answer(site, request, response, 404, "There is no such file.");
		return;
	}
	response->status = 200;
	response->cache = CACHE_FOREVER;
	response->payload = payload_hold(site->style);
}

/* "*" stands for one part of the path. */
static const struct route {
	const char *path;
	route_handler *get;
} routes[] = {
	{"/", page_status},
	{"/favicon.svg", page_favicon},
	{"/assets/*", style},
	{"/api/v1/status", api_status},
	{"/api/v1/checks", api_checks},
	{"/api/v1/checks/*", api_check},
	{"/api/v1/checks/*/results", api_check_results},
	{"/api/v1/checks/*/series", api_check_series},
	{"/api/v1/results/*", api_result},
	{"/api/v1/incidents", api_incidents},
	{"/api/v1/incidents/*", api_incident},
	{"/metrics", metrics},
	{"/healthz", api_healthz},
	{"/readyz", api_readyz},
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

static bool reads(enum http_verb verb)
{
	switch (verb) {
	case VERB_GET:
	case VERB_HEAD: return true;
	case VERB_OTHER: break;
	}
	return false;
}

/* Kept by the visitor already: RFC 9110, 15.4.5. */
static void spare(const struct http_request *request, struct http_response *response)
{
	bool same = response->status == 200 && response->cache == CACHE_REVALIDATE &&
		    http_etag_matches(request->if_none_match, response->payload->etag);
	if (same)
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
	if (!reads(request->verb)) {
		problem_answer(site, request, response, 405, "This address can only be read.");
		response->allow = "GET, HEAD";
		return;
	}
	route->get(site, request, response);
	spare(request, response);
}
