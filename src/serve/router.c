#include "serve/router.h"

#include "serve/access.h"
#include "serve/api.h"
#include "serve/badge.h"
#include "serve/feed.h"
#include "serve/metrics.h"
#include "serve/page_check.h"
#include "serve/page_incidents.h"
#include "serve/page_parts.h"
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

/* A browser asks for a name and password where it is told to, and sends them to all of "/" from then on
 * (RFC 7617, 2.2). */
static void log_in(
	struct site *site, const struct http_request *request, struct http_response *response)
{
	struct buf body = BUF_INIT(64);
	(void)site;
	buf_puts(&body, "You are known here.\n");
	http_answer(response, 303, "text/plain; charset=utf-8", &body);
	response->location = part_login_back(request);
	response->cache = CACHE_NEVER;
}

/* A database that can't be read has not said that there is nothing in it. */
static void unreadable(
	struct site *site, const struct http_request *request, struct http_response *response)
{
	problem_answer(site, request, response, 503, "The database can't be read at the moment.");
}

/* "*" stands for one part of the path. Whoever may POST or DELETE is somebody. */
static const struct route {
	const char *path;
	enum access access; /* of reading */
	route_handler *get, *post, *remove; /* NULL: it can't be asked so */
	route_handler
		*bare; /* instead of get, while the database can't be read; NULL: it needs none */
} routes[] = {
	{"/", ACCESS_PUBLIC, page_status, NULL, NULL, NULL},
	{"/favicon.svg", ACCESS_OPEN, page_favicon, NULL, NULL, NULL},
	{"/login", ACCESS_PRIVATE, log_in, NULL, NULL, NULL},
	{"/assets/*", ACCESS_OPEN, file, NULL, NULL, NULL},
	{"/checks/*", ACCESS_PRIVATE, page_check, NULL, NULL, page_check_bare},
	{"/incidents", ACCESS_PUBLIC, page_incidents, NULL, NULL, unreadable},
	{"/incidents/*", ACCESS_PUBLIC, page_incident, NULL, NULL, unreadable},
	{"/api/v1/status", ACCESS_PUBLIC, api_status, NULL, NULL, NULL},
	{"/api/v1/checks", ACCESS_PRIVATE, api_checks, NULL, NULL, NULL},
	{"/api/v1/checks/*", ACCESS_PRIVATE, api_check, NULL, NULL, NULL},
	{"/api/v1/checks/*/results", ACCESS_PRIVATE, api_check_results, NULL, NULL, unreadable},
	{"/api/v1/checks/*/series", ACCESS_PRIVATE, api_check_series, NULL, NULL, unreadable},
	{"/api/v1/checks/*/run", ACCESS_PRIVATE, NULL, api_run, NULL, NULL},
	{"/api/v1/checks/*/pause", ACCESS_PRIVATE, NULL, api_pause, NULL, NULL},
	{"/api/v1/checks/*/resume", ACCESS_PRIVATE, NULL, api_resume, NULL, NULL},
	{"/api/v1/results/*", ACCESS_PRIVATE, api_result, NULL, NULL, unreadable},
	{"/api/v1/incidents", ACCESS_PUBLIC, api_incidents, NULL, NULL, unreadable},
	{"/api/v1/incidents/*", ACCESS_PUBLIC, api_incident, NULL, NULL, unreadable},
	{"/api/v1/incidents/*/ack", ACCESS_PRIVATE, NULL, api_acknowledge, NULL, NULL},
	{"/api/v1/incidents/*/note", ACCESS_PRIVATE, NULL, api_note, NULL, NULL},
	{"/api/v1/maintenance", ACCESS_PUBLIC, api_windows, api_window_open, NULL, unreadable},
	{"/api/v1/maintenance/*", ACCESS_PUBLIC, api_window, NULL, api_window_end, unreadable},
	{"/api/v1/maintenance/*/end", ACCESS_PRIVATE, NULL, api_window_end, NULL, NULL},
	{"/api/v1/alerts", ACCESS_PRIVATE, api_alerts, NULL, NULL, unreadable},
	{"/api/v1/alerts/*/retry", ACCESS_PRIVATE, NULL, api_alert_retry, NULL, NULL},
	{"/api/v1/alerts/*/dismiss", ACCESS_PRIVATE, NULL, api_alert_dismiss, NULL, NULL},
	{"/badge/*/*", ACCESS_PUBLIC, badge, NULL, NULL, NULL},
	{"/feed.atom", ACCESS_PUBLIC, feed, NULL, NULL, unreadable},
	{"/api/openapi.json", ACCESS_OPEN, api_description, NULL, NULL, NULL},
	{"/api/v1/events", ACCESS_PUBLIC, api_events, NULL, NULL, NULL},
	{"/metrics", ACCESS_PRIVATE, metrics, NULL, NULL, NULL},
	{"/healthz", ACCESS_OPEN, api_healthz, NULL, NULL, NULL},
	{"/readyz", ACCESS_OPEN, api_readyz, NULL, NULL, NULL},
};

/* What follows the part of a path of the table at which a segment stands; NULL: it is another one. */
static const char *pass(const char *at, const char *segment)
{
	bool any = *at == '*' && *segment;
	while (!any && *segment && *at == *segment && *at != '/') {
		at++;
		segment++;
	}
	if (!any && *segment)
		return NULL;
	at += any;
	return *at == '/' ? at + 1 : *at ? NULL : at;
}

static bool matches(const struct route *route, const struct http_request *request)
{
	const char *at = route->path + 1;
	for (size_t i = 0; at && i < request->n_segments; i++)
		at = *at ? pass(at, request->segments[i]) : NULL;
	return at && !*at;
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

static void answer(struct site *site, const struct http_request *request, const struct route *route,
	route_handler *handler, struct http_response *response)
{
	bool reads = route->bare && (request->verb == VERB_GET || request->verb == VERB_HEAD);
	bool readable = !reads || history_is_readable(site->history, request->now_wall_us);
	uint64_t faults = history_faults(site->history);
	if (readable)
		handler(site, request, response);
	if (!reads || (readable && history_faults(site->history) == faults))
		return;
	payload_drop(response->payload);
	*response = (struct http_response){.cache = CACHE_NEVER};
	route->bare(site, request, response);
}

static bool may(struct site *site, struct http_request *request, const struct route *route,
	struct http_response *response)
{
	bool writes = request->verb == VERB_POST || request->verb == VERB_DELETE;
	return writes ? access_may_write(site, request, response)
		      : access_may_read(site, request, route->access, response);
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
		unsigned status = http_target_is_long(target) ? 414 : 400;
		problem_answer(site, request, response, status, error.text);
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
	if (!may(site, request, route, response))
		return;
	answer(site, request, route, handler, response);
	spare(request, response);
}
