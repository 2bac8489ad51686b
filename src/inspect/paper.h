/* inspect/paper.h - what --explain and --doctor write on: columns that fit 80, secrets left out, foreign
 * bytes inert, colour where it is wanted. Owned by one call; written at its end. */
#ifndef OUTRIDER_PAPER_H
#define OUTRIDER_PAPER_H

#include "base/buf.h"
#include "base/secret.h"
#include "cli.h"

enum { PAPER_WIDTH = 80, PAPER_BYTES_MAX = 64 << 20 };

enum ink { INK_PLAIN, INK_BOLD, INK_DIM, INK_GREEN, INK_YELLOW, INK_RED };

struct paper {
	struct buf out;
	const struct secrets *secrets; /* may be NULL */
	bool color;
};

struct paper paper_new(enum color_mode color, const struct secrets *secrets);
/* To standard output. */
void paper_write(struct paper *paper);

/* Foreign text as it may stand on paper. */
void paper_clean(const struct paper *paper, struct str text, struct buf *out);
void paper_put(struct paper *paper, enum ink ink, const char *text); /* ours: as it is */
/* A line: a name at indent, its value, where it comes from (or NULL). What is too long wraps. */
void paper_row(struct paper *paper, unsigned indent, const char *name, const char *value,
	const char *origin);
/* Where something comes from, behind what ends at a column. */
void paper_origin(struct paper *paper, unsigned at, const char *origin);
/* A foreign text from column indent on, wrapped at blanks; its first line begins at column at. */
void paper_wrap(struct paper *paper, unsigned at, unsigned indent, struct str text);

#endif
