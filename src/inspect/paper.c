#include "inspect/paper.h"

#include "base/text.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <unistd.h>

enum { NAME_WIDTH = 24, ORIGIN_COLUMN = 54 };

static bool colored(enum color_mode mode)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
	if (mode != COLOR_AUTO)
		return mode == COLOR_ALWAYS;
	return isatty(STDOUT_FILENO) && !(no_color && no_color[0]) &&
	       !(term && strcmp(term, "dumb") == 0);
}

struct paper paper_new(enum color_mode color, const struct secrets *secrets)
{
	return (struct paper){
		.out = BUF_INIT(PAPER_BYTES_MAX), .secrets = secrets, .color = colored(color)};
}

void paper_write(struct paper *paper)
{
	fwrite(buf_text(&paper->out), 1, paper->out.n, stdout);
	buf_fini(&paper->out);
}

void paper_clean(const struct paper *paper, struct str text, struct buf *out)
{
	struct buf redacted = BUF_INIT(PAPER_BYTES_MAX);
	secrets_redact(paper->secrets, text, &redacted);
	text_inert(out, buf_str(&redacted), SIZE_MAX);
	buf_fini(&redacted);
}

void paper_put(struct paper *paper, enum ink ink, const char *text)
{
	static const char *const codes[] = {[INK_BOLD] = "\033[1m",
		[INK_DIM] = "\033[2m",
		[INK_GREEN] = "\033[32m",
		[INK_YELLOW] = "\033[33m",
		[INK_RED] = "\033[1;31m"};
	bool ink_on = paper->color && ink != INK_PLAIN;
	if (ink_on)
		buf_puts(&paper->out, codes[ink]);
	buf_puts(&paper->out, text);
	if (ink_on)
		buf_puts(&paper->out, "\033[0m");
}

static unsigned width(struct str text)
{
	unsigned n = 0;
	for (size_t at = 0; at < text.n; n++)
		at += utf8_next(str_from(text, at)).n;
	return n;
}

/* The beginning that fits into so many columns, up to a blank where there is one. */
static struct str fitting(struct str text, unsigned columns)
{
	size_t at = 0, blank = 0;
	for (unsigned n = 0; at < text.n && n < columns; n++) {
		at += utf8_next(str_from(text, at)).n;
		if (at < text.n && text.p[at] == ' ')
			blank = at;
	}
	return (struct str){text.p, at < text.n && blank ? blank : at};
}

/* Returns the column it ends in. */
static unsigned put_wrapped(struct paper *paper, unsigned at, unsigned indent, struct str text)
{
	for (;;) {
		unsigned room = at + 8 < PAPER_WIDTH ? PAPER_WIDTH - at : 8;
		struct str line = width(text) <= room ? text : fitting(text, room);
		buf_putstr(&paper->out, line);
		text = str_from(text, line.n);
		if (text.n == 0)
			return at + width(line);
		if (text.p[0] == ' ')
			text = str_from(text, 1);
		buf_printf(&paper->out, "\n%*s", (int)indent, "");
		at = indent;
	}
}

void paper_wrap(struct paper *paper, unsigned at, unsigned indent, struct str text)
{
	struct buf clean = BUF_INIT(PAPER_BYTES_MAX);
	paper_clean(paper, text, &clean);
	put_wrapped(paper, at, indent, buf_str(&clean));
	buf_putc(&paper->out, '\n');
	buf_fini(&clean);
}

void paper_origin(struct paper *paper, unsigned at, const char *origin)
{
	struct buf clean = BUF_INIT(PAPER_BYTES_MAX);
	paper_clean(paper, str_of(origin), &clean);
	unsigned n = width(buf_str(&clean)), from = ORIGIN_COLUMN;
	if (from + n > PAPER_WIDTH)
		from = n < PAPER_WIDTH ? PAPER_WIDTH - n : 0;
	if (from < at + 2 && at + 2 + n <= PAPER_WIDTH)
		from = at + 2;
	else if (from < at + 2) {
		buf_putc(&paper->out, '\n');
		at = 0;
	}
	buf_printf(&paper->out, "%*s", (int)(from - at), "");
	paper_put(paper, INK_DIM, buf_text(&clean));
	buf_fini(&clean);
}

void paper_row(struct paper *paper, unsigned indent, const char *name, const char *value,
	const char *origin)
{
	struct buf clean = BUF_INIT(PAPER_BYTES_MAX);
	unsigned column = NAME_WIDTH + 2;
	int n = (int)width(str_of(name));
	int gap = (int)column - (int)indent - n;
	paper_clean(paper, str_of(value), &clean);
	if (gap < 2)
		gap = 2;
	buf_printf(&paper->out, "%*s%s%*s", (int)indent, "", name, gap, "");
	unsigned at =
		put_wrapped(paper, indent + (unsigned)n + (unsigned)gap, column, buf_str(&clean));
	if (origin && origin[0])
		paper_origin(paper, at, origin);
	buf_putc(&paper->out, '\n');
	buf_fini(&clean);
}
