/* alert/letter.h - a message as it leaves the house: the stored payload, with a word about its
 * lateness when it was kept back, as a body and as a program's environment. Pure. */
#ifndef OUTRIDER_ALERT_LETTER_H
#define OUTRIDER_ALERT_LETTER_H

#include "base/arena.h"
#include "store/outbox.h"

/* Older than this it says that it is late. */
#define LETTER_LATE_US (INT64_C(60) * 1000000)

struct letter {
	struct str body; /* JSON */
	const char *late_note; /* "told late, on 2026-11-22 at 10:00 UTC"; NULL: in time */
	const char *const *environ; /* OUTRIDER_EVENT=opened ...; NULL-terminated */
};

/* Lives in the arena. A late one, and one that others wait behind for their hour, has the members late, late_s,
 * sent_at, late_text and, with those, more (how many). */
struct letter letter_write(struct arena *arena, const struct outbox_row *row, int64_t now_wall_us);

#endif
