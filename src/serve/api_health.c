#include "serve/api.h"
#include "serve/api_json.h"

static const char *status_of(bool stored, const char *still)
{
	if (still)
		return "stands still";
	return stored ? "ok" : "degraded";
}

static void put_details(struct json_writer *w, const struct http_request *request,
	const struct board_view *view, bool stored)
{
	jw_text(w, "version", OUTRIDER_VERSION);
	jw_text(w, "store", stored ? "ok" : "can't write");
	jw_int(w, "store_queue", (int64_t)view->self.store_queue);
	jw_bool(w, "reload_ok", !view->self_known || view->self.reload_ok);
	jw_seconds(w, "uptime_s",
		view->self_known ? request->now_wall_us - view->self.started_wall_us : -1);
	jw_int(w, "checks", (int64_t)view->plan->n_checks);
}

/* The monitor's own health: it works while all of it moves, and can keep what it finds. */
void api_healthz(
	struct site *site, const struct http_request *request, struct http_response *response)
{
	const struct board_view *view = board_view(site->board, request->arena, BOARD_STATE);
	bool stored = !view->self_known || view->self.store_ok;
	struct buf body = BUF_INIT(SITE_PAGE_MAX);
	struct json_writer w = json_writer_to(&body);
	jw_object(&w, NULL);
	jw_text(&w, "status", status_of(stored, view->still));
	jw_text(&w, "stands_still", view->still);
	if (request->internals)
		put_details(&w, request, view, stored);
	jw_object_end(&w);
	response->cache = CACHE_NEVER;
	api_answer_json(response, stored && !view->still ? 200 : 503, &body);
}

/* Ready while there is something to watch, and who watches moves. */
void api_readyz(
	struct site *site, const struct http_request *request, struct http_response *response)
{
	const struct board_view *view = board_view(site->board, request->arena, BOARD_STATE);
	bool ready = view->plan->n_checks > 0 && !view->still;
	struct buf body = BUF_INIT(SITE_PAGE_MAX);
	struct json_writer w = json_writer_to(&body);
	jw_object(&w, NULL);
	jw_text(&w, "status",
		ready         ? "ready"
		: view->still ? "stands still"
			      : "no checks are loaded");
	jw_text(&w, "stands_still", view->still);
	jw_object_end(&w);
	response->cache = CACHE_NEVER;
	api_answer_json(response, ready ? 200 : 503, &body);
}
