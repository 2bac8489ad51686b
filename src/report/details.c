#include "report/details.h"

#include "base/memory.h"
#include "base/text.h"
#include "report/timeline_view.h"
#include "report/words.h"

#include <inttypes.h>
#include <stdlib.h>

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
		if (finding->detail) {
			line_puts(&line, STYLE_DIM, "; ");
			line_puts(&line, STYLE_PLAIN, finding->detail);
		}
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

static void put_number(struct buf *text, unsigned n, const char *what)
{
	buf_printf(text, "%u %s%s", n, what, n == 1 ? "" : "s");
}

static void put_stream(FILE *out, bool color, const struct record *record)
{
	const struct measures *m = &record->stream;
	char time[WORDS_TIME_MAX], rate[TEXT_RATE_MAX];
	if (!record->is_stream)
		return;
	struct buf text = BUF_INIT(512);
	buf_printf(&text, "%s: ", integrity_name(record->integrity));
	put_number(&text, m->tokens, "token");
	buf_puts(&text, " in ");
	put_number(&text, m->chunks, "chunk");
	if (m->keepalives) {
		buf_puts(&text, ", ");
		put_number(&text, m->keepalives, "keep-alive");
	}
	buf_puts(&text, m->done ? ", [DONE]" : ", no [DONE]");
	buf_printf(&text, "; first token %s", words_time(m->ttft_us, time));
	buf_printf(&text, ", longest silence %s", words_time(m->line_gap_us, time));
	if (m->token_gap_us >= 0)
		buf_printf(&text, ", token gap %s", words_time(m->token_gap_us, time));
	if (m->tokens_per_second >= 0)
		buf_printf(&text, ", %s tokens/s%s", text_rate(m->tokens_per_second, rate),
			m->estimated ? " (estimated)" : "");
	if (m->burst)
		buf_puts(&text, ", all in one burst");
	put_labelled(out, color, "stream", buf_text(&text));
	buf_fini(&text);
	timeline_view(out, color, "timeline", record);
}

void details_expectations(FILE *out, const struct record *record, bool color)
{
	put_findings(out, color, record, true);
	for (size_t i = 0; i < record->n_notes; i++)
		put_labelled(out, color, "note", record->notes[i]);
	if (record->outcome != OUTCOME_FAIL) /* those of a failure come with it */
		put_stream(out, color, record);
	put_peer(out, color, record);
	if (record->request_id)
		put_labelled(out, color, "request", record->request_id);
}

static void put_head(FILE *out, bool color, const struct record *record)
{
	struct line line = line_new(color, 0);
	struct buf why = BUF_INIT(LINE_BYTES_MAX);
	words_why(&why, record);
	if (why.n == 0)
		words_attempts(&why, record);
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

static void put_attempts(FILE *out, bool color, const struct record *record)
{
	struct buf text = BUF_INIT(64);
	words_attempts(&text, record);
	if (text.n)
		put_labelled(out, color, "retried", buf_text(&text));
	buf_fini(&text);
}

/* Everything of a failure, below its head. */
static void put_evidence(
	FILE *out, const struct terminal_options *options, const struct record *record)
{
	bool color = options->color;
	put_title(out, color, record->check);
	for (size_t i = 0; i < record->n_findings; i++)
		if (record->findings[i].outcome != OUTCOME_PASS)
			put_finding(out, color, &record->findings[i]);
	put_notes(out, color, record);
	put_attempts(out, color, record);
	put_peer(out, color, record);
	put_answer(out, color, options->verbose, record);
	put_stream(out, color, record);
	if (record->request_id)
		put_labelled(out, color, "request", record->request_id);
	if (record->evidence.curl)
		put_labelled(out, color, DETAILS_CURL, record->evidence.curl);
}

void details_text(struct buf *out, const struct record *record)
{
	static const struct terminal_options plain = {.verbose = false};
	char *text = NULL;
	size_t n = 0;
	if (record->attempts == 0) /* it never ran */
		return;
	FILE *file = open_memstream(&text, &n);
	if (!file)
		mem_exhausted();
	if (record->outcome == OUTCOME_PASS && !record->evidence.url)
		details_expectations(file, record, false);
	else
		put_evidence(file, &plain, record);
	fclose(file);
	buf_put(out, text, n);
	free(text);
}

/* Of a warning, a known issue or a retry what was found and where to look. */
static void put_warning(FILE *out, bool color, const struct record *record)
{
	size_t n = 0;
	for (size_t i = 0; i < record->n_findings; i++)
		n += record->findings[i].outcome != OUTCOME_PASS;
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

static const char *const section_titles[] = {
	[STANDING_RETRIED] = "Passed after retry",
	[STANDING_SKIPPED] = "Skipped",
	[STANDING_SURPRISE] = "Known issues that pass now: take the mark away",
	[STANDING_KNOWN] = "Known issues",
	[STANDING_WARNED] = "Warnings",
	[STANDING_FAILED] = "Failures",
};

static void put_section(FILE *out, const struct report *report,
	const struct terminal_options *options, enum standing standing)
{
	size_t n = 0;
	for (size_t i = 0; i < report->n_records; i++)
		n += words_standing(report->records[i]) == standing;
	if (n == 0)
		return;
	put_heading(out, options->color, section_titles[standing], n);
	n = 0;
	for (size_t i = 0; i < report->n_records; i++) {
		const struct record *record = report->records[i];
		if (words_standing(record) != standing)
			continue;
		if (n++ && standing == STANDING_FAILED)
			fputc('\n', out);
		put_head(out, options->color, record);
		if (standing == STANDING_FAILED)
			put_evidence(out, options, record);
		else if (standing != STANDING_SKIPPED)
			put_warning(out, options->color, record);
	}
}

static void put_counts(FILE *out, const struct report *report, bool color)
{
	struct report_summary sum = report_summarize(report);
	struct buf text = BUF_INIT(256);
	buf_printf(&text, "%s%zu check%s: ", report->interrupted ? "interrupted: " : "", sum.total,
		sum.total == 1 ? "" : "s");
	report_counts(report, &text);
	struct line line = line_new(color, 0);
	enum style good = sum.warn || report->interrupted ? STYLE_BOLD_YELLOW : STYLE_BOLD_GREEN;
	line_puts(&line, sum.fail > sum.known ? STYLE_BOLD_RED : good, buf_text(&text));
	line_end(&line, out);
	line_fini(&line);
	buf_fini(&text);
}

void details_summary(FILE *out, const struct report *report, const struct terminal_options *options)
{
	for (enum standing standing = STANDING_RETRIED; standing <= STANDING_FAILED; standing++) {
		bool wanted = !options->quiet || standing == STANDING_FAILED ||
			      standing == STANDING_SURPRISE;
		if (wanted && standing != STANDING_CANCELLED) /* the counts say how many */
			put_section(out, report, options, standing);
	}
	if (!options->quiet || report_summarize(report).fail)
		fputc('\n', out);
	put_counts(out, report, options->color);
}
