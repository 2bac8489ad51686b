#include "serve/wishing.h"

#include "base/clock.h"
#include "base/text.h"
#include "serve/api_json.h"
#include "serve/page_parts.h"
#include "serve/problem.h"
#include "serve/words.h"

bool wishing_begin(struct site *site, const struct http_request *request,
	const struct entry_rule *rules, size_t n_rules, struct entries *entries,
	struct http_response *response)
{
	struct error error = {0};
	unsigned status = entries_read(request, rules, n_rules, entries, &error);
	if (status)
		problem_answer(site, request, response, status, error.text);
	return !status;
}

/* "2h", or seconds. */
static bool read_duration(const char *text, int64_t *us)
{
	uint64_t seconds = 0;
	if (text_parse_duration(str_of(text), us))
		return *us > 0;
	if (!words_parse_decimal(text, &seconds) || seconds == 0 || seconds > 400 * 86400)
		return false;
	*us = (int64_t)seconds * US_PER_S;
	return true;
}

const char *wishing_end(const struct entries *entries, int64_t from_us, int64_t *until_us)
{
	const char *until = entries_text(entries, "until");
	const char *duration = entries_text(entries, "duration");
	int64_t length_us = 0;
	if (until && duration)
		return "until, duration: one of the two is expected.";
	if (until && !words_parse_moment(until, until_us))
		return "until: a time is expected, such as 2026-11-22T10:00:00Z.";
	if (duration && !read_duration(duration, &length_us))
		return "duration: one such as 90m is expected, or seconds; at most 400 days.";
	if (duration)
		*until_us = from_us + length_us;
	return NULL;
}

static unsigned status_of(enum wish_end end)
{
	switch (end) {
	case WISH_GRANTED: return 200;
	case WISH_UNKNOWN: return 404;
	case WISH_REFUSED: return 409;
	case WISH_INVALID: return 422;
	case WISH_UNABLE:
	case WISH_UNANSWERED: return 503;
	}
	return 500;
}

/* "no window 7 is open": "No window 7 is open." */
static const char *sentence_of(struct arena *arena, const char *text)
{
	size_t n = strlen(text);
	char *copy = arena_printf(arena, "%s%s", text, n && text[n - 1] == '.' ? "" : ".");
	if (*copy >= 'a' && *copy <= 'z')
		*copy = (char)(*copy - 'a' + 'A');
	return copy;
}

void wishing_refuse(struct site *site, const struct http_request *request,
	const struct wish_answer *answer, struct http_response *response)
{
	problem_answer(site, request, response, status_of(answer->end),
		sentence_of(request->arena, answer->error.text));
}

void wishing_ask(struct site *site, const struct wish *wish, struct wish_answer *answer)
{
	*answer = (struct wish_answer){.end = WISH_UNANSWERED};
	if (site->wishes.grant)
		site->wishes.grant(site->wishes.ctx, wish, answer);
	else
		error_set(&answer->error, "Nothing can be asked for here.");
	site_forget(site); /* a window to come changes nothing on the board */
}

bool wishing_grant(struct site *site, const struct http_request *request, const struct wish *wish,
	struct wish_answer *answer, struct http_response *response)
{
	wishing_ask(site, wish, answer);
	if (answer->end == WISH_GRANTED)
		return true;
	wishing_refuse(site, request, answer, response);
	return false;
}

void wishing_done(const struct http_request *request, struct http_response *response,
	unsigned status, struct buf *body, const char *location, const char *done)
{
	response->cache = CACHE_NEVER;
	response->varies = true;
	response->location = location;
	if (!http_prefers_html(request->accept)) {
		api_answer_json(response, status, body);
		return;
	}
	struct buf nothing = BUF_INIT(1);
	buf_fini(body);
	response->location =
		arena_printf(request->arena, "%s?done=%s", part_way_back(request), done);
	http_answer(response, 303, "text/plain; charset=utf-8", &nothing);
}
