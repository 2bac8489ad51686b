#include "base/json_writer.h"
#include "base/text.h"
#include "report/report.h"
#include "report/words.h"

/* In characters (Unicode code points) of the excerpt. */
static void put_mark(struct json_writer *w, const struct finding *finding)
{
	const char *text = finding->excerpt;
	if (!text || !finding->marked) {
		jw_null(w, "mark");
		return;
	}
	jw_object(w, "mark");
	jw_int(w, "offset", (int64_t)finding_characters(text, finding->mark_at));
	jw_int(w, "length", (int64_t)finding_characters(text + finding->mark_at, finding->mark_n));
	jw_object_end(w);
}

static void put_finding(struct json_writer *w, const struct finding *finding)
{
	jw_object(w, NULL);
	jw_text(w, "step", finding->step);
	jw_text(w, "subject", finding->subject);
	jw_text(w, "outcome", outcome_name(finding->outcome));
	jw_text(w, "expected", finding->expected);
	jw_text(w, "actual", finding->actual);
	jw_text(w, "detail", finding->detail);
	jw_text(w, "excerpt", finding->excerpt);
	put_mark(w, finding);
	jw_object_end(w);
}

/* A plain connection took no time for TLS; where there was none, or TLS failed, nothing is known. */
static int64_t tls_us(const struct record *record)
{
	const char *url = record->check->service->url;
	bool plain = url && strncmp(url, "http://", 7) == 0;
	return record->timing.tls_us < 0 && record->timing.connect_us >= 0 && plain
		       ? 0
		       : record->timing.tls_us;
}

static void put_timing(struct json_writer *w, const struct record *record)
{
	jw_object(w, "timing");
	jw_seconds(w, "dns_s", record->timing.dns_us);
	jw_seconds(w, "connect_s", record->timing.connect_us);
	jw_seconds(w, "tls_s", tls_us(record));
	jw_seconds(w, "ttfb_s", record->timing.ttfb_us);
	jw_seconds(w, "total_s", record->timing.total_us);
	jw_object_end(w);
}

static void put_tls(struct json_writer *w, const struct record *record)
{
	const struct tls_facts *tls = &record->tls;
	char time[TEXT_TIME_MAX];
	if (!tls->expires_us && !tls->version) {
		jw_null(w, "tls");
		return;
	}
	jw_object(w, "tls");
	if (tls->expires_us) {
		jw_text(w, "expires_at", text_time(tls->expires_us, time));
		jw_int(w, "days_left", words_days_left(record));
	} else {
		jw_null(w, "expires_at");
		jw_null(w, "days_left");
	}
	jw_text(w, "version", tls->version);
	jw_text(w, "cipher", tls->cipher);
	jw_object_end(w);
}

static void put_stream(struct json_writer *w, const struct record *record)
{
	if (!record->is_stream) {
		jw_null(w, "stream");
		return;
	}
	stream_write_json(w, record->integrity, &record->stream);
}

static void put_count(struct json_writer *w, const char *key, int64_t count)
{
	if (count < 0)
		jw_null(w, key);
	else
		jw_int(w, key, count);
}

static void put_usage(struct json_writer *w, const struct record *record)
{
	if (record->prompt_tokens < 0 && record->completion_tokens < 0) {
		jw_null(w, "usage");
		return;
	}
	jw_object(w, "usage");
	put_count(w, "prompt_tokens", record->prompt_tokens);
	put_count(w, "completion_tokens", record->completion_tokens);
	jw_object_end(w);
}

/* Of a stream, each frame as [seconds, kind, bytes]; of a long one some are left out, and the next has
 * their number as a fourth. */
static void put_timeline(struct json_writer *w, const struct record *record)
{
	const struct evidence *seen = &record->evidence;
	if (!record->is_stream) {
		jw_null(w, "timeline");
		return;
	}
	jw_array(w, "timeline");
	for (size_t i = 0; i < seen->n_frames; i++) {
		const struct frame *frame = &seen->frames[i];
		jw_array(w, NULL);
		jw_seconds(w, NULL, frame->at_us);
		jw_text(w, NULL, frame_kind_name(frame->kind));
		jw_int(w, NULL, frame->bytes);
		if (frame->left_out)
			jw_int(w, NULL, frame->left_out);
		jw_array_end(w);
	}
	jw_array_end(w);
	jw_int(w, "timeline_left_out", (int64_t)seen->frames_left_out);
}

