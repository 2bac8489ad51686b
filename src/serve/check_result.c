/* One result explained: which one, and what its evidence shows. */
#include "serve/check_page.h"

#include "base/clock.h"
#include "check/record.h"
#include "serve/axis.h"
#include "serve/check_findings.h"
#include "serve/exhibit.h"
#include "serve/page_parts.h"
#include "serve/stream_view.h"
#include "serve/waterfall.h"
#include "serve/words.h"

#include <inttypes.h>

enum {
	AXIS_PARTS = 6,
	GOOD_SCAN = 500, /* results before a failure among which the last good one is looked for */
};

/* The row of a key; false: there is none. */
static bool find_row(const struct check_page *page, uint64_t key, struct result_row *row)
{
	struct result_row *rows = NULL;
	if (!page->reader || key == UINT64_MAX)
		return false;
	size_t n = reader_results(
		page->reader, page->arena, page->check->definition->id, key + 1, 1, &rows);
	if (!n || rows[0].key != key)
		return false;
	*row = rows[0];
	return true;
}

static uint64_t newest(const struct check_page *page, enum outcome outcome)
{
	const char *id = page->check->definition->id;
	uint64_t before = reader_newest(page->reader, id, page->request->now_wall_us);
	return reader_newest_evidence(page->reader, id, before, outcome);
}

/* What did not go well most recently; of a check that can't run, why. 0: nothing. */
static uint64_t choose(const struct check_page *page)
{
	if (!page->reader)
		return 0;
	uint64_t fail = newest(page, OUTCOME_FAIL);
	uint64_t warn =
		page->check->health.state == HEALTH_DOWN && fail ? 0 : newest(page, OUTCOME_WARN);
	uint64_t key = fail > warn ? fail : warn;
	return key || page->check->health.state != HEALTH_UNKNOWN ? key
								  : newest(page, OUTCOME_SKIP);
}

static void add_headers(const struct check_page *page, struct value *object, const char *key,
	const char *has_key, const struct exhibit_headers *headers)
{
	struct value *list = value_list(page->arena, object, key);
	value_bool(page->arena, object, has_key, headers->n > 0);
	for (size_t i = 0; i < headers->n; i++) {
		struct value *item = value_item(page->arena, list);
		value_text(page->arena, item, "name", headers->items[i].name);
		value_text(page->arena, item, "value", headers->items[i].value);
	}
}

static bool begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

/* Whether a line of a stream ends before this place: a field or a comment follows, or another end. */
static bool line_follows(const char *text)
{
	return begins(text, "data") || begins(text, "event") || begins(text, "id:") ||
	       begins(text, ":") || begins(text, "retry");
}

/* The line ends of a stream's raw text stand there in words: each gets one that is seen. */
static const char *legible(const struct check_page *page, const struct exhibit *exhibit)
{
	const char *text = exhibit->body;
	if (!text || !*text || !exhibit->is_stream)
		return text;
	struct buf out = BUF_INIT(2 * EXHIBIT_LONG_MAX * 4);
	while (*text) {
		if (begins(text, "\\n") && line_follows(text + 2)) {
			buf_puts(&out, "\\n\n");
			text += 2;
		} else {
			buf_putc(&out, *text++);
		}
	}
	const char *copy = arena_strndup(page->arena, buf_str(&out));
	buf_fini(&out);
	return copy;
}

static void add_exchange(
	const struct check_page *page, struct value *result, const struct exhibit *exhibit)
{
	struct arena *arena = page->arena;
	if (!exhibit->method)
		return;
	struct value *exchange = value_member(arena, result, "exchange");
	value_text(arena, exchange, "method", exhibit->method);
	value_text(arena, exchange, "url", exhibit->url);
	value_text(arena, exchange, "curl", exhibit->curl);
	add_headers(page, exchange, "sent", "has_sent", &exhibit->sent);
	add_headers(page, exchange, "got", "has_got", &exhibit->got);
	if (exhibit->got.dropped)
		value_int(arena, exchange, "dropped", (int64_t)exhibit->got.dropped);
	value_text(arena, exchange, "body", legible(page, exhibit));
	value_text(arena, exchange, "content", exhibit->content);
	value_bool(arena, exchange, "streamed", exhibit->is_stream);
	if (exhibit->body_bytes)
		value_int(arena, exchange, "bytes", (int64_t)exhibit->body_bytes);
}

static const char *header_value(const struct exhibit_headers *headers, const char *name)
{
	for (size_t i = 0; i < headers->n; i++)
		if (str_ieq(str_of(headers->items[i].name), str_of(name)))
			return headers->items[i].value;
	return NULL;
}

