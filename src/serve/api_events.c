#include "serve/api.h"

#include "serve/news.h"
#include "serve/problem.h"
#include "serve/words.h"

/* Where a reader goes on: after the event that it had last, after the one that its page was made of, or now.
 * What is no number is nothing that we sent, and reads as a place that is gone. */
static uint64_t place_of(struct site *site, const struct http_request *request)
{
	uint64_t after = 0;
	const char *id = request->last_event_id;
	if (!id || !*id)
		id = http_param(request, "since");
	if (!id)
		return news_newest(site->board);
	return words_parse_decimal(id, &after) ? after : 0;
}

void api_events(
	struct site *site, const struct http_request *request, struct http_response *response)
{
	const char *check = http_param(request, "check");
	if (!request->internals) { /* a 401 would make the public page's browser ask for a password */
		problem_answer(site, request, response, 403, "Events are for those who are known.");
		return;
	}
	const struct board_plan *plan = board_plan(site->board, request->arena);
	if (check && board_find(plan, check) == plan->n_checks) {
		problem_answer(site, request, response, 404, "There is no check of this id.");
		return;
	}
	struct buf body = BUF_INIT(0);
	http_answer(response, 200, "text/event-stream", &body);
	response->cache = CACHE_NEVER;
	response->stream = (struct http_stream){
		.wanted = request->verb == VERB_GET,
		.after = place_of(site, request),
		.check = check,
	};
}
