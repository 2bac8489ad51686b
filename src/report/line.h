/* report/line.h - one line of a terminal being put together: pieces in colours, cut at its width.
 * Owned by the caller; empty again after line_end. */
#ifndef OUTRIDER_REPORT_LINE_H
#define OUTRIDER_REPORT_LINE_H

#include "base/buf.h"

#include <stdio.h>

enum { LINE_BYTES_MAX = 1 << 16 };

#define STYLES(X)                                                                                  \
	X(PLAIN, "")                                                                               \
	X(BOLD, "\x1b[1m")                                                                         \
	X(DIM, "\x1b[2m")                                                                          \
	X(GREEN, "\x1b[32m")                                                                       \
	X(YELLOW, "\x1b[33m")                                                                      \
	X(RED, "\x1b[31m")                                                                         \
	X(BOLD_GREEN, "\x1b[1;32m")                                                                \
	X(BOLD_YELLOW, "\x1b[1;33m")                                                               \
	X(BOLD_RED, "\x1b[1;31m")

enum style {
#define X(id, code) STYLE_##id,
	STYLES(X)
#undef X
};

struct line {
	struct buf text;
	size_t cells; /* used */
	unsigned width; /* 0: nothing is cut */
	bool color;
	bool full; /* something was cut */
};

struct line line_new(bool color, unsigned width);
void line_fini(struct line *line);

/* What does not fit is cut, in display cells, and ends in an ellipsis. */
void line_put(struct line *line, enum style style, struct str text);
void line_puts(struct line *line, enum style style, const char *text);
/* In a column of so many cells, followed by a gap of two; on a line without a width never cut. */
void line_column(struct line *line, enum style style, const char *text, size_t cells);
void line_column_right(struct line *line, enum style style, const char *text, size_t cells);

/* Writes it with a newline, or (line_draw) without one. */
void line_end(struct line *line, FILE *out);
void line_draw(struct line *line, FILE *out);

#endif
