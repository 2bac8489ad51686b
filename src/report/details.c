#include "report/details.h"

#include "base/text.h"
#include "report/words.h"

#include <inttypes.h>

enum {
	EXCERPT_SHOWN_MAX = 600, /* bytes of an answer, unless verbose */
	LABEL_CELLS = 10,
};

static const char *const indent = "    ";

/* "    label     text" */
static void put_labelled(FILE *out, bool color, const char *label, const char *text)
{
	struct line line = line_new(color, 0);
	line_puts(&line, STYLE_PLAIN, indent);
	line_column(&line, STYLE_DIM, label, LABEL_CELLS);
	line_puts(&line, STYLE_PLAIN, text);
	line_end(&line, out);
	line_fini(&line);
}

static void put_subject(struct line *line, const struct finding *finding)
{
	line_puts(line, words_style(finding->outcome, false), words_glyph(finding->outcome));
	line_puts(line, STYLE_PLAIN, " ");
	if (finding->step) {
		line_puts(line, STYLE_PLAIN, finding->step);
		line_puts(line, STYLE_PLAIN, ": ");
	}
	line_puts(line, STYLE_BOLD, finding->subject);
}

static const char *or_empty(const char *text)
{
	return text ? text : "";
}

/* One line each; only those that did not pass, or all. */
static void put_findings(FILE *out, bool color, const struct record *record, bool all)
{
	struct line line = line_new(color, 0);
	for (size_t i = 0; i < record->n_findings; i++) {
		const struct finding *finding = &record->findings[i];
		if (!all && finding->outcome == OUTCOME_PASS)
			continue;
		line_puts(&line, STYLE_PLAIN, indent);
		put_subject(&line, finding);
		line_puts(&line, STYLE_DIM, "  expected ");
		line_puts(&line, STYLE_PLAIN, or_empty(finding->expected));
		line_puts(&line, STYLE_DIM, ", got ");
		line_puts(&line, STYLE_PLAIN, or_empty(finding->actual));
		line_end(&line, out);
	}
	line_fini(&line);
}

/* Who answered, and how it was spoken to. */
static void put_peer(FILE *out, bool color, const struct record *record)
{
	char time[TEXT_TIME_MAX];
	if (!record->address)
		return;
	struct buf text = BUF_INIT(LINE_BYTES_MAX);
	buf_puts(&text, record->address);
	if (record->http_version)
		buf_printf(&text, ", HTTP/%s", words_http(record->http_version));
	if (record->tls.version)
		buf_printf(&text, ", %s, %s", record->tls.version, record->tls.cipher);
	if (record->tls.expires_us) {
		text_time(record->tls.expires_us, time);
		buf_printf(&text, ", certificate until %.10s (%" PRId64 "d)", time,
			words_days_left(record));
	}
	put_labelled(out, color, "peer", buf_text(&text));
	buf_fini(&text);
}

void details_expectations(FILE *out, const struct record *record, bool color)
{
	put_findings(out, color, record, true);
	for (size_t i = 0; i < record->n_notes; i++)
		put_labelled(out, color, "note", record->notes[i]);
	put_peer(out, color, record);
	if (record->request_id)
		put_labelled(out, color, "request", record->request_id);
}

/* The place stands between marks, and in red where there are colours. */
static void put_excerpt(FILE *out, bool color, const struct finding *finding)
{
	struct line line = line_new(color, 0);
	struct str text = str_of(finding->excerpt);
	struct str after = str_from(text, finding->mark_at + finding->mark_n);
	line_puts(&line, STYLE_PLAIN, indent);
	line_column(&line, STYLE_DIM, "  in", LABEL_CELLS);
	if (finding->marked) {
		line_put(&line, STYLE_PLAIN, (struct str){text.p, finding->mark_at});
		line_puts(&line, STYLE_DIM, MARK_OPEN);
		line_put(&line, STYLE_BOLD_RED,
			(struct str){text.p + finding->mark_at, finding->mark_n});
		line_puts(&line, STYLE_DIM, MARK_CLOSE);
		line_put(&line, STYLE_PLAIN, after);
	} else {
		line_put(&line, STYLE_PLAIN, text);
	}
	line_end(&line, out);
	line_fini(&line);
}

static void put_finding(FILE *out, bool color, const struct finding *finding)
{
	struct line line = line_new(color, 0);
	line_puts(&line, STYLE_PLAIN, indent);
	put_subject(&line, finding);
	line_end(&line, out);
	line_fini(&line);
	put_labelled(out, color, "  expected", or_empty(finding->expected));
	put_labelled(out, color, "  got", or_empty(finding->actual));
	if (finding->detail)
		put_labelled(out, color, "  why", finding->detail);
	if (finding->excerpt)
		put_excerpt(out, color, finding);
}

