#include "serve/undelivered.h"

#include "check/record.h"
#include "serve/page_parts.h"
#include "serve/words.h"
#include "store/people.h"
#include "store/reader_incidents.h"

/* "gateway-health/4019abcde12/opened": who opened it. */
static struct str opener_of(const struct alert_row *row)
{
	struct str key = str_of(row->dedup_key);
	for (int slashes = 0; key.n && slashes < 2; key.n--)
		slashes += key.p[key.n - 1] == '/';
	return key;
}

static bool is_of_incident(struct reader *reader, struct arena *arena, const struct alert_row *row)
{
	struct incident_story story;
	return reader_incident(reader, arena, row->incident, &story);
}

static void add_ways(struct arena *arena, struct value *item, const struct alert_row *row)
{
	long long id = (long long)row->id;
	value_text(arena, item, "retry", arena_printf(arena, "/api/v1/alerts/%lld/retry", id));
	value_text(arena, item, "dismiss", arena_printf(arena, "/api/v1/alerts/%lld/dismiss", id));
}

static void add(struct value *list, struct reader *reader, const struct http_request *request,
	const struct alert_row *row, bool may_change)
{
	struct arena *arena = request->arena;
	struct value *item = value_item(arena, list);
	value_text(arena, item, "channel", words_inert(arena, row->channel, CHECK_ID_MAX));
	value_text(arena, item, "event", words_inert(arena, row->event, CHECK_ID_MAX));
	value_text(arena, item, "check",
		words_inert(arena, arena_strndup(arena, opener_of(row)), CHECK_ID_MAX));
	if (is_of_incident(reader, arena, row))
		value_text(arena, item, "href",
			part_check_path(arena, "/incidents/", words_key(arena, row->incident)));
	value_text(arena, item, "why", words_inert(arena, row->error, RECORD_MESSAGE_MAX));
	value_int(arena, item, "tries", row->tries);
	part_time(arena, item, "at", row->finished_wall_us);
	if (may_change)
		add_ways(arena, item, row);
}

void undelivered_add(struct value *root, struct site *site, const struct http_request *request)
{
	struct arena *arena = request->arena;
	struct alert_row *rows = NULL;
	struct reader *reader =
		request->internals ? history_reader(site->history, request->now_wall_us) : NULL;
	size_t n = reader ? reader_dead_alerts(reader, arena, UNDELIVERED_SHOWN_MAX, &rows) : 0;
	if (n == 0)
		return;
	struct value *panel = value_member(arena, root, "undelivered");
	struct value *list = value_list(arena, panel, "alerts");
	uint64_t all = reader_count_dead(reader);
	for (size_t i = 0; i < n; i++)
		add(list, reader, request, &rows[i], site->wishes.grant && request->user);
	if (all > n)
		value_int(arena, panel, "more", (int64_t)(all - n));
}
