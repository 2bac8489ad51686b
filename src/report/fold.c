#include "report/fold.h"

#include "base/cells.h"
#include "base/utf8.h"

enum { DEEPEST_PART = 3 /* of the width: no text begins further right than at a third */ };

/* The next piece of a line: one character, or a change of colour, which takes no cells. */
struct piece {
	size_t n, cells;
	bool blank;
};

static struct piece piece_at(struct str line, size_t at)
{
	struct str rest = str_from(line, at);
	if (rest.p[0] == '\x1b') {
		ptrdiff_t end = str_find(rest, STR("m"), false);
		return (struct piece){.n = end < 0 ? rest.n : (size_t)end + 1};
	}
	size_t n = utf8_next(rest).n;
	return (struct piece){n, cells_width((struct str){rest.p, n}), rest.p[0] == ' '};
}

/* The column behind the first gap of two blanks that follows a word; else where the line begins. */
static size_t column_of(struct str line, size_t width)
{
	size_t column = 0, begin = 0, gap = 0;
	bool word = false;
	for (size_t at = 0; at < line.n;) {
		struct piece piece = piece_at(line, at);
		if (piece.cells && !piece.blank) {
			if (word && gap >= 2)
				return column <= width / DEEPEST_PART ? column : begin;
			if (!word)
				begin = column;
			word = true;
			gap = 0;
		}
		gap += piece.blank;
		column += piece.cells;
		at += piece.n;
	}
	return begin;
}

static bool begins_with(struct str line, const char *word)
{
	for (size_t at = 0; at < line.n;) {
		struct piece piece = piece_at(line, at);
		if (piece.cells && !piece.blank)
			return str_starts(str_from(line, at), str_of(word), false);
		at += piece.n;
	}
	return false;
}

static void put_row(struct buf *out, struct str row, size_t indent)
{
	buf_printf(out, "%*s", (int)indent, "");
	buf_putstr(out, row);
	buf_putc(out, '\n');
}

static void fold_line(struct buf *out, struct str line, size_t width)
{
	size_t indent = column_of(line, width);
	size_t from = 0; /* where the row begins */
	size_t fold = 0; /* the last blank in it behind its indent */
	size_t column = 0;
	for (size_t at = 0; at < line.n;) {
		struct piece piece = piece_at(line, at);
		if (piece.blank && column > indent)
			fold = at;
		column += piece.cells;
		at += piece.n;
		if (column <= width || fold <= from)
			continue;
		put_row(out, (struct str){line.p + from, fold - from}, from ? indent : 0);
		for (from = fold; from < line.n && line.p[from] == ' ';)
			from++;
		at = fold = from;
		column = indent;
	}
	if (from < line.n || from == 0)
		put_row(out, str_from(line, from), from ? indent : 0);
}

void fold_text(struct buf *out, struct str text, size_t width, const char *whole)
{
	for (ptrdiff_t end; (end = str_find(text, STR("\n"), false)) >= 0;) {
		struct str line = {text.p, (size_t)end};
		if (begins_with(line, whole))
			put_row(out, line, 0);
		else
			fold_line(out, line, width);
		text = str_from(text, (size_t)end + 1);
	}
}