static void put_title(FILE *out, bool color, const struct check *check)
{
	struct line line = line_new(color, 0);
	line_puts(&line, STYLE_PLAIN, indent);
	if (check->title && strcmp(check->title, check->id) != 0) {
		line_puts(&line, STYLE_DIM, check->title);
		line_puts(&line, STYLE_DIM, " \xc2\xb7 ");
	}
	line_puts(&line, STYLE_DIM, check->service->id);
	if (check->spec) {
		line_puts(&line, STYLE_DIM, " \xc2\xb7 ");
		line_puts(&line, STYLE_DIM, check->spec);
	}
	line_end(&line, out);
	line_fini(&line);
}

/* A stream's words say more than its raw text, which is shown when there are none. */
static void put_answer(FILE *out, bool color, bool verbose, const struct record *record)
{
	const struct evidence *seen = &record->evidence;
	bool words = seen->content && *seen->content && !verbose;
	const char *shown = words ? seen->content : seen->body;
	if (!record->http_status)
		return;
	struct buf text = BUF_INIT(LINE_BYTES_MAX);
	buf_printf(&text, "%d, %zu bytes", record->http_status, seen->body_bytes);
	if (shown && *shown) {
		buf_puts(&text, words ? ", saying: " : ": ");
		text_inert(&text, str_of(shown), verbose ? LINE_BYTES_MAX : EXCERPT_SHOWN_MAX);
	}
	put_labelled(out, color, "answer", buf_text(&text));
	buf_fini(&text);
}

static void put_stream(FILE *out, bool color, const struct record *record)
{
	const struct measures *m = &record->stream;
	char ttft[WORDS_TIME_MAX];
	char gap[WORDS_TIME_MAX];
	if (!record->is_stream)
		return;
	struct buf text = BUF_INIT(256);
	buf_printf(&text, "%s: %u chunks, %s, first token %s, longest silence %s",
		integrity_name(record->integrity), m->chunks, m->done ? "[DONE]" : "no [DONE]",
		words_time(m->ttft_us, ttft), words_time(m->line_gap_us, gap));
	put_labelled(out, color, "stream", buf_text(&text));
	buf_fini(&text);
}

static void put_head(FILE *out, bool color, const struct record *record)
{
	struct line line = line_new(color, 0);
	struct buf why = BUF_INIT(LINE_BYTES_MAX);
	words_why(&why, record);
	line_puts(&line, words_style(record->outcome, record->known_issue),
		words_glyph(record->outcome));
	line_puts(&line, STYLE_PLAIN, " ");
	line_puts(&line, STYLE_BOLD, record->check_id);
	line_puts(&line, STYLE_PLAIN, "  ");
	line_puts(&line, STYLE_PLAIN, buf_text(&why));
	line_end(&line, out);
	buf_fini(&why);
	line_fini(&line);
}

static void put_known_issue(FILE *out, bool color, const struct record *record)
{
	const struct known_issue *issue = record->check->known_issue;
	if (record->known_issue && issue && record->outcome == OUTCOME_FAIL)
		put_labelled(out, color, "known", or_empty(issue->reason));
}

static void put_notes(FILE *out, bool color, const struct record *record)
{
	put_known_issue(out, color, record);
	for (size_t i = 0; i < record->n_notes; i++)
		put_labelled(out, color, "note", record->notes[i]);
}

/* Everything of a failure. */
static void put_failure(
	FILE *out, const struct terminal_options *options, const struct record *record)
{
	bool color = options->color;
	put_head(out, color, record);
	put_title(out, color, record->check);
	for (size_t i = 0; i < record->n_findings; i++)
		if (record->findings[i].outcome != OUTCOME_PASS)
			put_finding(out, color, &record->findings[i]);
	put_notes(out, color, record);
	if (record->attempts > 1) {
		char attempts[32];
		snprintf(attempts, sizeof(attempts), "%u attempts", record->attempts);
		put_labelled(out, color, "retried", attempts);
	}
	put_peer(out, color, record);
	put_answer(out, color, options->verbose, record);
	put_stream(out, color, record);
	if (record->request_id)
		put_labelled(out, color, "request", record->request_id);
	if (record->evidence.curl)
		put_labelled(out, color, "repeat", record->evidence.curl);
}

