#include "serve/feed.h"

#include "base/text.h"
#include "check/record.h"
#include "serve/conceal.h"
#include "serve/incident_parts.h"
#include "serve/words.h"

#include <inttypes.h>

enum { FEED_INCIDENTS = 50 };

/* An id for good (RFC 9562, version 8), whatever the monitor is called (RFC 4287, 4.2.6): of one of its incidents;
 * key 0: of the feed. */
static const char *uuid(struct arena *arena, uint64_t key, uint64_t monitor)
{
	return arena_printf(arena,
		"urn:uuid:%08" PRIx64 "-%04" PRIx64 "-8%03" PRIx64 "-%04" PRIx64 "-%012" PRIx64,
		key >> 32, key >> 16 & 0xffff, key >> 4 & 0xfff,
		UINT64_C(0x8000) | (key & 0xf) << 10 | (monitor >> 48 & 0x3ff),
		monitor & UINT64_C(0xffffffffffff));
}

static const char *moment(struct arena *arena, int64_t wall_us)
{
	char text[TEXT_TIME_MAX];
	return arena_strdup(arena, text_time(wall_us, text));
}

static const char *summary_text(struct arena *arena, const struct incident_row *row)
{
	const char *cause = words_inert(arena, row->cause, RECORD_MESSAGE_MAX);
	const char *said = *cause ? cause : "No message.";
	if (row->n_checks < 2)
		return said;
	return arena_printf(arena, "%s (%zu checks are affected)", said, row->n_checks);
}

static void add_entry(struct arena *arena, struct value *entries, const struct board_plan *plan,
	const struct incident_row *row, uint64_t monitor)
{
	struct value *entry = value_item(arena, entries);
	const char *title = incident_title(plan, row->check_id);
	bool open = row->resolved_wall_us == 0;
	value_text(arena, entry, "id", uuid(arena, row->id, monitor));
	value_text(arena, entry, "key", words_key(arena, row->id));
	value_text(arena, entry, "state", open ? "open" : "resolved");
	value_text(arena, entry, "title",
		open ? arena_printf(arena, "Down: %s", title)
		     : arena_printf(arena, "Resolved: %s, after %s", title,
			       words_elapsed(arena, row->resolved_wall_us - row->opened_wall_us)));
	value_text(arena, entry, "opened", moment(arena, row->opened_wall_us));
	value_text(arena, entry, "updated",
		moment(arena, open ? row->opened_wall_us : row->resolved_wall_us));
	value_text(arena, entry, "summary", summary_text(arena, row));
}

static int64_t newest_of(const struct incident_row *rows, size_t n, int64_t otherwise)
{
	int64_t newest = 0;
	for (size_t i = 0; i < n; i++) {
		int64_t at = rows[i].resolved_wall_us ? rows[i].resolved_wall_us
						      : rows[i].opened_wall_us;
		newest = at > newest ? at : newest;
	}
	return n ? newest : otherwise;
}

void feed(struct site *site, const struct http_request *request, struct http_response *response)
{
	struct arena *arena = request->arena;
	const struct board_view *view = board_view(site->board, arena, BOARD_STATE);
	struct reader *reader = history_reader(site->history, request->now_wall_us);
	uint64_t monitor = content_hash(str_of(reader ? reader_installation(reader, arena) : ""));
	struct incident_row *rows = NULL;
	size_t n = reader ? reader_incidents(reader, arena, INCIDENTS_ALL, 0, FEED_INCIDENTS, &rows)
			  : 0;
	conceal_incidents(request, rows, n);
	struct value *root = value_object(arena);
	value_text(arena, root, "id", uuid(arena, 0, monitor));
	value_text(arena, root, "mode", view->plan->mode);
	value_text(arena, root, "version", OUTRIDER_VERSION);
	value_text(arena, root, "updated",
		moment(arena, newest_of(rows, n, view->self.started_wall_us)));
	struct value *entries = value_list(arena, root, "entries");
	for (size_t i = 0; i < n; i++)
		add_entry(arena, entries, view->plan, &rows[i], monitor);
	struct buf body = BUF_INIT(SITE_PAGE_MAX);
	site_render(site, "feed", root, &body);
	http_answer(response, 200, "application/atom+xml; charset=utf-8", &body);
}
