#include "serve/exhibit.h"

#include "base/clock.h"
#include "base/utf8.h"
#include "serve/words.h"

#define SECONDS_MAX 4e9 /* beyond a hundred years a time is none */

struct reading {
	struct arena *arena;
	struct exhibit *exhibit;
};

static const char *text_of(
	const struct reading *r, const struct json *object, const char *name, size_t max)
{
	const struct json *value = json_member(object, name);
	if (!value || json_type(value) != JSON_STRING)
		return NULL;
	return words_inert(r->arena, arena_strndup(r->arena, json_string(value)), max);
}

static double number_of(const struct json *object, const char *name, double without)
{
	const struct json *value = json_member(object, name);
	return value && json_type(value) == JSON_NUMBER ? json_number(value) : without;
}

static uint64_t count_of(const struct json *object, const char *name)
{
	double number = number_of(object, name, 0);
	return number > 0 && number < SECONDS_MAX ? (uint64_t)number : 0;
}

static int64_t us_of(double seconds)
{
	if (!(seconds >= 0) || seconds > SECONDS_MAX)
		return -1;
	return (int64_t)(seconds * (double)US_PER_S + 0.5);
}

static int64_t time_of(const struct json *object, const char *name)
{
	return us_of(number_of(object, name, -1));
}

static bool truth_of(const struct json *object, const char *name)
{
	const struct json *value = json_member(object, name);
	return value && json_type(value) == JSON_BOOL && json_bool(value);
}

static size_t items_of(const struct json *list, size_t max)
{
	size_t n = list && json_type(list) == JSON_ARRAY ? json_count(list) : 0;
	return n < max ? n : max;
}

static struct timing read_timing(const struct json *timing)
{
	return (struct timing){
		.dns_us = time_of(timing, "dns_s"),
		.connect_us = time_of(timing, "connect_s"),
		.tls_us = time_of(timing, "tls_s"),
		.ttfb_us = time_of(timing, "ttfb_s"),
		.total_us = time_of(timing, "total_s"),
	};
}

static struct measures read_measures(const struct json *stream)
{
	return (struct measures){
		.ttfe_us = time_of(stream, "ttfe_s"),
		.ttfr_us = time_of(stream, "ttfr_s"),
		.ttft_us = time_of(stream, "ttft_s"),
		.line_gap_us = time_of(stream, "line_gap_s"),
		.event_gap_us = time_of(stream, "event_gap_s"),
		.token_gap_us = time_of(stream, "token_gap_s"),
		.line_gap_at_us = time_of(stream, "line_gap_at_s"),
		.event_gap_at_us = time_of(stream, "event_gap_at_s"),
		.token_gap_at_us = time_of(stream, "token_gap_at_s"),
		.itl_us = time_of(stream, "itl_s"),
		.tpot_us = time_of(stream, "tpot_s"),
		.last_token_us = time_of(stream, "last_token_s"),
		.end_us = time_of(stream, "end_s"),
		.chunks = (uint32_t)count_of(stream, "chunks"),
		.keepalives = (uint32_t)count_of(stream, "keepalives"),
		.malformed = (uint32_t)count_of(stream, "malformed"),
		.error_events = (uint32_t)count_of(stream, "error_events"),
		.tokens = (uint32_t)count_of(stream, "tokens"),
		.tokens_per_second = number_of(stream, "tokens_per_second", -1),
		.estimated = truth_of(stream, "estimated"),
		.done = truth_of(stream, "done"),
		.finished = truth_of(stream, "finished"),
		.burst = truth_of(stream, "burst"),
	};
}

/* Bytes of the first n characters; all of it when there are fewer. */
static size_t bytes_of(const char *text, size_t n)
{
	size_t at = 0;
	while (n-- && text[at])
		at += utf8_next(str_of(text + at)).n;
	return at;
}

/* Makes no text longer or shorter than it was: excerpts are inert already, and marked by characters. */
static void read_mark(struct finding *finding, const struct json *mark, size_t length)
{
	if (!finding->excerpt || !mark || strlen(finding->excerpt) != length)
		return;
	finding->marked = true;
	finding->mark_at = bytes_of(finding->excerpt, (size_t)count_of(mark, "offset"));
	finding->mark_n =
		bytes_of(finding->excerpt + finding->mark_at, (size_t)count_of(mark, "length"));
}

