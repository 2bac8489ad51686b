/* TAP (testanything.org) with diagnostics in YAML, of which JSON is a part. It calls itself version 13:
 * nothing here needs 14, and readers of 13, such as prove, refuse a newer number. */
#include "base/json_writer.h"
#include "base/text.h"
#include "report/report.h"
#include "report/words.h"

#include <inttypes.h>

enum { VALUE_BYTES_MAX = 1 << 16 };

/* A # would begin a directive, a line break the next line. */
static void put_escaped(struct buf *out, const char *text)
{
	struct buf inert = BUF_INIT(VALUE_BYTES_MAX);
	text_inert(&inert, str_of(text), VALUE_BYTES_MAX);
	for (size_t i = 0; i < inert.n; i++) {
		if (inert.p[i] == '#' || inert.p[i] == '\\')
			buf_putc(out, '\\');
		buf_putc(out, inert.p[i]);
	}
	buf_fini(&inert);
}

static void put_text(struct buf *out, const char *key, const char *text)
{
	if (!text || !*text)
		return;
	buf_printf(out, "  %s: ", key);
	json_put_string(out, str_of(text));
	buf_putc(out, '\n');
}

static void put_ms(struct buf *out, const char *key, int64_t us)
{
	if (us >= 0)
		buf_printf(out, "  %s: %" PRId64 ".%03" PRId64 "\n", key, us / 1000, us % 1000);
}

static void put_finding(struct buf *out, const struct finding *finding)
{
	struct json_writer w = json_writer_to(out);
	buf_puts(out, "    - ");
	jw_object(&w, NULL);
	if (finding->step)
		jw_text(&w, "step", finding->step);
	jw_text(&w, "subject", finding->subject);
	jw_text(&w, "outcome", outcome_name(finding->outcome));
	jw_text(&w, "expected", finding->expected);
	jw_text(&w, "actual", finding->actual);
	if (finding->detail)
		jw_text(&w, "detail", finding->detail);
	jw_object_end(&w);
	buf_putc(out, '\n');
}

static void put_findings(struct buf *out, const struct record *record)
{
	const char *head = "  expectations:\n";
	for (size_t i = 0; i < record->n_findings; i++) {
		if (record->findings[i].outcome == OUTCOME_PASS)
			continue;
		buf_puts(out, head);
		put_finding(out, &record->findings[i]);
		head = "";
	}
}

static void put_notes(struct buf *out, const struct record *record)
{
	buf_puts(out, record->n_notes ? "  notes:\n" : "");
	for (size_t i = 0; i < record->n_notes; i++) {
		buf_puts(out, "    - ");
		json_put_string(out, str_of(record->notes[i]));
		buf_putc(out, '\n');
	}
}

static void put_diagnostics(struct buf *out, const struct record *record)
{
	bool passed = record->outcome == OUTCOME_PASS;
	buf_puts(out, "  ---\n");
	put_text(out, "message", record->message);
	if (!passed) {
		put_text(out, "severity", outcome_name(record->outcome));
		put_text(out, "reason", reason_name(record->reason));
	}
	put_ms(out, "duration_ms", record->duration_us);
	if (record->is_stream)
		put_ms(out, "first_token_ms", record->stream.ttft_us);
	if (record->attempts > 1)
		buf_printf(out, "  attempts: %u\n", record->attempts);
	put_text(out, "service", record->check->service->id);
	put_text(out, "spec", record->check->spec);
	put_findings(out, record);
	put_notes(out, record);
	put_text(out, "request_id", record->request_id);
	if (!passed)
		put_text(out, "curl", record->evidence.curl);
	buf_puts(out, "  ...\n");
}

static void put_directive(struct buf *out, const struct record *record)
{
	const struct known_issue *issue = record->check->known_issue;
	struct buf why = BUF_INIT(VALUE_BYTES_MAX);
	if (record->outcome == OUTCOME_SKIP) {
		words_why(&why, record);
		buf_puts(out, " # SKIP ");
	} else if (record->known_issue) {
		buf_puts(&why, issue && issue->reason ? issue->reason : "known issue");
		buf_puts(out, " # TODO ");
	}
	put_escaped(out, buf_text(&why));
	buf_fini(&why);
}

static void put_test(struct buf *out, const struct record *record, size_t number)
{
	buf_printf(out, "%sok %zu - ", record->outcome == OUTCOME_FAIL ? "not " : "", number);
	put_escaped(out, record->check_id);
	if (record->passed_after_retry)
		buf_printf(out, " (passed after retry: %u attempts)", record->attempts);
	put_directive(out, record);
	buf_putc(out, '\n');
	put_diagnostics(out, record);
}

void report_tap(const struct report *report, struct buf *out)
{
	buf_printf(out, "TAP version 13\n1..%zu%s\n", report->n_records,
		report->n_records ? "" : " # SKIP nothing to run");
	for (size_t i = 0; i < report->n_records; i++)
		put_test(out, report->records[i], i + 1);
	buf_puts(out, "# ");
	report_counts(report, out);
	buf_putc(out, '\n');
	if (report->interrupted)
		buf_puts(out, "Bail out! interrupted\n");
}
