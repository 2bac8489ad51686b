#include "tty.h"

#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { WIDTH_DEFAULT = 80 /* of a terminal that does not say */ };

unsigned tty_width(FILE *out)
{
	struct winsize size;
	if (!isatty(fileno(out)))
		return 0;
	if (ioctl(fileno(out), TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
		return WIDTH_DEFAULT;
	return size.ws_col;
}

bool tty_live(FILE *out)
{
	const char *term = getenv("TERM");
	return isatty(fileno(out)) && (!term || strcmp(term, "dumb") != 0);
}

bool tty_color(FILE *out, enum color_mode mode)
{
	const char *no_color = getenv("NO_COLOR");
	switch (mode) {
	case COLOR_AUTO: return tty_live(out) && !(no_color && *no_color);
	case COLOR_ALWAYS: return true;
	case COLOR_NEVER: break;
	}
	return false;
}