static enum outcome outcome_of(const struct json *object)
{
	struct str name = json_string(json_member(object, "outcome"));
	for (unsigned i = 0; i < OUTCOME_COUNT; i++)
		if (str_eq(name, str_of(outcome_name((enum outcome)i))))
			return (enum outcome)i;
	return OUTCOME_FAIL;
}

static void read_finding(const struct reading *r, const struct json *item, struct finding *finding)
{
	const struct json *excerpt = json_member(item, "excerpt");
	*finding = (struct finding){
		.step = text_of(r, item, "step", EXHIBIT_TEXT_MAX),
		.subject = text_of(r, item, "subject", EXHIBIT_TEXT_MAX),
		.outcome = outcome_of(item),
		.expected = text_of(r, item, "expected", EXHIBIT_TEXT_MAX),
		.actual = text_of(r, item, "actual", EXHIBIT_TEXT_MAX),
		.detail = text_of(r, item, "detail", EXHIBIT_TEXT_MAX),
		.excerpt = text_of(r, item, "excerpt", EXHIBIT_TEXT_MAX),
	};
	(void)reason_find(json_string(json_member(item, "reason")), &finding->reason);
	if (excerpt)
		read_mark(finding, json_member(item, "mark"), json_string(excerpt).n);
}

static void read_findings(const struct reading *r, const struct json *root)
{
	struct exhibit *exhibit = r->exhibit;
	const struct json *list = json_member(root, "expectations");
	size_t n = items_of(list, EXHIBIT_FINDINGS_MAX);
	const struct json *item = n ? json_first(list) : NULL;
	exhibit->findings = ARENA_ARRAY(r->arena, n, struct finding);
	for (size_t i = 0; i < n; i++, item = json_next(item))
		read_finding(r, item, &exhibit->findings[i]);
	exhibit->n_findings = n;
	exhibit->findings_dropped = count_of(root, "expectations_dropped");
	if (n)
		exhibit->findings_dropped += json_count(list) - n;
}

static struct exhibit_headers read_headers(const struct reading *r, const struct json *message)
{
	const struct json *list = json_member(message, "headers");
	struct exhibit_headers headers = {.n = items_of(list, EXHIBIT_HEADERS_MAX)};
	const struct json *item = headers.n ? json_first(list) : NULL;
	headers.items = ARENA_ARRAY(r->arena, headers.n, struct header);
	for (size_t i = 0; i < headers.n; i++, item = json_next(item)) {
		const char *name = text_of(r, item, "name", EXHIBIT_TEXT_MAX);
		const char *value = text_of(r, item, "value", EXHIBIT_TEXT_MAX);
		headers.items[i] = (struct header){name ? name : "", value ? value : ""};
	}
	headers.dropped = count_of(message, "headers_dropped");
	if (headers.n)
		headers.dropped += json_count(list) - headers.n;
	return headers;
}

static void read_notes(const struct reading *r, const struct json *list)
{
	struct exhibit *exhibit = r->exhibit;
	size_t n = items_of(list, EXHIBIT_NOTES_MAX);
	const struct json *item = n ? json_first(list) : NULL;
	for (size_t i = 0; i < n; i++, item = json_next(item))
		if (json_type(item) == JSON_STRING)
			exhibit->notes[exhibit->n_notes++] = words_inert(r->arena,
				arena_strndup(r->arena, json_string(item)), EXHIBIT_TEXT_MAX);
}

static bool find_kind(struct str name, enum frame_kind *kind)
{
	for (unsigned i = 0; i < FRAME_KIND_COUNT; i++) {
		if (!str_eq(name, str_of(frame_kind_name((enum frame_kind)i))))
			continue;
		*kind = (enum frame_kind)i;
		return true;
	}
	return false;
}

static double number_at(const struct json *list, size_t index)
{
	const struct json *item = json_item(list, index);
	return item && json_type(item) == JSON_NUMBER ? json_number(item) : -1;
}

