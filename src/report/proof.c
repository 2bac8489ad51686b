#include "report/proof.h"

#include "base/clock.h"
#include "report/proof_gaps.h"
#include "report/words.h"

enum {
	WIDTH_USUAL = 80,
	NAME_CELLS_MAX = 26,
	GROUP = 10, /* columns between two blanks */
	LEGEND_CELLS = 38,
};

void proof_progress(
	FILE *out, const struct proof_options *options, size_t done, size_t n, const char *phase)
{
	struct line line =
		line_new(options->color, options->width > 1 ? options->width - 1 : options->width);
	struct buf text = BUF_INIT(128);
	buf_printf(&text, "%zu/%zu  ", done, n);
	fputs("\r\x1b[K", out);
	if (done < n) {
		line_puts(&line, STYLE_BOLD, buf_text(&text));
		buf_reset(&text);
		buf_printf(&text, "%ds  %s", (int)(options->duration_us / US_PER_S), phase);
		line_puts(&line, STYLE_DIM, buf_text(&text));
		line_draw(&line, out);
	}
	fflush(out);
	buf_fini(&text);
	line_fini(&line);
}

/* --- the matrix --- */

static const char *cell_glyph(const struct cell *cell)
{
	switch (cell->outcome) {
	case OUTCOME_PASS: return "\xc2\xb7";
	case OUTCOME_WARN: return "!";
	case OUTCOME_FAIL: return "\xe2\x9c\x97";
	case OUTCOME_SKIP: return "s";
	case OUTCOME_COUNT: break;
	}
	return " ";
}

/* Red where it must be is no alarm, but the point of it. */
static enum style cell_style(const struct cell *cell)
{
	switch (cell->outcome) {
	case OUTCOME_PASS: return STYLE_GREEN;
	case OUTCOME_WARN: return STYLE_YELLOW;
	case OUTCOME_FAIL: return STYLE_RED;
	case OUTCOME_SKIP: return STYLE_DIM;
	case OUTCOME_COUNT: break;
	}
	return STYLE_PLAIN;
}

static size_t name_cells(const struct matrix *matrix)
{
	size_t cells = 0;
	for (size_t i = 0; i < matrix->n_rows; i++)
		if (strlen(matrix->rows[i].name) > cells)
			cells = strlen(matrix->rows[i].name);
	return cells < NAME_CELLS_MAX ? cells : NAME_CELLS_MAX;
}

/* How many columns stand beside each other. */
static size_t block_of(const struct matrix *matrix, const struct proof_options *options)
{
	size_t width = options->width ? options->width : WIDTH_USUAL;
	size_t names = name_cells(matrix) + 2;
	size_t room = width > names + GROUP ? width - names : GROUP;
	return room - room / (GROUP + 1);
}

static void put_gap(struct buf *run, size_t at, size_t first)
{
	if (at > first && (at - first) % GROUP == 0)
		buf_putc(run, ' ');
}

/* The columns' numbers, a digit above the other. */
static void put_numbers(
	FILE *out, const struct matrix *matrix, bool color, size_t first, size_t end)
{
	for (size_t unit = end >= 100 ? 100 : end >= 10 ? 10 : 1; unit > 0; unit /= 10) {
		struct line line = line_new(color, 0);
		line_column(&line, STYLE_PLAIN, "", name_cells(matrix));
		struct buf run = BUF_INIT(LINE_BYTES_MAX);
		for (size_t i = first; i < end; i++) {
			size_t number = i + 1;
			put_gap(&run, i, first);
			buf_putc(&run, number >= unit ? (char)('0' + number / unit % 10) : ' ');
		}
		line_put(&line, STYLE_DIM, buf_str(&run));
		buf_fini(&run);
		line_end(&line, out);
		line_fini(&line);
	}
}

static const char *row_remark(const struct matrix *matrix, size_t row)
{
	switch (matrix_row(matrix, row)) {
	case ROW_GREEN:
	case ROW_SEEN: break;
	case ROW_BROKEN: return "not green";
	case ROW_SKIPPED: return "skipped";
	case ROW_NOT_MET: return "not met";
	case ROW_UNSEEN: return "nobody sees it";
	}
	return "";
}

/* Neighbours of one colour together. */
static void put_cells(struct line *line, const struct row *row, size_t first, size_t end)
{
	struct buf run = BUF_INIT(LINE_BYTES_MAX);
	enum style style = STYLE_PLAIN;
	for (size_t i = first; i < end; i++) {
		const struct cell *cell = &row->cells[i];
		bool shown = cell->ran && (cell->met || row->kind != ROW_FAULT);
		enum style own = shown ? cell_style(cell) : STYLE_PLAIN;
		if (own != style) {
			line_put(line, style, buf_str(&run));
			buf_reset(&run);
			style = own;
		}
		put_gap(&run, i, first);
		buf_puts(&run, shown ? cell_glyph(cell) : " ");
	}
	line_put(line, style, buf_str(&run));
	buf_fini(&run);
}

