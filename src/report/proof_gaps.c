#include "report/proof_gaps.h"

#include "report/words.h"

enum {
	NAME_CELLS = 20,
	NAMED_MAX = 8, /* one by one; more are counted */
};

static void put_heading(FILE *out, bool color, const char *title, size_t n)
{
	struct line line = line_new(color, 0);
	struct buf text = BUF_INIT(256);
	buf_printf(&text, "%s (%zu)", title, n);
	fputc('\n', out);
	line_puts(&line, STYLE_BOLD, buf_text(&text));
	line_end(&line, out);
	buf_fini(&text);
	line_fini(&line);
}

static void put_item(FILE *out, bool color, const char *name, const char *text)
{
	struct line line = line_new(color, 0);
	line_puts(&line, STYLE_PLAIN, "  ");
	line_column(&line, STYLE_BOLD_RED, name, NAME_CELLS);
	line_puts(&line, STYLE_PLAIN, text);
	line_end(&line, out);
	line_fini(&line);
}

static void put_line(FILE *out, bool color, const char *name, const char *text)
{
	struct line line = line_new(color, 0);
	line_puts(&line, STYLE_PLAIN, "    ");
	line_puts(&line, STYLE_PLAIN, name);
	line_puts(&line, STYLE_DIM, ": ");
	line_puts(&line, STYLE_DIM, text);
	line_end(&line, out);
	line_fini(&line);
}

/* --- rows --- */

/* The checks that got a changed answer and took it. */
static void put_blind(FILE *out, const struct matrix *matrix, const struct row *row, bool color)
{
	struct buf warned = BUF_INIT(LINE_BYTES_MAX), passed = BUF_INIT(LINE_BYTES_MAX);
	for (size_t i = 0; i < matrix->n_columns; i++) {
		const struct cell *cell = &row->cells[i];
		if (!cell->ran || !cell->met)
			continue;
		struct buf *list = cell->outcome == OUTCOME_WARN ? &warned : &passed;
		buf_printf(list, "%s%s", list->n ? ", " : "", matrix->columns[i].id);
	}
	if (warned.n)
		put_line(out, color, "only warned", buf_text(&warned));
	if (passed.n)
		put_line(out, color, "passed", buf_text(&passed));
	buf_fini(&warned);
	buf_fini(&passed);
}

static void put_alarms(FILE *out, const struct matrix *matrix, const struct row *row, bool color)
{
	for (size_t i = 0; i < matrix->n_columns; i++) {
		const struct cell *cell = &row->cells[i];
		if (!cell->ran || cell->outcome == OUTCOME_PASS)
			continue;
		struct buf text = BUF_INIT(LINE_BYTES_MAX);
		buf_printf(&text, "%s, %s: %s", outcome_name(cell->outcome),
			reason_name(cell->reason), cell->message);
		put_line(out, color, matrix->columns[i].id, buf_text(&text));
		buf_fini(&text);
	}
}

static void put_rows(FILE *out, const struct matrix *matrix, enum row_word word, const char *title,
	size_t n, bool color)
{
	if (n == 0)
		return;
	put_heading(out, color, title, n);
	for (size_t i = 0; i < matrix->n_rows; i++) {
		const struct row *row = &matrix->rows[i];
		if (matrix_row(matrix, i) != word)
			continue;
		put_item(out, color, row->name, row->help);
		if (word == ROW_UNSEEN)
			put_blind(out, matrix, row, color);
		else
			put_alarms(out, matrix, row, color);
	}
}

static void put_names(FILE *out, const struct matrix *matrix, enum row_word word, const char *title)
{
	struct line line = line_new(false, 0);
	size_t n = 0;
	for (size_t i = 0; i < matrix->n_rows; i++) {
		if (matrix_row(matrix, i) != word)
			continue;
		line_puts(&line, STYLE_PLAIN, n++ ? ", " : title);
		line_puts(&line, STYLE_PLAIN, matrix->rows[i].name);
	}
	if (n)
		line_end(&line, out);
	line_fini(&line);
}

/* --- checks --- */

static void put_unproven(FILE *out, const struct matrix *matrix, size_t n, bool color)
{
	if (n == 0)
		return;
	put_heading(out, color, "Checks that cannot be proven", n);
	for (size_t i = 0; i < matrix->n_columns; i++) {
		const struct column *column = &matrix->columns[i];
		if (column->unproven && !column->skipped)
			put_item(out, color, column->id, column->unproven);
	}
}

static size_t faults_met(const struct matrix *matrix, size_t column)
{
	size_t n = 0;
	for (size_t i = 0; i < matrix->n_rows; i++)
		n += matrix->rows[i].kind == ROW_FAULT && matrix->rows[i].cells[column].met;
	return n;
}

static void put_never_red(FILE *out, const struct matrix *matrix, size_t n, bool color)
{
	if (n == 0)
		return;
	put_heading(out, color, "Checks that no fault turns red", n);
	for (size_t i = 0; i < matrix->n_columns; i++) {
		const struct column *column = &matrix->columns[i];
		char text[96];
		if (column->unproven || column->skipped || matrix_red(matrix, i))
			continue;
		snprintf(text, sizeof(text),
			"%zu faults changed its answers, and it failed under none",
			faults_met(matrix, i));
		put_item(out, color, column->id, text);
	}
}

