/* A job's summary in Markdown. What did not come from us stands in HTML blocks only, as <code> or
 * <pre>: inert whatever a service said, and read the same way by GitHub, GitLab and Gitea. */
#include "report/details.h"
#include "report/html.h"
#include "report/report.h"
#include "report/words.h"

enum {
	CELL_BYTES_MAX = 1 << 16,
	ROWS_OF_A_CHECK_MAX = 8,
	TAIL_BYTES = 256, /* kept free to say what was left out */
};

static const char *icon(const struct record *record)
{
	switch (words_standing(record)) {
	case STANDING_PASSED: return "\xe2\x9c\x85";
	case STANDING_RETRIED: return "\xf0\x9f\x94\x81";
	case STANDING_SKIPPED:
	case STANDING_CANCELLED: return "\xe2\x9e\x96";
	case STANDING_SURPRISE:
	case STANDING_KNOWN:
	case STANDING_WARNED: return "\xe2\x9a\xa0\xef\xb8\x8f";
	case STANDING_FAILED: return "\xe2\x9d\x8c";
	}
	return "";
}

/* Appends piece if it fits below the limit of what one may hand in, with room for the tail. */
static bool put_piece(struct buf *out, struct buf *piece)
{
	bool fits = !piece->cut && piece->n + TAIL_BYTES <= out->max - out->n;
	if (fits)
		buf_putstr(out, buf_str(piece));
	buf_reset(piece);
	piece->cut = false;
	return fits;
}

static void put_headline(struct buf *out, const struct report *report)
{
	struct report_summary sum = report_summarize(report);
	const char *s = sum.total == 1 ? "" : "s";
	size_t failed = sum.fail - sum.known;
	if (failed)
		buf_printf(
			out, "## \xe2\x9d\x8c %zu of %zu check%s failed\n\n", failed, sum.total, s);
	else if (report->interrupted)
		buf_puts(out, "## \xe2\x9a\xa0\xef\xb8\x8f Interrupted\n\n");
	else if (sum.total == 0)
		buf_puts(out, "## \xe2\x9c\x85 Nothing to run\n\n");
	else if (sum.pass == sum.total)
		buf_printf(out, "## \xe2\x9c\x85 %s%zu check%s passed\n\n",
			sum.total == 1 ? "" : "All ", sum.total, s);
	else
		buf_printf(out, "## %s No check failed, %zu of %zu passed\n\n",
			sum.warn ? "\xe2\x9a\xa0\xef\xb8\x8f" : "\xe2\x9c\x85", sum.pass,
			sum.total);
}

static void put_counts(struct buf *out, const struct report *report)
{
	buf_puts(out, "<p>");
	if (report->interrupted)
		buf_puts(out, "Interrupted: ");
	report_counts(report, out);
	if (report->mode && *report->mode) {
		buf_puts(out, ", mode ");
		html_code(out, report->mode);
	}
	buf_puts(out, ".</p>\n\n");
}

static void put_row(struct buf *out, const char *icons, const char *check, const char *what,
	const char *expected, const char *actual)
{
	const char *const cells[] = {check, what, expected, actual};
	buf_printf(out, "<tr><td>%s</td>", icons);
	for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++) {
		buf_puts(out, "<td>");
		html_code(out, cells[i]);
		buf_puts(out, "</td>");
	}
	buf_puts(out, "</tr>\n");
}

/* In one cell over the last three columns. */
static void put_remark(struct buf *out, const char *icons, const char *check, const char *remark)
{
	buf_printf(out, "<tr><td>%s</td><td>", icons);
	html_code(out, check);
	buf_puts(out, "</td><td colspan=\"3\">");
	html_code(out, remark);
	buf_puts(out, "</td></tr>\n");
}

static size_t put_findings(struct buf *out, const struct record *record)
{
	size_t n = 0;
	for (size_t i = 0; i < record->n_findings; i++) {
		const struct finding *finding = &record->findings[i];
		if (finding->outcome == OUTCOME_PASS)
			continue;
		if (++n <= ROWS_OF_A_CHECK_MAX)
			put_row(out, n == 1 ? icon(record) : "", n == 1 ? record->check_id : "",
				finding->subject, finding->expected, finding->actual);
	}
	return n;
}

