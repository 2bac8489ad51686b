#include "store/evidence.h"

#include "base/json_writer.h"
#include "base/text.h"
#include "check/request.h"

#include <stdio.h>

/* What each part may take of the whole, in bytes of JSON; the timeline gets what is left. */
enum {
	TEXT_MAX = 2048, /* an expectation's side, a note, a URL */
	CURL_MAX = 8192,
	NOTES_BYTES = 6 * 1024,
	FINDINGS_BYTES = 20 * 1024,
	SENT_HEADERS_BYTES = 4 * 1024,
	HEADERS_BYTES = 8 * 1024,
	LEAST_BYTES = 1024, /* a list is not begun in less */
	END_BYTES = 256, /* brackets, and how much was dropped */
};

struct paper {
	struct json_writer w;
	struct buf *out;
	struct buf piece; /* one value, until it is known to fit */
};

static size_t room_on(const struct paper *paper)
{
	size_t taken = paper->out->n + END_BYTES;
	return taken < EVIDENCE_BYTES_MAX ? EVIDENCE_BYTES_MAX - taken : 0;
}

static struct str clip(struct str text, size_t max)
{
	if (text.n <= max)
		return text;
	while (max && ((unsigned char)text.p[max] & 0xc0) == 0x80)
		max--;
	return (struct str){text.p, max};
}

static void put_text(struct paper *paper, const char *key, const char *text, size_t max)
{
	if (!text)
		return;
	size_t room = room_on(paper);
	do {
		buf_reset(&paper->piece);
		json_put_string(&paper->piece, clip(str_of(text), max));
		max /= 2;
	} while (max && paper->piece.n + strlen(key) + 4 > room);
	if (paper->piece.n + strlen(key) + 4 <= room)
		jw_raw(&paper->w, key, buf_str(&paper->piece));
}

/* A list of at most `budget` bytes; the rest is counted as KEY_dropped. */
static void put_list(struct paper *paper, const char *key, size_t budget, size_t n,
	const struct record *record,
	void (*put)(struct json_writer *w, const struct record *record, size_t at))
{
	if (n == 0 || room_on(paper) < LEAST_BYTES)
		return;
	size_t room = room_on(paper);
	size_t end = paper->out->n + (budget < room ? budget : room);
	size_t at = 0;
	jw_array(&paper->w, key);
	for (; at < n; at++) {
		struct json_writer piece = json_writer_to(&paper->piece);
		buf_reset(&paper->piece);
		put(&piece, record, at);
		if (paper->out->n + paper->piece.n + END_BYTES > end)
			break;
		jw_raw(&paper->w, NULL, buf_str(&paper->piece));
	}
	jw_array_end(&paper->w);
	char dropped[48];
	snprintf(dropped, sizeof(dropped), "%s_dropped", key);
	if (at < n)
		jw_int(&paper->w, dropped, (int64_t)(n - at));
}

static void put_note(struct json_writer *w, const struct record *record, size_t at)
{
	jw_str(w, NULL, clip(str_of(record->notes[at]), TEXT_MAX));
}

static void put_side(struct json_writer *w, const char *key, const char *text)
{
	if (text)
		jw_str(w, key, clip(str_of(text), TEXT_MAX));
}

/* The mark counts characters (Unicode code points) of the excerpt that was not clipped. */
static void put_excerpt(struct json_writer *w, const struct finding *finding)
{
	put_side(w, "excerpt", finding->excerpt);
	if (!finding->excerpt || !finding->marked || finding->mark_at + finding->mark_n > TEXT_MAX)
		return;
	const char *text = finding->excerpt;
	jw_object(w, "mark");
	jw_int(w, "offset", (int64_t)finding_characters(text, finding->mark_at));
	jw_int(w, "length", (int64_t)finding_characters(text + finding->mark_at, finding->mark_n));
	jw_object_end(w);
}

static void put_finding(struct json_writer *w, const struct record *record, size_t at)
{
	const struct finding *finding = &record->findings[at];
	jw_object(w, NULL);
	put_side(w, "step", finding->step);
	put_side(w, "subject", finding->subject);
	jw_text(w, "outcome", outcome_name(finding->outcome));
	if (finding->reason != REASON_NONE)
		jw_text(w, "reason", reason_name(finding->reason));
	put_side(w, "expected", finding->expected);
	put_side(w, "actual", finding->actual);
	put_side(w, "detail", finding->detail);
	put_excerpt(w, finding);
	jw_object_end(w);
}