/* Of a warning or a known issue what was found and where to look. */
static void put_warning(FILE *out, bool color, const struct record *record)
{
	size_t n = 0;
	for (size_t i = 0; i < record->n_findings; i++)
		n += record->findings[i].outcome != OUTCOME_PASS;
	put_head(out, color, record);
	if (n > 1)
		put_findings(out, color, record, false);
	put_notes(out, color, record);
	if (record->request_id)
		put_labelled(out, color, "request", record->request_id);
}

static void put_heading(FILE *out, bool color, const char *title, size_t n)
{
	struct line line = line_new(color, 0);
	struct buf text = BUF_INIT(64);
	buf_printf(&text, "%s (%zu)", title, n);
	fputc('\n', out);
	line_puts(&line, STYLE_BOLD, buf_text(&text));
	line_end(&line, out);
	buf_fini(&text);
	line_fini(&line);
}

enum section { SECTION_SKIPPED, SECTION_SURPRISES, SECTION_KNOWN, SECTION_WARNED, SECTION_FAILED };

static const char *const section_titles[] = {
	[SECTION_SKIPPED] = "Skipped",
	[SECTION_SURPRISES] = "Known issues that pass now: take the mark away",
	[SECTION_KNOWN] = "Known issues",
	[SECTION_WARNED] = "Warnings",
	[SECTION_FAILED] = "Failures",
};

static bool belongs(const struct record *record, enum section section)
{
	bool known = record->known_issue;
	switch (section) {
	case SECTION_SKIPPED:
		return record->outcome == OUTCOME_SKIP && record->reason != REASON_CANCELLED;
	case SECTION_SURPRISES:
		return known &&
		       (record->outcome == OUTCOME_PASS || record->outcome == OUTCOME_WARN);
	case SECTION_KNOWN: return known && record->outcome == OUTCOME_FAIL;
	case SECTION_WARNED: return !known && record->outcome == OUTCOME_WARN;
	case SECTION_FAILED: return !known && record->outcome == OUTCOME_FAIL;
	}
	return false;
}

static void put_section(FILE *out, const struct report *report,
	const struct terminal_options *options, enum section section)
{
	size_t n = 0;
	for (size_t i = 0; i < report->n_records; i++)
		n += belongs(report->records[i], section);
	if (n == 0)
		return;
	put_heading(out, options->color, section_titles[section], n);
	for (size_t i = 0; i < report->n_records; i++) {
		const struct record *record = report->records[i];
		if (!belongs(record, section))
			continue;
		if (section == SECTION_FAILED)
			put_failure(out, options, record);
		else if (section == SECTION_SKIPPED)
			put_head(out, options->color, record);
		else
			put_warning(out, options->color, record);
	}
}

static size_t count_cancelled(const struct report *report)
{
	size_t n = 0;
	for (size_t i = 0; i < report->n_records; i++)
		n += report->records[i]->outcome == OUTCOME_SKIP &&
		     report->records[i]->reason == REASON_CANCELLED;
	return n;
}

static void put_counts(FILE *out, const struct report *report, bool color)
{
	struct report_summary sum = report_summarize(report);
	size_t bad = sum.fail - sum.known;
	char time[WORDS_TIME_MAX];
	struct buf text = BUF_INIT(256);
	buf_printf(&text, "%s%zu check%s: %zu passed", report->interrupted ? "interrupted: " : "",
		sum.total, sum.total == 1 ? "" : "s", sum.pass);
	if (sum.warn)
		buf_printf(&text, ", %zu warned", sum.warn);
	buf_printf(&text, ", %zu failed", bad);
	if (sum.known)
		buf_printf(&text, ", %zu known issue%s", sum.known, sum.known == 1 ? "" : "s");
	size_t cancelled = count_cancelled(report);
	if (sum.skip > cancelled)
		buf_printf(&text, ", %zu skipped", sum.skip - cancelled);
	if (cancelled)
		buf_printf(&text, ", %zu cancelled", cancelled);
	buf_printf(&text, " in %s", words_time(report->duration_us, time));
	struct line line = line_new(color, 0);
	enum style good = sum.warn || report->interrupted ? STYLE_BOLD_YELLOW : STYLE_BOLD_GREEN;
	line_puts(&line, bad ? STYLE_BOLD_RED : good, buf_text(&text));
	line_end(&line, out);
	line_fini(&line);
	buf_fini(&text);
}

void details_summary(FILE *out, const struct report *report, const struct terminal_options *options)
{
	for (enum section section = SECTION_SKIPPED; section <= SECTION_FAILED; section++)
		if (!options->quiet || section == SECTION_FAILED || section == SECTION_SURPRISES)
			put_section(out, report, options, section);
	if (!options->quiet || report_summarize(report).fail)
		fputc('\n', out);
	put_counts(out, report, options->color);
}
