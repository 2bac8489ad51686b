#include "report/line.h"

#include "base/cells.h"

static const char *style_code(enum style style)
{
	static const char *const codes[] = {
#define X(id, code) code,
		STYLES(X)
#undef X
	};
	return codes[style];
}

struct line line_new(bool color, unsigned width)
{
	return (struct line){.text = BUF_INIT(LINE_BYTES_MAX), .color = color, .width = width};
}

void line_fini(struct line *line)
{
	buf_fini(&line->text);
}

static void put_styled(struct line *line, enum style style, struct str text)
{
	bool styled = line->color && style != STYLE_PLAIN;
	if (styled)
		buf_puts(&line->text, style_code(style));
	buf_putstr(&line->text, text);
	if (styled)
		buf_puts(&line->text, "\x1b[0m");
	line->cells += cells_width(text);
}

/* Keeps room for the ellipsis. */
static void put_cut(struct line *line, enum style style, struct str text, size_t cells)
{
	if (cells > 0) {
		put_styled(line, style, cells_fit(text, cells - 1));
		put_styled(line, style, STR("\xe2\x80\xa6"));
	}
}

void line_put(struct line *line, enum style style, struct str text)
{
	if (line->full || text.n == 0)
		return;
	if (!line->width || line->cells + cells_width(text) <= line->width) {
		put_styled(line, style, text);
		return;
	}
	put_cut(line, style, text, line->width - line->cells);
	line->full = true;
}

void line_puts(struct line *line, enum style style, const char *text)
{
	line_put(line, style, str_of(text));
}

static void pad(struct line *line, size_t cells)
{
	for (; cells > 0; cells--)
		line_put(line, STYLE_PLAIN, STR(" "));
}

void line_column(struct line *line, enum style style, const char *text, size_t cells)
{
	size_t width = cells_width(str_of(text));
	size_t room = line->width > line->cells ? line->width - line->cells : 0;
	if (line->width && width > cells && cells <= room) {
		put_cut(line, style, str_of(text), cells);
		width = cells;
	} else {
		line_puts(line, style, text);
	}
	pad(line, (width < cells ? cells - width : 0) + 2);
}

void line_column_right(struct line *line, enum style style, const char *text, size_t cells)
{
	size_t width = cells_width(str_of(text));
	pad(line, width < cells ? cells - width : 0);
	line_puts(line, style, text);
	pad(line, 2);
}

/* Blanks at the end would only make a copied line longer. */
static void trim(struct line *line)
{
	struct buf *text = &line->text;
	while (text->n > 0 && text->p[text->n - 1] == ' ')
		text->p[--text->n] = '\0';
}

void line_draw(struct line *line, FILE *out)
{
	trim(line);
	fwrite(buf_text(&line->text), 1, line->text.n, out);
	buf_reset(&line->text);
	line->cells = 0;
	line->full = false;
}

void line_end(struct line *line, FILE *out)
{
	line_draw(line, out);
	fputc('\n', out);
}