static void put_rows(struct buf *out, const struct record *record)
{
	const struct known_issue *issue = record->check->known_issue;
	struct buf why = BUF_INIT(CELL_BYTES_MAX);
	size_t n = put_findings(out, record);
	bool named = n > 0;
	if (n == 0)
		words_why(&why, record);
	else if (n > ROWS_OF_A_CHECK_MAX)
		buf_printf(&why, "and %zu more", n - ROWS_OF_A_CHECK_MAX);
	if (record->known_issue && issue && issue->reason)
		buf_printf(&why, "%s%s: %s", why.n ? "; " : "",
			record->outcome == OUTCOME_FAIL ? "known issue"
							: "passes, though a known issue",
			issue->reason);
	if (record->attempts > 1 && why.n)
		buf_puts(&why, "; ");
	words_attempts(&why, record);
	if (why.n || !named)
		put_remark(out, named ? "" : icon(record), named ? "" : record->check_id,
			buf_text(&why));
	buf_fini(&why);
}

/* What is not simply green, the worst first. */
static void put_table(struct buf *out, const struct report *report)
{
	struct buf piece = BUF_INIT(out->max);
	size_t shown = 0, left_out = 0;
	for (int standing = STANDING_FAILED; standing > STANDING_PASSED; standing--) {
		if (standing == STANDING_CANCELLED)
			continue;
		for (size_t i = 0; i < report->n_records; i++) {
			const struct record *record = report->records[i];
			if ((int)words_standing(record) != standing)
				continue;
			if (shown++ == 0)
				buf_puts(&piece, "<table>\n<tr><th></th><th>Check</th>"
						 "<th>What</th><th>Expected</th><th>Got</th>"
						 "</tr>\n");
			put_rows(&piece, record);
			left_out += !put_piece(out, &piece);
		}
	}
	if (shown)
		buf_puts(out, "</table>\n\n");
	if (left_out)
		buf_printf(out, "<p>%zu more are left out here.</p>\n\n", left_out);
	buf_fini(&piece);
}

static void put_in_full(struct buf *piece, const struct record *record)
{
	struct buf text = BUF_INIT(piece->max);
	details_text(&text, record);
	if (text.n) {
		buf_printf(piece, "<details><summary>%s ", icon(record));
		html_code(piece, record->check_id);
		buf_puts(piece, "</summary>\n<pre>\n");
		html_text(piece, buf_str(&text));
		buf_puts(piece, "</pre>\n</details>\n\n");
	}
	buf_fini(&text);
}

static void put_details(struct buf *out, const struct report *report)
{
	struct buf piece = BUF_INIT(out->max);
	size_t left_out = 0;
	for (int standing = STANDING_FAILED; standing > STANDING_PASSED; standing--)
		for (size_t i = 0; i < report->n_records; i++) {
			if ((int)words_standing(report->records[i]) != standing)
				continue;
			put_in_full(&piece, report->records[i]);
			left_out += !put_piece(out, &piece);
		}
	if (left_out)
		buf_printf(out, "<p>Details of %zu more are left out here.</p>\n\n", left_out);
	buf_fini(&piece);
}

static void put_passed(struct buf *out, const struct report *report)
{
	struct buf piece = BUF_INIT(out->max);
	char took[WORDS_TIME_MAX], first[WORDS_TIME_MAX];
	size_t n = 0;
	for (size_t i = 0; i < report->n_records; i++)
		n += words_standing(report->records[i]) == STANDING_PASSED;
	if (n == 0)
		return;
	buf_printf(&piece,
		"<details><summary>%zu passed</summary>\n<table>\n"
		"<tr><th>Check</th><th>Time</th><th>First token</th></tr>\n",
		n);
	for (size_t i = 0; i < report->n_records; i++) {
		const struct record *record = report->records[i];
		if (words_standing(record) != STANDING_PASSED)
			continue;
		buf_puts(&piece, "<tr><td>");
		html_code(&piece, record->check_id);
		buf_printf(&piece, "</td><td>%s</td><td>%s</td></tr>\n",
			words_time(record->duration_us, took),
			record->is_stream ? words_time(record->stream.ttft_us, first) : "");
	}
	buf_puts(&piece, "</table>\n</details>\n\n");
	put_piece(out, &piece);
	buf_fini(&piece);
}

void report_markdown(const struct report *report, struct buf *out)
{
	put_headline(out, report);
	put_counts(out, report);
	put_table(out, report);
	put_details(out, report);
	put_passed(out, report);
}
