#include "manual/roff.h"

#include <stdio.h>

/* groff's and mandoc's special characters, as groff_char(7) names them. */
static void put(char c, char before)
{
	switch (c) {
	case '\\': fputs("\\e", stdout); break;
	case '-': fputs("\\-", stdout); break;
	case '"': fputs("\\(dq", stdout); break;
	case '^': fputs("\\(ha", stdout); break;
	case '~': fputs("\\(ti", stdout); break;
	case '`': fputs("\\(ga", stdout); break;
	case '.':
	case '\'':
		if (before == '\n')
			fputs("\\&", stdout); /* no macro */
		putchar(c);
		break;
	default: putchar(c);
	}
}

void roff_text(struct str text)
{
	char before = '\n';
	for (size_t i = 0; i < text.n; i++) {
		put(text.p[i], before);
		before = text.p[i];
	}
}

void roff_puts(const char *text)
{
	roff_text(str_of(text));
}

void roff_argument(const char *text)
{
	putchar('"');
	fputs("\\&", stdout); /* not a macro's name, not a delimiter */
	for (; *text; text++)
		put(*text, ' ');
	putchar('"');
}