static void put_points(FILE *out, const struct matrix *matrix, size_t index, bool color)
{
	const struct column *column = &matrix->columns[index];
	struct buf text = BUF_INIT(LINE_BYTES_MAX);
	for (size_t i = 0; i < column->n_points; i++) {
		const struct point *point = &column->points[i];
		if (matrix_fell(matrix, index, i))
			continue;
		buf_printf(&text, "%s%s%s%s", text.n ? ", " : "", point->step ? point->step : "",
			point->step ? ": " : "", point->subject);
	}
	if (text.n)
		put_line(out, color, column->id, buf_text(&text));
	buf_fini(&text);
}

/* No gap: what only another service's faults could break, or what fails a step before, stays here. */
static void put_never_fell(FILE *out, const struct matrix *matrix, size_t n, bool color)
{
	if (n == 0)
		return;
	put_heading(out, color, "Expectations never seen to fail", n);
	for (size_t i = 0; i < matrix->n_columns; i++)
		if (!matrix->columns[i].unproven && !matrix->columns[i].skipped)
			put_points(out, matrix, i, color);
}

/* "title: a, b, c" of the columns for which the flag at this offset is set; a number where they are
 * many. */
static void put_columns(
	FILE *out, const struct matrix *matrix, const char *title, size_t flag, bool verbose)
{
	struct line line = line_new(false, 0);
	struct buf names = BUF_INIT(LINE_BYTES_MAX);
	size_t n = 0;
	for (size_t i = 0; i < matrix->n_columns; i++)
		if (*(const bool *)((const char *)&matrix->columns[i] + flag))
			buf_printf(&names, "%s%s", n++ ? ", " : "", matrix->columns[i].id);
	if (n > NAMED_MAX && !verbose) {
		buf_reset(&names);
		buf_printf(&names, "%zu checks", n);
	}
	line_puts(&line, STYLE_PLAIN, title);
	line_puts(&line, STYLE_PLAIN, buf_text(&names));
	if (n)
		line_end(&line, out);
	buf_fini(&names);
	line_fini(&line);
}

/* --- the verdict --- */

static void put_count(struct buf *out, size_t n, const char *one, const char *many)
{
	if (n)
		buf_printf(out, ", %zu %s", n, n == 1 ? one : many);
}

static void put_verdict(FILE *out, const struct proof *proof, const struct proof_options *options)
{
	bool all = proof->holds && !options->interrupted;
	char time[WORDS_TIME_MAX];
	struct buf text = BUF_INIT(512);
	buf_printf(&text, "%s%zu check%s \xc3\x97 %zu fault%s: %s",
		options->interrupted ? "interrupted: " : "", proof->checks,
		proof->checks == 1 ? "" : "s", proof->faults, proof->faults == 1 ? "" : "s",
		all                  ? "all seen"
		: proof->checks == 0 ? "nothing is proved"
		: proof->unseen      ? "not all are seen"
		: proof->broken      ? "false alarms"
				     : "not every check is proven");
	if (proof->variants && !proof->broken)
		buf_printf(&text, ", %zu variant%s green", proof->variants,
			proof->variants == 1 ? "" : "s");
	put_count(&text, proof->skipped, "skipped as the file says", "skipped as the file says");
	put_count(&text, proof->unseen, "fault that nobody sees", "faults that nobody sees");
	put_count(&text, proof->never_red, "check that no fault turns red",
		"checks that no fault turns red");
	put_count(&text, proof->broken, "row that must be green and is not",
		"rows that must be green and are not");
	put_count(&text, proof->unproven, "check that cannot be proven",
		"checks that cannot be proven");
	put_count(&text, proof->never_fell, "expectation never seen to fail",
		"expectations never seen to fail");
	buf_printf(&text, ", in %s", words_time(options->duration_us, time));

	struct line line = line_new(options->color, 0);
	line_puts(&line, all ? STYLE_BOLD_GREEN : STYLE_BOLD_RED, buf_text(&text));
	line_end(&line, out);
	line_fini(&line);
	buf_fini(&text);
}

void proof_put_gaps(FILE *out, const struct matrix *matrix, const struct proof_options *options)
{
	struct proof proof = matrix_judge(matrix);
	if (!options->quiet) {
		fputc('\n', out);
		bool verbose = options->verbose;
		put_columns(out, matrix,
			"* answered as expected, since the stand-in knows no answer: ",
			offsetof(struct column, made_up), verbose);
		put_columns(out, matrix,
			"Limits above 10s are shortened, under faults to 12s at most: ",
			offsetof(struct column, shortened), verbose);
		put_columns(out, matrix, "Skipped: ", offsetof(struct column, skipped), verbose);
		put_names(out, matrix, ROW_SKIPPED, "Skipped by every check that meets it: ");
		put_names(out, matrix, ROW_NOT_MET, "Not met by these checks: ");
	}
	if (!options->quiet)
		put_never_fell(out, matrix, proof.never_fell, options->color);
	put_unproven(out, matrix, proof.unproven, options->color);
	put_rows(out, matrix, ROW_BROKEN, "Not green, though the service is well", proof.broken,
		options->color);
	put_never_red(out, matrix, proof.never_red, options->color);
	put_rows(
		out, matrix, ROW_UNSEEN, "Faults that no check sees", proof.unseen, options->color);
	if (!options->quiet || !proof.holds)
		fputc('\n', out);
	put_verdict(out, &proof, options);
}