static void put_row(
	FILE *out, const struct matrix *matrix, size_t index, bool color, size_t first, size_t end)
{
	const struct row *row = &matrix->rows[index];
	enum row_word word = matrix_row(matrix, index);
	bool gap = word == ROW_BROKEN || word == ROW_UNSEEN;
	struct line line = line_new(color, 0);
	line_column(&line, gap ? STYLE_BOLD_RED : STYLE_PLAIN, row->name, name_cells(matrix));
	put_cells(&line, row, first, end);
	if (end == matrix->n_columns && *row_remark(matrix, index)) {
		line_puts(&line, STYLE_PLAIN, "  ");
		line_puts(&line, gap ? STYLE_BOLD_RED : STYLE_DIM, row_remark(matrix, index));
	}
	line_end(&line, out);
	line_fini(&line);
}

static void put_title(FILE *out, bool color, const char *title)
{
	struct line line = line_new(color, 0);
	line_puts(&line, STYLE_BOLD, title);
	line_end(&line, out);
	line_fini(&line);
}

static void put_reasons(FILE *out, const struct matrix *matrix, size_t index, bool color)
{
	const struct row *row = &matrix->rows[index];
	for (size_t i = 0; i < matrix->n_columns; i++) {
		const struct cell *cell = &row->cells[i];
		if (!cell->ran || cell->outcome == OUTCOME_PASS)
			continue;
		struct line line = line_new(color, 0);
		line_puts(&line, STYLE_PLAIN, "    ");
		line_puts(&line, cell_style(cell), cell_glyph(cell));
		line_puts(&line, STYLE_PLAIN, " ");
		line_column(&line, STYLE_PLAIN, matrix->columns[i].id, NAME_CELLS_MAX);
		line_puts(&line, STYLE_DIM, reason_name(cell->reason));
		line_puts(&line, STYLE_PLAIN, "  ");
		line_puts(&line, STYLE_PLAIN, cell->message);
		line_end(&line, out);
		line_fini(&line);
	}
}

static void put_block(FILE *out, const struct matrix *matrix, const struct proof_options *options,
	size_t first, size_t end)
{
	static const char *const titles[] = {
		[ROW_HEALTHY] = NULL,
		[ROW_FAULT] = "Faults: some check must go red",
		[ROW_VARIANT] = "Variants, legal if unusual: every check must stay green",
	};
	enum row_kind kind = ROW_HEALTHY;
	put_numbers(out, matrix, options->color, first, end);
	for (size_t i = 0; i < matrix->n_rows; i++) {
		if (matrix->rows[i].kind != kind) {
			kind = matrix->rows[i].kind;
			put_title(out, options->color, titles[kind]);
		}
		put_row(out, matrix, i, options->color, first, end);
		if (options->verbose && end == matrix->n_columns)
			put_reasons(out, matrix, i, options->color);
	}
	fputc('\n', out);
}

/* "12 gateway-stream", side by side as far as they fit. */
static void put_legend(FILE *out, const struct matrix *matrix, const struct proof_options *options)
{
	size_t width = options->width ? options->width : WIDTH_USUAL;
	struct line line = line_new(options->color, 0);
	for (size_t i = 0; i < matrix->n_columns; i++) {
		struct buf text = BUF_INIT(512);
		const struct column *column = &matrix->columns[i];
		buf_printf(&text, "%3zu %s%s", i + 1, column->id,
			column->skipped    ? " (skipped)"
			: column->unproven ? " (not proven)"
			: column->made_up  ? " *"
					   : "");
		size_t cells = text.n > LEGEND_CELLS ? text.n : LEGEND_CELLS;
		if (line.cells > 0 && line.cells + cells > width)
			line_end(&line, out);
		line_column(&line, STYLE_PLAIN, buf_text(&text), LEGEND_CELLS);
		buf_fini(&text);
	}
	line_end(&line, out);
	line_fini(&line);
}

static void put_key(FILE *out, bool color)
{
	put_title(out, color,
		"\xe2\x9c\x97 red  ! warns  \xc2\xb7 green  s skipped  blank: the fault changed "
		"nothing "
		"there");
}

void proof_print(FILE *out, const struct matrix *matrix, const struct proof_options *options)
{
	if (!options->quiet) {
		size_t block = block_of(matrix, options);
		for (size_t at = 0; at < matrix->n_columns; at += block)
			put_block(out, matrix, options, at,
				at + block < matrix->n_columns ? at + block : matrix->n_columns);
		put_key(out, options->color);
		put_legend(out, matrix, options);
	}
	proof_put_gaps(out, matrix, options);
}