static void put_header(struct json_writer *w, const struct header *header)
{
	jw_object(w, NULL);
	put_side(w, "name", header->name);
	put_side(w, "value", header->value);
	jw_object_end(w);
}

static void put_sent_header(struct json_writer *w, const struct record *record, size_t at)
{
	put_header(w, &record->evidence.request_headers[at]);
}

static void put_got_header(struct json_writer *w, const struct record *record, size_t at)
{
	put_header(w, &record->evidence.headers[at]);
}

/* [seconds, kind, bytes], and how many frames before it were left out, where some were */
static void put_frame(struct json_writer *w, const struct record *record, size_t at)
{
	const struct frame *frame = &record->evidence.frames[at];
	jw_array(w, NULL);
	jw_seconds(w, NULL, frame->at_us);
	jw_text(w, NULL, frame_kind_name(frame->kind));
	jw_int(w, NULL, frame->bytes);
	if (frame->left_out)
		jw_int(w, NULL, frame->left_out);
	jw_array_end(w);
}

static void put_timing(struct json_writer *w, const struct timing *timing)
{
	jw_object(w, "timing");
	jw_seconds(w, "dns_s", timing->dns_us);
	jw_seconds(w, "connect_s", timing->connect_us);
	jw_seconds(w, "tls_s", timing->tls_us);
	jw_seconds(w, "ttfb_s", timing->ttfb_us);
	jw_seconds(w, "total_s", timing->total_us);
	jw_object_end(w);
}

static void put_outcome(struct paper *paper, const struct record *record)
{
	struct json_writer *w = &paper->w;
	char time[TEXT_TIME_MAX];
	jw_text(w, "started_at", text_time(record->started_wall_us, time));
	jw_text(w, "outcome", outcome_name(record->outcome));
	jw_text(w, "reason", reason_name(record->reason));
	put_text(paper, "message", record->message, RECORD_MESSAGE_MAX);
	jw_bool(w, "known_issue", record->known_issue);
	jw_bool(w, "passed_after_retry", record->passed_after_retry);
	jw_int(w, "attempts", record->attempts);
	jw_seconds(w, "duration_s", record->duration_us);
	put_text(paper, "request_id", record->request_id, REQUEST_ID_MAX);
	if (record->http_status)
		jw_int(w, "http_status", record->http_status);
	put_text(paper, "address", record->address, TEXT_MAX);
	if (record->tls.expires_us)
		jw_text(w, "tls_expires_at", text_time(record->tls.expires_us, time));
	put_timing(w, &record->timing);
	put_list(paper, "notes", NOTES_BYTES, record->n_notes, record, put_note);
}

static void put_exchange(struct paper *paper, const struct record *record)
{
	const struct evidence *seen = &record->evidence;
	struct json_writer *w = &paper->w;
	if (!seen->method)
		return;
	jw_object(w, "request");
	put_text(paper, "method", seen->method, TEXT_MAX);
	put_text(paper, "url", seen->url, TEXT_MAX);
	put_text(paper, "curl", seen->curl, CURL_MAX);
	put_list(paper, "headers", SENT_HEADERS_BYTES, seen->n_request_headers, record,
		put_sent_header);
	jw_object_end(w);
	jw_object(w, "response");
	put_text(paper, "body", seen->body, RECORD_EXCERPT_MAX);
	jw_int(w, "body_bytes", (int64_t)seen->body_bytes);
	put_text(paper, "content", seen->content, RECORD_EXCERPT_MAX);
	put_list(paper, "headers", HEADERS_BYTES, seen->n_headers, record, put_got_header);
	jw_object_end(w);
	put_list(paper, "frames", EVIDENCE_BYTES_MAX, seen->n_frames, record, put_frame);
	if (seen->frames_left_out)
		jw_int(w, "frames_left_out", (int64_t)seen->frames_left_out);
}

void evidence_write(struct buf *out, const struct record *record)
{
	struct paper paper = {.out = out, .piece = BUF_INIT(EVIDENCE_BYTES_MAX)};
	buf_reset(out);
	paper.w = json_writer_to(out);
	jw_object(&paper.w, NULL);
	put_outcome(&paper, record);
	put_list(&paper, "expectations", FINDINGS_BYTES, record->n_findings, record, put_finding);
	if (record->is_stream)
		stream_write_json(&paper.w, record->integrity, &record->stream);
	put_exchange(&paper, record);
	jw_object_end(&paper.w);
	buf_fini(&paper.piece);
}