static void put_evidence(struct json_writer *w, const struct record *record)
{
	const struct evidence *seen = &record->evidence;
	if (record->outcome == OUTCOME_PASS || !seen->url) {
		jw_null(w, "evidence");
		return;
	}
	jw_object(w, "evidence");
	jw_text(w, "method", seen->method);
	jw_text(w, "url", seen->url);
	jw_text(w, "curl", seen->curl);
	jw_array(w, "headers");
	for (size_t i = 0; i < seen->n_headers; i++) {
		jw_object(w, NULL);
		jw_text(w, "name", seen->headers[i].name);
		jw_text(w, "value", seen->headers[i].value);
		jw_object_end(w);
	}
	jw_array_end(w);
	jw_int(w, "body_bytes", (int64_t)seen->body_bytes);
	jw_text(w, "excerpt", seen->body);
	jw_text(w, "content", seen->content);
	put_timeline(w, record);
	jw_object_end(w);
}

static void put_texts(struct json_writer *w, const char *key, const char *const *texts, size_t n)
{
	jw_array(w, key);
	for (size_t i = 0; i < n; i++)
		jw_text(w, NULL, texts[i]);
	jw_array_end(w);
}

static void put_check(struct json_writer *w, const struct record *record)
{
	const struct check *check = record->check;
	char time[TEXT_TIME_MAX];
	jw_object(w, NULL);
	jw_text(w, "id", record->check_id);
	jw_text(w, "title", check->title ? check->title : record->check_id);
	jw_text(w, "spec", check->spec);
	jw_text(w, "service", check->service->id);
	put_texts(w, "tags", check->tags, check->n_tags);
	jw_text(w, "outcome", outcome_name(record->outcome));
	jw_text(w, "reason", reason_name(record->reason));
	jw_bool(w, "known_issue", record->known_issue);
	jw_text(w, "known_issue_reason",
		record->known_issue && check->known_issue ? check->known_issue->reason : NULL);
	jw_text(w, "message", record->message ? record->message : "");
	put_texts(w, "notes", record->notes, record->n_notes);
	jw_array(w, "expectations");
	for (size_t i = 0; i < record->n_findings; i++)
		put_finding(w, &record->findings[i]);
	jw_array_end(w);
	jw_text(w, "started_at", text_time(record->started_wall_us, time));
	jw_seconds(w, "duration_s", record->duration_us);
	jw_int(w, "attempts", record->attempts);
	jw_bool(w, "passed_after_retry", record->passed_after_retry);
	jw_text(w, "request_id", record->request_id);
	put_count(w, "http_status", record->http_status ? record->http_status : -1);
	jw_text(w, "address", record->address);
	jw_text(w, "http_version", words_http(record->http_version));
	put_tls(w, record);
	put_timing(w, record);
	put_stream(w, record);
	put_usage(w, record);
	put_evidence(w, record);
	jw_object_end(w);
}

static void put_summary(struct json_writer *w, const struct report *report)
{
	struct report_summary sum = report_summarize(report);
	jw_object(w, "summary");
	jw_int(w, "total", (int64_t)sum.total);
	jw_int(w, "pass", (int64_t)sum.pass);
	jw_int(w, "warn", (int64_t)sum.warn);
	jw_int(w, "fail", (int64_t)sum.fail);
	jw_int(w, "skip", (int64_t)sum.skip);
	jw_int(w, "known_issues", (int64_t)sum.known);
	jw_object_end(w);
}

void report_json(const struct report *report, struct buf *out)
{
	struct json_writer w = json_writer_to(out);
	char time[TEXT_TIME_MAX];
	jw_object(&w, NULL);
	jw_int(&w, "version", REPORT_JSON_VERSION);
	jw_text(&w, "tool", "outrider " OUTRIDER_VERSION);
	jw_text(&w, "mode", report->mode);
	jw_text(&w, "started_at", text_time(report->started_wall_us, time));
	jw_seconds(&w, "duration_s", report->duration_us);
	jw_bool(&w, "interrupted", report->interrupted);
	put_summary(&w, report);
	jw_array(&w, "checks");
	for (size_t i = 0; i < report->n_records; i++)
		put_check(&w, report->records[i]);
	jw_array_end(&w);
	jw_object_end(&w);
	buf_putc(out, '\n');
}
