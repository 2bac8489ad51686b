/* store/adhoc.h - what people decide while the daemon runs, and what outlives it: maintenance windows that
 * are in no file, and checks that are paused. */
#ifndef OUTRIDER_STORE_ADHOC_H
#define OUTRIDER_STORE_ADHOC_H

#include <stddef.h>
#include <stdint.h>

enum { ADHOC_WINDOWS_MAX = 1000 }; /* that are not over */

struct adhoc_window {
	int64_t id;
	int64_t from_us, until_us; /* wall time */
	const uint32_t *numbers; /* of checks in the database; */
	size_t n_numbers; /* 0: for all checks */
};

/* The windows that were neither over nor ended when the file was opened. */
struct adhoc_kept {
	const struct adhoc_window *windows;
	size_t n;
	int64_t last_id; /* of all that ever were */
};

enum adhoc_kind {
	ADHOC_WINDOW,
	ADHOC_WINDOW_END,
	ADHOC_PAUSE,
	ADHOC_RESUME,
	ADHOC_ALERT_RETRY, /* one that was given up: once more, unless what came after it was delivered */
	ADHOC_ALERT_DISMISS, /* nobody needs to hear it any more */
};

/* One decision, part of a store_item. */
struct adhoc_news {
	enum adhoc_kind kind;
	int64_t at_us; /* wall time, when it was made */
	struct adhoc_window window; /* of a window's end only the id */
	uint32_t *numbers; /* owned: the window's */
	int64_t alert; /* its id in the outbox */
	char *title, *by; /* owned; may be NULL */
};

void adhoc_news_free(struct adhoc_news *news);

#endif
