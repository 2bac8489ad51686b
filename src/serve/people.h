/* serve/people.h - what people decided that holds now: in which maintenance window each check is, and who
 * paused it. Lives as the request does; the server's thread. */
#ifndef OUTRIDER_SERVE_PEOPLE_H
#define OUTRIDER_SERVE_PEOPLE_H

#include "serve/site.h"
#include "store/people.h"

enum {
	PEOPLE_TITLE_MAX = 200, /* bytes of a window's title */
	PEOPLE_NOTE_MAX = RECORD_MESSAGE_MAX, /* of a note */
	PEOPLE_NAME_MAX = 256, /* of a name, to show */
	PEOPLE_WINDOWS_MAX = 1000, /* open at once and in no file, that are looked at */
};

struct people;

/* Of a check whose state is maintenance the window that lasts longest. */
struct open_window {
	int64_t id; /* 0: it is one of the file */
	const char *title;
	int64_t from_wall_us, until_wall_us;
};

const struct people *people_of(
	struct site *site, const struct http_request *request, const struct board_view *view);

/* NULL: it is in none, or it is not known. */
const struct open_window *people_window(const struct people *people, size_t index);
const struct pause_row *people_pause(const struct people *people, size_t index);

#endif