static void add_traces(
	const struct check_page *page, struct value *result, const struct exhibit *exhibit)
{
	struct arena *arena = page->arena;
	value_text(arena, result, "request_id", exhibit->request_id);
	value_text(arena, result, "traceparent", header_value(&exhibit->sent, "traceparent"));
	value_text(arena, result, "address", exhibit->address);
	if (exhibit->http_status)
		value_int(arena, result, "status", exhibit->http_status);
	if (exhibit->attempts > 1)
		value_int(arena, result, "attempts", exhibit->attempts);
	if (exhibit->tls_expires)
		value_str(arena, result, "tls_expires",
			(struct str){exhibit->tls_expires, strnlen(exhibit->tls_expires, 10)});
	struct value *notes = value_list(arena, result, "notes");
	for (size_t i = 0; i < exhibit->n_notes; i++)
		value_item_text(arena, notes, exhibit->notes[i]);
}

static void add_timeline(
	const struct check_page *page, struct value *result, const struct exhibit *exhibit)
{
	int64_t length_us = waterfall_length(exhibit);
	if (exhibit->timing.total_us < 0)
		return;
	struct value *timeline = value_member(page->arena, result, "timeline");
	axis_add(page->arena, timeline, "ticks", length_us, AXIS_PARTS);
	waterfall_add(page->arena, timeline, exhibit, length_us);
	stream_view_add(page->arena, timeline, exhibit, length_us);
}

static const char *result_link(const struct check_page *page, uint64_t key)
{
	return arena_printf(page->arena, "%s?result=%s", page->path, words_key(page->arena, key));
}

/* The last time it went well before. */
static void add_last_good(
	const struct check_page *page, struct value *result, const struct result_row *bad)
{
	struct result_row *rows = NULL;
	struct arena *arena = page->arena;
	size_t n = reader_results(
		page->reader, arena, page->check->definition->id, bad->key, GOOD_SCAN, &rows);
	size_t i = 0;
	while (i < n && rows[i].outcome != OUTCOME_PASS && rows[i].outcome != OUTCOME_WARN)
		i++;
	if (i == n)
		return;
	struct value *good = value_member(arena, result, "good");
	part_time(arena, good, "at", rows[i].started_wall_us);
	value_text(arena, good, "before",
		words_elapsed(arena, bad->started_wall_us - rows[i].started_wall_us));
	value_text(arena, good, "duration", words_latency(arena, rows[i].duration_us));
	value_text(arena, good, "ttft", words_latency(arena, rows[i].ttft_us));
	if (reader_has_evidence(page->reader, rows[i].key))
		value_text(arena, good, "href", result_link(page, rows[i].key));
}

static const char *heading(const struct check_page *page, enum outcome outcome)
{
	if (page->result)
		return outcome == OUTCOME_PASS ? "A result that passed" : "This result";
	switch (outcome) {
	case OUTCOME_FAIL: return "Latest failure";
	case OUTCOME_WARN: return "Latest warning";
	case OUTCOME_SKIP: return "Why it is skipped";
	case OUTCOME_PASS:
	case OUTCOME_COUNT: break;
	}
	return "Latest result";
}

static void add_row(
	const struct check_page *page, struct value *result, const struct result_row *row)
{
	struct arena *arena = page->arena;
	face_add(arena, result, face_of_outcome(row->outcome));
	value_text(arena, result, "outcome", outcome_name(row->outcome));
	value_text(arena, result, "heading", heading(page, row->outcome));
	if (row->reason != REASON_NONE && row->reason != REASON_EXPECTATION)
		value_text(arena, result, "reason", words_reason(row->reason));
	value_text(arena, result, "message",
		*row->message ? words_inert(arena, row->message, RECORD_MESSAGE_MAX) : NULL);
	part_time(arena, result, "at", row->started_wall_us);
	value_text(arena, result, "ago",
		words_elapsed(arena, page->request->now_wall_us - row->started_wall_us));
	value_text(arena, result, "duration", words_latency(arena, row->duration_us));
	value_text(arena, result, "key", words_key(arena, row->key));
	value_text(arena, result, "href", result_link(page, row->key));
	value_bool(arena, result, "chosen", page->result != 0);
}

bool check_result_add(const struct check_page *page, struct value *root)
{
	struct result_row row;
	uint64_t key = page->result ? page->result : choose(page);
	if (!key || !find_row(page, key, &row))
		return page->result == 0;
	struct value *result = value_member(page->arena, root, "result");
	struct exhibit *exhibit = ARENA_NEW(page->arena, struct exhibit);
	add_row(page, result, &row);
	if (row.outcome == OUTCOME_FAIL || row.outcome == OUTCOME_WARN)
		add_last_good(page, result, &row);
	if (!exhibit_read(exhibit, page->arena, reader_evidence(page->reader, page->arena, key))) {
		value_bool(page->arena, result, "unkept", true);
		return true;
	}
	value_bool(page->arena, result, "kept", true);
	check_findings_add(page->arena, result, exhibit);
	add_traces(page, result, exhibit);
	add_timeline(page, result, exhibit);
	add_exchange(page, result, exhibit);
	return true;
}