static uint32_t small(double number)
{
	return number > 0 && number < UINT32_MAX ? (uint32_t)number : 0;
}

/* [seconds, kind, bytes, left out]; times that go back stand still. */
static void read_frames(const struct reading *r, const struct json *list)
{
	struct exhibit *exhibit = r->exhibit;
	size_t n = items_of(list, TIMELINE_MAX);
	const struct json *item = n ? json_first(list) : NULL;
	int64_t latest_us = 0;
	exhibit->frames = ARENA_ARRAY(r->arena, n, struct frame);
	for (size_t i = 0; i < n; i++, item = json_next(item)) {
		struct frame frame = {.at_us = us_of(number_at(item, 0)),
			.bytes = small(number_at(item, 2)),
			.left_out = small(number_at(item, 3))};
		const struct json *kind = json_item(item, 1);
		if (frame.at_us < 0 || !kind || !find_kind(json_string(kind), &frame.kind))
			continue;
		if (frame.at_us < latest_us)
			frame.at_us = latest_us;
		latest_us = frame.at_us;
		exhibit->frames[exhibit->n_frames++] = frame;
	}
}

static void read_outcome(const struct reading *r, const struct json *root)
{
	struct exhibit *exhibit = r->exhibit;
	double status = number_of(root, "http_status", 0);
	exhibit->message = text_of(r, root, "message", EXHIBIT_TEXT_MAX);
	exhibit->request_id = text_of(r, root, "request_id", EXHIBIT_TEXT_MAX);
	exhibit->address = text_of(r, root, "address", EXHIBIT_TEXT_MAX);
	exhibit->tls_expires = text_of(r, root, "tls_expires_at", EXHIBIT_TEXT_MAX);
	exhibit->attempts = small(number_of(root, "attempts", 0));
	exhibit->http_status = status >= 100 && status < 1000 ? (int)status : 0;
	exhibit->timing = read_timing(json_member(root, "timing"));
	read_notes(r, json_member(root, "notes"));
	read_findings(r, root);
}

static void read_exchange(const struct reading *r, const struct json *root)
{
	struct exhibit *exhibit = r->exhibit;
	const struct json *request = json_member(root, "request");
	const struct json *response = json_member(root, "response");
	exhibit->method = text_of(r, request, "method", EXHIBIT_TEXT_MAX);
	exhibit->url = text_of(r, request, "url", EXHIBIT_TEXT_MAX);
	exhibit->curl = text_of(r, request, "curl", EXHIBIT_LONG_MAX);
	exhibit->sent = read_headers(r, request);
	exhibit->got = read_headers(r, response);
	exhibit->body = text_of(r, response, "body", EXHIBIT_LONG_MAX);
	exhibit->content = text_of(r, response, "content", EXHIBIT_LONG_MAX);
	exhibit->body_bytes = count_of(response, "body_bytes");
}

static void read_stream(const struct reading *r, const struct json *root)
{
	struct exhibit *exhibit = r->exhibit;
	const struct json *stream = json_member(root, "stream");
	exhibit->is_stream = stream && json_type(stream) == JSON_OBJECT;
	if (!exhibit->is_stream)
		return;
	exhibit->integrity = text_of(r, stream, "integrity", EXHIBIT_TEXT_MAX);
	exhibit->stream = read_measures(stream);
	read_frames(r, json_member(root, "frames"));
	exhibit->frames_left_out =
		count_of(root, "frames_left_out") + count_of(root, "frames_dropped");
}

bool exhibit_read(struct exhibit *exhibit, struct arena *arena, const char *json)
{
	struct error error = {0};
	struct reading r = {arena, exhibit};
	*exhibit = (struct exhibit){.timing = TIMING_NONE};
	if (!json || strlen(json) > EXHIBIT_BYTES_MAX)
		return false;
	struct json *root = json_parse(str_of(json), &error);
	if (!root)
		return false;
	bool whole = json_type(root) == JSON_OBJECT;
	if (whole) {
		read_outcome(&r, root);
		read_stream(&r, root);
		read_exchange(&r, root);
	}
	json_free(root);
	return whole;
}
