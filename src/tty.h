/* tty.h - what a stream is: a terminal, how wide, with which colours. */
#ifndef OUTRIDER_TTY_H
#define OUTRIDER_TTY_H

#include "cli.h"

/* Columns of the terminal; 0: it is none. */
unsigned tty_width(FILE *out);
/* Whether a line may be drawn over. */
bool tty_live(FILE *out);
bool tty_color(FILE *out, enum color_mode mode);

#endif
