/* The results of a check, newest first, a page at a time. */
#include "serve/check_page.h"

#include "serve/page_parts.h"
#include "serve/strip.h"
#include "serve/words.h"

enum { MESSAGE_MAX = 240 };

/* A link to this page's history: what is asked of it after the range. */
static const char *link_to(const struct check_page *page, const char *query)
{
	const char *range = check_range_query(page);
	bool both = *range && *query;
	return arena_printf(page->arena, "%s%s%s%s%s#results", page->path,
		*range || *query ? "?" : "", range, both ? "&" : "", query);
}

static void add_filters(const struct check_page *page, struct value *history)
{
	static const struct {
		const char *outcome, *label;
	} filters[] = {{NULL, "All"}, {"fail", "Failed"}, {"warn", "Warned"}, {"pass", "Passed"},
		{"skip", "Skipped"}};
	const char *given = page->question.outcome;
	struct value *list = value_list(page->arena, history, "filters");
	for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++) {
		const char *outcome = filters[i].outcome;
		struct value *item = value_item(page->arena, list);
		bool here = outcome ? given && strcmp(given, outcome) == 0 : !given;
		value_text(page->arena, item, "label", filters[i].label);
		value_bool(page->arena, item, "here", here);
		value_text(page->arena, item, "href",
			link_to(page,
				outcome ? arena_printf(page->arena, "outcome=%s", outcome) : ""));
	}
}

static const char *word_of(const struct result_row *row)
{
	if (row->outcome == OUTCOME_FAIL && row->reason == REASON_MASKED)
		return "Masked";
	switch (row->outcome) {
	case OUTCOME_PASS: return "Passed";
	case OUTCOME_WARN: return "Warned";
	case OUTCOME_FAIL: return "Failed";
	case OUTCOME_SKIP: return "Skipped";
	case OUTCOME_COUNT: break;
	}
	return "";
}

static void add_row(
	const struct check_page *page, struct value *rows, const struct result_row *result)
{
	struct arena *arena = page->arena;
	struct value *row = value_item(arena, rows);
	part_time(arena, row, "at", result->started_wall_us);
	face_add(arena, row, face_of_outcome(result->outcome));
	value_text(arena, row, "outcome", word_of(result));
	value_text(arena, row, "message",
		*result->message ? words_inert(arena, result->message, MESSAGE_MAX) : NULL);
	if (result->outcome != OUTCOME_PASS && result->reason != REASON_EXPECTATION)
		value_text(arena, row, "reason", words_reason(result->reason));
	if (result->http_status)
		value_int(arena, row, "status", result->http_status);
	bool ran = result->outcome != OUTCOME_SKIP;
	value_text(arena, row, "ttft", words_latency(arena, ran ? result->ttft_us : -1));
	value_text(arena, row, "duration", words_latency(arena, ran ? result->duration_us : -1));
	value_bool(arena, row, "here", result->key == page->result);
	if (reader_has_evidence(page->reader, result->key))
		value_text(arena, row, "href",
			arena_printf(
				arena, "%s?result=%s", page->path, words_key(arena, result->key)));
}

/* The key to go on from: beyond the rows, or where they would have been. */
static void add_turn(const struct check_page *page, struct value *history, const char *name,
	const char *parameter, uint64_t key)
{
	const char *outcome = page->question.outcome;
	value_text(page->arena, history, name,
		link_to(page, arena_printf(page->arena, "%s%s%s%s=%s", outcome ? "outcome=" : "",
				      outcome ? outcome : "", outcome ? "&" : "", parameter,
				      words_key(page->arena, key))));
}

static void add_turns(
	const struct check_page *page, struct value *history, const struct results *results)
{
	const struct results_question *question = &page->question;
	uint64_t first = results->n ? results->rows[0].key : question->before - 1;
	uint64_t last = results->n ? results->rows[results->n - 1].key : question->after + 1;
	if (question->before || (question->after && results->more))
		add_turn(page, history, "newer", "after", first);
	if (question->after)
		add_turn(page, history, "older", "before", last);
	else if (results->more)
		add_turn(page, history, "older", "before", results->cursor);
	if (question->before || question->after)
		value_text(page->arena, history, "newest",
			link_to(page, question->outcome ? arena_printf(page->arena, "outcome=%s",
								  question->outcome)
							: ""));
}

static const char *export_of(const struct check_page *page, const char *format)
{
	const char *outcome = page->question.outcome;
	return arena_printf(page->arena, "%s/results?format=%s&limit=1000%s%s", page->api_path,
		format, outcome ? "&outcome=" : "", outcome ? outcome : "");
}

void check_history_add(const struct check_page *page, struct value *root)
{
	struct value *history = value_member(page->arena, root, "history");
	struct results results = {0};
	if (page->reader)
		results = results_find(
			page->reader, page->arena, page->check->definition->id, &page->question);
	strip_add(page->arena, history, page->check);
	add_filters(page, history);
	struct value *rows = value_list(page->arena, history, "rows");
	for (size_t i = 0; i < results.n; i++)
		add_row(page, rows, &results.rows[i]);
	value_bool(page->arena, history, "has_rows", results.n > 0);
	add_turns(page, history, &results);
	value_text(page->arena, history, "csv", export_of(page, "csv"));
	value_text(page->arena, history, "json", export_of(page, "json"));
}
